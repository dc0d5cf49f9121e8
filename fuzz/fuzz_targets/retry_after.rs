//! libFuzzer's entry to `hookrail_fuzz::retry_after`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::retry_after::check(data));
