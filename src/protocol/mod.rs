//! The terms of the protocol: what an event, an answer and a prepared event are. Everything here is pure.

pub mod answer;
pub mod event;
pub mod json;
pub mod percent;
pub mod prepared;
pub mod problem;
pub mod retry_after;
pub mod retryable;
pub mod validate;
