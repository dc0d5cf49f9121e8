//! The C ABI: one module per handle, and the modules that they share.
//!
//! Every entry point checks its pointers, runs its body behind a guard that turns a panic into a status,
//! and writes its outputs only on success.
//!
//! The documentation of the entry points becomes that of the header: `tests/rust/header.rs` has its groups.
#![allow(unsafe_code, non_camel_case_types)]
// The contract of each function is written for C, in the header.
#![allow(clippy::missing_safety_doc)]

mod accepted;
mod argument;
mod attempt_record;
mod background_call;
mod cancel;
mod client;
mod client_certificate;
mod client_options;
mod client_shared;
mod clock;
mod completed_event;
mod completion;
mod connection_options;
mod error;
mod event_argument;
mod event_status;
mod explain;
mod fallible;
mod find_headers;
mod guard;
mod handle;
mod interruptible_send;
mod kept_pointer;
#[cfg(feature = "panic-injection")]
mod panic_injection;
mod prepared;
mod producer;
mod queue_options;
mod send;
mod send_options;
mod shared_clients;
mod signature;
mod signature_constants;
mod stats;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod thread_cancellation;
mod timeout_constants;
mod verification;
mod verified;
mod verifier;
mod version;
