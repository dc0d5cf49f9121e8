//! The limits of retrying: how often, and for how long (protocol §3).

use std::time::Duration;

use crate::error::{Error, Result};

/// The limits of retrying a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most retries after the first attempt.
    pub max_retries: u32,
    /// The largest delay before the first retry. It doubles with each further retry.
    pub base: Duration,
    /// The largest delay before any retry.
    pub cap: Duration,
    /// The time for the whole call, waits included.
    pub max_elapsed: Duration,
    /// Whether the service's `Retry-After` is the shortest delay.
    pub respect_retry_after: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            max_retries: 3,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            max_elapsed: Duration::from_secs(30),
            respect_retry_after: true,
        }
    }
}

impl RetryPolicy {
    /// Checks that base is positive and base ≤ cap ≤ max_elapsed.
    pub fn validate(&self) -> Result<()> {
        if self.base.is_zero() {
            return Err(Error::configuration(
                "the retry policy's base is 0: it must be greater",
            ));
        }
        if self.cap < self.base {
            return Err(Error::configuration(format!(
                "the retry policy's cap ({:?}) is less than its base ({:?}): it must be at least \
                 as much",
                self.cap, self.base
            )));
        }
        if self.max_elapsed < self.cap {
            return Err(Error::configuration(format!(
                "the total timeout (max_elapsed, {:?}) is less than the cap of the backoff \
                 ({:?}): it must be at least as much",
                self.max_elapsed, self.cap
            )));
        }
        Ok(())
    }

    /// Returns the largest delay before retry `n`, counted from 0: min(cap, base·2ⁿ).
    pub(crate) fn ceiling(&self, n: u32) -> Duration {
        let mut ceiling = self.base;
        // The base is at least a nanosecond, so even the longest cap is reached within 94 steps.
        for _ in 0..n.min(128) {
            if ceiling >= self.cap {
                break;
            }
            ceiling = ceiling.saturating_mul(2);
        }
        ceiling.min(self.cap)
    }
}
