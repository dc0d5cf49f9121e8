//! Results of the service's answers (protocol §1).

use hookrail::internals::SendOptions;
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{Config, DevServer, Endpoint, Rule};

use crate::support::raw::{RawServer, accepted, accepted_body, response};
use crate::support::{
    API_KEY, PAYLOAD, TOPIC, client, client_at, client_with, expect_error, keyed, options,
    options_with_retries, send, send_keyed, server, server_with,
};

/// For each HTTP status: the error's status, whether the call is retried, and the outcome.
fn expected(http: u16) -> (Status, bool, Outcome) {
    let status = match http {
        400 => Status::BadRequest,
        401 => Status::Authentication,
        403 => Status::PermissionDenied,
        404 => Status::NotFound,
        409 => Status::Conflict,
        413 => Status::PayloadTooLarge,
        429 => Status::RateLimited,
        500.. => Status::ServerError,
        _ => Status::UnexpectedStatus,
    };
    let outcome = match http {
        // Even the service's own 503 does not mean that nothing was recorded.
        500.. => Outcome::MaybeSent,
        _ => Outcome::Rejected,
    };
    (status, matches!(http, 408 | 425 | 429 | 500..), outcome)
}

#[test]
fn every_status_becomes_its_error() {
    let statuses = (300..=451).chain([499, 599, 600, 999]).chain(500..=511);
    let server = server();
    let client = client_with(&server, options_with_retries(1));
    for http in statuses {
        server
            .add_faults([Rule::status(http).times(2)])
            .expect("a good rule");
        let error = send(&client).expect_err("an error status");
        let (status, retried, outcome) = expected(http);
        assert_eq!(error.http_status(), Some(http));
        assert_eq!(error.is_retryable(), retried, "{error}");
        if retried {
            expect_error(&error, Status::RetriesExhausted, 2, outcome);
            let cause = error.cause().expect("the last error");
            assert_eq!(cause.status(), status, "{cause}");
            assert_eq!(cause.http_status(), Some(http));
            assert!(cause.is_retryable());
        } else {
            expect_error(&error, status, 1, outcome);
            assert!(error.cause().is_none());
        }
        assert!(error.message().contains(&http.to_string()), "{error}");
        server.clear_faults();
    }
    assert_eq!(server.events().len(), 0);
}

#[test]
fn a_request_that_the_service_calls_malformed() {
    // The ordering key in the payload is too long for the service; the library checks only its own argument.
    let server = server();
    let payload = format!(r#"{{"ordering_key":"{}"}}"#, "k".repeat(257));
    let error = client(&server)
        .send(TOPIC, payload.as_bytes(), &SendOptions::default())
        .unwrap_err();
    expect_error(&error, Status::BadRequest, 1, Outcome::Rejected);
    let problem = error.problem().expect("a problem");
    assert_eq!(problem.title(), Some("Bad Request"));
    assert_eq!(problem.status(), Some(400));
    assert!(
        problem
            .detail()
            .is_some_and(|detail| detail.contains("257"))
    );
}

#[test]
fn an_unknown_key() {
    let server = server();
    let client = hookrail::internals::Client::new(
        Some(b"hk_revoked"),
        Some(server.url().as_bytes()),
        &options(),
    )
    .unwrap();
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::Authentication, 1, Outcome::Rejected);
    assert!(!format!("{error}{error:?}{client:?}").contains("hk_revoked"));
}

#[test]
fn a_topic_outside_the_keys_scopes() {
    let server = DevServer::start(Config {
        api_keys: vec![format!("{API_KEY}=user.*").parse().unwrap()],
        ..Config::default()
    })
    .expect("the server should start");
    let error = send(&client(&server)).unwrap_err();
    expect_error(&error, Status::PermissionDenied, 1, Outcome::Rejected);
    assert_eq!(error.http_status(), Some(403));
}

#[test]
fn a_path_that_is_not_the_services() {
    let server = server();
    let client = client_at(&format!("{}/elsewhere", server.url()), &options());
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::NotFound, 1, Outcome::Rejected);
}

#[test]
fn other_bytes_under_a_used_key() {
    let server = server();
    let client = client(&server);
    send_keyed(&client, "k").unwrap();
    let error = client.send(TOPIC, b"{}", &keyed("k")).unwrap_err();
    expect_error(&error, Status::Conflict, 1, Outcome::Rejected);
    assert_eq!(error.idempotency_key(), Some("k"));
    assert_eq!(server.summary().conflicts, 1);
    assert_eq!(server.events().len(), 1);
}

