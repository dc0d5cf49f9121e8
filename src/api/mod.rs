//! The API for Rust programs: text, payloads of any serialisable type, builders and futures, in place of the bytes and the
//! plain settings of the client beneath it. It decides nothing of its own.

mod builder;
mod call_options;
mod client;
mod event;
mod future;
mod producer;
mod sending;
mod submit_options;
mod verification;
mod verifier;
pub mod webhook;

pub use self::builder::ClientBuilder;
pub use self::call_options::CallOptions;
pub use self::client::Client;
pub use self::event::EventBuilder;
pub use self::future::{GetEventFuture, SendFuture};
pub use self::submit_options::SubmitOptions;
pub use self::verification::{Verification, Verified};
pub use self::verifier::Verifier;
