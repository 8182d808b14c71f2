//! A file of the user's rules and a description of table kinds, as TOML.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::schemas(data);
});
