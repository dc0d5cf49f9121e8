//! libFuzzer's entry to `hookrail_fuzz::answer_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::answer_json::check(data));