#[test]
fn a_conflict_settles_what_earlier_attempts_left_open() {
    // Another event has the key, so the attempt without an answer cannot have been recorded.
    let server = server();
    let client = client(&server);
    send_keyed(&client, "k").unwrap();
    server.add_faults([Rule::status(500)]).unwrap();
    let error = client.send(TOPIC, b"{}", &keyed("k")).unwrap_err();
    expect_error(&error, Status::Conflict, 2, Outcome::Rejected);
}

#[test]
fn a_rate_limit_with_and_without_a_time_to_wait() {
    let server = server_with([
        Rule::status(429),
        Rule::status(429).header("Retry-After", "7"),
    ]);
    let client = client_with(&server, options_with_retries(0));
    let cause = |error: Error| (error.retry_after(), error.cause().map(Error::status));
    let error = send(&client).unwrap_err();
    assert_eq!(cause(error), (None, Some(Status::RateLimited)));
    let error = send(&client).unwrap_err();
    let seven = std::time::Duration::from_secs(7);
    assert_eq!(cause(error), (Some(seven), Some(Status::RateLimited)));
}

#[test]
fn an_accepted_event() {
    let server = server();
    server.add_endpoint(Endpoint::new("http://127.0.0.1:9/", "whsec_a").unwrap());
    server.add_endpoint(Endpoint::new("http://127.0.0.1:9/", "whsec_b").unwrap());
    let accepted = send_keyed(&client(&server), "k").unwrap();
    let event = &server.events()[0];
    assert_eq!(accepted.event_id, event.event_id);
    let deliveries: Vec<_> = event.deliveries.iter().map(|d| &d.delivery_id).collect();
    assert_eq!(accepted.delivery_ids.iter().collect::<Vec<_>>(), deliveries);
    assert_eq!(deliveries.len(), 2);
    assert_eq!(accepted.idempotency_key, "k");
    assert_eq!(accepted.attempts, 1);
    assert_eq!(accepted.http_status, 202);
    assert!(!accepted.replayed);
}

#[test]
fn a_replay_is_a_success_and_says_so() {
    let server = server();
    let client = client(&server);
    let first = send_keyed(&client, "k").unwrap();
    let second = send_keyed(&client, "k").unwrap();
    assert!(!first.replayed);
    assert!(second.replayed);
    assert_eq!(second.event_id, first.event_id);
    assert_eq!(server.events().len(), 1);
}

#[test]
fn the_replay_header_in_its_variants() {
    for (value, replayed) in [
        ("true", true),
        ("True", true),
        ("false", false),
        ("", false),
    ] {
        let body = r#"{"event_id":"e"}"#;
        let server = server_with([Rule::status(202)
            .header("Idempotent-Replay", value)
            .body("application/json", body)]);
        let accepted = send(&client(&server)).unwrap();
        assert_eq!(accepted.replayed, replayed, "{value:?}");
    }
}

