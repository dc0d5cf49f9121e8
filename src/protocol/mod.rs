//! The terms of the protocol: events, answers and prepared events. Everything here is pure.

pub mod answer;
pub mod delivery_state;
pub mod event;
pub mod extra_headers;
mod hex;
pub mod json;
pub mod keys;
pub mod percent;
pub mod prepared;
pub mod problem;
pub mod retry_after;
pub mod retryable;
pub mod validate;
