//! A 429 limits the key: all events and all calls of the client slow down.

use std::time::{Duration, Instant};

use hookrail::internals::{BackgroundResult, CallOptions, Client, SendOptions, Waited};
use hookrail::{Cancel, Error, Outcome, Status};
use hookrail_devserver::{DevServer, Rule};

use crate::support::limited::limited_server;
use crate::support::queue::{
    PATIENCE, attempts, client, collect, in_time, server, submit, submit_options,
};

/// A server that answers every request with 429 and Retry-After.
fn closed_for(seconds: &str) -> DevServer {
    let server = server();
    server
        .add_faults([Rule::status(429).header("Retry-After", seconds).always()])
        .expect("good rules");
    server
}

/// A client that got a 429 with `Retry-After: seconds`, and its server, which now accepts events again.
fn paused(seconds: &str) -> (DevServer, Client) {
    let server = server();
    server
        .add_faults([Rule::status(429).header("Retry-After", seconds)])
        .expect("good rules");
    let client = client(&server.url(), |_| {});
    submit(&client, 1);
    in_time(|| client.stats().to_json().contains(r#""rate_limited":1"#));
    (server, client)
}

fn send(client: &Client, timeout: Duration, cancel: Option<Cancel>) -> Result<(), Error> {
    let options = SendOptions {
        call: CallOptions {
            timeout: Some(timeout),
            cancel,
        },
        ..SendOptions::default()
    };
    client.send(b"t", b"{}", &options).map(drop)
}

#[test]
fn the_queue_finds_the_pace_of_a_limited_service() {
    const EVENTS: u64 = 2_000;
    let server = limited_server(100.0, 200.0);
    let client = client(&server.url(), |_| {});
    let started = Instant::now();
    for tag in 0..EVENTS {
        submit(&client, tag);
    }
    let completions = collect(&client, EVENTS as usize);
    let requests = server.requests().len();
    println!("{requests} requests in {:?}", started.elapsed());
    assert!(completions.values().all(|it| it.result.is_ok()));
    assert!(requests <= 2_400, "{requests} requests for {EVENTS} events");
}

#[test]
fn calls_and_the_queue_share_the_pace() {
    const EVENTS: usize = 300;
    let server = limited_server(100.0, 50.0);
    let client = client(&server.url(), |_| {});
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..EVENTS / 8 {
                    send(&client, PATIENCE, None).expect("it is sent in the end");
                }
            });
        }
        for tag in 0..EVENTS as u64 {
            submit(&client, tag);
        }
        collect(&client, EVENTS);
    });
    let recorded = EVENTS + EVENTS / 8 * 8;
    let requests = server.requests().len();
    assert!(requests <= recorded * 6 / 5, "{requests} for {recorded}");
}

#[test]
fn nothing_is_sent_before_retry_after_is_over() {
    let server = closed_for("5");
    let client = client(&server.url(), |_| {});
    let started = Instant::now();
    for tag in 0..1_000 {
        submit(&client, tag);
    }
    std::thread::sleep(Duration::from_millis(4_500));
    let asked = attempts(&client);
    // Each sender makes one attempt at most.
    assert!((1..=4).contains(&asked), "{asked} attempts");
    in_time(|| attempts(&client) > asked);
    assert!(started.elapsed() >= Duration::from_secs(5));
    // The first answer of the next round pauses the client again.
    assert!(attempts(&client) <= asked + 4);
    client.close(Some(Duration::ZERO)).expect("close works");
}

#[test]
fn a_client_can_be_set_to_wait_less() {
    let server = server();
    server
        .add_faults([Rule::status(429).header("Retry-After", "3600")])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_respect_retry_after(false);
    });
    submit(&client, 1);
    assert_eq!(collect(&client, 1)[&1].attempts(), 2);
}

