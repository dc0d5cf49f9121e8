//! TLS that fails, against real servers: what is said, and whether it is final.

mod common;

#[path = "distrust/certificates.rs"]
mod certificates;
#[path = "distrust/chain.rs"]
mod chain;
#[path = "distrust/handshakes.rs"]
mod handshakes;
#[path = "distrust/openssl.rs"]
mod openssl;
