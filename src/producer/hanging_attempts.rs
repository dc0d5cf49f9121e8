//! The attempts in flight, and the share of those that stall.
//!
//! An attempt without an answer stays under way until the read timeout. If only some events stall (a topic whose
//! partition is broken, a rule of a proxy), a few of them would soon fill the window, and all others would wait. So
//! events that are suspected to stall share one half of the window. An event is suspected if its own last attempt got
//! no answer in time, if that happened to its topic, or if an attempt of its topic is taking unusually long.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::topic::Topic;
use super::waiting::Waiting;
use super::window::Window;

/// The number of answers in a row that clear a topic.
const CLEARED_BY: u8 = 8;
/// An attempt is never suspected before this time.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);
/// An attempt is never suspected before this many times the usual time.
const PATIENCE: u32 = 4;
/// The most topics that are remembered. With more than that, the service as a whole is in trouble.
const TOPICS: usize = 1_024;

/// The end of an attempt, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The service has answered, in any way.
    Answered,
    /// The service has not answered in time.
    TimedOut,
    /// The attempt failed for another reason.
    Other,
}

/// The attempts in flight, and what the past ones show about their topics.
#[derive(Debug)]
pub struct Stalls {
    /// The number of attempts that may be in flight.
    pub window: Window,
    /// In the order in which they began.
    in_flight: VecDeque<InFlight>,
    /// The topics that got no answer in time, and how many answers they need to be cleared.
    slow: HashMap<Topic, u8>,
    /// The usual time of an answer.
    usual: Duration,
}

#[derive(Debug)]
struct InFlight {
    event: Waiting,
    since: Instant,
}

impl Stalls {
    /// Makes this for a window. Nothing is suspected yet.
    pub fn new(window: Window) -> Self {
        Stalls {
            window,
            in_flight: VecDeque::new(),
            slow: HashMap::new(),
            usual: Duration::ZERO,
        }
    }

    /// Returns the number of attempts that may be in flight.
    pub fn limit(&self, now: Instant) -> usize {
        self.window.limit(self.hanging(now))
    }

    /// Returns when the limit grows because one more attempt hangs.
    pub fn next_limit(&self, now: Instant) -> Option<Instant> {
        let hanging = self.hanging(now);
        let next = self.in_flight.get(hanging)?;
        (self.window.limit(hanging) < self.window.most()).then(|| next.since + self.patience())
    }

    /// Returns how many attempts take unusually long. These are the oldest ones.
    fn hanging(&self, now: Instant) -> usize {
        let patience = self.patience();
        let hangs = |it: &InFlight| now.saturating_duration_since(it.since) >= patience;
        self.in_flight.partition_point(hangs)
    }

    /// Returns whether an event may stall.
    pub fn suspects(&self, event: &Waiting, now: Instant) -> bool {
        event.timed_out
            || self.slow.contains_key(&event.topic)
            || self
                .in_flight
                .iter()
                .take(self.hanging(now))
                .any(|other| other.event.topic == event.topic)
    }

    /// Returns whether one more suspected event may be sent. Probes (`probing`) may take the whole window but one
    /// place: they are few, and if the whole service stalls, only they can find out that it has recovered.
    pub fn has_room(&self, probing: bool, now: Instant) -> bool {
        let limit = self.limit(now);
        let share = match probing {
            true => limit.saturating_sub(1).max(1),
            false => (limit / 2).max(1),
        };
        // Fewer attempts than the share leave room in any case, and need not be looked at.
        self.in_flight.len() < share || self.suspected(now) < share
    }

    /// Returns how many attempts are of suspected events.
    fn suspected(&self, now: Instant) -> usize {
        let hanging = self.in_flight.iter().take(self.hanging(now));
        let hanging: HashSet<Topic> = hanging.map(|it| it.event.topic).collect();
        let is_suspect = |it: &&InFlight| {
            let event = &it.event;
            event.timed_out
                || hanging.contains(&event.topic)
                || self.slow.contains_key(&event.topic)
        };
        self.in_flight.iter().filter(is_suspect).count()
    }

    /// Notes that an event is being sent.
    pub fn begin(&mut self, event: Waiting, now: Instant) {
        self.in_flight.push_back(InFlight { event, since: now });
    }

