//! The XML of a worksheet, inside a package whose checksums are right.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::part("xl/worksheets/sheet1.xml", data);
});
