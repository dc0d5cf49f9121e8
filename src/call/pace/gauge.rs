//! Measures the rate of successes.

use std::time::{Duration, Instant};

/// Without a limit, one of this many successes is noted, because each note reads the clock.
pub const STEP: u64 = 64;

/// The rate is measured over about this time.
const SPAN: Duration = Duration::from_secs(1);

/// The number of successes at two moments. If calls succeed all the time, the later moment is at most about one span
/// ago.
#[derive(Debug)]
pub struct Gauge {
    earlier: GaugeMark,
    later: GaugeMark,
}

#[derive(Clone, Copy, Debug)]
struct GaugeMark {
    count: u64,
    at: Instant,
}

impl Gauge {
    /// Makes a gauge without successes.
    pub fn new(now: Instant) -> Self {
        let mark = GaugeMark { count: 0, at: now };
        Gauge {
            earlier: mark,
            later: mark,
        }
    }

    /// Notes that this many calls have succeeded by now.
    pub fn note(&mut self, count: u64, now: Instant) {
        if now.saturating_duration_since(self.later.at) >= SPAN {
            self.earlier = self.later;
            self.later = GaugeMark { count, at: now };
        }
    }

    /// Returns the successes per second over the last one or two seconds; `count` calls have succeeded by now.
    pub fn rate(&self, count: u64, now: Instant) -> f64 {
        let age = |mark: &GaugeMark| now.saturating_duration_since(mark.at);
        // A short time says little, and a moment long ago says nothing about now.
        let is_enough = age(&self.later) >= SPAN / 2 || age(&self.earlier) > 3 * SPAN;
        let since = if is_enough {
            &self.later
        } else {
            &self.earlier
        };
        let succeeded = count.saturating_sub(since.count);
        succeeded as f64 / age(since).max(SPAN).as_secs_f64()
    }
}
