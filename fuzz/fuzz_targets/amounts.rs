//! Numbers as people spell them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = gouji::number::parse(text);
        let _ = gouji::number::exact_text(text);
    }
});
