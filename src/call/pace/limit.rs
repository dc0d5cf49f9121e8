//! The search for the rate that the service accepts. It has no clock of its own.
//!
//! After a refusal, the rate is cut to [`CUT`] of the recent successes. Then it grows as in TCP's CUBIC: back to the
//! last accepted rate, close to that for a while, and then faster and faster.

use std::time::{Duration, Instant};

/// The part of the rate that remains after a refusal.
const CUT: f64 = 0.7;
/// The time until the rate is what it was before the cut, in seconds.
const RECOVERY: f64 = 2.0;
/// A limit without a refusal for this long is forgotten.
pub const MEMORY: Duration = Duration::from_secs(8);
/// The lowest rate, in requests per second: a service that refuses everything is still asked this often.
const LOWEST: f64 = 0.5;
/// The first rate for a service that has accepted almost nothing yet. It is not lower, because the retries of a single
/// call already keep a greater distance by their own delays.
const BORNE_AT_FIRST: f64 = 50.0;
/// The longest pause that the service, or a proxy before it, can ask of the whole client.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A limit of requests per second.
#[derive(Debug)]
pub struct Limit {
    /// The accepted rate at the last cut.
    borne: f64,
    /// The moment since which the rate grows. It is in the future during a pause.
    since: Instant,
    /// The end of the pause, in which nothing is sent.
    paused_until: Instant,
    /// The next turn that is not booked.
    next: Instant,
}

impl Limit {
    /// Makes the first guess from the recent rate of successes, in requests per second.
    pub fn new(succeeded: f64, now: Instant) -> Self {
        let mut limit = Limit {
            borne: succeeded.max(BORNE_AT_FIRST),
            since: now,
            paused_until: now,
            next: now,
        };
        limit.next += limit.interval(now);
        limit
    }

    /// Cuts the rate after a refusal. `succeeded` is the recent rate of successes, in requests per second.
    pub fn lower(&mut self, succeeded: f64, now: Instant) {
        // If few requests are sent, few can succeed.
        let borne = self.rate(now).min(succeeded.max(BORNE_AT_FIRST));
        self.borne = borne.max(LOWEST / CUT);
        self.since = self.since.max(now);
        // Turns that were booked at the old rate are booked again.
        self.next = now + self.interval(now);
    }

    /// Stops all requests for this long. Returns whether the pause is longer than the one before.
    pub fn pause(&mut self, now: Instant, pause: Duration) -> bool {
        let end = now + pause.min(LONGEST_PAUSE);
        if end <= self.paused_until {
            return false;
        }
        self.paused_until = end;
        self.since = self.since.max(end);
        self.next = self.next.min(end);
        true
    }

    /// Returns whether no refusal has come for so long that the limit is probably gone.
    pub fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= MEMORY
    }

    /// Books the next turn. If its time is not before `end`, books nothing and returns the time as the error.
    pub fn book(&mut self, now: Instant, end: Option<Instant>) -> Result<Instant, Instant> {
        let at = now.max(self.paused_until).max(self.next);
        if end.is_some_and(|end| at >= end) {
            return Err(at);
        }
        self.next = at + self.interval(at);
        Ok(at)
    }

    /// Returns the time between two turns.
    fn interval(&self, at: Instant) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate(at))
    }

    /// Returns the requests per second.
    fn rate(&self, at: Instant) -> f64 {
        let time = at.saturating_duration_since(self.since).min(MEMORY);
        let from_recovery = time.as_secs_f64() / RECOVERY - 1.0;
        let rate = self.borne * (1.0 + (1.0 - CUT) * from_recovery.powi(3));
        rate.max(LOWEST)
    }
}
