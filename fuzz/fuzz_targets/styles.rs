//! `styles.xml`, number formats among it.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::part("xl/styles.xml", data);
});
