//! The circuit breaker: decides whether the service is worth asking, for all events together.
//!
//! Each event has its own delays between retries, but a thousand events with delays are still a thousand requests.
//! When different events fail one after the other without an answer in between, the breaker opens: the producer
//! sends nothing for a while. Then it sends one event as a probe.
//!
//! The breaker is for a service that fails for all events. Events of a topic that the service cannot handle must not
//! stop the others. So the breaker counts *different* events: one that fails again and again counts once until the
//! service answers. Events that have failed before say less, because the same bad ones may come five in a row by
//! chance: they count only if the service has not answered for a while.
//!
//! A burst of events of one bad topic is many different events. So the breaker remembers the topics that have failed
//! until the service answers to them. It opens only if no event of another topic waits, and the probe is an event of
//! another topic, too.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::topic::Topic;

/// This many different events do not fail because of single connections or of one bad topic.
const TOLERATED: u32 = 5;
/// The longest time that the breaker stays open: a service that has recovered should not wait for its events.
const LONGEST_OPEN: Duration = Duration::from_secs(2);
/// After this time without an answer, the failures of events that have failed before count too.
const SILENCE: Duration = Duration::from_secs(2);

/// The most topics that are remembered. Beyond that, the memory begins anew, so each topic still gets its turn.
const TOPICS: usize = 1_024;

/// The recent answers and failures of the service.
#[derive(Debug)]
pub struct CircuitBreaker {
    first_open: Duration,
    /// The number of answers so far: two failures with the same number have no answer between them.
    answers: u64,
    last_answer: Option<Instant>,
    /// The different events that have failed since the last answer, and those of them that had not failed before.
    failed: u32,
    new_among_failed: u32,
    /// The topics that have failed, or whose event was a probe, without an answer since. Each has the number of that
    /// event.
    topics: HashMap<Topic, u64>,
    /// The number of such events so far.
    events: u64,
    /// The number of such topics that were added since the last answer.
    new_topics: u32,
    openings: u32,
    open_until: Option<Instant>,
}

/// The moment of an event's failure, counted in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureMark(u64);

impl CircuitBreaker {
    /// Makes a breaker without experience. It stays open for about `first_open` at first.
    pub fn new(first_open: Duration) -> Self {
        CircuitBreaker {
            first_open,
            answers: 0,
            last_answer: None,
            failed: 0,
            new_among_failed: 0,
            topics: HashMap::new(),
            events: 0,
            new_topics: 0,
            openings: 0,
            open_until: None,
        }
    }

    /// Returns whether an event may be sent now.
    pub fn allows_sending(&self, now: Instant) -> bool {
        self.open_until.is_none_or(|until| now >= until)
    }

    /// Returns whether the breaker was opened and an event that is sent now is a probe.
    pub fn is_probing(&self) -> bool {
        self.open_until.is_some()
    }

    /// Notes that an event of a topic is being sent. If it is a probe, it is the only one for the next two seconds or
    /// until its attempt ends: a probe that hangs should not stop the others for as long as it hangs.
    pub fn sending(&mut self, topic: Topic, now: Instant) {
        if let Some(until) = &mut self.open_until {
            *until = now + LONGEST_OPEN;
            self.remember(topic);
        }
    }

    /// Notes that the service has answered to an event of a topic, even with a refusal. This closes the breaker.
    pub fn answered(&mut self, topic: Topic, now: Instant) {
        self.answers += 1;
        self.last_answer = Some(now);
        self.failed = 0;
        self.new_among_failed = 0;
        self.topics.remove(&topic);
        self.new_topics = 0;
        self.openings = 0;
        self.open_until = None;
    }

    /// Notes that the service has not answered, or only that it cannot. `before` is the result of this function for
    /// the event's last failure.
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

    /// Opens the breaker: nothing is sent for a while. `random` in [0, 1) spreads the times of several processes.
    pub fn open(&mut self, now: Instant, random: f64) {
        let longest = self
            .first_open
            .saturating_mul(1 << self.openings.min(20))
            .min(LONGEST_OPEN);
        self.openings = self.openings.saturating_add(1);
        self.open_until = Some(now + longest.mul_f64(0.5 + random / 2.0));
    }

    /// Returns whether the service seems to be down, at least for the topics that have failed. Then the next event
    /// should be of another topic.
    pub fn seems_down(&self, now: Instant) -> bool {
        let is_silent = self
            .last_answer
            .is_none_or(|at| now.saturating_duration_since(at) >= SILENCE);
        self.is_probing()
            || self.new_among_failed >= TOLERATED
            || (is_silent && self.failed >= TOLERATED)
    }

    /// Returns whether the service seems to be down for all topics, even for those of which no event was sent.
    pub fn seems_down_for_all(&self, now: Instant) -> bool {
        self.seems_down(now) && (self.is_probing() || self.new_topics >= TOLERATED)
    }

    /// Returns whether a topic has failed and was not answered since.
    pub fn has_failed(&self, topic: Topic) -> bool {
        self.topics.contains_key(&topic)
    }

