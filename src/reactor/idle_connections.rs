//! The thread's care for the client's idle connections.

use std::sync::Weak;
use std::time::{Duration, Instant};

use crate::sys::clock::since_boot;
use crate::transport::pool::Pool;

/// How often the thread looks at them. One `poll` for all of them now and then costs less than to watch each of them
/// whenever it is idle.
const INTERVAL: Duration = Duration::from_secs(1);

/// Closes idle connections that are of no more use, for as long as it lives.
pub struct IdleConnections {
    pool: Weak<Pool>,
    next_look: Instant,
}

impl IdleConnections {
    /// Begins to look after the connections of a pool.
    pub fn new(pool: Weak<Pool>, now: Instant) -> Self {
        if let Some(pool) = pool.upgrade() {
            pool.begin_keeping();
        }
        IdleConnections {
            pool,
            next_look: now + INTERVAL,
        }
    }

    /// Returns the time until the next look at the connections.
    pub fn time_left(&self, now: Instant) -> Duration {
        self.next_look.saturating_duration_since(now)
    }

    /// Looks at the connections if it is time.
    pub fn look_after(&mut self, now: Instant) {
        if now < self.next_look {
            return;
        }
        self.next_look = now + INTERVAL;
        if let Some(pool) = self.pool.upgrade() {
            pool.look_after(since_boot());
        }
    }
}

impl Drop for IdleConnections {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.end_keeping(since_boot());
        }
    }
}
