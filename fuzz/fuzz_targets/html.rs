//! A page saved as .xls, in any encoding.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::page(data);
});
