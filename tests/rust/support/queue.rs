//! Helpers for tests of the queue: servers, clients, submitting and collecting.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hookrail::internals::{Client, ClientOptions, SendOptions, SubmitOptions};
use hookrail::{Completion, Error, Status};
use hookrail_devserver::{Config, DevServer};

/// Far longer than any step here takes on a working machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

pub fn server() -> DevServer {
    DevServer::start(Config {
        ledger_requests: 0,
        ..Config::default()
    })
    .expect("the server starts")
}

pub fn client(url: &str, change: impl FnOnce(&mut ClientOptions)) -> Client {
    let mut options = ClientOptions::default();
    change(&mut options);
    let key = Config::DEFAULT_API_KEY.as_bytes();
    Client::new(Some(key), Some(url.as_bytes()), &options).expect("the client is made")
}

pub fn submit_options(tag: u64) -> SubmitOptions {
    SubmitOptions {
        tag,
        wants_completion: true,
        wait: Some(PATIENCE),
    }
}

/// Submits an event with this tag, and waits for room in the queue.
pub fn submit(client: &Client, tag: u64) -> u64 {
    let options = SendOptions {
        idempotency_key: Some(hookrail::internals::IdempotencyKey::new(key(tag)).unwrap()),
        ..SendOptions::default()
    };
    let payload = format!("{{\"tag\":{tag}}}");
    retry_interrupted(|| {
        client.submit(
            b"producer.test",
            payload.as_bytes(),
            &options,
            &submit_options(tag),
        )
    })
    .expect("the event is taken in")
}

pub fn key(tag: u64) -> String {
    format!("key-{tag}")
}

/// Repeats a wait that a wake-up of another test ended.
pub fn retry_interrupted<T>(mut wait: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match wait() {
            Err(error) if error.status() == Status::Interrupted => {}
            result => return result,
        }
    }
}

/// Collects `count` completions. No tag may come twice. The patience is for a time without any completion, because a busy
/// machine may be slow with many.
pub fn collect(client: &Client, count: usize) -> HashMap<u64, Completion> {
    let mut end = Instant::now() + PATIENCE;
    let mut collected = HashMap::new();
    while collected.len() < count {
        assert!(
            Instant::now() < end,
            "{} of {count} completions",
            collected.len()
        );
        let some = retry_interrupted(|| client.poll(256, Some(Duration::from_secs(1))));
        for completion in some.expect("poll works") {
            end = Instant::now() + PATIENCE;
            let tag = completion.tag;
            assert!(
                collected.insert(tag, completion).is_none(),
                "{tag} completed twice"
            );
        }
    }
    collected
}

/// Waits until `holds` returns true, for conditions that nothing announces.
pub fn in_time(holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "it never held");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The number of attempts that the client has made.
pub fn attempts(client: &Client) -> u64 {
    let stats: serde_json::Value =
        serde_json::from_str(&client.stats().to_json()).expect("stats are JSON");
    stats["attempts"].as_u64().expect("a number")
}

/// The number of records of each key.
pub fn recorded(server: &DevServer) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for event in server.events() {
        *counts
            .entry(event.idempotency_key.expect("a key"))
            .or_default() += 1;
    }
    counts
}
