//! When a failed attempt is repeated: a state machine without clock or randomness of its own.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use crate::config::retry_policy::RetryPolicy;

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The failure is final: no retry could change it.
    Final,
    /// A retry could help, but none is left.
    Exhausted(Exhaustion),
    /// Try again after this delay.
    RetryAfter(Duration),
}

/// Why no retry is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhaustion {
    /// All retries that the policy grants were made.
    Retries,
    /// The budget of the call is used up.
    Budget,
    /// The service asked to wait for longer than the budget lasts.
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
    /// The retries of a call whose own timeout is `budget`; the policy's `max_elapsed` bounds it.
    pub fn new(policy: &RetryPolicy, budget: Duration) -> Self {
        RetryState {
            policy: *policy,
            budget: budget.min(policy.max_elapsed),
        }
    }

    /// Decides what follows a failed attempt.
    ///
    /// `elapsed` is the time since the call began, `retryable` whether the failure is of a kind that
    /// a retry can cure, `retry_after` what the answer asked for, and `random` is uniform in [0, 1).
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

/// `whole` · `random`, and `whole` itself where that is no duration.
fn fraction(whole: Duration, random: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * random).map_or(whole, |part| part.min(whole))
}
