//! libFuzzer's entry to `hookrail_fuzz::http_response`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::http_response::check(data));
