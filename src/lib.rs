//! The Rust core of libhookrail: a producer and a receiver for the Hookrail webhook delivery service.

pub mod answer;
pub mod base_url;
pub mod error;
pub mod event;
pub mod json;
pub mod percent;
pub mod prepared;
pub mod problem;
pub mod proxy;
pub mod retry;
pub mod retry_after;
pub mod validate;
