//! Tests of the number of events in flight, on a simulated clock.

use super::*;
use crate::protocol::event::Envelope;
use crate::protocol::keys::IdempotencyKey;

const MOST: usize = 64;
const MS: Duration = Duration::from_millis(1);

struct Burst {
    queue: Queue,
    pace: Arc<Pace>,
    job: JobHandle,
    now: Instant,
    in_flight: Vec<NextAttempt>,
}

impl Burst {
    fn new(events: usize) -> Self {
        Burst::with_most(MOST, events)
    }

    fn with_most(most: usize, events: usize) -> Self {
        let now = Instant::now();
        let limits = QueueLimits {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let pace = Arc::new(Pace::new(now));
        let breaker = CircuitBreaker::new(200 * MS);
        let mut burst = Burst {
            queue: Queue::new(limits, Dispatch::new(breaker, most, pace.clone())),
            pace,
            job: Reactor::default().new_job(),
            now,
            in_flight: Vec::new(),
        };
        burst.submit(events);
        burst
    }

    fn submit(&mut self, events: usize) {
        for _ in 0..events {
            self.submit_until(self.now + Duration::from_secs(3600));
        }
    }

    fn submit_until(&mut self, deadline: Instant) {
        self.queue.add(Box::new(SubmittedEvent::new(Submission {
            event: Arc::new(Prepared::of_test("key", None, b"1")),
            tag: 0,
            wants_completion: false,
            submitted: self.now,
            deadline,
        })));
    }

    /// Takes all events that may be in flight. Returns their number.
    fn fill(&mut self) -> usize {
        while let Some(next) = self.queue.take(self.now, &self.job) {
            self.in_flight.push(next);
        }
        self.in_flight.len()
    }

    /// Ends the oldest attempts with an answer.
    fn answer(&mut self, attempts: usize) {
        let ended: Vec<_> = self.in_flight.drain(..attempts).collect();
        for next in ended {
            self.end(next, Status::BadRequest);
        }
    }

    /// Ends an attempt, and its event, with this status.
    fn end(&mut self, next: NextAttempt, status: Status) {
        let report = Report {
            progress: *next.progress.unwrap_or_default(),
            verdict: Verdict::Over(Err(Error::new(status, "the end"))),
            recorded: 0,
            random: 0.5,
        };
        self.queue.settle(next.token, report, self.now);
    }
}

#[test]
fn a_burst_begins_with_four_events_and_doubles_with_each_round_of_answers() {
    let mut burst = Burst::new(1_000);
    for in_flight in [4, 8, 16, 32, 64, 64] {
        assert_eq!(burst.fill(), in_flight);
        burst.now += 20 * MS;
        burst.answer(in_flight);
    }
    let left = burst.queue.queued();
    while burst.queue.outstanding() > 0 {
        let in_flight = burst.fill();
        burst.answer(in_flight);
    }
    assert!(left > 0);
    // The connections of the burst are still there for the next one, but not after a while.
    burst.submit(100);
    assert_eq!(burst.fill(), 64);
    while burst.queue.outstanding() > 0 {
        let in_flight = burst.fill();
        burst.answer(in_flight);
    }
    burst.now += 1_000 * MS;
    burst.submit(100);
    assert_eq!(burst.fill(), 4);
}

#[test]
fn answers_open_nothing_more_if_no_event_waits() {
    let mut burst = Burst::new(1);
    for _ in 0..100 {
        assert_eq!(burst.fill(), 1);
        burst.submit(1);
        burst.fill();
        burst.answer(1);
    }
    burst.submit(100);
    assert!(burst.fill() <= 5, "{} in flight", burst.in_flight.len());
}

#[test]
fn events_that_hang_do_not_keep_the_others_back() {
    let mut burst = Burst::new(1_000);
    assert_eq!(burst.fill(), 4);
    // The dispatcher wakes up by itself when the oldest attempt takes unusually long.
    assert_eq!(burst.queue.wake_at(burst.now), Some(burst.now + 250 * MS));
    burst.now += 249 * MS;
    assert_eq!(burst.fill(), 4);
    burst.now += MS;
    // All are of one topic, which is suspected now: it gets one half.
    let suspected = burst.fill();
    assert_eq!(suspected, 4);
    let other = Envelope::new(b"other", b"1", 0).unwrap();
    burst.queue.add(Box::new(SubmittedEvent::new(Submission {
        event: Arc::new(Prepared::new(
            IdempotencyKey::new("key").unwrap(),
            None,
            other,
        )),
        tag: 0,
        wants_completion: false,
        submitted: burst.now,
        deadline: burst.now + Duration::from_secs(3600),
    })));
    assert_eq!(burst.fill(), 5);
    assert_eq!(burst.in_flight[4].token, 1_001);
}

#[test]
fn a_limit_of_the_service_halves_the_number() {
    let mut burst = Burst::new(1_000);
    for in_flight in [4, 8, 16] {
        assert_eq!(burst.fill(), in_flight);
        burst.answer(in_flight);
    }
    assert_eq!(burst.fill(), 32);
    let turn = burst.in_flight[0].turn;
    burst.pace.refused(turn, 0, None, burst.now);
    burst.answer(1);
    // It was 33 with the answer.
    assert_eq!(burst.queue.dispatch.limit(burst.now), 16);
}

#[test]
fn the_end_of_many_attempts_that_hang_does_not_look_at_all_events_each_time() {
    let most = 4_096;
    let mut burst = Burst::with_most(most, 3 * most);
    while burst.fill() < most {
        burst.answer(burst.in_flight.len());
    }
    burst.submit(2 * most);
    burst.now += Duration::from_secs(1);
    let began = Instant::now();
    for next in std::mem::take(&mut burst.in_flight) {
        burst.end(next, Status::Cancelled);
        burst.fill();
        // All of it takes a second or so, but hours if each end looks at each pair of events.
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    assert!(burst.in_flight.len() >= most / 2);
}

#[test]
fn the_dispatcher_wakes_up_for_the_room_that_attempts_get_by_hanging() {
    let mut burst = Burst::new(100);
    assert_eq!(burst.fill(), 4);
    // The topic gets one half from now on.
    let late = burst.in_flight.remove(0);
    burst.end(late, Status::Timeout);
    burst.answer(1);
    assert_eq!(burst.fill(), 2);
    assert_eq!(burst.queue.wake_at(burst.now), Some(burst.now + 250 * MS));
    burst.now += 250 * MS;
    assert_eq!(burst.fill(), 3);
}

#[test]
fn many_events_with_deadlines_of_their_own_expire_without_a_look_at_all_of_them() {
    let mut burst = Burst::new(0);
    let many: u32 = 20_000;
    for number in 0..many {
        let deadline = burst.now + number * MS;
        burst.submit_until(deadline);
    }
    let began = Instant::now();
    for left in (0..many).rev() {
        burst.queue.expire(burst.now);
        assert_eq!(burst.queue.queued(), left as usize);
        burst.now += MS;
        // All of it takes a fraction of a second, but minutes if each event looks at all others.
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(burst.queue.earliest_deadline(), None);
}

#[test]
fn an_event_whose_time_passes_in_flight_expires_after_its_attempt() {
    let mut burst = Burst::new(0);
    burst.submit_until(burst.now + MS);
    assert_eq!(burst.fill(), 1);
    burst.now += 2 * MS;
    burst.queue.expire(burst.now);
    let next = burst.in_flight.remove(0);
    let report = Report {
        progress: *next.progress.unwrap_or_default(),
        verdict: Verdict::Again(burst.now + MS, Error::new(Status::Connection, "later")),
        recorded: 0,
        random: 0.5,
    };
    burst.queue.settle(next.token, report, burst.now);
    assert_eq!(burst.queue.wake_at(burst.now), Some(burst.now - MS));
    burst.queue.expire(burst.now);
    assert_eq!(burst.queue.outstanding(), 0);
}
