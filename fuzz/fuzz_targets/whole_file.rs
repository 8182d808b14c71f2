//! Any file: the name says nothing, the content decides.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = gouji::read::read("file", data, &gouji_fuzz::limits());
});
