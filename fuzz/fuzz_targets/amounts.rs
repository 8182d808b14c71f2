//! Numbers as people spell them.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::amounts(data);
});
