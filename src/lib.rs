//! A producer and a receiver for the Hookrail webhook delivery service.
//!
//! [`Client`] sends events, in the caller's thread, as a future, or from a queue. [`Verifier`] verifies the webhooks that the
//! service delivers. `docs/rust.md` is the guide.
//!
//! ```no_run
//! use hookrail::Client;
//! use serde::Serialize;
//!
//! #[derive(Serialize)]
//! struct Order {
//!     order_id: String,
//!     amount: u32,
//! }
//!
//! # fn main() -> hookrail::Result<()> {
//! // The API key and the base URL come from HOOKRAIL_API_KEY and HOOKRAIL_BASE_URL.
//! let client = Client::from_env()?;
//! let order = Order { order_id: "o_1".into(), amount: 42 };
//! match client.event("orders.created", &order).idempotency_key("o_1-created").send() {
//!     Ok(accepted) => println!("recorded as {}", accepted.event_id),
//!     Err(error) => eprintln!("{error} (the event is {})", error.outcome()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A call always ends within its time. Its error says what is known about the event ([`Outcome`]), and has the idempotency
//! key with which to find out more. The library installs no signal handler, does not panic, and works across forks.
//!
//! The sections in these pages (§) are those of the protocol, `docs/protocol.md`. The C ABI, for which this crate is also a
//! shared and a static library, is described in `docs/c.md`.

mod api;
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
mod signing;
mod sys;
mod transport;
mod wiped_stack;

pub use api::{
    CallOptions, Client, ClientBuilder, EventBuilder, GetEventFuture, SendFuture, SubmitOptions,
    Verification, Verified, Verifier, webhook,
};
pub use call::latency::Histogram;
pub use call::stats::Stats;
pub use config::tls_options::TlsRoots;
pub use error::{AttemptRecord, Error, Outcome, Problem, Result, Status};
pub use producer::completion::Completion;
pub use producer::{Flushed, Pending, Purge};
pub use protocol::answer::{Accepted, Delivery, DeliveryAttempt, EventStatus};
pub use protocol::delivery_state::DeliveryState;
pub use protocol::prepared::Prepared;
pub use signing::Rejection;
pub use sys::cancel::Cancel;

/// The programs in the guide and in README.md, which are compiled with the tests of the documentation.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../docs/rust.md")]
    mod rust {}
    #[doc = include_str!("../README.md")]
    mod readme {}
}
