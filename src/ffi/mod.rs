//! The C ABI: one module per handle, everything else here.
//!
//! Every entry checks its pointers, runs its body behind a guard that turns a panic into a status,
//! and writes its outputs only on success.
#![allow(unsafe_code, non_camel_case_types)]
// The contract of each function is written for C, in the header.
#![allow(clippy::missing_safety_doc)]

mod accepted;
mod argument;
mod call;
mod cancel;
mod client;
mod client_options;
mod clock;
mod completion;
mod error;
mod event_status;
mod explain;
mod find_headers;
mod guard;
mod kept_pointer;
#[cfg(feature = "panic-injection")]
mod panic_injection;
mod prepared;
mod producer;
mod registry;
mod send_options;
mod shared_clients;
mod signature;
mod stats;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod thread_cancellation;
mod verification;
mod verifier;
mod version;
