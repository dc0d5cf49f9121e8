use std::os::fd::AsFd;
use std::sync::Mutex;

use super::submitted::{Report, Verdict};
use super::*;
use crate::call::attempt::AfterAttempt;
use crate::call::progress::CallProgress;
use crate::protocol::answer::parse_accepted;
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;
use crate::sys::poll::poll;

fn producer(limits: QueueLimits) -> Producer {
    let pace = Arc::new(Pace::new(Instant::now()));
    Producer::new(limits, 1, Duration::from_millis(200), pace).unwrap()
}

/// Makes an event whose body has 600 bytes.
fn event(ordering_key: Option<&str>) -> Box<SubmittedEvent> {
    let payload = format!(
        "\"{}\"",
        "x".repeat(600 - r#"{"topic":"t","payload":""}"#.len())
    );
    Box::new(SubmittedEvent::new(Submission {
        event: Arc::new(Prepared::of_test("key", ordering_key, payload.as_bytes())),
        tag: 0,
        wants_completion: true,
        submitted: Instant::now(),
        deadline: Instant::now() + Duration::from_secs(600),
    }))
}

fn is_signalled(event: &EventFd) -> bool {
    let mut slots = [Slot::new(event.as_fd(), Interest::READ)];
    poll(&mut slots, Some(Duration::ZERO)).unwrap() > 0
}

#[test]
fn no_wake_up_stays_signalled_after_a_poll_has_seen_it() {
    let producer = producer(QueueLimits {
        events: 1,
        bytes: 1,
    });
    std::thread::scope(|scope| {
        let wakers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| (0..20_000).for_each(|_| producer.wake_up())))
            .collect();
        while !wakers.iter().all(|waker| waker.is_finished()) {
            let _ = producer.poll(1, Some(Duration::ZERO));
        }
    });
    // The last wake-up may not have been seen yet.
    let _ = producer.poll(1, Some(Duration::ZERO));
    assert!(!is_signalled(&producer.shared.woken));
    let collected = producer.poll(1, Some(Duration::ZERO));
    assert!(collected.is_ok_and(|completions| completions.is_empty()));
}

#[test]
fn only_a_caller_that_finds_room_is_woken() {
    let producer = producer(QueueLimits {
        events: 10,
        bytes: 1_000,
    });
    let waiter = |bytes| RoomWaiter {
        bytes,
        wake_up: new_waiter().unwrap(),
    };
    let mut locked = producer.shared.lock();
    locked.queue.add(event(None));
    locked.room_waiters = vec![waiter(401), waiter(400), waiter(700)];
    let small = locked.room_waiters[1].wake_up.clone();
    producer.shared.after_change(&mut locked);
    assert!(is_signalled(&small));
    let left: Vec<usize> = locked.room_waiters.iter().map(|w| w.bytes).collect();
    assert_eq!(left, [401, 700]);
    assert!(!locked.room_waiters.iter().any(|w| is_signalled(&w.wake_up)));

    locked.queue.lifecycle = Lifecycle::Closing;
    producer.shared.after_change(&mut locked);
    assert!(locked.room_waiters.is_empty());
}

/// Sleeps as an idle worker does, until a notification comes. Returns whether one came.
fn sleep_as_a_worker(shared: &SharedQueue) -> bool {
    let mut locked = shared.lock();
    locked.idle_workers.sleep();
    let patience = Duration::from_secs(60);
    let (mut locked, timeout) = shared.work.wait_timeout(locked, patience).unwrap();
    locked.idle_workers.wake(true);
    !timeout.timed_out()
}

#[test]
fn a_sleeping_worker_is_woken_for_the_next_event_of_an_ordering_key() {
    let limits = QueueLimits {
        events: 10,
        bytes: 10_000,
    };
    let cancel = Cancel::new().unwrap();
    for in_flight in [false, true] {
        let producer = producer(limits);
        let shared = &producer.shared;
        let mut locked = shared.lock();
        let first = locked.queue.add(event(Some("key")));
        locked.queue.add(event(Some("key")));
        if in_flight {
            locked.queue.take(Instant::now(), &cancel).unwrap();
        }
        // The events that are ready by now had their notification.
        locked.queue.take_released();
        drop(locked);
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| sleep_as_a_worker(shared));
            while shared.lock().idle_workers.asleep() == 0 {
                std::thread::yield_now();
            }
            if in_flight {
                let mut locked = shared.lock();
                let report = Report {
                    progress: CallProgress::default(),
                    verdict: Verdict::Over(Err(closed())),
                    recorded: 0,
                    random: 0.0,
                };
                locked.queue.settle(first, report, Instant::now());
                shared.release(locked);
            } else {
                producer.cancel(first);
            }
            assert!(worker.join().unwrap(), "the worker was not woken up");
        });
    }
}

/// A service that fails each event's first attempt, and remembers the order of the attempts.
#[derive(Default)]
struct FailingOnce(Mutex<Vec<String>>);

impl MakeAttempt for FailingOnce {
    fn make_attempt(&self, attempt: &mut NextAttempt, _: &Cancel) -> Attempted {
        let key = attempt.event.idempotency_key().to_owned();
        let mut attempts = self.0.lock().unwrap();
        let is_first = !attempts.contains(&key);
        attempts.push(key);
        let step = if is_first {
            let error = Error::new(Status::Connection, "refused").with_retryable(true);
            AfterAttempt::Retry(Duration::ZERO, error)
        } else {
            let body = br#"{"event_id":"evt_1","delivery_ids":[]}"#;
            AfterAttempt::Over(Ok(parse_accepted(body, false).unwrap()))
        };
        Attempted { step, recorded: 0 }
    }
}

#[test]
fn the_queue_works_without_a_client() {
    let limits = QueueLimits {
        events: 10,
        bytes: 10_000,
    };
    let pace = Arc::new(Pace::new(Instant::now()));
    let producer = Producer::new(limits, 3, Duration::from_millis(1), pace).unwrap();
    let service = Arc::new(FailingOnce::default());
    for key in ["first", "second", "third"] {
        let submission = Submission {
            event: Arc::new(Prepared::of_test(key, Some("customer"), b"{}")),
            tag: 0,
            wants_completion: true,
            submitted: Instant::now(),
            deadline: Instant::now() + Duration::from_secs(600),
        };
        producer
            .submit(submission, None, || service.clone())
            .unwrap();
    }
    assert_eq!(producer.flush(None).unwrap(), Flushed::All);
    let completions = producer.poll(10, Some(Duration::ZERO)).unwrap();
    assert_eq!(completions.len(), 3);
    assert!(
        completions.iter().all(|c| c.result.is_ok()),
        "{completions:?}"
    );
    assert_eq!(
        *service.0.lock().unwrap(),
        ["first", "first", "second", "second", "third", "third"]
    );
    assert_eq!(producer.close(None).unwrap(), 0);
}
