//! The rate limit of producer keys: a token bucket for each key.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config_error::ConfigError;

/// The number of events that a producer key may send per second, and at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    per_second: f64,
    burst: u32,
}

impl RateLimit {
    /// The service's own default: 100 a second, 200 at once.
    pub const SERVICE: Self = Self {
        per_second: 100.0,
        burst: 200,
    };

    /// A limit of `per_second` events a second, more than 0, and of `burst` at once, at least 1.
    pub fn new(per_second: f64, burst: u32) -> Result<Self, ConfigError> {
        if !(per_second.is_finite() && per_second > 0.0) || burst == 0 {
            return Err(ConfigError(
                "a rate limit is a number of events per second over 0 and a burst of at least 1, such as 100:200".into(),
            ));
        }
        Ok(Self { per_second, burst })
    }
}

impl FromStr for RateLimit {
    type Err = ConfigError;

    /// Reads `RATE:BURST`, or `RATE` for a burst of twice as much, as the service has by default.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
        match text.split_once(':') {
            Some((rate, burst)) => Self::new(number(rate), burst.parse().unwrap_or(0)),
            None => {
                let rate = number(text);
                // The conversion saturates: a number that is too large becomes the largest value, and NaN becomes 0.
                Self::new(rate, (rate * 2.0).ceil() as u32)
            }
        }
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} events per second, {} at once",
            self.per_second, self.burst
        )
    }
}

/// The rounding error that a sum of parts of a token may have.
const ROUNDING: f64 = 1e-9;

/// The tokens that one producer key has left.
#[derive(Debug)]
pub(crate) struct Bucket {
    limit: RateLimit,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(limit: RateLimit, now: Instant) -> Self {
        let level = Level {
            tokens: f64::from(limit.burst),
            at: now,
        };
        Self {
            limit,
            level: Mutex::new(level),
        }
    }

    /// Takes a token, or returns the limit that was reached.
    pub(crate) fn take(&self, now: Instant) -> Result<(), RateLimit> {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(level.at).as_secs_f64();
        let refilled = level.tokens + passed * self.limit.per_second;
        level.tokens = refilled.min(f64::from(self.limit.burst));
        level.at = level.at.max(now);
        if level.tokens < 1.0 - ROUNDING {
            return Err(self.limit);
        }
        level.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_taken_at_once_and_refilled_at_the_rate() {
        let start = Instant::now();
        let bucket = Bucket::new(RateLimit::new(10.0, 3).unwrap(), start);
        let at = |ms| bucket.take(start + Duration::from_millis(ms)).is_ok();
        assert_eq!([at(0), at(0), at(0), at(0)], [true, true, true, false]);
        assert_eq!([at(90), at(100), at(110)], [false, true, false]);
        // After any pause the bucket has at most the burst.
        assert_eq!(
            [at(60_000), at(60_000), at(60_000), at(60_000)],
            [true, true, true, false]
        );
    }

    #[test]
    fn a_clock_that_seems_to_go_back_gives_nothing_twice() {
        let start = Instant::now() + Duration::from_secs(10);
        let bucket = Bucket::new(RateLimit::new(1.0, 1).unwrap(), start);
        assert!(bucket.take(start).is_ok());
        assert!(bucket.take(start - Duration::from_secs(5)).is_err());
        assert!(bucket.take(start + Duration::from_millis(500)).is_err());
        assert!(bucket.take(start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn a_limit_is_read_with_and_without_its_burst() {
        assert_eq!("100".parse(), Ok(RateLimit::SERVICE));
        assert_eq!("0.5:3".parse(), RateLimit::new(0.5, 3));
        assert_eq!("0.1".parse(), RateLimit::new(0.1, 1));
        for wrong in [
            "", "x", "0", "-1", "inf", "NaN", "1:", "1:0", "1:-1", ":2", "1:2:3",
        ] {
            let error = wrong.parse::<RateLimit>().expect_err(wrong).to_string();
            assert!(error.contains("100:200"), "{error}");
        }
    }
}
