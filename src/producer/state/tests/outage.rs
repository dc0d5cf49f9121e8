//! A queue and a service that is down, in a time of their own.

use super::*;

/// The whole queue while nothing is answered, or everything.
struct Queue {
    state: State,
    cancel: Cancel,
    now: Instant,
}

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

impl Queue {
    fn new(events: u32) -> Self {
        let now = Instant::now();
        let limits = Limits {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let health = Health::new(Duration::from_millis(200));
        let pace = Arc::new(Pace::new(now));
        let mut state = State::new(limits, Dispatch::new(health, WORKERS, pace));
        for _ in 0..events {
            state.add(Box::new(Entry::new(Submission {
                event: Arc::new(Prepared::new("key".to_owned(), None, vec![b' '; 10])),
                lane: None,
                tag: 0,
                wants_completion: false,
                submitted: now,
                deadline: now + LONG,
            })));
        }
        Queue {
            state,
            cancel: Cancel::new().unwrap(),
            now,
        }
    }

    /// Has a worker make all attempts that may be made within a time, and returns how many that were.
    fn run(&mut self, time: Duration, is_up: bool) -> u32 {
        let end = self.now + time;
        let mut attempts = 0;
        while self.now < end {
            let Some(job) = self.state.take(self.now, &self.cancel) else {
                let next = self.state.wake_at(self.now).expect("events wait");
                assert!(next > self.now, "a worker would not sleep");
                self.now = next.min(end);
                continue;
            };
            attempts += 1;
            let error = Error::new(Status::Connection, "refused");
            let verdict = match is_up {
                true => Verdict::Over(Err(Error::new(Status::BadRequest, "an answer"))),
                // The longest delay there is, and so the least of its own that an event holds back.
                false => Verdict::Again(self.now + 10 * SECOND, error),
            };
            let report = Report {
                progress: job.progress,
                verdict,
                successes: 0,
                random: 0.5,
            };
            self.now += Duration::from_millis(1);
            self.state.settle(job.token, report, self.now);
        }
        attempts
    }
}

#[test]
fn a_service_that_is_down_is_asked_about_once_in_two_seconds() {
    let mut queue = Queue::new(200);
    let at_first = queue.run(10 * SECOND, false);
    assert!(at_first <= 20, "{at_first} attempts in the first 10 s");
    // Until each event has been tried.
    let attempts = queue.run(400 * SECOND, false);
    assert!((180..=280).contains(&attempts), "{attempts} attempts");
    let attempts = queue.run(200 * SECOND, false);
    assert!((80..=140).contains(&attempts), "{attempts} attempts");
}

#[test]
fn a_second_outage_is_noticed_where_each_event_was_in_the_first() {
    let mut queue = Queue::new(100);
    queue.run(300 * SECOND, false);
    // It is back for a moment, in which some events are answered.
    while queue.run(Duration::from_millis(1), true) == 0 {}
    let answered = queue.run(Duration::from_millis(50), true);
    assert!((40..=50).contains(&answered), "{answered} answers");
    queue.run(5 * SECOND, false);
    let attempts = queue.run(100 * SECOND, false);
    assert!((40..=70).contains(&attempts), "{attempts} attempts");
}
