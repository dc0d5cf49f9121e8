//! A record of what an exchange did on the wire, and when.

use std::time::{Duration, Instant};

/// What an exchange did on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace {
    /// Connections that were opened for the attempt; 0 when it ran on a pooled one.
    pub opened: u32,
    /// When the last of them was open.
    pub opened_at: Option<Instant>,
    /// Whether the last byte of the request may have left.
    pub request_complete: bool,
    /// Whether the last byte may have left on a pooled connection that ended without an answer and was
    /// replaced.
    pub request_lost: bool,
    /// Whether a byte of the answer came.
    pub answered: bool,
    /// Whether it ran on a pooled connection that gave no sign of life until the time was over.
    pub went_silent: bool,
    /// Bytes handed to the socket's write, TLS overhead excluded.
    pub bytes_sent: u64,
    /// Bytes read, TLS overhead excluded.
    pub bytes_received: u64,
    /// How long the parts of the exchange took.
    pub timings: Timings,
}

/// How long the parts of an exchange took. Parts that were left out took no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Looking the host name up.
    pub lookup: Duration,
    /// Connecting, and passing a proxy by CONNECT.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the end of writing the request to the first byte of the answer.
    pub waiting: Duration,
}

impl Trace {
    /// Makes this the trace of the new connection that replaces one which ended without an answer.
    pub fn replace_connection(&mut self) {
        *self = Trace {
            opened: self.opened,
            request_lost: self.request_lost || self.request_complete,
            bytes_sent: self.bytes_sent,
            ..Trace::default()
        };
    }

    /// Returns the time of a step that has gone on since `now`. Steps with a new connection take long: TLS computes.
    pub fn time_of_step(&self, now: Instant) -> Instant {
        self.opened_at.map_or(now, |opened| opened.max(now))
    }

    /// Notes input.
    pub fn received(&mut self, amount: usize) {
        self.answered = true;
        self.bytes_received += amount as u64;
    }
}
