//! The wait of a call for its turn while the service limits the client's requests.

use std::time::{Duration, Instant};

use super::attempt::FailedAttempt;
use super::retrying::{Call, CallProgress};
use crate::call::pace::Turn;
use crate::error::{Error, Status};
use crate::transport::NoAnswer;
use crate::transport::failure::Failure;

/// How often a waiting call checks whether the limit has changed. Checking less often would be unfair: calls that come
/// after a change would get their turn first.
const LOOK_AGAIN: Duration = Duration::from_millis(150);
/// The least part of the call's time that an attempt needs to be worth its turn.
const LEAST_TIME: Duration = Duration::from_millis(100);

/// The reason why a call may make no request.
pub(super) enum NoTurn {
    /// The turn comes after this wait, which is too late for the call's time.
    TooLate(Duration),
    /// The wait for the turn was ended.
    Ended(Failure),
}

/// Returns the time from which on a turn is too late: an attempt that the timeout cuts off would leave open whether
/// the event was recorded.
fn too_late(deadline: Instant, budget: Duration) -> Instant {
    deadline
        .checked_sub(LEAST_TIME.min(budget / 10))
        .unwrap_or(deadline)
}

impl From<Failure> for NoTurn {
    fn from(failure: Failure) -> Self {
        NoTurn::Ended(failure)
    }
}

impl Call<'_> {
    /// Waits until the pace lets the call make a request. Fails at once if the turn would come too late.
    pub(super) fn wait_for_turn(&self) -> std::result::Result<Turn, NoTurn> {
        loop {
            if let Some(turn) = self.pace.free_turn() {
                return Ok(turn);
            }
            let now = Instant::now();
            let end = too_late(self.bounds.deadline, self.policy.max_elapsed);
            let booking = self
                .pace
                .book(now, Some(end))
                .map_err(|at| NoTurn::TooLate(at.saturating_duration_since(now)))?;
            loop {
                let look_again = Instant::now() + LOOK_AGAIN;
                let is_last = booking.at <= look_again;
                self.bounds.sleep_until(booking.at.min(look_again))?;
                match self.pace.redeem(&booking) {
                    Some(turn) if is_last => return Ok(turn),
                    Some(_) => {}
                    None => break,
                }
            }
        }
    }

    /// Makes the error of a call that makes no further request: it was cancelled, or has no time for its turn.
    pub(super) fn without_turn(
        &self,
        progress: &CallProgress,
        last: Option<Error>,
        reason: NoTurn,
    ) -> Error {
        match (reason, last) {
            (NoTurn::Ended(Failure::Cancelled), last) => self.cancelled(progress, last),
            (NoTurn::Ended(failure), Some(last)) => self.exhaust(progress, last, failure),
            (NoTurn::Ended(failure), None) => {
                let reason = NoAnswer::Transport(failure);
                self.finish(progress, FailedAttempt::without_answer(reason, false).error)
            }
            (NoTurn::TooLate(wait), Some(last)) => {
                let reason = format!(
                    "the service limits the client's requests, whose turn would be in {wait:.1?}, too late \
                     for the time budget"
                );
                self.exhaust(progress, last, reason)
            }
            (NoTurn::TooLate(wait), None) => {
                let message = format!(
                    "nothing was sent: the service limits the client's requests (429), and the turn of this \
                     one would be in {wait:.1?}, too late for the time budget of {:.1?}; try again later or with a \
                     longer timeout",
                    self.policy.max_elapsed
                );
                let error = Error::new(Status::RateLimited, message)
                    .with_retry_after(Some(wait))
                    .with_retryable(true);
                self.finish(progress, error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_leaves_time_for_the_attempt() {
        let now = Instant::now();
        let ms = Duration::from_millis;
        for (budget, left) in [(0, 0), (10, 1), (500, 50), (1_000, 100), (60_000, 100)] {
            let deadline = now + ms(budget);
            assert_eq!(deadline - too_late(deadline, ms(budget)), ms(left));
        }
    }
}
