//! The checks of the fuzz targets.
//!
//! Each target is a function that takes any bytes and panics if the library's answer differs from that of an
//! independent model of the rules: [`model`] is written from the protocol and shares no code with the
//! library. libFuzzer calls the functions with inputs that it invents, `cargo test` with the corpora and with
//! seeded mutations of them.

mod abi;
pub mod answer_json;
pub mod base_url;
pub mod http_response;
mod model;
mod peer;
pub mod prepared_blob;
pub mod retry_after;
pub mod signature_header;
pub mod verify_abi;

/// One target: it panics if the library is wrong about the bytes.
pub type Check = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Check); 7] = [
    ("answer_json", answer_json::check),
    ("base_url", base_url::check),
    ("http_response", http_response::check),
    ("prepared_blob", prepared_blob::check),
    ("retry_after", retry_after::check),
    ("signature_header", signature_header::check),
    ("verify_abi", verify_abi::check),
];
