//! Delimited text from its bytes to the report.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::check(data);
});
