//! libFuzzer's entry to `hookrail_fuzz::base_url`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::base_url::check(data));
