//! HTTP exchanges with the service: sockets, TLS, the connection pool, cancellation.
//!
//! An [`Exchange`](exchange::Exchange) is a state machine that never waits; [`blocking`] waits in its place, in the
//! caller's thread. HTTP/1.1 is written and, where the answer is a usual one, read here; every other answer is read
//! by the engine of ureq.

mod answer;
mod authorization;
pub mod blocking;
pub mod bounds;
mod connecting;
mod connection;
mod dial;
pub mod exchange;
pub mod failure;
mod http;
mod input;
mod interim_responses;
mod lifetime;
pub mod pool;
mod reader;
pub mod readiness;
pub mod request;
pub mod request_id;
mod resolver;
mod resolver_fork;
mod response_limits;
mod round_trip;
mod route;
mod socks;
pub mod state_machine;
mod stream;
pub mod tls;
pub mod trace;
mod tunnel;
mod unix_socket;

pub use self::answer::{Answer, NoAnswer};
pub use self::http::Http;
