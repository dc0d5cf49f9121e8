//! The Rust core of libhookrail: a producer and a receiver for the Hookrail webhook delivery service.

pub mod error;
pub mod json;
pub mod problem;
