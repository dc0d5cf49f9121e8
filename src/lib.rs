//! The Rust core of libhookrail: a producer and a receiver for the Hookrail webhook delivery service.
//!
//! [`Client`] sends events and asks for their status. [`Verifier`] verifies the webhooks that the service delivers.
//! The sections in these pages (§) are those of the protocol, `docs/protocol.md`.
//!
//! The core is safe Rust without C, except for the system calls. The C ABI is a private module on top of it.

mod call;
mod client;
mod config;
mod error;
mod ffi;
#[doc(hidden)]
pub mod internals;
mod panic_injection;
mod producer;
mod protocol;
mod reactor;
pub mod signing;
mod sys;
mod transport;
mod wiped_stack;

pub use call::stats::Stats;
pub use client::{
    BackgroundCall, BackgroundResult, CallOptions, Client, InterruptibleResult, SendOptions,
    SubmitOptions, Waited,
};
pub use config::options::ClientOptions;
pub use config::proxy::ProxySetting;
pub use config::tls_options::TlsRoots;
pub use error::{AttemptRecord, Error, Outcome, Problem, Result, Status};
pub use producer::completion::Completion;
pub use producer::{Flushed, Pending, Purge};
pub use protocol::answer::{Accepted, Delivery, DeliveryAttempt, EventStatus};
pub use protocol::delivery_state::DeliveryState;
pub use protocol::extra_headers::ExtraHeaders;
pub use protocol::keys::{IdempotencyKey, OrderingKey};
pub use protocol::prepared::Prepared;
pub use signing::{Verified, Verifier, sign, verify_signature};
pub use sys::cancel::Cancel;
