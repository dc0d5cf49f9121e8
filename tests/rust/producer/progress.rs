//! No event waits behind an event that was given up, or behind one that hangs.

use std::time::Duration;

use hookrail::Purge;
use hookrail::internals::{Client, SendOptions};
use hookrail_devserver::{Point, Rule};

use crate::support::queue::{PATIENCE, client, collect, retry_interrupted, server, submit};
use crate::support::queue::{in_time, submit_options};

/// Far longer than a test's patience.
const ENDLESS: Duration = Duration::from_secs(60 * 60);

#[test]
fn an_event_is_sent_again_while_another_hangs() {
    let server = server();
    server
        .add_faults([
            Rule::status(503).header("Retry-After", "1"),
            Rule::never_answer(Point::AfterReading),
        ])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_delivery_timeout(ENDLESS).expect("a timeout");
        options.set_read_timeout(ENDLESS).expect("a timeout");
    });
    submit(&client, 1);
    in_time(|| server.summary().finished == 1 && client.pending().in_flight == 0);
    submit(&client, 2);
    assert!(collect(&client, 1)[&1].result.is_ok());
    assert_eq!(client.pending().in_flight, 1);
    client.close(Some(Duration::ZERO)).expect("close works");
}

#[test]
fn an_event_is_given_up_once() {
    let server = server();
    server
        .add_faults([Rule::never_answer(Point::AfterReading).always()])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_read_timeout(ENDLESS).expect("a timeout");
    });
    for tag in 0..4 {
        submit(&client, tag);
    }
    in_time(|| client.pending().in_flight == 4);
    let in_flight = Purge {
        queued: false,
        in_flight: true,
    };
    // The result is the same whether the senders have noticed the first purge or not.
    assert_eq!(client.purge(in_flight), 4);
    assert_eq!(client.purge(in_flight), 0);
    assert_eq!(client.close(Some(Duration::ZERO)).expect("close works"), 0);
    assert_eq!(collect(&client, 4).len(), 4);
}

fn submit_ordered(client: &Client, tag: u64) -> u64 {
    let options = SendOptions {
        ordering_key: Some(hookrail::internals::OrderingKey::new(b"one").unwrap()),
        ..SendOptions::default()
    };
    retry_interrupted(|| client.submit(b"t", b"{}", &options, &submit_options(tag)))
        .expect("the event is taken in")
}

#[test]
fn an_event_that_is_cancelled_between_attempts_does_not_hold_up_those_behind_it() {
    let server = server();
    // The ordering key is limited, and not the API key, which would stop the client for a minute.
    let backlog = r#"{"title":"backlog full","status":429}"#;
    let rule = Rule::status(429).body("application/problem+json", backlog);
    server
        .add_faults([rule.header("Retry-After", "1800")])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_delivery_timeout(ENDLESS).expect("a timeout");
    });
    let first = submit_ordered(&client, 1);
    submit_ordered(&client, 2);
    submit_ordered(&client, 3);
    submit_ordered(&client, 4);
    in_time(|| {
        let pending = client.pending();
        server.summary().requests == 1 && pending.in_flight == 0 && pending.queued == 4
    });

    client.cancel_submitted(first);
    let completions = collect(&client, 4);
    let error = completions[&1]
        .result
        .as_ref()
        .expect_err("it was given up");
    let says_why =
        "the event was cancelled before it was sent; the last error: the service answered 429";
    assert!(error.message().starts_with(says_why), "{error}");
    assert_eq!(error.cause().and_then(|last| last.http_status()), Some(429));
    assert!((2..=4).all(|tag| completions[&tag].result.is_ok()));
}

#[test]
fn an_event_does_not_wait_behind_one_that_hangs() {
    let server = server();
    let client = client(&server.url(), |options| {
        options.set_delivery_timeout(ENDLESS).expect("a timeout");
        options.set_read_timeout(ENDLESS).expect("a timeout");
    });
    submit(&client, 1);
    collect(&client, 1);
    server
        .add_faults([Rule::never_answer(Point::AfterReading)])
        .expect("good rules");

    submit(&client, 2);
    submit(&client, 3);
    collect(&client, 1);
    assert_eq!(client.pending().in_flight, 1);
    client.close(Some(Duration::ZERO)).expect("close works");
    server
        .wait_until(PATIENCE, |summary| summary.events == 2)
        .expect("the other one is recorded");
}

#[test]
fn an_event_that_is_given_up_in_a_later_attempt_says_how_the_one_before_it_ended() {
    let detail = "d".repeat(100_000);
    let body = format!(r#"{{"detail":"{detail}"}}"#);
    let server = server();
    server
        .add_faults([
            Rule::status(500).body("application/problem+json", &body),
            Rule::never_answer(Point::AfterReading),
        ])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_read_timeout(ENDLESS).expect("a timeout");
    });
    let token = submit(&client, 1);
    in_time(|| server.summary().requests == 2 && client.pending().in_flight == 1);
    client.cancel_submitted(token);
    let error = collect(&client, 1)
        .remove(&1)
        .and_then(|completion| completion.result.err())
        .expect("it was given up");
    let says_why = "the call was cancelled; the last error: the service answered 500: ddd";
    assert!(error.message().starts_with(says_why), "{error}");
    assert!(error.message().len() < 1_200, "{}", error.message().len());
    assert_eq!(error.attempts(), 2);
}
