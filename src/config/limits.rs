//! The limits of a client: the size of its queue, its timeouts, and the connections that it keeps.

use std::time::Duration;

/// The limits of the queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// The most events that were submitted and whose completion was not collected yet.
    pub events: usize,
    /// The most bytes of request bodies and extra headers that wait or are being sent.
    pub bytes: usize,
}

/// The time limits of the phases of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct PhaseTimeouts {
    /// For the name look-up, connecting, the proxy and the TLS negotiation together.
    pub connect: Duration,
    /// For each wait for input.
    pub read: Duration,
    /// For each wait for room to write.
    pub write: Duration,
}

/// The limits of idle connections.
#[derive(Clone, Copy, Debug)]
pub struct KeepAlive {
    /// The most idle connections.
    pub connections: usize,
    /// The longest use of a connection; `None` means no limit.
    pub max_age: Option<Duration>,
}
