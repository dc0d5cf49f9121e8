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
//!
//! A burst of events of one bad topic is many different events. So the topics that have failed last are remembered
//! until they are answered: where events of others wait, one of those is sent before the producer rests, and it is
//! one of those that is sent after a rest.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::topic::Topic;

/// So many different events are no accident of single connections, or of a bad topic.
const TOLERATED: u32 = 5;
/// The longest rest: a service that is back should not have to wait for its events.
const LONGEST_REST: Duration = Duration::from_secs(2);
/// Without an answer for so long, the failures of events that have failed before count, too.
const SILENCE: Duration = Duration::from_secs(2);

/// So many topics are remembered. Beyond that the memory begins anew, so that each topic has its turn still.
const TOPICS: usize = 1_024;

/// What the answers of late say of the service.
#[derive(Debug)]
pub struct CircuitBreaker {
    first_rest: Duration,
    /// How many answers there were: failures with the same number have no answer between them.
    answers: u64,
    last_answer: Option<Instant>,
    /// Different events that have failed since, and those among them that had never failed before.
    failed: u32,
    new_among_failed: u32,
    /// Topics that have failed, or whose event was sent after a rest, and were not answered since.
    /// With the number of that event.
    topics: HashMap<Topic, u64>,
    /// How many such events there were.
    events: u64,
    /// How many of them came up since the last answer.
    new_topics: u32,
    rests: u32,
    rest_until: Option<Instant>,
}

/// When an event has failed, counted in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureMark(u64);

impl CircuitBreaker {
    /// A service that nothing is known of. The first rest takes about `first_rest`.
    pub fn new(first_rest: Duration) -> Self {
        CircuitBreaker {
            first_rest,
            answers: 0,
            last_answer: None,
            failed: 0,
            new_among_failed: 0,
            topics: HashMap::new(),
            events: 0,
            new_topics: 0,
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

    /// An event of a topic is being sent. After a rest it is the only one for the next two seconds, unless its attempt
    /// ends before: one that hangs should not stop the others for as long as it does.
    pub fn sending(&mut self, topic: Topic, now: Instant) {
        if let Some(until) = &mut self.rest_until {
            *until = now + LONGEST_REST;
            self.remember(topic);
        }
    }

    /// The service has answered to an event of a topic, if only to refuse.
    pub fn answered(&mut self, topic: Topic, now: Instant) {
        self.answers += 1;
        self.last_answer = Some(now);
        self.failed = 0;
        self.new_among_failed = 0;
        self.topics.remove(&topic);
        self.new_topics = 0;
        self.rests = 0;
        self.rest_until = None;
    }

    /// The service has not answered, or only that it cannot. `before` is what this returned when the event has
    /// failed before.
    pub fn failed(&mut self, before: Option<FailureMark>, topic: Topic) -> FailureMark {
        let mark = FailureMark(self.answers);
        if before != Some(mark) {
            self.failed = self.failed.saturating_add(1);
        }
        if before.is_none() {
            self.new_among_failed = self.new_among_failed.saturating_add(1);
        }
        self.remember(topic);
        mark
    }

    /// Sends nothing for a while. `random` in [0, 1) spreads the rests of several processes.
    pub fn rest(&mut self, now: Instant, random: f64) {
        let longest = self
            .first_rest
            .saturating_mul(1 << self.rests.min(20))
            .min(LONGEST_REST);
        self.rests = self.rests.saturating_add(1);
        self.rest_until = Some(now + longest.mul_f64(0.5 + random / 2.0));
    }

    /// Whether the service seems to be down, at least for the topics that have failed: the next event should be
    /// of another.
    pub fn seems_down(&self, now: Instant) -> bool {
        let is_silent = self
            .last_answer
            .is_none_or(|at| now.saturating_duration_since(at) >= SILENCE);
        self.is_probing()
            || self.new_among_failed >= TOLERATED
            || (is_silent && self.failed >= TOLERATED)
    }

    /// Whether it seems to be down for all topics, whatever others may wait.
    pub fn seems_down_for_all(&self, now: Instant) -> bool {
        self.seems_down(now) && (self.is_probing() || self.new_topics >= TOLERATED)
    }

    /// Whether a topic is among those that have failed and were not answered since.
    pub fn has_failed(&self, topic: Topic) -> bool {
        self.topics.contains_key(&topic)
    }

    /// Which topic the next event should be of while the service seems to be down: the one with the least rank.
    /// Without a rank it tells no more than is known.
    pub fn rank(&self, topic: Topic) -> Option<u64> {
        match self.topics.get(&topic) {
            None => Some(0),
            // In turn.
            Some(event) if self.is_probing() => Some(*event),
            Some(_) => None,
        }
    }

    fn remember(&mut self, topic: Topic) {
        if self.topics.len() >= TOPICS {
            self.topics.clear();
        }
        self.events += 1;
        if self.topics.insert(topic, self.events).is_none() {
            self.new_topics = self.new_topics.saturating_add(1);
        }
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

    fn topic(name: &str) -> Topic {
        Topic::of(format!("{{\"topic\":\"{name}\"").as_bytes())
    }

    /// An event fails, and no event of another topic waits.
    fn fail(
        health: &mut CircuitBreaker,
        before: Option<FailureMark>,
        now: Instant,
        random: f64,
    ) -> FailureMark {
        let mark = health.failed(before, topic("t"));
        if health.seems_down(now) {
            health.rest(now, random);
        }
        mark
    }

    #[test]
    fn rests_only_after_failures_in_a_row() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        for _ in 0..100 {
            for _ in 1..TOLERATED {
                fail(&mut health, None, now, 0.0);
            }
            health.answered(topic("t"), now);
        }
        assert!(health.allows_sending(now));
        for _ in 0..TOLERATED {
            assert!(health.allows_sending(now));
            fail(&mut health, None, now, 0.0);
        }
        assert!(!health.allows_sending(now));
        assert_eq!(health.rest_ends(), Some(now + FIRST / 2));
    }

    #[test]
    fn the_failures_of_one_event_are_no_rest_for_the_others() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        for _ in 1..TOLERATED {
            let mut mark = None;
            for _ in 0..100 {
                mark = Some(fail(&mut health, mark, now, 0.0));
            }
        }
        assert!(health.allows_sending(now));
        // A fifth event does make it one.
        fail(&mut health, None, now, 0.0);
        assert!(!health.allows_sending(now));
    }

    #[test]
    fn many_bad_events_stop_nothing_as_long_as_others_are_answered() {
        let mut now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        let mut marks: Vec<Option<FailureMark>> = vec![None; 500];
        for mark in &mut marks {
            *mark = Some(fail(&mut health, None, now, 0.0));
            health.answered(topic("t"), now);
        }
        // All of them again and again, with an answer once in a second and a half.
        for _ in 0..100 {
            for mark in &mut marks {
                now += seconds(0.003);
                *mark = Some(fail(&mut health, *mark, now, 0.0));
                assert!(health.allows_sending(now));
            }
            health.answered(topic("t"), now);
        }
    }

    #[test]
    fn a_service_that_is_down_is_noticed_by_events_that_have_failed_before() {
        let mut now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        let marks: Vec<FailureMark> = (0..10).map(|_| fail(&mut health, None, now, 0.0)).collect();
        health.answered(topic("t"), now);
        assert!(health.allows_sending(now));
        for mark in &marks {
            now += seconds(0.5);
            fail(&mut health, Some(*mark), now, 0.0);
        }
        assert!(!health.allows_sending(now));
    }

    #[test]
    fn sends_one_event_after_a_rest_and_recovers_with_it() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        let mark = fail(&mut health, None, now, 0.5);
        for _ in 1..TOLERATED {
            fail(&mut health, None, now, 0.5);
        }
        let later = health.rest_ends().unwrap();
        assert!(health.allows_sending(later) && health.is_probing());
        health.sending(topic("t"), later);
        assert!(!health.allows_sending(later));
        health.undecided(later);
        assert!(health.allows_sending(later));
        health.sending(topic("t"), later);
        // Whichever event it is, its failure goes for all of them.
        fail(&mut health, Some(mark), later, 0.5);
        assert!(!health.allows_sending(later));
        let later = health.rest_ends().unwrap();
        health.sending(topic("t"), later);
        health.answered(topic("t"), later);
        assert!(health.allows_sending(later) && !health.is_probing());
    }

