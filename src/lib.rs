//! The Rust core of libhookrail: a producer and a receiver for the Hookrail webhook delivery service.
