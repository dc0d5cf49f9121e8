//! The attempts of a call, and the error after the last one (protocol §3).

use std::time::Duration;

use hookrail::internals::{ClientOptions, ProxySetting};
use hookrail::{Outcome, Status};
use hookrail_devserver::{Point, Rule};

use crate::support::raw::{RawServer, accepted, response, wait_until};
use crate::support::refusing::Refusing;
use crate::support::{
    client, client_at, client_with, expect_error, options, options_with_retries, send, send_keyed,
    server, server_at, server_with, timed,
};

#[test]
fn a_passing_failure_costs_an_attempt_and_no_more() {
    for rule in [
        Rule::status(408),
        Rule::status(425),
        Rule::status(429),
        Rule::status(500),
        Rule::status(502),
        Rule::status(503),
        Rule::status(504),
        Rule::status(599),
        Rule::reset(Point::AfterHeaders),
        Rule::reset(Point::AfterReading),
        Rule::reset(Point::AfterBytes(10)),
        Rule::close(Point::AfterReading),
        Rule::garbage("SSH-2.0-OpenSSH_9.2\r\n"),
        Rule::truncate(3),
    ] {
        let shown = format!("{rule:?}");
        let server = server_with([rule]);
        let accepted = send(&client(&server)).unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(accepted.attempts, 2, "{shown}");
        assert_eq!(server.events().len(), 1, "{shown}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{shown}");
        let keys: Vec<_> = requests
            .iter()
            .map(|r| r.header("idempotency-key"))
            .collect();
        assert_eq!(
            keys,
            [Some(accepted.idempotency_key.as_str()); 2],
            "{shown}"
        );
    }
}

#[test]
fn an_event_recorded_without_an_answer_is_found_by_the_retry() {
    for rule in [
        Rule::reset(Point::AfterRecording),
        Rule::close(Point::AfterRecording),
        Rule::truncate(3),
        Rule::garbage("no").recorded(),
        Rule::status(502).recorded(),
    ] {
        let server = server_with([rule]);
        let accepted = send(&client(&server)).unwrap();
        assert!(accepted.replayed);
        assert_eq!(accepted.attempts, 2);
        assert_eq!(server.events().len(), 1);
    }
}

#[test]
fn three_retries_are_the_default() {
    let server = server_with([Rule::status(500).always()]);
    let mut options = ClientOptions::default();
    options.set_proxy(ProxySetting::None);
    options
        .set_backoff(Duration::from_millis(1), Duration::from_millis(2))
        .unwrap();
    let error = send(&client_with(&server, options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 4, Outcome::MaybeSent);
    assert_eq!(server.summary().requests, 4);
}

#[test]
fn the_number_of_retries_is_the_callers() {
    for retries in [0, 1, 7] {
        let server = server_with([Rule::status(500).always()]);
        let client = client_with(&server, options_with_retries(retries));
        let error = send(&client).unwrap_err();
        expect_error(
            &error,
            Status::RetriesExhausted,
            retries + 1,
            Outcome::MaybeSent,
        );
        assert_eq!(server.summary().requests, u64::from(retries) + 1);
    }
}

#[test]
fn exhausted_retries_wrap_the_last_error() {
    let last = Rule::status(503).header("Retry-After", "0").body(
        "application/problem+json",
        r#"{"title":"t","detail":"the disk is full"}"#,
    );
    let server = server_with([Rule::status(500), last]);
    let client = client_with(&server, options_with_retries(1));
    let error = send_keyed(&client, "k").unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    assert_eq!(error.idempotency_key(), Some("k"));
    assert!(error.is_retryable());
    assert!(error.message().contains("2 attempts"), "{error}");
    assert!(error.message().contains("the disk is full"), "{error}");

    let cause = error.cause().expect("the last error");
    assert_eq!(cause.status(), Status::ServerError);
    assert_eq!(cause.http_status(), Some(503));
    assert_eq!(cause.retry_after(), Some(Duration::ZERO));
    // Both errors give the details of the last error.
    assert_eq!(error.http_status(), Some(503));
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
    let details = [&error, cause].map(|error| error.problem().and_then(|p| p.detail()));
    assert_eq!(details, [Some("the disk is full"); 2]);
}

#[test]
fn a_final_answer_ends_the_retries() {
    for (first, outcome) in [(429, Outcome::Rejected), (503, Outcome::MaybeSent)] {
        let server = server_with([Rule::status(first), Rule::status(401)]);
        let error = send(&client(&server)).unwrap_err();
        expect_error(&error, Status::Authentication, 2, outcome);
    }
}

#[test]
fn a_port_without_a_listener() {
    let refusing = Refusing::new();
    let client = client_at(&refusing.url(), &options_with_retries(2));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 3, Outcome::NotSent);
    let cause = error.cause().expect("the last error");
    assert_eq!(cause.status(), Status::Connection);
    assert!(
        cause.message().contains(&refusing.addr().to_string()),
        "{cause}"
    );
    assert!(cause.message().contains("refused"), "{cause}");
}