    #[test]
    fn a_probe_that_hangs_is_not_the_last() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        for _ in 0..TOLERATED {
            fail(&mut health, None, now, 0.0);
        }
        let later = health.rest_ends().unwrap();
        health.sending(topic("t"), later);
        assert!(!health.allows_sending(later + LONGEST_REST - seconds(0.001)));
        assert!(health.allows_sending(later + LONGEST_REST));
    }

    #[test]
    fn rests_grow_to_a_limit() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        let mut previous = now;
        for _ in 0..1000 {
            fail(&mut health, None, now, 0.99);
            let end = health.rest_ends().unwrap_or(now);
            assert!(end >= previous && end <= now + LONGEST_REST);
            previous = end;
        }
        assert!(previous > now + LONGEST_REST / 2);
    }

    #[test]
    fn the_failures_of_few_topics_do_not_tell_of_the_others() {
        let now = Instant::now();
        let mut health = CircuitBreaker::new(FIRST);
        for _ in 0..100 {
            health.failed(None, topic("bad"));
        }
        assert!(health.seems_down(now) && !health.seems_down_for_all(now));
        assert!(health.has_failed(topic("bad")) && !health.has_failed(topic("1")));
        for others in 1..TOLERATED {
            assert!(!health.seems_down_for_all(now));
            health.failed(None, topic(&others.to_string()));
        }
        assert!(health.seems_down_for_all(now));
        health.answered(topic("1"), now);
        assert!(!health.seems_down(now) && !health.has_failed(topic("1")));
        // It is known, so that it does not count again, and is avoided in doubt.
        for _ in 0..TOLERATED {
            health.failed(None, topic("bad"));
        }
        assert!(health.seems_down(now) && !health.seems_down_for_all(now));
        assert!(health.has_failed(topic("bad")));
    }

    #[test]
    fn topics_without_number_take_no_memory_without_end() {
        let mut health = CircuitBreaker::new(FIRST);
        for number in 0..10 * TOPICS {
            health.failed(None, topic(&number.to_string()));
            assert!(health.topics.len() <= TOPICS);
        }
    }
}
