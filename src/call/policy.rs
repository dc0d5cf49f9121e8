//! Decides when a failed attempt is repeated. It has no clock and no randomness of its own.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use crate::config::retry_policy::RetryPolicy;

/// The action after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The failure is final: no retry could change it.
    Final,
    /// A retry could help, but none is left.
    Exhausted(Exhaustion),
    /// Try again after this delay.
    RetryAfter(Duration),
}

/// The reason why no retry is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhaustion {
    /// The policy allows no more retries.
    Retries,
    /// The time of the call is used up.
    Budget,
    /// The service asked for a longer wait than the time of the call allows.
    RetryAfter,
}

impl fmt::Display for Exhaustion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Exhaustion::Retries => "all retries were made",
            Exhaustion::Budget => "the time budget is used up",
            Exhaustion::RetryAfter => "the service asked to wait for longer than the time budget",
        })
    }
}

/// The retries of one call.
#[derive(Clone, Copy, Debug)]
pub struct RetryState {
    policy: RetryPolicy,
    budget: Duration,
}

impl RetryState {
    /// Makes the state of a call whose own timeout is `budget`; the policy's `max_elapsed` bounds it.
    pub fn new(policy: &RetryPolicy, budget: Duration) -> Self {
        RetryState {
            policy: *policy,
            budget: budget.min(policy.max_elapsed),
        }
    }

    /// Decides about the next attempt after a failed one.
    ///
    /// `elapsed` is the time since the call began. `retryable` says whether a retry can help against this kind of
    /// failure. `retry_after` is the wait that the answer asks for. `random` is uniform in [0, 1).
    pub fn decide(
        &self,
        retries_done: u32,
        elapsed: Duration,
        retryable: bool,
        retry_after: Option<Duration>,
        random: f64,
    ) -> Decision {
        if !retryable {
            return Decision::Final;
        }
        if retries_done >= self.policy.max_retries {
            return Decision::Exhausted(Exhaustion::Retries);
        }
        let remaining = self.budget.saturating_sub(elapsed);
        if remaining.is_zero() {
            return Decision::Exhausted(Exhaustion::Budget);
        }
        let delay = match retry_after.filter(|_| self.policy.respect_retry_after) {
            Some(floor) if floor > remaining => {
                return Decision::Exhausted(Exhaustion::RetryAfter);
            }
            Some(floor) => floor.saturating_add(fraction(self.policy.base, random)),
            None => fraction(self.policy.ceiling(retries_done), random),
        };
        Decision::RetryAfter(delay.min(remaining))
    }
}

/// Returns `whole` · `random`, or `whole` if that is no duration.
fn fraction(whole: Duration, random: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * random).map_or(whole, |part| part.min(whole))
}
