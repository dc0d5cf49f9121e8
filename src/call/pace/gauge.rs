//! How many calls have succeeded of late.

use std::time::{Duration, Instant};

/// Where no limit is known, one in so many successes is noted, as each note asks for the time.
pub const STEP: u64 = 64;

/// What is measured is the rate of about so long.
const SPAN: Duration = Duration::from_secs(1);

/// How many calls had succeeded at two moments, the later of which is at most about a span ago where calls
/// succeed all the time.
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
    /// Nothing has succeeded so far.
    pub fn new(now: Instant) -> Self {
        let mark = GaugeMark { count: 0, at: now };
        Gauge {
            earlier: mark,
            later: mark,
        }
    }

    /// So many calls have succeeded by now.
    pub fn note(&mut self, count: u64, now: Instant) {
        if now.saturating_duration_since(self.later.at) >= SPAN {
            self.earlier = self.later;
            self.later = GaugeMark { count, at: now };
        }
    }

    /// Successes per second, of the last one or two seconds; `count` of them by now.
    pub fn rate(&self, count: u64, now: Instant) -> f64 {
        let age = |mark: &GaugeMark| now.saturating_duration_since(mark.at);
        // A short time says little, and one that is long past says nothing of now.
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
