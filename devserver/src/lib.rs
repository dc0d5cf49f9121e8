//! A local stand-in for the Hookrail service, for trying the library and testing against it.
//!
//! [`DevServer::start`] runs one in this process; the `hookrail-devserver` command runs one on its
//! own. It speaks the producer's and the receiver's side of the protocol, remembers everything, and
//! injects faults on the wire.
//!
//! It shares no code with the library, so that it can find the library's mistakes.

mod bodies;
mod config;
mod config_error;
mod connection;
mod control;
mod courier;
mod dead_letter_error;
mod delivery;
mod door;
mod entry;
mod events;
mod fault;
mod faults;
mod ids;
mod ingest;
mod job;
mod journal;
mod jsonb;
mod lanes;
mod ledger;
mod limits;
mod operator;
mod probe;
mod problem;
mod record;
mod recording;
mod redaction;
mod requests;
mod rule;
mod server;
mod service;
mod shared;
mod signature;
mod status;
mod stream;
mod tls;
mod topics;
mod verdict;
mod wire;

pub use config::{ApiKey, Config, ConfigError, DeliveryPolicy, Endpoint, Secret};
pub use dead_letter_error::NotDead;
pub use faults::PendingRule;
pub use limits::RateLimit;
pub use record::{
    Attempt, BodyRecord, DeliveryRecord, DeliveryState, EventRecord, Outcome, RequestRecord,
    Summary,
};
pub use redaction::redacted;
pub use rule::{Always, Dribble, Match, Never, Point, Rule, Times};
pub use server::{DevServer, Stopper};
pub use tls::{SelfSigned, Tls};
pub use topics::TopicPattern;

/// Compiles the Rust examples of the user documentation.
#[cfg(doctest)]
#[doc = include_str!("../../docs/devserver.md")]
mod user_documentation {}
