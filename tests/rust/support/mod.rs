//! The servers, clients and checks that the tests share.

// Each test program uses only a part of it.
#![allow(dead_code)]

pub mod blackhole;
pub mod child;
pub mod forked;
pub mod limited;
pub mod names;
pub mod proxy;
pub mod queue;
pub mod raw;
pub mod refusing;
pub mod tls;
pub mod unix_socket;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use hookrail::internals::{
    BackgroundCall, BackgroundResult, CallOptions, Client, ClientOptions, ProxySetting,
    SendOptions, SubmitOptions,
};
use hookrail::{Accepted, Error, Outcome, Status};
use hookrail_devserver::{Config, DevServer, RequestRecord, Rule};

/// The longest time that a test waits for an event that must happen. As a limit of the client it is long
/// enough that a call which reaches it has failed the test.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// An upper bound, on any machine, for an action that takes almost no time.
pub const SOON: Duration = Duration::from_secs(20);

/// More bytes than the buffers of a connection hold with any system settings.
pub const HUGE: usize = 20_000_000;

pub const API_KEY: &str = Config::DEFAULT_API_KEY;
pub const TOPIC: &[u8] = b"order.created";
pub const PAYLOAD: &[u8] = br#"{"a":1}"#;
/// The body of the request for [`TOPIC`] and [`PAYLOAD`].
pub const BODY: &[u8] = br#"{"topic":"order.created","payload":{"a":1}}"#;

pub fn server() -> DevServer {
    DevServer::start(Config::default()).expect("the server should start")
}

/// A server at a port that another server has just left. A process that is being started may hold a copy
/// of that server's listener for a moment.
pub fn server_at(port: u16) -> DevServer {
    let end = Instant::now() + PATIENCE;
    loop {
        let config = Config {
            port,
            ..Config::default()
        };
        match DevServer::start(config) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            started => return started.expect("the server should start again"),
        }
    }
}

/// A server with these faults.
pub fn server_with(rules: impl IntoIterator<Item = Rule>) -> DevServer {
    let server = server();
    server.add_faults(rules).expect("the rules should be good");
    server
}

/// Options for tests: retries follow at once, the environment's proxy is ignored, and no call reaches a
/// limit that its test has not set.
pub fn options() -> ClientOptions {
    let mut options = ClientOptions::default();
    options.set_proxy(ProxySetting::None);
    options
        .set_backoff(Duration::from_millis(1), Duration::from_millis(2))
        .and_then(|()| options.set_total_timeout(PATIENCE))
        .and_then(|()| options.set_connect_timeout(PATIENCE))
        .and_then(|()| options.set_read_timeout(PATIENCE))
        .and_then(|()| options.set_write_timeout(PATIENCE))
        .expect("the limits should be good");
    options
}

/// Like [`options`], with this number of retries.
pub fn options_with_retries(retries: u32) -> ClientOptions {
    let mut options = options();
    options.set_max_retries(retries);
    options
}

pub fn client_at(url: &str, options: &ClientOptions) -> Client {
    Client::new(Some(API_KEY.as_bytes()), Some(url.as_bytes()), options)
        .expect("the client should be set up")
}

/// A client of this server that trusts the server's certificate.
pub fn client_with(server: &DevServer, mut options: ClientOptions) -> Client {
    if let Some(ca) = server.ca_pem() {
        options.add_ca_pem(ca.as_bytes()).expect("the CA is good");
    }
    client_at(&server.url(), &options)
}

pub fn client(server: &DevServer) -> Client {
    client_with(server, options())
}

/// Sends the event that most tests send.
pub fn send(client: &Client) -> Result<Accepted, Error> {
    client.send(TOPIC, PAYLOAD, &SendOptions::default())
}

/// Sends the event in each of the three ways: in the caller's thread, in the background, and through the queue.
pub fn send_in_each_way(client: &Client) {
    send(client).expect("a blocking send");
    let event = client
        .prepare(TOPIC, PAYLOAD, &SendOptions::default())
        .expect("an event");
    let call = client.start_send(event, None).expect("a background call");
    let BackgroundResult::Sent(sent) = call.take().expect("a result") else {
        panic!("another result");
    };
    sent.expect("a send in the background");
    client
        .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
        .expect("a place in the queue");
    let completions = client.poll(1, Some(PATIENCE)).expect("a completion");
    completions[0].result.as_ref().expect("a submitted event");
}

pub fn send_keyed(client: &Client, key: &str) -> Result<Accepted, Error> {
    client.send(TOPIC, PAYLOAD, &keyed(key))
}

/// Starts sends at the same time.
pub fn start_sends(client: &Client, calls: usize) -> Vec<BackgroundCall> {
    let one = |_| {
        let event = client.prepare(TOPIC, b"1", &SendOptions::default());
        client.start_send(event.unwrap(), None).expect("a call")
    };
    (0..calls).map(one).collect()
}

/// Takes the results of sends, all of which succeed.
#[track_caller]
pub fn expect_sent(calls: Vec<BackgroundCall>) {
    for call in calls {
        let BackgroundResult::Sent(sent) = call.take().unwrap() else {
            panic!("another result");
        };
        sent.unwrap();
    }
}

pub fn keyed(key: &str) -> SendOptions {
    SendOptions {
        idempotency_key: Some(hookrail::internals::IdempotencyKey::new(key).unwrap()),
        ..SendOptions::default()
    }
}

/// Sends within `timeout`.
pub fn send_within(client: &Client, timeout: Duration) -> Result<Accepted, Error> {
    let options = SendOptions {
        call: CallOptions {
            timeout: Some(timeout),
            ..CallOptions::default()
        },
        ..SendOptions::default()
    };
    client.send(TOPIC, PAYLOAD, &options)
}

/// A JSON string of exactly `bytes` bytes.
pub fn payload_of(bytes: usize) -> Vec<u8> {
    let mut payload = vec![b'x'; bytes];
    payload[0] = b'"';
    payload[bytes - 1] = b'"';
    payload
}

/// The result of a call and the time it took.
pub fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = call();
    (result, started.elapsed())
}

/// How most tests submit an event: with a completion, and without waiting for room.
pub const AT_ONCE: SubmitOptions = SubmitOptions {
    tag: 0,
    wants_completion: true,
    wait: None,
};

/// Checks the error of a call for which the system has not enough resources; the message names the
/// resource.
#[track_caller]
pub fn expect_shortage<T>(result: Result<T, Error>, outcome: Outcome, resource: &[&str]) {
    let Err(error) = result else {
        panic!("there is enough of {resource:?}");
    };
    assert_eq!(error.status(), Status::OutOfResources, "{error}");
    assert_eq!((error.outcome(), error.attempts()), (outcome, 0), "{error}");
    assert!(error.is_retryable());
    for part in resource {
        assert!(error.message().contains(part), "{error}");
    }
}

/// Checks the status, the number of attempts and the outcome of a send's error, and that the error has the
/// idempotency key and does not show the API key.
#[track_caller]
pub fn expect_error(error: &Error, status: Status, attempts: u32, outcome: Outcome) {
    assert_eq!(error.status(), status, "{error}");
    assert_eq!(error.attempts(), attempts, "{error}");
    assert_eq!(error.outcome(), outcome, "{error}");
    assert!(error.idempotency_key().is_some(), "{error}");
    assert!(!error.message().contains(API_KEY), "{error}");
}

/// The requests that the service read completely.
pub fn complete_requests(server: &DevServer) -> Vec<RequestRecord> {
    let mut requests = server.requests();
    requests.retain(|request| request.body.as_ref().is_some_and(|body| body.complete));
    requests
}
