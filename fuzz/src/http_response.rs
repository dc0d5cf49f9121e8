//! The bytes of a response, through the real transport: a peer on the loopback interface sends them as
//! answers to the requests of a real client.
//!
//! If a strict reader finds one meaning in the bytes, the client must find the same. Otherwise the client's
//! report must at least be true of them. After each case the client must work as before.

mod judge;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use hookrail::internals::ClientOptions;
use hookrail::internals::ProxySetting;
use hookrail::internals::{CallOptions, Client, IdempotencyKey, SendOptions};
use hookrail::{Error, Status};

use self::judge::{Success, judge};
use crate::model::http::{self, Reading};
use crate::peer::{End, Peer, Plan};

/// Far longer than an exchange on one machine takes.
const BUDGET: Duration = Duration::from_secs(30);
const KEY: &str = "the-key-of-the-case";
/// No answer may bring the key into an error.
const API_KEY: &str = "hk_secret";
/// Separates the answers to the first and to the second request.
const NEXT_ANSWER: &[u8] = b"\0\0";
/// The bytes of an input before the answers.
const CONTROL: usize = 3;

/// A client with its peer.
struct Harness {
    client: Client,
    peer: Peer,
    retries: u32,
    probes: u64,
}

/// The settings of an input besides the bytes of the answers.
struct Case {
    asks_status: bool,
    retries: bool,
    /// Whether the request uses a connection that has carried one before.
    warm: bool,
    plans: Vec<Plan>,
}

impl Case {
    fn read(data: &[u8]) -> Option<Self> {
        let ([flags, ends, writes], answers) = data.split_first_chunk::<CONTROL>()?;
        let end = |bits: u8| match bits & 3 {
            0 => End::Close,
            1 => End::HalfClose,
            2 => End::Reset,
            _ => End::KeepOpen,
        };
        let plan = |bytes: &[u8], ends: u8| Plan {
            bytes: bytes.to_vec(),
            writes: [writes & 15, writes >> 4]
                .iter()
                .filter(|size| **size > 0)
                .map(|size| usize::from(*size) * usize::from(*size))
                .collect(),
            early: ends & 4 != 0,
            has_end: matches!(http::read(bytes), Reading::Whole(answer) if !answer.until_close),
            end: end(ends),
        };
        let split = answers
            .windows(NEXT_ANSWER.len())
            .position(|window| window == NEXT_ANSWER);
        let (first, second) = match split {
            Some(at) => (&answers[..at], Some(&answers[at + NEXT_ANSWER.len()..])),
            None => (answers, None),
        };
        let mut plans = vec![plan(first, *ends)];
        plans.extend(second.map(|bytes| plan(bytes, *ends >> 4)));
        Some(Case {
            asks_status: flags & 1 != 0,
            retries: flags & 2 != 0,
            warm: flags & 4 != 0,
            plans,
        })
    }
}

/// Checks the call that `data` describes, and that the client works after it.
pub fn check(data: &[u8]) {
    let Some(case) = Case::read(data) else {
        return;
    };
    static HARNESSES: OnceLock<[Mutex<Harness>; 2]> = OnceLock::new();
    let harnesses =
        HARNESSES.get_or_init(|| [0, 1].map(|retries| Mutex::new(Harness::new(retries))));
    let mut harness = harnesses[usize::from(case.retries)]
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if harness.run(&case).is_none() {
        let retries = harness.retries;
        *harness = Harness::new(retries);
    }
}

