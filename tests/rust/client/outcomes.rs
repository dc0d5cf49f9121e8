//! The outcome in the client's error, compared with the service's records.

use std::collections::HashMap;
use std::time::Duration;

use hookrail::internals::Client;
use hookrail::{Outcome, Status};
use hookrail_devserver::{DevServer, EventRecord, Point, Rule, SelfSigned};

use crate::support::tls::tls_server;
use crate::support::{
    TOPIC, client, client_with, complete_requests, keyed, options_with_retries, send_keyed, server,
    server_with,
};

/// Sends once with `rule` and checks the outcome in the error. The rule decides whether the service records
/// the event.
#[track_caller]
fn check(server: &DevServer, rule: Rule, said: Outcome, recorded: usize) {
    server.add_faults([rule.clone()]).unwrap();
    let before = server.events().len();
    let client = client_with(server, options_with_retries(0));
    let error = client
        .send(TOPIC, b"{}", &Default::default())
        .expect_err("a fault");
    assert_eq!(error.outcome(), said, "{rule:?}: {error}");
    assert_eq!(server.events().len() - before, recorded, "{rule:?}");
    if said != Outcome::MaybeSent {
        assert_eq!(recorded, 0);
    }
}

#[test]
fn the_outcome_of_each_failure() {
    for server in [server(), tls_server(SelfSigned::default())] {
        let unknown = |rule, recorded| check(&server, rule, Outcome::MaybeSent, recorded);
        unknown(Rule::close(Point::AfterReading), 0);
        unknown(Rule::close(Point::AfterRecording), 1);
        unknown(Rule::reset(Point::AfterReading), 0);
        unknown(Rule::reset(Point::AfterRecording), 1);
        unknown(Rule::truncate(4), 1);
        unknown(Rule::close(Point::AfterBytes(5)), 1);
        unknown(Rule::garbage("hello"), 0);
        unknown(Rule::garbage("hello").recorded(), 1);
        unknown(Rule::status(500), 0);
        unknown(Rule::status(500).recorded(), 1);
        unknown(Rule::status(503), 0);
        // The service lost the answer to its COMMIT.
        unknown(Rule::status(503).recorded(), 1);
        unknown(Rule::status(504).recorded(), 1);
        unknown(Rule::status(503).body("text/html", "<p>").recorded(), 1);
        unknown(
            Rule::status(503)
                .body("application/problem+json", "")
                .recorded(),
            1,
        );
        unknown(Rule::status(202).body("text/html", "<p>").recorded(), 1);
        for status in [302, 400, 401, 403, 404, 408, 413, 425, 429] {
            check(&server, Rule::status(status), Outcome::Rejected, 0);
        }
        server.clear_faults();
    }
}

#[test]
fn the_least_certain_of_several_attempts_decides_the_outcome() {
    for (rules, said) in [
        ([Rule::status(500), Rule::status(503)], Outcome::MaybeSent),
        (
            [Rule::status(503), Rule::garbage("SSH-2.0\r\n")],
            Outcome::MaybeSent,
        ),
        (
            [Rule::close(Point::AfterRecording), Rule::status(401)],
            Outcome::MaybeSent,
        ),
        ([Rule::status(503), Rule::status(401)], Outcome::MaybeSent),
        ([Rule::status(429), Rule::status(503)], Outcome::MaybeSent),
        ([Rule::status(429), Rule::status(401)], Outcome::Rejected),
    ] {
        let shown = format!("{rules:?}");
        let server = server_with(rules);
        let client = client_with(&server, options_with_retries(1));
        let error = send_keyed(&client, "k").expect_err("two faults");
        assert_eq!(error.outcome(), said, "{shown}");
        assert_eq!(error.attempts(), 2, "{shown}");
    }
}

/// Faults of all kinds, on about half of the requests.
fn weather(seed: u64) -> Vec<Rule> {
    let html = |rule: Rule| rule.body("text/html", "<html>");
    // Not the limit of the API key, which would slow all calls down.
    let backlog = r#"{"title":"backlog full"}"#;
    [
        Rule::status(503),
        Rule::status(503).recorded(),
        Rule::status(429).body("application/problem+json", backlog),
        Rule::status(500).recorded(),
        html(Rule::status(502)).recorded(),
        html(Rule::status(503)).recorded(),
        html(Rule::status(202)).recorded(),
        Rule::status(400),
        Rule::reset(Point::BeforeReading),
        Rule::reset(Point::AfterHeaders),
        Rule::reset(Point::AfterRecording),
        Rule::reset(Point::AfterAnswer),
        Rule::close(Point::AfterReading),
        Rule::close(Point::AfterRecording),
        Rule::close(Point::AfterAnswer),
        Rule::truncate(7),
        Rule::garbage("SSH-2.0\r\n").recorded(),
        Rule::delay_ms(2),
        Rule::never_answer(Point::AfterRecording),
    ]
    .into_iter()
    .zip(seed..)
    .map(|(rule, seed)| rule.with_probability(0.04, seed))
    .collect()
}

/// The events that were recorded, by their keys.
fn recorded(server: &DevServer) -> HashMap<String, Vec<EventRecord>> {
    let mut events: HashMap<String, Vec<EventRecord>> = HashMap::new();
    for event in server.events() {
        let key = event.idempotency_key.clone().expect("a key");
        events.entry(key).or_default().push(event);
    }
    events
}

