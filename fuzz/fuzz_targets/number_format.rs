//! A number format's code.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::number_format(data);
});
