//! Attempts that hang, and what they may take of the workers.
//!
//! An attempt without an answer keeps its worker for as long as the read timeout lasts. Where only some events
//! hang (a topic whose partition is broken, a rule of a proxy), a few of them would soon have every worker and
//! all other events would wait. So events that are suspected to hang share one half of the workers: those whose
//! own last attempt had no answer in time, and those of a topic of which that was true, or of which an attempt
//! has been on its way for unusually long.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::topic::Topic;
use super::waiting::Waiting;

/// So many answers in a row clear a topic.
const CLEARED_BY: u8 = 8;
/// An attempt is never suspected before this.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);
/// Nor before so many times the usual time.
const PATIENCE: u32 = 4;
/// So many topics are remembered. Beyond that all of them are in trouble, which is the service's own.
const TOPICS: usize = 1_024;

/// How an attempt ended, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The service has answered, whatever it said.
    Answered,
    /// It has not answered in time.
    TimedOut,
    /// The attempt came to nothing for another reason.
    Other,
}

/// The attempts under way and what the past ones say of their topics.
#[derive(Debug)]
pub struct Stalls {
    /// How many workers there may be.
    workers: usize,
    /// In the order in which they began.
    under_way: Vec<UnderWay>,
    /// Topics without an answer in time, and how many answers they lack.
    slow: HashMap<Topic, u8>,
    /// How long an answer usually takes.
    usual: Duration,
}

#[derive(Debug)]
struct UnderWay {
    event: Waiting,
    since: Instant,
}

impl Stalls {
    /// Nothing is known yet; there may be so many workers.
    pub fn new(workers: usize) -> Self {
        Stalls {
            workers,
            under_way: Vec::new(),
            slow: HashMap::new(),
            usual: Duration::ZERO,
        }
    }

    /// Whether an event may hang.
    pub fn suspects(&self, event: &Waiting, now: Instant) -> bool {
        let patience = self.patience();
        let hangs = |other: &&UnderWay| now.saturating_duration_since(other.since) >= patience;
        event.timed_out
            || self.slow.contains_key(&event.topic)
            || self
                .under_way
                .iter()
                .take_while(hangs)
                .any(|other| other.event.topic == event.topic)
    }

    /// Whether one more of these events may be sent. Where events are sent to show how the service is (`probing`)
    /// all workers but one may take them: they are few by then, and where the whole service hangs it is those
    /// that find it again.
    pub fn has_room(&self, probing: bool, now: Instant) -> bool {
        let under_way = self.under_way.iter();
        let suspects = under_way.filter(|other| self.suspects(&other.event, now));
        let share = match probing {
            true => self.workers.saturating_sub(1).max(1),
            false => (self.workers / 2).max(1),
        };
        suspects.count() < share
    }

    /// An event is being sent.
    pub fn begin(&mut self, event: Waiting, now: Instant) {
        self.under_way.push(UnderWay { event, since: now });
    }

    /// An attempt is over. Tells whether fewer events are suspected now.
    pub fn end(&mut self, token: u64, end: End, now: Instant) -> bool {
        let mut under_way = self.under_way.iter();
        let Some(at) = under_way.position(|other| other.event.token == token) else {
            return false;
        };
        let UnderWay { event, since } = self.under_way.remove(at);
        let time = now.saturating_duration_since(since);
        let was_suspected = time >= self.patience();
        match end {
            End::Answered => {
                self.usual = (self.usual * 7 + time) / 8;
                self.clear(event.topic) || was_suspected
            }
            End::TimedOut => {
                if self.slow.len() >= TOPICS {
                    self.slow.clear();
                }
                self.slow.insert(event.topic, CLEARED_BY);
                false
            }
            End::Other => was_suspected,
        }
    }

    /// Takes an answer to a topic's event into account; tells whether that clears the topic.
    fn clear(&mut self, topic: Topic) -> bool {
        let Some(lacking) = self.slow.get_mut(&topic) else {
            return false;
        };
        *lacking -= 1;
        let is_cleared = *lacking == 0;
        if is_cleared {
            self.slow.remove(&topic);
        }
        is_cleared
    }

