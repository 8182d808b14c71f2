//! Delimited text, in any encoding.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = gouji::read::read("file.csv", data, &gouji_fuzz::limits());
});
