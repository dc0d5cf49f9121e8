//! Tests with a simulated client and service, on a simulated clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::error::Problem;

/// A service that limits a key with a token bucket, as the real one does.
struct Service {
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
    requests: u32,
}

impl Service {
    fn new(rate: f64, burst: f64, now: Instant) -> Self {
        Service {
            rate,
            burst,
            tokens: burst,
            at: now,
            requests: 0,
        }
    }

    fn takes(&mut self, now: Instant) -> bool {
        self.requests += 1;
        let gained = (now - self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.at = now;
        let takes = self.tokens >= 1.0;
        if takes {
            self.tokens -= 1.0;
        }
        takes
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Operation,
    Redeem,
    Arrive(u64),
    Answer(u64, bool),
}

/// Workers that send events one after the other, as fast as the pace and the service allow.
struct Workers {
    pace: Pace,
    latency: Duration,
    succeeded: u64,
    steps: BinaryHeap<Reverse<(Instant, usize, Next)>>,
    bookings: Vec<Option<Booking>>,
}

impl Workers {
    fn new(count: usize, latency: Duration, now: Instant) -> Self {
        Workers {
            pace: Pace::new(now),
            latency,
            succeeded: 0,
            steps: (0..count)
                .map(|worker| Reverse((now, worker, Next::Operation)))
                .collect(),
            bookings: vec![None; count],
        }
    }

    /// Sends until this many events are recorded, or until a time. Returns the time of the end.
    fn run(&mut self, service: &mut Service, events: u64, until: Instant) -> Instant {
        while let Some(Reverse((now, worker, step))) = self.steps.pop() {
            if self.succeeded >= events || now >= until {
                self.steps.push(Reverse((now, worker, step)));
                return now;
            }
            let turn_of = |turn: Turn| turn.generation;
            let (at, next) = match step {
                Next::Operation => match self.pace.free_turn() {
                    Some(turn) => (now + self.latency / 2, Next::Arrive(turn_of(turn))),
                    None => {
                        let booking = self.pace.book(now, None).expect("there is no end");
                        self.bookings[worker] = Some(booking);
                        (booking.at, Next::Redeem)
                    }
                },
                Next::Redeem => {
                    let booking = self.bookings[worker].take().expect("it was booked");
                    match self.pace.redeem(&booking) {
                        Some(turn) => (now + self.latency / 2, Next::Arrive(turn_of(turn))),
                        None => (now, Next::Operation),
                    }
                }
                Next::Arrive(turn) => {
                    let takes = service.takes(now);
                    (now + self.latency / 2, Next::Answer(turn, takes))
                }
                Next::Answer(_, true) => {
                    self.succeeded += 1;
                    self.pace.succeeded(self.succeeded, || now);
                    (now, Next::Operation)
                }
                Next::Answer(generation, false) => {
                    let turn = Turn { generation };
                    self.pace.refused(turn, self.succeeded, None, now);
                    (now, Next::Operation)
                }
            };
            self.steps.push(Reverse((at, worker, next)));
        }
        unreachable!("there is always a next step")
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Sends for a while from the start of the client. Returns how many events were recorded, and how many requests
/// that took.
fn send_for(time: f64, rate: f64, burst: f64, workers: usize, latency: f64) -> (f64, f64) {
    let start = Instant::now();
    let mut service = Service::new(rate, burst, start);
    let mut workers = Workers::new(workers, seconds(latency), start);
    workers.run(&mut service, u64::MAX, start + seconds(time));
    (workers.succeeded as f64, f64::from(service.requests))
}

#[test]
fn two_thousand_events_take_little_longer_than_the_limit_demands() {
    let start = Instant::now();
    let mut service = Service::new(100.0, 200.0, start);
    let mut workers = Workers::new(4, seconds(0.001), start);
    let end = workers.run(&mut service, 2_000, start + seconds(600.0));
    assert!(service.requests <= 2_200, "{} requests", service.requests);
    // The limit alone demands 18 s.
    assert!(end - start < seconds(25.0), "{:?}", end - start);
}

#[test]
fn any_limit_is_found_and_kept() {
    for rate in [0.5, 1.0, 5.0, 20.0, 100.0, 1_000.0] {
        for burst in [1.0, rate, 2.0 * rate, 10.0 * rate] {
            for (workers, latency) in [(1, 0.001), (4, 0.001), (4, 0.02), (64, 0.05)] {
                let burst = f64::max(burst, 1.0);
                let most = (workers as f64 / latency * 30.0).min(burst + 30.0 * rate);
                let (recorded, requested) = send_for(30.0, rate, burst, workers, latency);
                let case = format!(
                    "{rate}/s, burst {burst}, {workers} workers, {latency} s: {recorded} of {most}, \
                     {requested} requests"
                );
                // Without a burst, every request that comes a little early is refused.
                let share = if burst == 1.0 { 0.4 } else { 0.8 };
                assert!(recorded >= share * most - 10.0, "{case}");
                let wasted = requested - recorded;
                assert!(
                    wasted <= 0.1 * recorded + 2.0 * 30.0 + workers as f64,
                    "{case}"
                );
            }
        }
    }
}

#[test]
fn the_full_rate_returns_when_the_limit_is_gone() {
    let start = Instant::now();
    let mut workers = Workers::new(4, seconds(0.001), start);
    let limited_until = start + seconds(30.0);
    let mut service = Service::new(20.0, 40.0, start);
    workers.run(&mut service, u64::MAX, limited_until);
    assert!(workers.pace.free_turn().is_none());

    let mut service = Service::new(f64::MAX, f64::MAX, limited_until);
    let back = limited_until + limit::MEMORY + seconds(0.1);
    workers.run(&mut service, u64::MAX, back);
    assert!(workers.pace.free_turn().is_some());
    let before = workers.succeeded;
    workers.run(&mut service, u64::MAX, back + seconds(1.0));
    assert!(workers.succeeded - before > 3_900);
}

#[test]
fn a_service_that_refuses_everything_is_asked_rarely_and_noticed_when_it_accepts() {
    let start = Instant::now();
    let mut workers = Workers::new(4, seconds(0.001), start);
    let mut service = Service::new(f64::MIN_POSITIVE, 0.0, start);
    workers.run(&mut service, u64::MAX, start + seconds(60.0));
    let asked = service.requests;
    workers.run(&mut service, u64::MAX, start + seconds(120.0));
    assert!(
        service.requests - asked <= 45,
        "{} requests",
        service.requests - asked
    );
    let mut service = Service::new(f64::MAX, f64::MAX, start + seconds(120.0));
    let end = workers.run(&mut service, 1_000, start + seconds(200.0));
    assert!(end - start < seconds(132.0), "{:?}", end - start);
}

/// Returns a pace after a 429.
fn limited(retry_after: Option<Duration>, now: Instant) -> Pace {
    let pace = Pace::new(now);
    let turn = pace.free_turn().expect("there is no limit");
    pace.refused(turn, 0, retry_after, now);
    pace
}

#[test]
fn nothing_is_sent_during_a_pause() {
    let now = Instant::now();
    let pause = seconds(5.0);
    let pace = limited(Some(pause), now);
    assert!(pace.free_turn().is_none());
    let first = pace.book(now, None).expect("there is no end");
    assert_eq!(first.at, now + pause);
    let booked: Vec<Instant> = (0..20).map(|_| pace.book(now, None).unwrap().at).collect();
    // The other turns follow at the rate.
    assert!(booked.is_sorted() && booked[0] > first.at, "{booked:?}");
    assert!(booked[19] > first.at + seconds(0.4), "{booked:?}");

    // Refusals of earlier requests make the pause longer, never shorter.
    let earlier = Turn { generation: 0 };
    pace.refused(earlier, 0, Some(seconds(1.0)), now);
    assert!(pace.redeem(&first).is_some());
    pace.refused(earlier, 0, Some(seconds(9.0)), now);
    assert!(pace.redeem(&first).is_none());
    assert_eq!(pace.book(now, None).unwrap().at, now + seconds(9.0));
}

#[test]
fn the_length_of_a_pause_is_limited() {
    let now = Instant::now();
    let pace = limited(Some(Duration::MAX), now);
    assert_eq!(pace.book(now, None).unwrap().at, now + limit::LONGEST_PAUSE);
}

#[test]
fn a_turn_that_comes_too_late_is_not_booked() {
    let now = Instant::now();
    let pace = limited(Some(seconds(5.0)), now);
    let end = Some(now + seconds(5.0));
    for _ in 0..100 {
        assert_eq!(
            pace.book(now, end).expect_err("too late"),
            now + seconds(5.0)
        );
    }
    let end = Some(now + seconds(5.1));
    assert_eq!(pace.book(now, end).expect("in time").at, now + seconds(5.0));
}

#[test]
fn a_single_call_retries_with_its_own_delays() {
    let now = Instant::now();
    let pace = Pace::new(now);
    let mut turn = pace.free_turn().expect("there is no limit");
    for _ in 0..4 {
        pace.refused(turn, 0, None, now);
        let booking = pace.book(now, None).expect("there is no end");
        // Less than the usual delay before a first retry.
        assert!(booking.at - now < seconds(0.1), "{booking:?}");
        turn = pace.redeem(&booking).expect("nothing has changed");
    }
}

#[test]
fn refusals_of_requests_that_were_already_sent_lower_the_rate_once() {
    let now = Instant::now();
    let pace = Pace::new(now);
    let turn = pace.free_turn().expect("there is no limit");
    pace.refused(turn, 1_000, None, now);
    let booking = pace.book(now, None).expect("there is no end");
    for _ in 0..100 {
        pace.refused(turn, 1_000, None, now);
    }
    assert!(pace.redeem(&booking).is_some());
}

#[test]
fn the_backlog_of_an_ordering_key_does_not_limit_the_api_key() {
    let refused = |title: Option<&str>, retry_after: Option<u64>| {
        let problem = title.map(|title| format!("{{\"title\":\"{title}\"}}"));
        Error::new(Status::RateLimited, "429")
            .with_problem(Problem::parse(problem.unwrap_or_default().as_bytes()))
            .with_retry_after(retry_after.map(Duration::from_secs))
    };
    for (title, retry_after, unordered, ordered) in [
        (Some("rate limited"), None, true, true),
        (Some("rate limited"), Some(1), true, true),
        (Some("backlog full"), Some(30), false, false),
        (Some("Backlog Full"), None, false, false),
        (None, None, true, true),
        (None, Some(1), true, false),
        (Some("Too Many Requests"), Some(1), true, false),
    ] {
        let error = refused(title, retry_after);
        assert_eq!(limits_key(&error, false), unordered, "{title:?}");
        assert_eq!(limits_key(&error, true), ordered, "{title:?}");
    }
    assert!(!limits_key(&Error::new(Status::ServerError, "500"), false));
}
