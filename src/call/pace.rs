//! How fast the service takes the requests of this client's key.
//!
//! The service limits a key and not an event: after a 429 every further request of the client is refused as
//! well, until it has become slower. So all users of a client in a process share a pace. It is without a limit
//! until the first 429; then requests take turns at the rate that the service has shown to bear, less with each
//! further 429 and more with the time without one, until the limit is forgotten.

mod gauge;
mod limit;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::gauge::Gauge;
use self::limit::Limit;
use crate::error::{Error, Status};

/// The pace that the users of a client share.
#[derive(Debug)]
pub struct Pace {
    /// Changes with each change of the limit; odd while there is one.
    generation: AtomicU64,
    state: Mutex<PaceState>,
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

/// A turn that comes at a time, unless the limit changes before.
#[derive(Clone, Copy, Debug)]
pub struct Booking {
    /// When.
    pub at: Instant,
    turn: Turn,
}

impl Pace {
    /// A pace without a limit.
    pub fn new(now: Instant) -> Self {
        Pace {
            generation: AtomicU64::new(0),
            state: Mutex::new(PaceState {
                gauge: Gauge::new(now),
                limit: None,
            }),
        }
    }

    /// A turn at once, where there is no limit.
    pub fn free_turn(&self) -> Option<Turn> {
        let generation = self.generation.load(Ordering::Acquire);
        is_free(generation).then_some(Turn { generation })
    }

    /// Books a turn, of which [`Pace::redeem`] must be asked when its time has come.
    ///
    /// # Errors
    /// When it would come, if that is not before `end`. Nothing is booked then.
    pub fn book(&self, now: Instant, end: Option<Instant>) -> Result<Booking, Instant> {
        let mut state = self.lock();
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

    /// The turn that was booked, if the limit is still the one it was booked under.
    pub fn redeem(&self, booking: &Booking) -> Option<Turn> {
        let generation = self.generation.load(Ordering::Acquire);
        (generation == booking.turn.generation).then_some(booking.turn)
    }

    /// A call of this client has succeeded, the `count`th in this process. `now` is seldom asked for.
    pub fn succeeded(&self, count: u64, now: impl FnOnce() -> Instant) {
        if count.is_multiple_of(gauge::STEP) || self.free_turn().is_none() {
            self.lock().gauge.note(count, now());
        }
    }

    /// The service has refused the request that was made in this turn, because the key makes too many. It may
    /// have asked to wait for `retry_after`. So far `count` calls have succeeded.
    pub fn refused(&self, turn: Turn, count: u64, retry_after: Option<Duration>, now: Instant) {
        let mut state = self.lock();
        let PaceState { gauge, limit } = &mut *state;
        let was = self.generation.load(Ordering::Acquire);
        // Requests that were on their way already say nothing of the pace that was taken up since.
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
            // Odd, and another one.
            let next = if is_free(was) { was + 1 } else { was + 2 };
            self.generation.store(next, Ordering::Release);
        }
    }

    fn lock(&self) -> MutexGuard<'_, PaceState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_free(generation: u64) -> bool {
    generation.is_multiple_of(2)
}

/// Whether an error is a 429 that limits the key, and not the ordering key of the event alone.
///
/// `is_ordered` tells whether the event has an ordering key, and is asked only where that matters: with one, a
/// `Retry-After` is about the key's backlog, unless the service says otherwise.
pub fn limits_key(error: &Error, is_ordered: bool) -> bool {
    if error.status() != Status::RateLimited {
        return false;
    }
    let title = error.problem().and_then(|problem| problem.title());
    let is = |expected: &str| title.is_some_and(|title| title.eq_ignore_ascii_case(expected));
    !is("backlog full") && (is("rate limited") || error.retry_after().is_none() || !is_ordered)
}
