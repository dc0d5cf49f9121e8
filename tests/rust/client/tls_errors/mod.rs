//! TLS that fails, against real servers: the error's message, and whether the call is retried.

mod certificates;
pub mod chain;
mod handshakes;
pub mod openssl;
