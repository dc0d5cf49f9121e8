//! libFuzzer's entry to `hookrail_fuzz::signature_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::signature_header::check(data));