/// Sends `count` events and checks every result against the ledger. Returns the numbers of accepted events,
/// of events that may have been sent, and of events that were not recorded.
fn weather_the_faults(
    server: &DevServer,
    client: &Client,
    prefix: &str,
    count: usize,
) -> [usize; 3] {
    let mut tally = [0; 3];
    for number in 0..count {
        let key = format!("{prefix}-{number}");
        let payload = format!(r#"{{"key":"{key}","n":1.0}}"#);
        let result = client.send(TOPIC, payload.as_bytes(), &keyed(&key));
        let events = recorded(server).remove(&key).unwrap_or_default();
        match result {
            Ok(accepted) => {
                assert_eq!(events.len(), 1, "{key}");
                assert_eq!(events[0].event_id, accepted.event_id);
                assert_eq!(events[0].payload, payload);
                tally[0] += 1;
            }
            Err(error) if error.outcome() == Outcome::MaybeSent => {
                assert!(events.len() <= 1, "{key}: {error}");
                tally[1] += 1;
            }
            Err(error) => {
                assert_eq!(events.len(), 0, "{key}: {error}");
                assert_eq!(error.idempotency_key(), Some(&*key));
                tally[2] += 1;
            }
        }
    }
    tally
}

#[test]
fn outcomes_are_right_under_faults_of_all_kinds_at_once() {
    const THREADS: u64 = 4;
    const EVENTS: usize = 100;
    for server in [server(), tls_server(SelfSigned::default())] {
        server.add_faults(weather(7)).unwrap();
        let mut options = options_with_retries(1);
        options
            .set_read_timeout(Duration::from_millis(500))
            .unwrap();
        let client = client_with(&server, options);
        let tallies: Vec<[usize; 3]> = std::thread::scope(|scope| {
            let senders: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (server, client) = (&server, &client);
                    let prefix = format!("t{thread}");
                    scope.spawn(move || weather_the_faults(server, client, &prefix, EVENTS))
                })
                .collect();
            senders
                .into_iter()
                .map(|sender| sender.join().unwrap())
                .collect()
        });
        // Without each of the three results the test would show nothing.
        for answer in 0..3 {
            let given: usize = tallies.iter().map(|tally| tally[answer]).sum();
            assert!(given > 0, "{tallies:?}");
        }

        // Without faults every event is sent again under its key. The service then has it exactly once.
        server.clear_faults();
        let client = crate::support::client(&server);
        for thread in 0..THREADS {
            for number in 0..EVENTS {
                let key = format!("t{thread}-{number}");
                let payload = format!(r#"{{"key":"{key}","n":1.0}}"#);
                client
                    .send(TOPIC, payload.as_bytes(), &keyed(&key))
                    .unwrap();
            }
        }
        let events = recorded(&server);
        assert_eq!(events.len(), THREADS as usize * EVENTS);
        assert!(events.values().all(|events| events.len() == 1));
        assert_eq!(server.summary().conflicts, 0);
    }
}

#[test]
fn a_later_answer_does_not_settle_an_earlier_request() {
    for rule in [
        Rule::status(401),
        Rule::status(503),
        Rule::reset(Point::OnAccept),
    ] {
        let server = server();
        let client = client_with(&server, options_with_retries(0));
        send_keyed(&client, "first").unwrap();
        server
            .add_faults([Rule::close(Point::AfterRecording), rule.clone()])
            .unwrap();
        let error = send_keyed(&client, "second").expect_err("the second fault");
        assert_eq!(error.attempts(), 1, "{rule:?}");
        assert_eq!(error.outcome(), Outcome::MaybeSent, "{rule:?}");
        assert_eq!(server.events().len(), 2);
    }
}

#[test]
fn an_event_that_is_not_sent_was_not_received_in_full() {
    // Resets in the middle of a large body, at random moments.
    let server = server();
    let client = client_with(&server, options_with_retries(0));
    let payload = crate::support::payload_of(262_144);
    for number in 0..20 {
        server
            .add_faults([Rule::reset(Point::AfterHeaders)])
            .unwrap();
        let key = format!("k{number}");
        let error = client
            .send(TOPIC, &payload, &keyed(&key))
            .expect_err("a reset");
        assert_eq!(error.status(), Status::RetriesExhausted);
        let received = complete_requests(&server);
        let received = received
            .iter()
            .any(|r| r.header("idempotency-key") == Some(&key));
        assert!(!received);
        assert_ne!(error.outcome(), Outcome::Rejected);
    }
    assert_eq!(server.events().len(), 0);
}

#[test]
fn the_counters_agree_with_the_ledger() {
    let server = server_with([
        Rule::status(503),
        Rule::status(500),
        Rule::status(400).nth(2),
    ]);
    let client = client(&server);
    send_keyed(&client, "a").unwrap();
    send_keyed(&client, "b").unwrap_err();
    send_keyed(&client, "a").unwrap();
    let stats = client.stats().to_json();
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["requests"], 3);
    assert_eq!(stats["attempts"], server.summary().requests);
    assert_eq!(stats["successes"], 2);
    assert_eq!(stats["replays"], 1);
    assert_eq!(stats["retries"], serde_json::json!({"server_error": 2}));
    assert_eq!(stats["failures"], serde_json::json!({"bad_request": 1}));
    assert_eq!(stats["connections_opened"], 1);
    assert_eq!(stats["connections_reused"], server.summary().requests - 1);
    let received: usize = server
        .requests()
        .iter()
        .map(|r| r.body.as_ref().map_or(0, |b| b.length))
        .sum();
    assert!(stats["bytes_sent"].as_u64().unwrap() > received as u64);
}