    fn patience(&self) -> Duration {
        (self.usual * PATIENCE).max(LEAST_PATIENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(token: u64, topic: &str) -> Waiting {
        let topic = Topic::of(format!("{{\"topic\":\"{topic}\"").as_bytes());
        Waiting::new(token, topic)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_topic_that_hangs_gets_one_half_of_the_workers() {
        let start = Instant::now();
        let mut stalls = Stalls::new(4);
        stalls.begin(event(1, "bad"), start);
        stalls.begin(event(2, "bad"), start + ms(100));
        // Nothing is unusual yet.
        assert!(!stalls.suspects(&event(3, "bad"), start + ms(249)));
        assert!(stalls.has_room(false, start + ms(249)));
        let later = start + ms(250);
        assert!(stalls.suspects(&event(3, "bad"), later));
        assert!(!stalls.suspects(&event(3, "good"), later));
        assert!(!stalls.has_room(false, later));
        // An answer tells that it was only slow.
        assert!(stalls.end(1, End::Answered, later));
        assert!(!stalls.suspects(&event(3, "bad"), later));
        assert!(stalls.has_room(false, later));
    }

    #[test]
    fn a_topic_is_remembered_until_it_has_answered_several_times() {
        let now = Instant::now();
        let mut stalls = Stalls::new(4);
        stalls.begin(event(1, "bad"), now);
        assert!(!stalls.end(1, End::TimedOut, now + ms(10_000)));
        for answers in 0..CLEARED_BY {
            assert!(stalls.suspects(&event(2, "bad"), now), "{answers} answers");
            stalls.begin(event(2, "bad"), now);
            let cleared = stalls.end(2, End::Answered, now);
            assert_eq!(cleared, answers == CLEARED_BY - 1);
        }
        assert!(!stalls.suspects(&event(2, "bad"), now));
        // The event itself is another matter.
        let mut hung = event(1, "bad");
        hung.timed_out = true;
        assert!(stalls.suspects(&hung, now));
    }

    #[test]
    fn a_service_that_is_slow_as_usual_is_not_suspected() {
        let start = Instant::now();
        let mut stalls = Stalls::new(4);
        for answers in 0..40 {
            let now = start + ms(1_000 * answers);
            stalls.begin(event(answers, "slow"), now);
            stalls.end(answers, End::Answered, now + ms(1_000));
        }
        let now = start + ms(100_000);
        stalls.begin(event(100, "slow"), now);
        assert!(!stalls.suspects(&event(101, "slow"), now + ms(3_000)));
        assert!(stalls.suspects(&event(101, "slow"), now + ms(4_000)));
    }

    #[test]
    fn all_workers_but_one_may_look_for_a_service_that_hangs() {
        let now = Instant::now();
        let mut stalls = Stalls::new(4);
        stalls.begin(event(1, "bad"), now);
        stalls.end(1, End::TimedOut, now);
        for token in 0..3 {
            assert!(stalls.has_room(true, now), "{token} under way");
            assert_eq!(stalls.has_room(false, now), token < 2);
            stalls.begin(event(token, "bad"), now);
        }
        assert!(!stalls.has_room(true, now));
        for (workers, share) in [(1, 1), (2, 1), (3, 2)] {
            let mut stalls = Stalls::new(workers);
            stalls.begin(event(1, "bad"), now);
            stalls.end(1, End::TimedOut, now);
            for token in 0..share {
                assert!(stalls.has_room(true, now));
                stalls.begin(event(token, "bad"), now);
            }
            assert!(!stalls.has_room(true, now), "{workers} workers");
        }
    }

    #[test]
    fn a_lone_worker_may_be_taken() {
        let now = Instant::now();
        let mut stalls = Stalls::new(1);
        stalls.begin(event(1, "bad"), now);
        assert!(!stalls.end(1, End::TimedOut, now));
        assert!(stalls.has_room(false, now));
    }

    #[test]
    fn topics_without_number_take_no_memory_without_end() {
        let now = Instant::now();
        let mut stalls = Stalls::new(4);
        for token in 0..10 * TOPICS as u64 {
            stalls.begin(event(token, &token.to_string()), now);
            stalls.end(token, End::TimedOut, now);
            assert!(stalls.slow.len() <= TOPICS);
        }
    }
}