impl Harness {
    fn new(retries: u32) -> Self {
        let peer = Peer::start();
        let mut options = ClientOptions::default();
        options.set_proxy(ProxySetting::None);
        options.set_max_retries(retries);
        options.set_respect_retry_after(false);
        let shortest = Duration::from_nanos(1);
        for set in [
            options.set_backoff(shortest, shortest),
            options.set_connect_timeout(BUDGET),
            options.set_read_timeout(BUDGET),
            options.set_write_timeout(BUDGET),
            options.set_total_timeout(BUDGET),
        ] {
            set.expect("a duration");
        }
        let client = Client::new(
            Some(API_KEY.as_bytes()),
            Some(peer.url.as_bytes()),
            &options,
        );
        let mut harness = Harness {
            client: client.expect("a client"),
            peer,
            retries,
            probes: 0,
        };
        // The meaning of a 401 depends on an earlier success with the key: here there is one.
        while harness.probe(End::Close).is_none() {}
        harness
    }

    /// Runs a case; returns `None` if the machine gave it no time, or if the next case needs a new client.
    fn run(&mut self, case: &Case) -> Option<()> {
        if case.warm {
            self.probe(End::KeepOpen)?;
        }
        let ticks = ticks();
        let plans = case.plans.clone();
        if case.asks_status {
            let options = CallOptions::default();
            let (result, served) = self
                .peer
                .during(plans, || self.client.get_event(b"e1", &options));
            had_time(result.as_ref().err(), ticks)?;
            let read = result
                .as_ref()
                .map(|status| Success::Status(&status.raw_json));
            judge(read, &served, false, self.retries);
        } else {
            let keyed = SendOptions {
                idempotency_key: Some(IdempotencyKey::new(KEY).unwrap()),
                ..SendOptions::default()
            };
            let event = self.client.prepare(b"t", br#"{"n":1}"#, &keyed).unwrap();
            let options = CallOptions::default();
            let (result, served) = self
                .peer
                .during(plans, || self.client.send_prepared(&event, &options));
            had_time(result.as_ref().err(), ticks)?;
            let read = result.as_ref().map(Success::Accepted);
            judge(read, &served, true, self.retries);
        }
        self.probe(End::Close)?;
        // A 429 has slowed the client down.
        let limited = case.plans.iter().any(|plan| contains(&plan.bytes, b" 429"));
        (!limited).then_some(())
    }

    /// Sends an event and answers it with a success.
    fn probe(&mut self, end: End) -> Option<()> {
        self.probes += 1;
        let event_id = format!("probe-{}", self.probes);
        let body = format!(r#"{{"event_id":"{event_id}"}}"#);
        let connection = if end == End::Close {
            "close"
        } else {
            "keep-alive"
        };
        let plan = Plan {
            bytes: format!(
                "HTTP/1.1 202 Accepted\r\nConnection: {connection}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
            writes: Vec::new(),
            early: false,
            has_end: true,
            end,
        };
        let ticks = ticks();
        let options = SendOptions::default();
        let (result, _) = self
            .peer
            .during(vec![plan], || self.client.send(b"t", b"1", &options));
        had_time(result.as_ref().err(), ticks)?;
        let accepted = result.unwrap_or_else(|error| panic!("the client does not work: {error}"));
        assert_eq!(accepted.event_id, event_id, "the answer to another request");
        assert_eq!((accepted.attempts, accepted.replayed), (1, false));
        Some(())
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Counts the tenths of a second in which this process had time to run.
fn ticks() -> u64 {
    static TICKS: OnceLock<&AtomicU64> = OnceLock::new();
    let ticks = TICKS.get_or_init(|| {
        let ticks: &AtomicU64 = Box::leak(Box::new(AtomicU64::new(0)));
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(100));
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        });
        ticks
    });
    ticks.load(Ordering::Relaxed)
}

/// Returns `None` if a call timed out because the process was stopped. A call that timed out while this
/// process had time has hung.
fn had_time(error: Option<&Error>, before: u64) -> Option<()> {
    let timed_out = error.is_some_and(|error| {
        error.status() == Status::Timeout
            || error
                .cause()
                .is_some_and(|cause| cause.status() == Status::Timeout)
    });
    if !timed_out {
        return Some(());
    }
    let passed = Duration::from_millis(100) * (ticks() - before) as u32;
    assert!(passed < BUDGET / 2, "the call hung");
    None
}
