//! The relationships of the workbook.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::part("xl/_rels/workbook.xml.rels", data);
});
