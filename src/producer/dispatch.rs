//! Chooses the next event and its time: by the schedule, the circuit breaker, stalled attempts and the client's pace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::circuit_breaker::CircuitBreaker;
use super::hanging_attempts::{End, Stalls};
use super::schedule::Schedule;
use super::submitted::{Finding, SubmittedEvent};
use super::waiting::Waiting;
use super::window::Window;
use crate::call::pace::{Booking, Pace, Turn};

/// How often a queue that waits for its turn checks whether the limit has changed since it booked the turn.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// After a rest of this long, a burst begins anew with few requests: the connections of the last one may be closed.
const REST: Duration = Duration::from_secs(1);

/// The waiting events and the state of the service as far as it is known.
#[derive(Debug)]
pub struct Dispatch {
    schedule: Schedule,
    breaker: CircuitBreaker,
    stalls: Stalls,
    pace: Arc<Pace>,
    /// When the last event was done, if none has come since.
    at_rest_since: Option<Instant>,
    /// The state of the pace when this last looked.
    pace_seen: u64,
    /// The next turn of the queue, if the pace has a limit.
    booking: Option<Booking>,
}

impl Dispatch {
    /// Makes a dispatch without events, for at most this many requests under way.
    pub fn new(breaker: CircuitBreaker, most_under_way: usize, pace: Arc<Pace>) -> Self {
        Dispatch {
            schedule: Schedule::default(),
            breaker,
            stalls: Stalls::new(Window::new(most_under_way)),
            at_rest_since: None,
            pace_seen: pace.generation(),
            pace,
            booking: None,
        }
    }

    /// Adds an event for its first attempt.
    pub fn add(&mut self, event: Waiting) {
        self.schedule.add(event);
    }

    /// Adds an event for another attempt at a time.
    pub fn delay(&mut self, at: Instant, event: Waiting) {
        self.schedule.delay(at, event);
    }

    /// Keeps the events for which `stays` is true.
    pub fn retain(&mut self, stays: impl FnMut(u64) -> bool) {
        self.schedule.retain(stays);
    }

    /// Returns the turn in which an event may be sent now. [`Dispatch::next`] uses it.
    pub fn turn(&mut self, now: Instant) -> Option<Turn> {
        self.schedule.wake(now);
        if !self.has_some(now) || !self.breaker.allows_sending(now) {
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

    /// Returns the next event to send.
    pub fn next(&mut self, now: Instant) -> Option<Waiting> {
        let Dispatch {
            schedule,
            breaker,
            stalls,
            ..
        } = self;
        let probing = breaker.is_probing();
        if breaker.seems_down(now) {
            let other = schedule.next_other(|topic| breaker.rank(topic), probing, stalls, now);
            if other.is_some() {
                return other;
            }
        }
        schedule.next(probing, stalls, now)
    }

    /// Notes that an event is being sent.
    pub fn begin(&mut self, event: Waiting, now: Instant) {
        self.booking = None;
        if let Some(since) = self.at_rest_since.take()
            && now.saturating_duration_since(since) >= REST
        {
            self.stalls.window.restart();
        }
        self.breaker.sending(event.topic, now);
        self.stalls.begin(event, now);
    }

    /// Notes what an attempt says about the service and about the event's topic; `random` is in [0, 1).
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
                self.breaker.answered(entry.topic, now);
                if self.schedule.ready() > 0 {
                    self.stalls.window.grow();
                }
                End::Answered
            }
            Finding::Failed { timed_out } => {
                entry.failed = Some(self.breaker.failed(entry.failed, entry.topic));
                if self.must_open(now) {
                    self.breaker.open(now, random);
                    self.stalls.window.restart();
                }
                match timed_out {
                    true => End::TimedOut,
                    false => End::Other,
                }
            }
            Finding::Undecided => {
                self.breaker.undecided(now);
                End::Other
            }
        };
        let pace = self.pace.generation();
        if std::mem::replace(&mut self.pace_seen, pace) != pace && self.pace.free_turn().is_none() {
            self.stalls.window.halve();
        }
        if self.stalls.end(token, end, now) {
            self.schedule.reconsider();
        }
    }

    /// Notes that no event waits or is being sent.
    pub fn rest(&mut self, now: Instant) {
        self.at_rest_since = Some(now);
    }

    /// Returns the number of events that may be in flight.
    pub fn limit(&self, now: Instant) -> usize {
        self.stalls.limit(now)
    }

    fn must_open(&self, now: Instant) -> bool {
        let has_failed = |topic| self.breaker.has_failed(topic);
        self.breaker.seems_down_for_all(now)
            || (self.breaker.seems_down(now)
                && !self.schedule.has_other(has_failed, &self.stalls, now))
    }

    fn has_some(&self, now: Instant) -> bool {
        let probing = self.breaker.is_probing();
        self.schedule.has_some(probing, &self.stalls, now)
    }

    /// Returns the time at which the next event may be sent if the window has room: `now` or earlier for one that can
    /// go at once, `None` if that takes a submit or the end of an attempt.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let open_until = self.breaker.open_until();
        let turn = self.booking.map(|booking| booking.at.min(now + LOOK_AGAIN));
        // The later one of the two holds the event up.
        let held_up = open_until.into_iter().chain(turn).max();
        let ready = self.has_some(now).then(|| held_up.unwrap_or(now));
        // With each attempt that hangs, suspected events get more room.
        let set_aside = self.schedule.has_set_aside();
        let more_room = set_aside.then(|| self.stalls.next_limit(now)).flatten();
        let later = self.schedule.next_wake().into_iter().chain(more_room);
        ready.into_iter().chain(later).min()
    }

    /// Returns when the window gets room for an event that it keeps back, because an attempt hangs.
    pub fn next_room(&self, now: Instant) -> Option<Instant> {
        self.stalls.next_limit(now).filter(|_| self.has_some(now))
    }

    /// Returns how many events wait here.
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
    fn a_changed_limit_is_noticed_long_before_the_booked_turn() {
        let now = Instant::now();
        let pace = Arc::new(Pace::new(now));
        let turn = pace.free_turn().expect("there is no limit");
        pace.refused(turn, 0, None, now);
        let breaker = CircuitBreaker::new(Duration::from_millis(200));
        let mut dispatch = Dispatch::new(breaker, 4, pace.clone());
        dispatch.add(Waiting::new(1, Topic::of(b"")));
        // Other calls have booked the turns of the next seconds.
        let far = now + Duration::from_secs(2);
        let last = std::iter::repeat_with(|| pace.book(now, None).expect("a booking"));
        let last = last.take(1_000).find(|booking| booking.at > far);
        let turn = pace.redeem(&last.expect("one is far")).expect("it is good");
        assert!(dispatch.turn(now).is_none());
        // Then the limit changes, so that they book their turns again.
        pace.refused(turn, 0, None, now);
        let soon = dispatch.wake_at(now).expect("an event waits");
        assert!(soon > now && soon <= now + LOOK_AGAIN);
        assert!(dispatch.turn(soon).is_some());
    }
}