    /// Returns the rank of a topic for the next event while the service seems to be down: the least one is best. An
    /// event of a topic without a rank would show nothing new.
    pub fn rank(&self, topic: Topic) -> Option<u64> {
        match self.topics.get(&topic) {
            None => Some(0),
            // Each topic in turn.
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

    /// Notes that an attempt was given up before it could show anything.
    pub fn undecided(&mut self, now: Instant) {
        if let Some(until) = &mut self.open_until {
            *until = now.min(*until);
        }
    }

    /// Returns the time until which nothing is sent.
    pub fn open_until(&self) -> Option<Instant> {
        self.open_until
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

    /// Makes an event fail while no event of another topic waits.
    fn fail(
        breaker: &mut CircuitBreaker,
        before: Option<FailureMark>,
        now: Instant,
        random: f64,
    ) -> FailureMark {
        let mark = breaker.failed(before, topic("t"));
        if breaker.seems_down(now) {
            breaker.open(now, random);
        }
        mark
    }

    #[test]
    fn opens_only_after_failures_in_a_row() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        for _ in 0..100 {
            for _ in 1..TOLERATED {
                fail(&mut breaker, None, now, 0.0);
            }
            breaker.answered(topic("t"), now);
        }
        assert!(breaker.allows_sending(now));
        for _ in 0..TOLERATED {
            assert!(breaker.allows_sending(now));
            fail(&mut breaker, None, now, 0.0);
        }
        assert!(!breaker.allows_sending(now));
        assert_eq!(breaker.open_until(), Some(now + FIRST / 2));
    }

    #[test]
    fn the_failures_of_one_event_do_not_open_it() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        for _ in 1..TOLERATED {
            let mut mark = None;
            for _ in 0..100 {
                mark = Some(fail(&mut breaker, mark, now, 0.0));
            }
        }
        assert!(breaker.allows_sending(now));
        // A fifth event opens it.
        fail(&mut breaker, None, now, 0.0);
        assert!(!breaker.allows_sending(now));
    }

    #[test]
    fn many_bad_events_do_not_open_it_while_others_are_answered() {
        let mut now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        let mut marks: Vec<Option<FailureMark>> = vec![None; 500];
        for mark in &mut marks {
            *mark = Some(fail(&mut breaker, None, now, 0.0));
            breaker.answered(topic("t"), now);
        }
        // All of them fail again and again, with one answer in a second and a half.
        for _ in 0..100 {
            for mark in &mut marks {
                now += seconds(0.003);
                *mark = Some(fail(&mut breaker, *mark, now, 0.0));
                assert!(breaker.allows_sending(now));
            }
            breaker.answered(topic("t"), now);
        }
    }

    #[test]
    fn events_that_have_failed_before_open_it_after_a_silence() {
        let mut now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        let marks: Vec<FailureMark> = (0..10)
            .map(|_| fail(&mut breaker, None, now, 0.0))
            .collect();
        breaker.answered(topic("t"), now);
        assert!(breaker.allows_sending(now));
        for mark in &marks {
            now += seconds(0.5);
            fail(&mut breaker, Some(*mark), now, 0.0);
        }
        assert!(!breaker.allows_sending(now));
    }

    #[test]
    fn sends_one_probe_and_closes_with_its_answer() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        let mark = fail(&mut breaker, None, now, 0.5);
        for _ in 1..TOLERATED {
            fail(&mut breaker, None, now, 0.5);
        }
        let later = breaker.open_until().unwrap();
        assert!(breaker.allows_sending(later) && breaker.is_probing());
        breaker.sending(topic("t"), later);
        assert!(!breaker.allows_sending(later));
        breaker.undecided(later);
        assert!(breaker.allows_sending(later));
        breaker.sending(topic("t"), later);
        // The failure of any event opens it for all of them.
        fail(&mut breaker, Some(mark), later, 0.5);
        assert!(!breaker.allows_sending(later));
        let later = breaker.open_until().unwrap();
        breaker.sending(topic("t"), later);
        breaker.answered(topic("t"), later);
        assert!(breaker.allows_sending(later) && !breaker.is_probing());
    }

    #[test]
    fn another_probe_follows_one_that_hangs() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        for _ in 0..TOLERATED {
            fail(&mut breaker, None, now, 0.0);
        }
        let later = breaker.open_until().unwrap();
        breaker.sending(topic("t"), later);
        assert!(!breaker.allows_sending(later + LONGEST_OPEN - seconds(0.001)));
        assert!(breaker.allows_sending(later + LONGEST_OPEN));
    }

    #[test]
    fn the_open_time_grows_to_a_limit() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        let mut previous = now;
        for _ in 0..1000 {
            fail(&mut breaker, None, now, 0.99);
            let end = breaker.open_until().unwrap_or(now);
            assert!(end >= previous && end <= now + LONGEST_OPEN);
            previous = end;
        }
        assert!(previous > now + LONGEST_OPEN / 2);
    }

    #[test]
    fn the_failures_of_a_few_topics_say_nothing_about_others() {
        let now = Instant::now();
        let mut breaker = CircuitBreaker::new(FIRST);
        for _ in 0..100 {
            breaker.failed(None, topic("bad"));
        }
        assert!(breaker.seems_down(now) && !breaker.seems_down_for_all(now));
        assert!(breaker.has_failed(topic("bad")) && !breaker.has_failed(topic("1")));
        for others in 1..TOLERATED {
            assert!(!breaker.seems_down_for_all(now));
            breaker.failed(None, topic(&others.to_string()));
        }
        assert!(breaker.seems_down_for_all(now));
        breaker.answered(topic("1"), now);
        assert!(!breaker.seems_down(now) && !breaker.has_failed(topic("1")));
        // The topic is known: it does not count again, and is avoided while the service seems to be down.
        for _ in 0..TOLERATED {
            breaker.failed(None, topic("bad"));
        }
        assert!(breaker.seems_down(now) && !breaker.seems_down_for_all(now));
        assert!(breaker.has_failed(topic("bad")));
    }

    #[test]
    fn the_number_of_remembered_topics_is_limited() {
        let mut breaker = CircuitBreaker::new(FIRST);
        for number in 0..10 * TOPICS {
            breaker.failed(None, topic(&number.to_string()));
            assert!(breaker.topics.len() <= TOPICS);
        }
    }
}
