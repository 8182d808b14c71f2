//! `comments1.xml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::part("xl/comments1.xml", data);
});