#[test]
fn a_service_that_comes_up_in_between() {
    let refusing = Refusing::new();
    let mut options = options_with_retries(u32::MAX);
    let pause = Duration::from_millis(20);
    options.set_backoff(pause, pause).unwrap();
    let client = client_at(&refusing.url(), &options);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client));
        // The third attempt is the first that can find a listener.
        wait_until("attempts", || failed_attempts(&client) >= 2);
        let _server = RawServer::on(refusing.listen(), |mut peer| {
            while peer.request().is_some() {
                peer.send(accepted("e1"));
            }
        });
        let accepted = sending.join().unwrap().unwrap();
        assert!(accepted.attempts > 2);
    });
}

fn failed_attempts(client: &hookrail::internals::Client) -> u64 {
    let stats = client.stats().to_json();
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    stats["retries"]["connection"].as_u64().unwrap_or(0)
}

#[test]
fn the_delays_add_up_to_less_than_their_bounds() {
    // Delays are random in [0, base·2ⁿ]. The sum of these bounds is 15 ms, far less than one cap.
    let server = server_with([Rule::status(500).times(4)]);
    let mut options = options_with_retries(4);
    options
        .set_backoff(Duration::from_millis(1), Duration::from_secs(10))
        .unwrap();
    let client = client_with(&server, options);
    let (result, elapsed) = timed(|| send(&client));
    assert_eq!(result.unwrap().attempts, 5);
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
}

#[test]
fn a_status_query_is_retried_like_a_send() {
    let server = server_with([]);
    let client = client(&server);
    let event_id = send(&client).unwrap().event_id;
    let on_get = |rule: Rule| rule.on_method("GET");
    server
        .add_faults([
            on_get(Rule::status(503)),
            on_get(Rule::reset(Point::AfterReading)),
            on_get(Rule::truncate(5)),
        ])
        .unwrap();
    let status = client
        .get_event(event_id.as_bytes(), &Default::default())
        .unwrap();
    assert_eq!(status.event_id, event_id);
    let questions = server.requests();
    let questions = questions.iter().filter(|r| r.method == "GET").count();
    assert_eq!(questions, 4);
}

#[test]
fn a_restart_of_the_service_in_the_middle_of_a_call() {
    let (first, client) = {
        let server = server();
        let mut options = options_with_retries(1_000);
        let pause = Duration::from_millis(20);
        options.set_backoff(pause, pause).unwrap();
        let client = client_with(&server, options);
        send(&client).unwrap();
        (server, client)
    };
    let port = first.addr().port();
    drop(first);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client));
        wait_until("attempts", || failed_attempts(&client) >= 1);
        let second = server_at(port);
        let accepted = sending.join().unwrap().unwrap();
        assert_eq!(second.events()[0].event_id, accepted.event_id);
        assert_eq!(second.summary().requests, 1);
    });
}

#[test]
fn one_call_with_a_failure_of_each_kind() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            match peer.connection() {
                0 => return peer.reset(),
                1 => drop(peer.send(response("500 Oops", &[("Connection", "close")], "<p>"))),
                2 => drop(peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 20\r\n\r\n{\"ev")),
                _ => {
                    peer.send(accepted("e1"));
                    continue;
                }
            }
            return;
        }
    });
    let accepted = send(&client_at(&server.url(), &options())).unwrap();
    assert_eq!(accepted.event_id, "e1");
    assert_eq!(accepted.attempts, 4);
    assert_eq!(server.connections(), 4);
}