#[test]
fn lists_that_are_missing_and_members_that_are_new() {
    for (body, deliveries) in [
        (r#"{"event_id":"e"}"#, &[][..]),
        (r#"{"event_id":"e","delivery_ids":null}"#, &[]),
        (r#"{"event_id":"e","delivery_ids":[]}"#, &[]),
        (
            r#" {"x":{"event_id":"no"},"delivery_ids":["a","b"],"event_id":"e"} "#,
            &["a", "b"],
        ),
    ] {
        let server = server_with([Rule::status(202).body("application/json", body)]);
        let accepted = send(&client(&server)).unwrap();
        assert_eq!(accepted.event_id, "e");
        assert_eq!(accepted.delivery_ids, deliveries);
        assert_eq!(accepted.raw_json, body);
    }
}

#[test]
fn the_media_type_of_a_202_is_of_no_interest() {
    let server = server_with([Rule::status(202).body("text/plain", r#"{"event_id":"e"}"#)]);
    assert_eq!(send(&client(&server)).unwrap().event_id, "e");
}

#[test]
fn a_success_that_is_not_the_expected_json_is_neither_believed_nor_repeated() {
    let bodies = [
        "",
        "<html>ok</html>",
        "null",
        "[]",
        "{}",
        r#"{"event_id":""}"#,
        r#"{"event_id":7}"#,
        r#"{"event_id":"e\n1"}"#,
        r#"{"event_id":"e","delivery_ids":["\u001b[31m"]}"#,
        r#"{"event_id":"e","delivery_ids":{}}"#,
        r#"{"event_id":"e","delivery_ids":[1]}"#,
        r#"{"event_id":"e""#,
        r#"{"event_id":"e"}{"event_id":"f"}"#,
    ];
    for (http, body) in bodies
        .map(|body| (202, body))
        .into_iter()
        .chain([(200, "{}"), (204, "")])
    {
        let server = server_with([Rule::status(http).body("application/json", body).always()]);
        let error = send_keyed(&client(&server), "k").expect_err("no accepted event");
        expect_error(&error, Status::Protocol, 1, Outcome::MaybeSent);
        assert_eq!(error.http_status(), Some(http));
        assert_eq!(error.idempotency_key(), Some("k"));
        assert!(!error.is_retryable(), "{error}");
        assert_eq!(server.summary().requests, 1);
        if !body.is_empty() {
            let raw = error.problem().expect("the body").raw_body();
            assert_eq!(raw, body.as_bytes());
        }
    }
}

#[test]
fn a_redirect_is_not_followed() {
    for http in [301, 302, 303, 307, 308] {
        let elsewhere = server();
        let location = format!("{}/v1/events", elsewhere.url());
        let server = server_with([Rule::status(http).header("Location", &location).always()]);
        let client = client(&server);
        let error = send(&client).expect_err("a redirect");
        expect_error(&error, Status::UnexpectedStatus, 1, Outcome::Rejected);
        assert_eq!(error.http_status(), Some(http));
        assert!(error.message().contains("redirect"), "{error}");
        assert_eq!(elsewhere.summary().connections, 0);
        assert_eq!(server.summary().requests, 1);
    }
}

#[test]
fn sending_again_under_the_same_key_settles_a_doubt() {
    // The purpose of MAYBE_SENT: sending the same key and bytes again removes the doubt.
    let server = server_with([Rule::status(202).body("text/html", "<html>").recorded()]);
    let client = client(&server);
    let error = client
        .send(TOPIC, PAYLOAD, &SendOptions::default())
        .unwrap_err();
    expect_error(&error, Status::Protocol, 1, Outcome::MaybeSent);
    let key = error.idempotency_key().expect("the key");
    let accepted = send_keyed(&client, key).unwrap();
    assert!(accepted.replayed);
    assert_eq!(server.events().len(), 1);
}

/// The first bytes of a body that `gzip` compressed.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV\xca";

#[test]
fn the_error_names_an_answer_that_was_compressed_on_the_way() {
    const NAMED: &[(&str, &str)] = &[("Content-Encoding", "gzip")];
    for (status, headers, body, name) in [
        ("202 Accepted", NAMED, GZIP, "gzip"),
        ("202 Accepted", &[], GZIP, "gzip"),
        (
            "202 Accepted",
            &[("Content-Encoding", "BR")],
            b"\x0b\x02\x80",
            "br",
        ),
        ("400 Bad Request", NAMED, GZIP, "gzip"),
        ("503 Unavailable", &[], b"\x28\xb5\x2f\xfd\x04", "zstd"),
    ] {
        let server = RawServer::start(move |mut peer| {
            while let Some(request) = peer.request() {
                let first = request.header("idempotency-key").as_deref() == Some("first");
                let answer = response(status, headers, body);
                peer.send(if first { accepted("e") } else { answer });
            }
        });
        let client = client_at(&server.url(), &options_with_retries(0));
        for warm in [false, true] {
            if warm {
                send_keyed(&client, "first").unwrap();
            }
            let error = send(&client).unwrap_err();
            let last = error.cause().unwrap_or(&error);
            let part = format!("the body is compressed ({name})");
            assert!(last.message().contains(&part), "{last}");
        }
    }
}

#[test]
fn an_answer_that_only_claims_to_be_compressed_is_accepted() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            let named = [("Content-Encoding", "gzip")];
            peer.send(response("202 Accepted", &named, accepted_body("e")));
        }
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    for _ in 0..2 {
        assert_eq!(send(&client).unwrap().event_id, "e");
    }
}
