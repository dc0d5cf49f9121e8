//! The Rust core of libhookrail: a producer and a receiver for the Hookrail webhook delivery service.
//!
//! [`client::Client`] sends events and asks for their status, [`signing::Verifier`] verifies the
//! webhooks that the service delivers. Everything here is safe Rust that knows nothing of C; the C ABI
//! stands on it in a private module.

pub mod answer;
pub mod base_url;
pub mod cancel;
pub mod client;
pub mod config;
pub mod error;
pub mod event;
pub mod json;
mod pace;
pub mod percent;
pub mod prepared;
pub mod problem;
pub mod producer;
pub mod proxy;
pub mod retry;
pub mod retry_after;
pub mod shortage;
pub mod signing;
mod stack;
pub mod stats;
pub mod transport;
pub mod validate;

mod environment;
mod ffi;
mod panic_injection;
mod random;
mod visible;
