//! TLS that fails, against real servers: the error's message, and whether the call is retried.

mod certificates;
mod chain;
mod handshakes;
mod openssl;
