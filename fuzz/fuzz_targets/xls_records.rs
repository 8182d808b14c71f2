//! A bare stream of BIFF8 records.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    gouji_fuzz::records(data);
});
