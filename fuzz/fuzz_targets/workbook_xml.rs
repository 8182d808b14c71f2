//! `workbook.xml` and what it refers to.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::part("xl/workbook.xml", data);
});
