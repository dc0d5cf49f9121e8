//! The pace of a client: how fast the service accepts the requests of its key.
//!
//! The service limits the key, not the event: after a 429 it refuses every further request of the client until the
//! client has become slower. So all users of a client in a process share one pace. It has no limit until the first
//! 429. Then requests take turns at the rate that the service has been seen to accept. Each further 429 lowers the
//! rate; time without one raises it, until the limit is forgotten.

mod gauge;
mod limit;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use self::gauge::Gauge;
use self::limit::Limit;
use crate::error::{Error, Status};
use crate::sys::lock::Lock;

/// The pace that the users of a client share.
#[derive(Debug)]
pub struct Pace {
    /// Changes with each change of the limit. It is odd while there is a limit.
    generation: AtomicU64,
    state: Lock<PaceState>,
}

#[derive(Debug)]
struct PaceState {
    gauge: Gauge,
    limit: Option<Limit>,
}

/// The permission to make one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    generation: u64,
}

/// A turn at a certain time, unless the limit changes before.
#[derive(Clone, Copy, Debug)]
pub struct Booking {
    /// The time of the turn.
    pub at: Instant,
    turn: Turn,
}

impl Pace {
    /// Makes a pace without a limit.
    pub fn new(now: Instant) -> Self {
        Pace {
            generation: AtomicU64::new(0),
            state: Lock::new(PaceState {
                gauge: Gauge::new(now),
                limit: None,
            }),
        }
    }

    /// Returns a turn at once if there is no limit.
    pub fn free_turn(&self) -> Option<Turn> {
        let generation = self.generation.load(Ordering::Acquire);
        is_free(generation).then_some(Turn { generation })
    }

    /// Returns a number that changes with each change of the limit.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Books a turn. When its time has come, [`Pace::redeem`] must be called.
    ///
    /// # Errors
    /// The time of the turn, if that is not before `end`. Nothing is booked then.
    pub fn book(&self, now: Instant, end: Option<Instant>) -> Result<Booking, Instant> {
        let mut state = self.state.lock();
        if state.limit.as_ref().is_some_and(|limit| limit.is_over(now)) {
            state.limit = None;
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        let turn = Turn {
            generation: self.generation.load(Ordering::Acquire),
        };
        let at = match &mut state.limit {
            Some(limit) => limit.book(now, end)?,
            None => now,
        };
        Ok(Booking { at, turn })
    }

    /// Returns the turn that was booked, if the limit has not changed since.
    pub fn redeem(&self, booking: &Booking) -> Option<Turn> {
        let generation = self.generation.load(Ordering::Acquire);
        (generation == booking.turn.generation).then_some(booking.turn)
    }

    /// Notes that a call of this client has succeeded, the `count`th in this process. `now` is rarely called.
    pub fn succeeded(&self, count: u64, now: impl FnOnce() -> Instant) {
        if count.is_multiple_of(gauge::STEP) || self.free_turn().is_none() {
            self.state.lock().gauge.note(count, now());
        }
    }

    /// Notes that the service refused the request of this turn because the key makes too many. It may have asked for a
    /// wait of `retry_after`. So far, `count` calls have succeeded.
    pub fn refused(&self, turn: Turn, count: u64, retry_after: Option<Duration>, now: Instant) {
        let mut state = self.state.lock();
        let PaceState { gauge, limit } = &mut *state;
        let was = self.generation.load(Ordering::Acquire);
        // A request that was sent before the last change says nothing about the rate since.
        let is_news = was == turn.generation;
        let is_new = limit.is_none();
        let limit = limit.get_or_insert_with(|| Limit::new(gauge.rate(count, now), now));
        let mut changed = is_new;
        if is_news && !is_new {
            limit.lower(gauge.rate(count, now), now);
            changed = true;
        }
        if let Some(pause) = retry_after {
            changed |= limit.pause(now, pause);
        }
        if changed {
            // Odd, and different from before.
            let next = if is_free(was) { was + 1 } else { was + 2 };
            self.generation.store(next, Ordering::Release);
        }
    }
}

fn is_free(generation: u64) -> bool {
    generation.is_multiple_of(2)
}

/// Returns whether an error is a 429 that limits the API key, and not only the event's ordering key.
///
/// `is_ordered` says whether the event has an ordering key. With one, a `Retry-After` is about the backlog of the
/// ordering key, unless the service says otherwise.
pub fn limits_key(error: &Error, is_ordered: bool) -> bool {
    if error.status() != Status::RateLimited {
        return false;
    }
    let title = error.problem().and_then(|problem| problem.title());
    let is = |expected: &str| title.is_some_and(|title| title.eq_ignore_ascii_case(expected));
    !is("backlog full") && (is("rate limited") || error.retry_after().is_none() || !is_ordered)
}
