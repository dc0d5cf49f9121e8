//! Whether the service is worth asking: the retry budget that all events share.
//!
//! Each event backs off by itself, but a thousand events that do so still are a thousand requests. When
//! different events fail one after the other without an answer between them, the producer rests as a whole, and
//! then sends one event to see how things are.
//!
//! That is for a service that is down for all events. Where only some fail (a topic that the service cannot
//! take), they must not stop the others, so what counts are *different* events: one that fails again and again
//! counts once until there is an answer. Events that have failed before say less, as the same bad ones may come
//! five in a row by chance: they count only where there was no answer for a while.

use std::time::{Duration, Instant};

/// So many different events are no accident of single connections, or of a bad topic.
const TOLERATED: u32 = 5;
/// The longest rest: a service that is back should not have to wait for its events.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// Without an answer for so long, the failures of events that have failed before count, too.
const SILENCE: Duration = Duration::from_secs(2);

/// What the answers of late say of the service.
#[derive(Debug)]
pub struct Health {
    first_rest: Duration,
    /// How many answers there were: failures with the same number have no answer between them.
    answers: u64,
    last_answer: Option<Instant>,
    /// Different events that have failed since, and those among them that had never failed before.
    failed: u32,
    new_among_failed: u32,
    rests: u32,
    rest_until: Option<Instant>,
}

/// When an event has failed, counted in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Health {
    /// A service that nothing is known of. The first rest takes about `first_rest`.
    pub fn new(first_rest: Duration) -> Self {
        Health {
            first_rest,
            answers: 0,
            last_answer: None,
            failed: 0,
            new_among_failed: 0,
            rests: 0,
            rest_until: None,
        }
    }

    /// Whether an event may be sent now.
    pub fn allows_sending(&self, now: Instant) -> bool {
        self.rest_until.is_none_or(|until| now >= until)
    }

    /// Whether an event that is sent now is one of those that show how things are.
    pub fn is_probing(&self) -> bool {
        self.rest_until.is_some()
    }

    /// An event is being sent. After a rest it is the only one for the next two seconds, unless its attempt
    /// ends before: one that hangs should not stop the others for as long as it does.
    pub fn sending(&mut self, now: Instant) {
        if let Some(until) = &mut self.rest_until {
            *until = now + LONGEST_REST;
        }
    }

    /// The service has answered, if only to refuse.
    pub fn answered(&mut self, now: Instant) {
        self.answers += 1;
        self.last_answer = Some(now);
        self.failed = 0;
        self.new_among_failed = 0;
        self.rests = 0;
        self.rest_until = None;
    }

    /// The service has not answered, or only that it cannot. `before` is what this returned when the event has
    /// failed before. `random` in [0, 1) spreads the rests of several processes.
    pub fn failed(&mut self, before: Option<Mark>, now: Instant, random: f64) -> Mark {
        let mark = Mark(self.answers);
        if before != Some(mark) {
            self.failed = self.failed.saturating_add(1);
        }
        if before.is_none() {
            self.new_among_failed = self.new_among_failed.saturating_add(1);
        }
        if self.rest_until.is_some() || self.seems_down(now) {
            let longest = self
                .first_rest
                .saturating_mul(1 << self.rests.min(20))
                .min(LONGEST_REST);
            self.rests = self.rests.saturating_add(1);
            self.rest_until = Some(now + longest.mul_f64(0.5 + random / 2.0));
        }
        mark
    }

    fn seems_down(&self, now: Instant) -> bool {
        let is_silent = self
            .last_answer
            .is_none_or(|at| now.saturating_duration_since(at) >= SILENCE);
        self.new_among_failed >= TOLERATED || (is_silent && self.failed >= TOLERATED)
    }

    /// The attempt was given up before it could tell anything.
    pub fn undecided(&mut self, now: Instant) {
        if let Some(until) = &mut self.rest_until {
            *until = now.min(*until);
        }
    }

    /// When sending may go on.
    pub fn rest_ends(&self) -> Option<Instant> {
        self.rest_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(200);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn rests_only_after_failures_in_a_row() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        for _ in 0..100 {
            for _ in 1..TOLERATED {
                health.failed(None, now, 0.0);
            }
            health.answered(now);
        }
        assert!(health.allows_sending(now));
        for _ in 0..TOLERATED {
            assert!(health.allows_sending(now));
            health.failed(None, now, 0.0);
        }
        assert!(!health.allows_sending(now));
        assert_eq!(health.rest_ends(), Some(now + FIRST / 2));
    }

    #[test]
    fn the_failures_of_one_event_are_no_rest_for_the_others() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        for _ in 1..TOLERATED {
            let mut mark = None;
            for _ in 0..100 {
                mark = Some(health.failed(mark, now, 0.0));
            }
        }
        assert!(health.allows_sending(now));
        // A fifth event does make it one.
        health.failed(None, now, 0.0);
        assert!(!health.allows_sending(now));
    }

    #[test]
    fn many_bad_events_stop_nothing_as_long_as_others_are_answered() {
        let mut now = Instant::now();
        let mut health = Health::new(FIRST);
        let mut marks: Vec<Option<Mark>> = vec![None; 500];
        for mark in &mut marks {
            *mark = Some(health.failed(None, now, 0.0));
            health.answered(now);
        }
        // All of them again and again, with an answer once in a second and a half.
        for _ in 0..100 {
            for mark in &mut marks {
                now += seconds(0.003);
                *mark = Some(health.failed(*mark, now, 0.0));
                assert!(health.allows_sending(now));
            }
            health.answered(now);
        }
    }

    #[test]
    fn a_service_that_is_down_is_noticed_by_events_that_have_failed_before() {
        let mut now = Instant::now();
        let mut health = Health::new(FIRST);
        let marks: Vec<Mark> = (0..10).map(|_| health.failed(None, now, 0.0)).collect();
        health.answered(now);
        assert!(health.allows_sending(now));
        for mark in &marks {
            now += seconds(0.5);
            health.failed(Some(*mark), now, 0.0);
        }
        assert!(!health.allows_sending(now));
    }

    #[test]
    fn sends_one_event_after_a_rest_and_recovers_with_it() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        let mark = health.failed(None, now, 0.5);
        for _ in 1..TOLERATED {
            health.failed(None, now, 0.5);
        }
        let later = health.rest_ends().unwrap();
        assert!(health.allows_sending(later) && health.is_probing());
        health.sending(later);
        assert!(!health.allows_sending(later));
        health.undecided(later);
        assert!(health.allows_sending(later));
        health.sending(later);
        // Whichever event it is, its failure goes for all of them.
        health.failed(Some(mark), later, 0.5);
        assert!(!health.allows_sending(later));
        let later = health.rest_ends().unwrap();
        health.sending(later);
        health.answered(later);
        assert!(health.allows_sending(later) && !health.is_probing());
    }

    #[test]
    fn a_probe_that_hangs_is_not_the_last() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        for _ in 0..TOLERATED {
            health.failed(None, now, 0.0);
        }
        let later = health.rest_ends().unwrap();
        health.sending(later);
        assert!(!health.allows_sending(later + LONGEST_REST - seconds(0.001)));
        assert!(health.allows_sending(later + LONGEST_REST));
    }

    #[test]
    fn rests_grow_to_a_limit() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        let mut previous = now;
        for _ in 0..1000 {
            health.failed(None, now, 0.99);
            let end = health.rest_ends().unwrap_or(now);
            assert!(end >= previous && end <= now + LONGEST_REST);
            previous = end;
        }
        assert!(previous > now + LONGEST_REST / 2);
    }
}
