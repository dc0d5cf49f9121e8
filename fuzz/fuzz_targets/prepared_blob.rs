//! libFuzzer's entry to `hookrail_fuzz::prepared_blob`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::prepared_blob::check(data));