#[test]
fn a_call_whose_turn_comes_too_late_fails_at_once() {
    let (server, client) = paused("20");
    let error = send(&client, Duration::from_secs(2), None).expect_err("it must wait");
    assert_eq!(error.status(), Status::RateLimited);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.attempts(), 0);
    assert!(error.is_retryable());
    assert!(error.idempotency_key().is_some());
    assert_eq!(error.http_status(), None);
    let wait = error.retry_after().expect("how long it would take");
    assert!(
        wait > Duration::from_secs(2) && wait <= Duration::from_secs(20),
        "{wait:?}"
    );
    assert!(error.message().starts_with("nothing was sent: "), "{error}");
    assert!(
        error
            .message()
            .contains("too late for the time budget of 2.0s")
    );
    let options = CallOptions {
        timeout: Some(Duration::from_secs(2)),
        cancel: None,
    };
    let error = client.get_event(b"e1", &options).expect_err("so must this");
    assert_eq!(error.status(), Status::RateLimited);
    assert_eq!(error.outcome(), Outcome::None);
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn no_attempt_begins_with_no_time_left_for_it() {
    let (server, client) = paused("20");
    let short = Duration::from_millis(1);
    // A slow machine may not ask twice within the time, and then tries again.
    let turn = std::iter::repeat_with(|| {
        let asked = Instant::now();
        let error = send(&client, short, None).expect_err("it must wait");
        (asked, error.retry_after().expect("how long it would take"))
    });
    let mut turn = turn.filter(|(asked, _)| asked.elapsed() < Duration::from_millis(20));
    let (started, turn) = turn.next().expect("there is no end of them");
    let error = send(&client, turn + short, None).expect_err("its time would be over");
    assert_eq!(error.status(), Status::RateLimited, "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(started.elapsed() < Duration::from_secs(10), "it waited");
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn a_call_waits_for_its_turn() {
    let started = Instant::now();
    let (server, client) = paused("2");
    send(&client, PATIENCE, None).expect("it is sent");
    assert!(started.elapsed() >= Duration::from_secs(2));
    collect(&client, 1);
    assert_eq!(server.summary().requests, 3);
}

#[test]
fn a_call_that_waits_for_its_turn_can_be_cancelled() {
    let (server, client) = paused("30");
    let cancel = Cancel::new().expect("a token");
    let started = Instant::now();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| send(&client, PATIENCE, Some(cancel.clone())));
        cancel.fire();
        let error = call.join().expect("no panic").expect_err("cancelled");
        assert_eq!(error.status(), Status::Cancelled);
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert_eq!(error.attempts(), 0);
    });
    let event = client
        .prepare(b"t", b"{}", &SendOptions::default())
        .expect("a good event");
    let call = client.start_send(event, Some(PATIENCE)).expect("it starts");
    let waited = call.wait(Some(Duration::from_millis(50)));
    assert!(!matches!(waited, Ok(Waited::Done)));
    call.cancel();
    match call.take().expect("it ends") {
        BackgroundResult::Sent(Err(error)) => {
            assert_eq!(error.status(), Status::Cancelled);
            assert_eq!(error.outcome(), Outcome::NotSent);
        }
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(25));
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn a_backlog_stops_its_ordering_key_only() {
    for problem in [r#"{"title":"backlog full","status":429}"#, "{}"] {
        let started = Instant::now();
        let server = server();
        let backlog = Rule::status(429).body("application/problem+json", problem);
        server
            .add_faults([backlog.header("Retry-After", "3600")])
            .expect("good rules");
        let client = client(&server.url(), |options| {
            let long = Duration::from_secs(2 * 3_600);
            options.set_delivery_timeout(long).expect("a timeout");
        });
        let ordered = |key: &str, tag| {
            let options = SendOptions {
                ordering_key: Some(hookrail::internals::OrderingKey::new(key).unwrap()),
                ..SendOptions::default()
            };
            client
                .submit(b"t", b"{}", &options, &submit_options(tag))
                .expect("the event is taken in")
        };
        ordered("full", 0);
        in_time(|| server.summary().finished == 1 && client.pending().in_flight == 0);
        ordered("full", 1);
        ordered("other", 2);
        submit(&client, 3);
        let completions = collect(&client, 2);
        assert!(completions.contains_key(&2) && completions.contains_key(&3));
        send(&client, Duration::from_secs(20), None).expect("it need not wait");
        // A limit of the API key would have stopped the client for a minute.
        assert!(started.elapsed() < Duration::from_secs(50), "it waited");
        assert_eq!(client.pending().queued, 2);
        client.close(Some(Duration::ZERO)).expect("close works");
    }
}
