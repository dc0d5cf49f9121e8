use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;

use super::shared::RunningDispatcher;
use super::submitted::{Report, Verdict};
use super::*;
use crate::call::context::Call;
use crate::call::operation::SendEvent;
use crate::call::progress::CallProgress;
use crate::call::request::Requests;
use crate::call::stats::Counters;
use crate::config::options::ClientOptions;
use crate::config::resolved::Config;
use crate::config::way::Way;
use crate::protocol::prepared::Prepared;
use crate::sys::poll::poll;
use crate::transport::Http;
use crate::transport::bounds::Bounds;

fn producer(limits: QueueLimits) -> Producer {
    let pace = Arc::new(Pace::new(Instant::now()));
    let reactor = Reactor::default();
    Producer::new(limits, 1, Duration::from_millis(200), pace, reactor).unwrap()
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

#[test]
fn the_dispatcher_is_woken_for_the_next_event_of_an_ordering_key() {
    let limits = QueueLimits {
        events: 10,
        bytes: 10_000,
    };
    for in_flight in [false, true] {
        let producer = producer(limits);
        let mut locked = producer.shared.lock();
        let job = producer.shared.reactor.new_job();
        let first = locked.queue.add(event(Some("key")));
        locked.queue.add(event(Some("key")));
        if in_flight {
            locked.queue.take(Instant::now(), &job).unwrap();
        }
        locked.queue.take_released();
        locked.dispatcher = Some(RunningDispatcher {
            job: producer.shared.reactor.new_job(),
            until: Instant::now() + Duration::from_secs(600),
            is_called: false,
        });
        if in_flight {
            let report = Report {
                progress: CallProgress::default(),
                verdict: Verdict::Over(Err(closed())),
                recorded: 0,
                random: 0.0,
            };
            locked.queue.settle(first, report, Instant::now());
            producer.shared.after_change(&mut locked);
        } else {
            drop(locked);
            producer.cancel(first);
            locked = producer.shared.lock();
        }
        assert!(locked.dispatcher.as_ref().is_some_and(|it| it.is_called));
    }
}

/// The parts of a client that a queue uses.
struct Parts {
    config: Config,
    http: Http,
    stats: Counters,
    pace: Arc<Pace>,
}

impl Parts {
    fn new(base_url: &str) -> Self {
        let options = ClientOptions::default();
        let base_url = Some(base_url.as_bytes());
        let config = Config::resolve(Some(b"hk_test"), base_url, &options, &|_| None).unwrap();
        Parts {
            http: Http::new(
                &config.base_url,
                "hk_test",
                Default::default(),
                Way::Direct,
                None,
                config.keep_alive,
            ),
            config,
            stats: Counters::default(),
            pace: Arc::new(Pace::new(Instant::now())),
        }
    }
}

impl SendEvents for Parts {
    fn operation(&self, event: Arc<Prepared>) -> Result<SendEvent<Arc<Prepared>>> {
        let head = Requests::new(&self.config).send(&event)?;
        Ok(SendEvent { head, event })
    }

    fn call(&self, submitted: Instant, deadline: Instant) -> Call<'_> {
        Call {
            http: &self.http,
            stats: &self.stats,
            pace: &self.pace,
            policy: self.config.retry,
            started: submitted,
            bounds: Bounds {
                deadline,
                timeouts: self.config.timeouts,
                cancel: None,
            },
            retries_refused_key: true,
        }
    }
}

/// Answers one request. Fails the first attempt at each event. Notes the keys in the order of the attempts.
fn answer(connection: TcpStream, attempts: &mut Vec<String>) {
    let mut lines = BufReader::new(&connection)
        .lines()
        .map_while(|line| line.ok());
    let key = lines.find_map(|line| line.strip_prefix("idempotency-key: ").map(str::to_owned));
    // The head ends with an empty line; the body has no line.
    lines.find(String::is_empty);
    let key = key.unwrap();
    let body = match attempts.contains(&key) {
        false => {
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        }
        true => {
            "HTTP/1.1 202 Accepted\r\ncontent-length: 38\r\nconnection: close\r\n\r\n\
             {\"event_id\":\"evt_1\",\"delivery_ids\":[]}"
        }
    };
    attempts.push(key);
    (&connection).write_all(body.as_bytes()).unwrap();
}

#[test]
fn the_queue_works_without_a_client() {
    let limits = QueueLimits {
        events: 10,
        bytes: 10_000,
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let parts = Parts::new(&format!("http://{}", listener.local_addr().unwrap()));
    let pace = parts.pace.clone();
    let parts: Arc<dyn SendEvents> = Arc::new(parts);
    let first_open = Duration::from_millis(1);
    let producer = Producer::new(limits, 3, first_open, pace, Reactor::default()).unwrap();
    let service = std::thread::spawn(move || {
        let mut attempts = Vec::new();
        while attempts.len() < 6 {
            answer(listener.accept().unwrap().0, &mut attempts);
        }
        attempts
    });
    for key in ["first", "second", "third"] {
        let submission = Submission {
            event: Arc::new(Prepared::of_test(key, Some("customer"), b"{}")),
            tag: 0,
            wants_completion: true,
            submitted: Instant::now(),
            deadline: Instant::now() + Duration::from_secs(600),
        };
        producer.submit(submission, None, || parts.clone()).unwrap();
    }
    assert_eq!(producer.flush(None).unwrap(), Flushed::All);
    let completions = producer.poll(10, Some(Duration::ZERO)).unwrap();
    assert_eq!(completions.len(), 3);
    assert!(
        completions.iter().all(|c| c.result.is_ok()),
        "{completions:?}"
    );
    assert_eq!(
        service.join().unwrap(),
        ["first", "first", "second", "second", "third", "third"]
    );
    assert_eq!(producer.close(None).unwrap(), 0);
}
