//! libFuzzer's entry to `hookrail_fuzz::verify_abi`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hookrail_fuzz::verify_abi::check(data));
