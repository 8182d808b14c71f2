//! `content.xml` of an .ods.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::open_document(data);
});
