//! The bytes of a zip container, whose checksums and offsets are as they come.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::container(data);
});
