//! The wait of a call for its turn while the service limits the client's requests.

use std::time::{Duration, Instant};

use super::context::Call;
use super::failed_attempt::FailedAttempt;
use super::pace::{Booking, Turn};
use super::progress::CallProgress;
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

/// A wait for a turn of the client's pace.
#[derive(Debug, Default)]
pub(super) struct TurnWait(Option<Booked>);

#[derive(Debug)]
struct Booked {
    booking: Booking,
    /// The end of the present part of the wait.
    until: Instant,
}

/// The result of a step of the wait.
pub(super) enum WaitedForTurn {
    /// The call may make a request.
    Turn(Turn),
    /// The turn would come in this time, too late for the call.
    TooLate(Duration),
    /// This instant has to come.
    Wait(Instant),
}

impl TurnWait {
    /// Goes on with the wait at the time `now`.
    pub(super) fn step(&mut self, call: &Call<'_>, now: Instant) -> WaitedForTurn {
        loop {
            let Some(booked) = &mut self.0 else {
                if let Some(turn) = call.pace.free_turn() {
                    return WaitedForTurn::Turn(turn);
                }
                let end = too_late(call.bounds.deadline, call.policy.max_elapsed);
                match call.pace.book(now, Some(end)) {
                    Ok(booking) => {
                        let until = booking.at.min(now + LOOK_AGAIN);
                        self.0 = Some(Booked { booking, until });
                    }
                    Err(at) => return WaitedForTurn::TooLate(at.saturating_duration_since(now)),
                }
                continue;
            };
            if now < booked.until {
                return WaitedForTurn::Wait(booked.until);
            }
            match call.pace.redeem(&booked.booking) {
                Some(turn) if booked.until >= booked.booking.at => {
                    return WaitedForTurn::Turn(turn);
                }
                Some(_) => booked.until = booked.booking.at.min(now + LOOK_AGAIN),
                // The limit has changed.
                None => self.0 = None,
            }
        }
    }
}

impl Call<'_> {
    /// The error of a call that makes no further request: it was cancelled, or has no time for its turn.
    pub(super) fn without_turn(
        &self,
        progress: &mut CallProgress,
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
