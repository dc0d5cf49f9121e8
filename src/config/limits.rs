//! The limits of a client: how much its queue holds, how long it waits, how many connections it keeps.

use std::time::Duration;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Events that were submitted and whose completion was not collected yet.
    pub events: usize,
    /// Bytes of request bodies that wait or are on their way.
    pub bytes: usize,
}

/// The limits of each phase of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct PhaseTimeouts {
    /// Name look-up, connecting, proxy and TLS negotiation together.
    pub connect: Duration,
    /// Each wait for input.
    pub read: Duration,
    /// Each wait for room to write.
    pub write: Duration,
}

/// How many connections are kept open, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    /// The most that are idle.
    pub connections: usize,
    /// The longest that one is used; `None`: without end.
    pub max_age: Option<Duration>,
}
