//! The service's side of the protocol, row by row.

use crate::support::{PATIENCE, Post, Raw, exchange, get, server};
use hookrail_devserver::{Config, DevServer};
use serde_json::Value;

const PAYLOAD_LIMIT: usize = 262_144;

fn post(server: &DevServer, body: &str) -> crate::support::Answer {
    exchange(server, &Post::new(body).bytes())
}

#[test]
fn an_event_is_recorded_and_answered_with_its_ids() {
    let server = server();
    let answer = exchange(&server, &Post::event("key-1").bytes());
    let event_id = answer.event_id();
    assert_eq!(event_id.len(), 26);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("idempotent-replay"), None);
    assert_eq!(answer.json()["delivery_ids"], Value::Null);

    let [event] = &server.events()[..] else {
        panic!("there should be one event: {:?}", server.events());
    };
    assert_eq!(event.event_id, event_id);
    assert_eq!(event.order, 1);
    assert_eq!(event.topic, "order.created");
    assert_eq!(event.idempotency_key.as_deref(), Some("key-1"));
    assert_eq!(event.payload, r#"{"a":1}"#);
    assert_eq!(
        event.payload_sha256,
        "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    );
}

#[test]
fn the_same_key_and_bytes_are_a_replay() {
    let server = server();
    let first = exchange(&server, &Post::event("key-1").bytes()).event_id();
    let again = exchange(&server, &Post::event("key-1").bytes());
    assert_eq!(again.event_id(), first);
    assert_eq!(again.header("idempotent-replay"), Some("true"));
    let summary = server.summary();
    assert_eq!(
        (summary.events, summary.replays, summary.distinct_keys),
        (1, 1, 1)
    );
    assert_eq!(server.events()[0].replays, 1);
}

#[test]
fn topic_payload_bytes_and_ordering_key_make_a_replay_not_what_stands_around_them() {
    let server = server();
    let with_key = |body: &str| Post::new(body).header("Idempotency-Key", "k").bytes();
    exchange(&server, &with_key(r#"{"topic":"t","payload":{"a":1}}"#)).event_id();
    let replayed = exchange(&server, &with_key(r#" {"payload": {"a":1}, "topic": "t"}"#));
    assert_eq!(replayed.header("idempotent-replay"), Some("true"));
    for other in [
        r#"{"topic":"t","payload":{"a": 1}}"#,
        r#"{"topic":"u","payload":{"a":1}}"#,
    ] {
        let detail = exchange(&server, &with_key(other)).problem(409);
        assert!(detail.contains("idempotency key"), "{detail}");
    }
    let ordered = Post::new(r#"{"topic":"t","payload":{"a":1}}"#)
        .header("Idempotency-Key", "k")
        .header("X-Hookrail-Ordering-Key", "o");
    let detail = exchange(&server, &ordered.bytes()).problem(409);
    assert!(detail.contains("ordering key"), "{detail}");
    assert_eq!(server.summary().conflicts, 3);
    assert_eq!(server.summary().events, 1);
}

#[test]
fn an_ordering_key_is_the_same_in_the_header_and_in_the_payload() {
    let server = server();
    let body = r#"{"topic":"t","payload":{"ordering_key":"o"}}"#;
    let event = Post::new(body).header("Idempotency-Key", "k");
    exchange(&server, &event.bytes()).event_id();
    let both = event.header("X-Hookrail-Ordering-Key", "o");
    let replayed = exchange(&server, &both.bytes());
    assert_eq!(replayed.header("idempotent-replay"), Some("true"));
    let other = Post::event("other");
    for (ordering_key, status) in [("a", 202), ("b", 409), ("a", 202)] {
        let request = other
            .clone()
            .header("X-Hookrail-Ordering-Key", ordering_key);
        assert_eq!(exchange(&server, &request.bytes()).status, status);
    }
}

#[test]
fn keys_may_hold_spaces_and_utf_8() {
    let server = server();
    for key in ["order 42", "Bestellung für Zoë", "ключ 1"] {
        let event = Post::event(key).header("X-Hookrail-Ordering-Key", key);
        let first = exchange(&server, &event.bytes()).event_id();
        let again = exchange(&server, &event.bytes());
        assert_eq!(again.event_id(), first);
        let event = server.events().pop().unwrap();
        assert_eq!(event.idempotency_key.as_deref(), Some(key));
        assert_eq!(event.ordering_key.as_deref(), Some(key));
    }
}

#[test]
fn the_body_may_be_nested_ten_thousand_levels_deep() {
    let server = server();
    let nested = |levels: usize| {
        let payload = "[".repeat(levels) + &"]".repeat(levels);
        exchange(
            &server,
            &Post::new(format!(r#"{{"topic":"t","payload":{payload}}}"#)).bytes(),
        )
    };
    nested(9_999).event_id();
    assert!(nested(10_000).problem(400).contains("9999"));
    assert_eq!(server.summary().events, 1);
}

#[test]
fn idempotency_keys_belong_to_the_producer_key() {
    let config = Config {
        api_keys: ["hk_a", "hk_b"].map(|key| key.parse().unwrap()).into(),
        ..Config::default()
    };
    let server = DevServer::start(config).unwrap();
    let with_token = |token: &str| {
        Post::event("k")
            .without_headers()
            .header("Authorization", token)
            .header("Idempotency-Key", "k")
            .bytes()
    };
    let first = exchange(&server, &with_token("Bearer hk_a")).event_id();
    let second = exchange(&server, &with_token("Bearer hk_b")).event_id();
    assert_ne!(first, second);
}

#[test]
fn without_an_idempotency_key_every_request_is_an_event() {
    let server = server();
    let body = r#"{"topic":"t","payload":1}"#;
    assert_ne!(
        post(&server, body).event_id(),
        post(&server, body).event_id()
    );
    assert_eq!(server.summary().events, 2);
}

#[test]
fn unknown_and_missing_producer_keys_are_401() {
    let server = server();
    for header in [
        None,
        Some("Bearer hk_other"),
        Some("Basic aGtfZGV2Og=="),
        Some("hk_dev"),
        Some("Bearer "),
    ] {
        let mut request = Post::event("k").without_headers();
        if let Some(value) = header {
            request = request.header("Authorization", value);
        }
        let detail = exchange(&server, &request.bytes()).problem(401);
        assert!(!detail.contains("hk_other"), "{detail}");
    }
    let unauthorised =
        b"GET /v1/events/01ARZ3NDEKTSV4RRFFQ69G5FAV HTTP/1.1\r\nHost: localhost\r\n\r\n";
    exchange(&server, unauthorised).problem(401);
    assert_eq!(server.summary().events, 0);
}

#[test]
fn topics_outside_the_scopes_are_403() {
    let config = Config {
        api_keys: vec!["hk_dev=order.*,user.created".parse().unwrap()],
        ..Config::default()
    };
    let server = DevServer::start(config).unwrap();
    for (topic, allowed) in [
        ("order.created", true),
        ("order.item.added", true),
        ("user.created", true),
        ("order", false),
        ("orders.created", false),
        ("user.deleted", false),
    ] {
        let answer = post(&server, &format!(r#"{{"topic":"{topic}","payload":1}}"#));
        if allowed {
            answer.event_id();
        } else {
            assert!(answer.problem(403).contains(topic));
        }
    }
}

#[test]
fn malformed_bodies_are_400() {
    let server = server();
    for body in [
        "",
        "nonsense",
        "[]",
        "null",
        r#""text""#,
        r#"{"topic":"t","payload":1"#,
        r#"{"topic":"t","payload":}"#,
        r#"{"topic":"t"}"#,
        r#"{"payload":1}"#,
        r#"{"topic":"","payload":1}"#,
        r#"{"topic":null,"payload":1}"#,
        r#"{"topic":1,"payload":1}"#,
        r#"{"topic":"t","payload":NaN}"#,
    ] {
        let answer = post(&server, body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(!answer.problem(400).is_empty());
    }
    assert_eq!(server.summary().events, 0);
}

#[test]
fn only_the_first_json_value_of_a_body_is_read() {
    let server = server();
    post(
        &server,
        r#"{"topic":"t","payload":{"a":1}}{"topic":"u"} trailing nonsense"#,
    )
    .event_id();
    assert_eq!(server.events()[0].payload, r#"{"a":1}"#);
}

#[test]
fn any_json_value_is_a_payload_and_keeps_its_bytes() {
    let server = server();
    for payload in [
        "null",
        "[1, 2]",
        r#""text""#,
        "1.50",
        r#"{"b":1,  "a":"\u00e9"}"#,
    ] {
        post(
            &server,
            &format!(r#"{{"topic":"t","payload": {payload} }}"#),
        )
        .event_id();
        let events = server.events();
        assert_eq!(events.last().unwrap().payload, payload);
    }
}

#[test]
fn payloads_that_jsonb_cannot_hold_are_503_and_leave_nothing() {
    let server = server();
    for payload in [
        r#"{"a":"\u0000"}"#,
        r#"{"a":"\ud800"}"#,
        "1e131072",
        "1e-16384",
    ] {
        let answer = post(&server, &format!(r#"{{"topic":"t","payload":{payload}}}"#));
        assert!(answer.problem(503).contains("recorded"), "{payload}");
        assert_eq!(answer.json()["title"], "ingest unavailable");
    }
    assert_eq!(server.summary().events, 0);
}

#[test]
fn ordering_keys_come_from_the_header_or_the_payload() {
    let server = server();
    let longest = "é".repeat(128);
    let cases = [
        (Some("a"), r#"{}"#, Some("a")),
        (None, r#"{"ordering_key":"b"}"#, Some("b")),
        (Some("c"), r#"{"ordering_key":"c"}"#, Some("c")),
        (Some("d"), r#"{"ordering_key":7}"#, Some("d")),
        (Some("d"), r#"{"ordering_key":""}"#, Some("d")),
        (None, r#"{"nested":{"ordering_key":"e"}}"#, None),
        (Some(longest.as_str()), "1", Some(longest.as_str())),
    ];
    for (header, payload, expected) in cases {
        let mut request = Post::new(format!(r#"{{"topic":"t","payload":{payload}}}"#));
        if let Some(key) = header {
            request = request.header("X-Hookrail-Ordering-Key", key);
        }
        exchange(&server, &request.bytes()).event_id();
        assert_eq!(
            server.events().last().unwrap().ordering_key.as_deref(),
            expected
        );
    }
}

#[test]
fn long_or_contradictory_ordering_keys_are_400() {
    let server = server();
    // 129 characters, but 257 bytes.
    let too_long = "é".repeat(128) + "e";
    for (header, payload) in [
        (Some("a"), r#"{"ordering_key":"b"}"#.to_owned()),
        (Some(too_long.as_str()), "1".to_owned()),
        (None, format!(r#"{{"ordering_key":"{too_long}"}}"#)),
    ] {
        let mut request = Post::new(format!(r#"{{"topic":"t","payload":{payload}}}"#));
        if let Some(key) = header {
            request = request.header("X-Hookrail-Ordering-Key", key);
        }
        let detail = exchange(&server, &request.bytes()).problem(400);
        assert!(detail.contains("rdering"), "{detail}");
    }
}

fn event_with_payload_of(bytes: usize) -> Post {
    let payload = format!("\"{}\"", "x".repeat(bytes - 2));
    Post::new(format!(r#"{{"topic":"t","payload":{payload}}}"#))
}

#[test]
fn the_payload_limit_is_exact_and_the_connection_survives_it() {
    let server = server();
    let mut connection = Raw::connect(&server);
    connection
        .exchange(&event_with_payload_of(PAYLOAD_LIMIT).bytes())
        .event_id();
    let over = connection.exchange(&event_with_payload_of(PAYLOAD_LIMIT + 1).bytes());
    assert!(over.problem(413).contains("262145"));
    connection.exchange(&Post::event("k").bytes()).event_id();
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.connection == requests[0].connection)
    );
}

#[test]
fn a_body_that_never_ends_is_cut_off_while_the_client_still_writes() {
    let server = server();
    let request = event_with_payload_of(5_000_000).bytes();
    let mut connection = Raw::connect(&server);
    // Enough bytes for the server to cut the request off, but not all of it.
    connection.send(&request[..PAYLOAD_LIMIT + 4_096 + 1_024]);
    let answer = connection
        .answer()
        .expect("an answer before the body is out");
    answer.problem(413);
    assert_eq!(answer.header("connection"), Some("close"));
    connection.rest();
    let requests = server.requests();
    let body = requests[0].body.as_ref().expect("a body");
    assert_eq!((body.complete, body.length), (false, PAYLOAD_LIMIT + 4_096));
}

#[test]
fn connections_are_kept_and_a_status_can_be_asked_on_them() {
    let server = server();
    let mut connection = Raw::connect(&server);
    let event_id = connection.exchange(&Post::event("k").bytes()).event_id();
    let status = connection.exchange(&get(&format!("/v1/events/{event_id}")));
    assert_eq!(status.status, 200);
    let json = status.json();
    assert_eq!(json["event_id"], event_id.as_str());
    assert_eq!(json["topic"], "order.created");
    assert_eq!(json["deliveries"], Value::Null);
    assert_eq!(server.summary().connections, 1);
    drop(connection);
    server
        .wait_until(PATIENCE, |summary| summary.open_connections == 0)
        .expect("the connection should be seen to close");
}

#[test]
fn unknown_events_paths_and_methods_are_refused() {
    let server = server();
    exchange(&server, &get("/v1/events/01ARZ3NDEKTSV4RRFFQ69G5FAV")).problem(404);
    exchange(&server, &get("/v1/other")).problem(404);
    exchange(&server, &get("/v1/events")).problem(405);
    exchange(&server, &get("/v1/events/")).problem(405);
    exchange(&server, &Post::event("k").path("/v1/events/x").bytes()).problem(405);
}

#[test]
fn a_path_prefix_stands_before_everything_but_the_control_api() {
    let config = Config {
        path_prefix: "/hooks/rail".into(),
        ..Config::default()
    };
    let server = DevServer::start(config).unwrap();
    assert!(server.url().ends_with("/hooks/rail"));
    exchange(
        &server,
        &Post::event("k").path("/hooks/rail/v1/events").bytes(),
    )
    .event_id();
    exchange(&server, &Post::event("k").bytes()).problem(404);
    assert_eq!(
        crate::support::control(&server, "GET", "summary", "").status,
        200
    );
}

#[test]
fn a_config_that_cannot_be_served_is_refused_with_a_reason() {
    for prefix in ["hooks", "/hooks/"] {
        let config = Config {
            path_prefix: prefix.into(),
            ..Config::default()
        };
        let error = DevServer::start(config).expect_err(prefix);
        assert!(error.to_string().contains("path prefix"), "{error}");
    }
}
