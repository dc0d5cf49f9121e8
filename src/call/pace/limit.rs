//! The rate that the service bears: a search without a clock of its own.
//!
//! It is cut to [`CUT`] of what has succeeded of late and then grows as TCP's CUBIC does: back to what the
//! service has borne before, a while close to that, and then ever faster.

use std::time::{Duration, Instant};

/// What is left of the rate after a refusal.
const CUT: f64 = 0.7;
/// How long it takes until the rate is what it was before the cut, in seconds.
const RECOVERY: f64 = 2.0;
/// A limit of which nothing was heard for so long is forgotten.
pub const MEMORY: Duration = Duration::from_secs(8);
/// A service that refuses everything is still asked this often, in a second.
const LOWEST: f64 = 0.5;
/// What a service is thought to bear at first that has shown next to nothing yet. Not less: the retries of a lone
/// call keep a greater distance by themselves, and should keep no other.
const BORNE_AT_FIRST: f64 = 50.0;
/// The longest pause that the service, or a proxy before it, can ask of the whole client.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A limit of requests per second.
#[derive(Debug)]
pub struct Limit {
    /// What the service bore at the last cut.
    borne: f64,
    /// When the rate began to grow again; in the future during a pause.
    since: Instant,
    /// Nothing is sent before this.
    paused_until: Instant,
    /// The next turn that was not booked.
    next: Instant,
}

impl Limit {
    /// The first guess, given how many requests a second have succeeded of late.
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

    /// Cuts the rate after a refusal, given how many requests a second have succeeded of late.
    pub fn lower(&mut self, succeeded: f64, now: Instant) {
        // Where few are sent, few can succeed.
        let borne = self.rate(now).min(succeeded.max(BORNE_AT_FIRST));
        self.borne = borne.max(LOWEST / CUT);
        self.since = self.since.max(now);
        // Turns that were booked at the old rate are booked anew.
        self.next = now + self.interval(now);
    }

    /// Sends nothing for so long; tells whether that is news.
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

    /// Whether there was no refusal for so long that the limit is most probably gone.
    pub fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= MEMORY
    }

    /// Books the next turn; if that is not before `end`, only tells when it would be.
    pub fn book(&mut self, now: Instant, end: Option<Instant>) -> Result<Instant, Instant> {
        let at = now.max(self.paused_until).max(self.next);
        if end.is_some_and(|end| at >= end) {
            return Err(at);
        }
        self.next = at + self.interval(at);
        Ok(at)
    }

    /// The time from one turn to the next.
    fn interval(&self, at: Instant) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate(at))
    }

    /// Requests per second.
    fn rate(&self, at: Instant) -> f64 {
        let time = at.saturating_duration_since(self.since).min(MEMORY);
        let from_recovery = time.as_secs_f64() / RECOVERY - 1.0;
        let rate = self.borne * (1.0 + (1.0 - CUT) * from_recovery.powi(3));
        rate.max(LOWEST)
    }
}
