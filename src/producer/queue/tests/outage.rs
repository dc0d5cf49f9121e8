//! Tests of a queue with a service that is down, on a simulated clock.

use super::*;
use crate::protocol::event::Envelope;
use crate::protocol::keys::IdempotencyKey;

/// A queue, and a service that answers nothing, everything, or all but some topics.
struct Outage {
    queue: Queue,
    job: JobHandle,
    now: Instant,
    /// When each answered event was submitted, and how long it took.
    sent: Vec<(Instant, Duration)>,
}

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

impl Outage {
    fn new(events: u32) -> Self {
        let now = Instant::now();
        let limits = QueueLimits {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let breaker = CircuitBreaker::new(Duration::from_millis(200));
        let pace = Arc::new(Pace::new(now));
        let inner = Queue::new(limits, Dispatch::new(breaker, MOST_UNDER_WAY, pace));
        let mut queue = Outage {
            queue: inner,
            job: Reactor::default().new_job(),
            now,
            sent: Vec::new(),
        };
        queue.submit(events, "t");
        queue
    }

    fn submit(&mut self, events: u32, topic: &str) {
        for _ in 0..events {
            let key = IdempotencyKey::new("key").unwrap();
            let envelope = Envelope::new(topic.as_bytes(), b"1", 0).unwrap();
            self.queue.add(Box::new(SubmittedEvent::new(Submission {
                event: Arc::new(Prepared::new(key, None, envelope)),
                tag: 0,
                wants_completion: false,
                submitted: self.now,
                deadline: self.now + LONG,
            })));
        }
    }

    /// Makes all attempts that are possible within a time. Returns their number.
    fn run(&mut self, time: Duration, is_up: bool) -> u32 {
        self.run_where(time, |_| is_up)
    }

    /// The same, with a service that answers only the events of some topics.
    fn run_where(&mut self, time: Duration, is_up: impl Fn(&str) -> bool) -> u32 {
        let end = self.now + time;
        let mut attempts = 0;
        while self.now < end {
            let Some(next) = self.queue.take(self.now, &self.job) else {
                let Some(next) = self.queue.wake_at(self.now) else {
                    self.now = end;
                    break;
                };
                assert!(next > self.now, "the dispatcher would not sleep");
                self.now = next.min(end);
                continue;
            };
            attempts += 1;
            let error = Error::new(Status::Connection, "refused");
            let body = std::str::from_utf8(next.event.body()).expect("it is JSON");
            let topic = body.split('"').nth(3).expect("it has a topic");
            let is_up = is_up(topic);
            if is_up {
                self.sent.push((next.submitted, self.now - next.submitted));
            }
            let verdict = match is_up {
                true => Verdict::Over(Err(Error::new(Status::BadRequest, "an answer"))),
                // The longest delay: so the event's own delays hold back as few attempts as possible.
                false => Verdict::Again(self.now + 10 * SECOND, error),
            };
            let report = Report {
                progress: *next.progress.unwrap_or_default(),
                verdict,
                recorded: 0,
                random: 0.5,
            };
            self.now += Duration::from_millis(1);
            self.queue.settle(next.token, report, self.now);
        }
        attempts
    }

    /// Returns how many events that were submitted since then were answered, and the longest time of one.
    fn sent_since(&self, start: Instant) -> (usize, Duration) {
        let sent = self
            .sent
            .iter()
            .filter(|(submitted, _)| *submitted >= start);
        let times = sent.map(|(_, time)| *time);
        (times.clone().count(), times.max().unwrap_or_default())
    }
}

#[test]
fn a_service_that_is_down_is_asked_about_once_in_two_seconds() {
    let mut queue = Outage::new(200);
    let at_first = queue.run(10 * SECOND, false);
    assert!(at_first <= 20, "{at_first} attempts in the first 10 s");
    // Until each event was tried once.
    let attempts = queue.run(400 * SECOND, false);
    assert!((180..=280).contains(&attempts), "{attempts} attempts");
    let attempts = queue.run(200 * SECOND, false);
    assert!((80..=140).contains(&attempts), "{attempts} attempts");
}

#[test]
fn a_second_outage_is_noticed_by_events_of_the_first() {
    let mut queue = Outage::new(100);
    queue.run(300 * SECOND, false);
    // The service is back for a moment, and answers some events.
    while queue.run(Duration::from_millis(1), true) == 0 {}
    let answered = queue.run(Duration::from_millis(50), true);
    assert!((40..=50).contains(&answered), "{answered} answers");
    queue.run(5 * SECOND, false);
    let attempts = queue.run(100 * SECOND, false);
    assert!((40..=70).contains(&attempts), "{attempts} attempts");
}

#[test]
fn a_service_that_is_down_is_asked_as_rarely_with_many_topics() {
    for topics in [2, 3, 5, 50, 2_000] {
        let mut queue = Outage::new(0);
        for topic in 0..topics {
            queue.submit(2_000 / topics, &topic.to_string());
        }
        let at_first = queue.run(10 * SECOND, false);
        assert!(at_first <= 25, "{topics}: {at_first} in the first 10 s");
        let attempts = queue.run(200 * SECOND, false);
        assert!((80..=140).contains(&attempts), "{topics}: {attempts}");
    }
}

#[test]
fn a_service_that_is_down_is_asked_as_rarely_with_retries_only() {
    let mut queue = Outage::new(20);
    queue.submit(20, "other");
    queue.run(300 * SECOND, false);
    let attempts = queue.run(200 * SECOND, false);
    assert!((80..=140).contains(&attempts), "{attempts} attempts");
}

#[test]
fn a_burst_of_bad_topics_does_not_stop_other_topics() {
    for topics in [1, 2, 4, 20] {
        // The burst comes before an outage of the whole service, or during one.
        for outage in [Duration::ZERO, 20 * SECOND] {
            let mut queue = Outage::new(0);
            for topic in 0..topics {
                queue.submit(1_000 / topics, &format!("bad{topic}"));
            }
            queue.submit(10, "good");
            queue.run(outage, false);
            // Until each topic had its turn.
            queue.run_where(60 * SECOND, |topic| topic == "good");
            let start = queue.now;
            for _ in 0..160 {
                queue.submit(1, "good");
                queue.run_where(SECOND / 16, |topic| topic == "good");
            }
            queue.run_where(5 * SECOND, |topic| topic == "good");
            let (sent, longest) = queue.sent_since(start);
            assert!(
                sent == 160 && longest < 5 * SECOND,
                "{topics} bad topics, {outage:?}: {sent} sent, in at most {longest:?}"
            );
        }
    }
}

#[test]
fn good_events_are_sent_while_most_are_bad() {
    let mut queue = Outage::new(0);
    let start = queue.now;
    for _ in 0..320 {
        queue.submit(4, "bad");
        queue.submit(1, "good");
        queue.run_where(SECOND / 16, |topic| topic == "good");
    }
    queue.run_where(5 * SECOND, |topic| topic == "good");
    let (sent, longest) = queue.sent_since(start);
    assert_eq!(sent, 320);
    assert!(longest < 2 * SECOND, "{longest:?}");
}
