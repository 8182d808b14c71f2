//! Any file: the name says nothing, the content decides.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::whole_file(data);
});
