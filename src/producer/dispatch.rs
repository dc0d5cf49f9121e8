//! Which event is sent next, and when: by their order, the health of the service, attempts that hang and the
//! client's pace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::circuit_breaker::CircuitBreaker;
use super::schedule::Schedule;
use super::stalls::{End, Stalls};
use super::submitted::{Finding, SubmittedEvent};
use super::waiting::Waiting;
use crate::call::pace::{Booking, Pace, Turn};

/// How often it is looked, while the queue waits for its turn, whether the limit has changed since it was booked.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The events that wait, and what is known of the service.
#[derive(Debug)]
pub struct Dispatch {
    schedule: Schedule,
    health: CircuitBreaker,
    stalls: Stalls,
    pace: Arc<Pace>,
    /// The next turn of the queue, where the pace is limited.
    booking: Option<Booking>,
}

impl Dispatch {
    /// Nothing waits; there may be so many workers.
    pub fn new(health: CircuitBreaker, max_workers: usize, pace: Arc<Pace>) -> Self {
        Dispatch {
            schedule: Schedule::default(),
            health,
            stalls: Stalls::new(max_workers),
            pace,
            booking: None,
        }
    }

    /// An event may be sent for the first time.
    pub fn add(&mut self, event: Waiting) {
        self.schedule.add(event);
    }

    /// An event may be sent again at a time.
    pub fn delay(&mut self, at: Instant, event: Waiting) {
        self.schedule.delay(at, event);
    }

    /// Keeps the events for which `stays` is true.
    pub fn retain(&mut self, stays: impl FnMut(u64) -> bool) {
        self.schedule.retain(stays);
    }

    /// The turn in which an event may be sent now, if one may. It is [`Dispatch::next`] that uses it.
    pub fn turn(&mut self, now: Instant) -> Option<Turn> {
        self.schedule.wake(now);
        if !self.has_some(now) || !self.health.allows_sending(now) {
            return None;
        }
        if let Some(turn) = self.pace.free_turn() {
            self.booking = None;
            return Some(turn);
        }
        let still_good = self
            .booking
            .filter(|booking| self.pace.redeem(booking).is_some());
        let booking = match still_good {
            Some(booking) => booking,
            None => self.pace.book(now, None).ok()?,
        };
        self.booking = Some(booking);
        self.pace.redeem(&booking).filter(|_| booking.at <= now)
    }

    /// The next event to send.
    pub fn next(&mut self, now: Instant) -> Option<Waiting> {
        let Dispatch {
            schedule,
            health,
            stalls,
            ..
        } = self;
        let probing = health.is_probing();
        if health.seems_down(now) {
            let other = schedule.next_other(|topic| health.rank(topic), probing, stalls, now);
            if other.is_some() {
                return other;
            }
        }
        schedule.next(probing, stalls, now)
    }

    /// An event is being sent.
    pub fn begin(&mut self, event: Waiting, now: Instant) {
        self.booking = None;
        self.health.sending(event.topic, now);
        self.stalls.begin(event, now);
    }

    /// Takes what an attempt at an event says of the service and of its topic; `random` in [0, 1).
    pub fn end(
        &mut self,
        token: u64,
        entry: &mut SubmittedEvent,
        finding: Finding,
        random: f64,
        now: Instant,
    ) {
        let end = match finding {
            Finding::Answered => {
                self.health.answered(entry.topic, now);
                End::Answered
            }
            Finding::Failed { timed_out } => {
                entry.failed = Some(self.health.failed(entry.failed, entry.topic));
                if self.must_rest(now) {
                    self.health.rest(now, random);
                }
                match timed_out {
                    true => End::TimedOut,
                    false => End::Other,
                }
            }
            Finding::Undecided => {
                self.health.undecided(now);
                End::Other
            }
        };
        if self.stalls.end(token, end, now) {
            self.schedule.reconsider();
        }
    }

    fn must_rest(&self, now: Instant) -> bool {
        let has_failed = |topic| self.health.has_failed(topic);
        self.health.seems_down_for_all(now)
            || (self.health.seems_down(now)
                && !self.schedule.has_other(has_failed, &self.stalls, now))
    }

    /// How many events could be sent if the service allows it (or a few more: some may be completed).
    pub fn ready(&self) -> usize {
        self.schedule.ready()
    }

    /// Whether, when one worker has taken an event, there is something for another to do: to send the next,
    /// or to wait for the time at which one may be sent.
    pub fn wants_another_worker(&self, now: Instant) -> bool {
        self.schedule.next_wake().is_some() || self.has_some(now)
    }

    fn has_some(&self, now: Instant) -> bool {
        let probing = self.health.is_probing();
        self.schedule.has_some(probing, &self.stalls, now)
    }

    /// When there may be an event to send that there is not now; `None`: only after a submit, or an attempt.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let rest = self.health.rest_ends();
        let turn = self.booking.map(|booking| booking.at.min(now + LOOK_AGAIN));
        // Of those that hold an event up the last one counts.
        let held_up = match self.has_some(now) {
            true => rest.into_iter().chain(turn).max(),
            false => None,
        };
        held_up.into_iter().chain(self.schedule.next_wake()).min()
    }

    /// How many events wait here.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.schedule.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::topic::Topic;

    #[test]
    fn a_limit_that_has_changed_is_noticed_long_before_the_turn() {
        let now = Instant::now();
        let pace = Arc::new(Pace::new(now));
        let turn = pace.free_turn().expect("there is no limit");
        pace.refused(turn, 0, None, now);
        let health = CircuitBreaker::new(Duration::from_millis(200));
        let mut dispatch = Dispatch::new(health, 4, pace.clone());
        dispatch.add(Waiting::new(1, Topic::of(b"")));
        // Others have booked the turns of the next seconds.
        let far = now + Duration::from_secs(2);
        let last = std::iter::repeat_with(|| pace.book(now, None).expect("a booking"));
        let last = last.take(1_000).find(|booking| booking.at > far);
        let turn = pace.redeem(&last.expect("one is far")).expect("it is good");
        assert!(dispatch.turn(now).is_none());
        // Then the limit changes, which has their turns booked anew.
        pace.refused(turn, 0, None, now);
        let soon = dispatch.wake_at(now).expect("an event waits");
        assert!(soon > now && soon <= now + LOOK_AGAIN);
        assert!(dispatch.turn(soon).is_some());
    }
}
