//! The records of a .xlsb sheet.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::binary_part(data);
});