    /// Notes the end of an attempt. Returns whether fewer events are suspected now.
    pub fn end(&mut self, token: u64, end: End, now: Instant) -> bool {
        let mut in_flight = self.in_flight.iter();
        let Some(at) = in_flight.position(|other| other.event.token == token) else {
            return false;
        };
        let Some(InFlight { event, since }) = self.in_flight.remove(at) else {
            return false;
        };
        let time = now.saturating_duration_since(since);
        let has_hung = time >= self.patience();
        let others = self.hanging(now);
        let is_cleared = match end {
            End::Answered => {
                self.usual = (self.usual * 7 + time) / 8;
                self.clear(event.topic)
            }
            End::TimedOut => {
                if self.slow.len() >= TOPICS {
                    self.slow.clear();
                }
                self.slow.insert(event.topic, CLEARED_BY);
                false
            }
            End::Other => false,
        };
        // While others of its topic hang, the end of one clears nothing. The caller would look at all events in vain.
        is_cleared
            || self.hanging(now) < others
            || (has_hung && !self.suspects(&Waiting::new(token, event.topic), now))
    }

    /// Counts an answer to an event of a topic. Returns whether that clears the topic.
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
    fn a_topic_that_stalls_gets_one_half_of_the_window() {
        let start = Instant::now();
        let mut stalls = Stalls::new(Window::new(4));
        stalls.begin(event(1, "bad"), start);
        stalls.begin(event(2, "bad"), start + ms(100));
        // No time is unusual yet.
        assert!(!stalls.suspects(&event(3, "bad"), start + ms(249)));
        assert!(stalls.has_room(false, start + ms(249)));
        let later = start + ms(250);
        assert!(stalls.suspects(&event(3, "bad"), later));
        assert!(!stalls.suspects(&event(3, "good"), later));
        assert!(!stalls.has_room(false, later));
        // The answer shows that it was only slow.
        assert!(stalls.end(1, End::Answered, later));
        assert!(!stalls.suspects(&event(3, "bad"), later));
        assert!(stalls.has_room(false, later));
    }

    #[test]
    fn a_topic_is_suspected_until_it_was_answered_several_times() {
        let now = Instant::now();
        let mut stalls = Stalls::new(Window::new(4));
        stalls.begin(event(1, "bad"), now);
        assert!(!stalls.end(1, End::TimedOut, now + ms(10_000)));
        for answers in 0..CLEARED_BY {
            assert!(stalls.suspects(&event(2, "bad"), now), "{answers} answers");
            stalls.begin(event(2, "bad"), now);
            let cleared = stalls.end(2, End::Answered, now);
            assert_eq!(cleared, answers == CLEARED_BY - 1);
        }
        assert!(!stalls.suspects(&event(2, "bad"), now));
        // The event itself stays suspected.
        let mut hung = event(1, "bad");
        hung.timed_out = true;
        assert!(stalls.suspects(&hung, now));
    }

    #[test]
    fn a_service_that_is_always_slow_is_not_suspected() {
        let start = Instant::now();
        let mut stalls = Stalls::new(Window::new(4));
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
    fn probes_may_take_the_window_but_one_place() {
        let now = Instant::now();
        let mut stalls = Stalls::new(Window::new(4));
        stalls.begin(event(1, "bad"), now);
        stalls.end(1, End::TimedOut, now);
        for token in 0..3 {
            assert!(stalls.has_room(true, now), "{token} under way");
            assert_eq!(stalls.has_room(false, now), token < 2);
            stalls.begin(event(token, "bad"), now);
        }
        assert!(!stalls.has_room(true, now));
        for (most, share) in [(1, 1), (2, 1), (3, 2)] {
            let mut stalls = Stalls::new(Window::new(most));
            stalls.begin(event(1, "bad"), now);
            stalls.end(1, End::TimedOut, now);
            for token in 0..share {
                assert!(stalls.has_room(true, now));
                stalls.begin(event(token, "bad"), now);
            }
            assert!(!stalls.has_room(true, now), "{most} requests");
        }
    }

    #[test]
    fn a_window_of_one_lets_suspected_events_go() {
        let now = Instant::now();
        let mut stalls = Stalls::new(Window::new(1));
        stalls.begin(event(1, "bad"), now);
        assert!(!stalls.end(1, End::TimedOut, now));
        assert!(stalls.has_room(false, now));
    }

    #[test]
    fn the_number_of_remembered_topics_is_limited() {
        let now = Instant::now();
        let mut stalls = Stalls::new(Window::new(4));
        for token in 0..10 * TOPICS as u64 {
            stalls.begin(event(token, &token.to_string()), now);
            stalls.end(token, End::TimedOut, now);
            assert!(stalls.slow.len() <= TOPICS);
        }
    }
}
