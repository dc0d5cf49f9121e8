//! The rules, written a second time.

pub mod date;
pub mod http;
pub mod json;
pub mod signature;
