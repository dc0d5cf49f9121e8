//! Arguments that are refused before anything leaves the process.

use hookrail::internals::{IdempotencyKey, OrderingKey, SendOptions};
use hookrail::{Error, Outcome, Status};

use crate::support::{
    PAYLOAD, TOPIC, client, client_with, expect_error, keyed, options, payload_of, server,
};

/// Returns the error of a send. Checks that the service has not seen a connection.
#[track_caller]
fn refused(topic: &[u8], payload: &[u8], options: &SendOptions) -> Error {
    let server = server();
    let error = client(&server)
        .send(topic, payload, options)
        .expect_err("this must be refused");
    assert_eq!(error.attempts(), 0);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(!error.is_retryable());
    assert_eq!(server.summary().connections, 0);
    error
}

#[track_caller]
fn invalid(topic: &[u8], payload: &[u8], options: &SendOptions, names: &str) {
    let error = refused(topic, payload, options);
    assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    assert!(error.message().contains(names), "{names:?} not in {error}");
}

fn ordered(key: &[u8]) -> SendOptions {
    SendOptions {
        ordering_key: Some(OrderingKey::new(key).unwrap()),
        ..SendOptions::default()
    }
}

#[test]
fn keys_that_cannot_be_headers() {
    for key in [
        &b""[..],
        b" a",
        b"a ",
        b" ",
        b"a\tb",
        b"a\r\nX: y",
        b"a\0",
        b"\xc3\xa9",
        b"\x7f",
    ] {
        for (error, name) in [
            (
                IdempotencyKey::new(key).expect_err("no key"),
                "idempotency key",
            ),
            (OrderingKey::new(key).expect_err("no key"), "ordering key"),
        ] {
            assert_eq!(error.status(), Status::InvalidArgument, "{error}");
            assert!(error.message().contains(name), "{error}");
        }
    }
    let error = OrderingKey::new([b'k'; 257]).expect_err("a key that is too long");
    assert!(error.message().contains("at most 256"), "{error}");
}

#[test]
fn spaces_inside_keys_reach_the_service_as_they_are() {
    let server = server();
    let client = client(&server);
    let options = SendOptions {
        idempotency_key: Some(IdempotencyKey::new(b"order 42  paid").unwrap()),
        ..ordered(b"customer 7")
    };
    // Over a new connection, and over an open one.
    for replayed in [false, true] {
        let accepted = client.send(TOPIC, PAYLOAD, &options).unwrap();
        assert_eq!(accepted.replayed, replayed);
    }
    let [event] = &server.events()[..] else {
        panic!("one event is recorded");
    };
    assert_eq!(event.idempotency_key.as_deref(), Some("order 42  paid"));
    assert_eq!(event.ordering_key.as_deref(), Some("customer 7"));
}

#[test]
fn an_empty_ordering_key_in_the_payload_contradicts_none() {
    let server = server();
    let payload = br#"{"ordering_key":""}"#;
    client(&server)
        .send(TOPIC, payload, &ordered(b"k"))
        .unwrap();
    assert_eq!(server.events()[0].ordering_key.as_deref(), Some("k"));
}

#[test]
fn an_ordering_key_of_256_characters_is_the_longest() {
    let server = server();
    let key = [b'k'; 256];
    client(&server)
        .send(TOPIC, PAYLOAD, &ordered(&key))
        .unwrap();
    let recorded = server.events()[0].ordering_key.clone();
    assert_eq!(recorded.map(String::into_bytes), Some(key.to_vec()));
}

#[test]
fn ordering_keys_that_contradict_each_other() {
    let payload = br#"{"ordering_key":"other"}"#;
    invalid(TOPIC, payload, &ordered(b"k"), "ordering_key");
}

#[test]
fn invalid_topics() {
    for topic in [&b""[..], b"a\nb", b"a\0", b"\xff"] {
        invalid(topic, PAYLOAD, &SendOptions::default(), "topic");
    }
}

#[test]
fn payloads_that_are_not_one_json_value() {
    let payloads: [&[u8]; 12] = [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"{}x",
        b"{'a':1}",
        b"[1,]",
        b"NaN",
        b"01",
        b"\"\xff\"",
        b"\"\x01\"",
        b"\xef\xbb\xbf{}",
    ];
    for payload in payloads {
        invalid(TOPIC, payload, &SendOptions::default(), "payload");
    }
}

#[test]
fn payloads_that_the_service_can_never_store() {
    for (payload, names) in [
        (r#""\u0000""#, r"\u0000"),
        (r#"{"a\u0000":1}"#, r"\u0000"),
        ("[1e131072]", "10^131072 or more"),
        (r#""\ud800""#, "surrogate"),
        (r#""\udc00\ud800""#, "surrogate"),
    ] {
        invalid(TOPIC, payload.as_bytes(), &SendOptions::default(), names);
    }
}

#[test]
fn the_refusal_names_the_key_that_the_event_would_have_had() {
    let error = refused(TOPIC, b"{", &keyed("order-42"));
    assert_eq!(error.idempotency_key(), Some("order-42"));
    let error = refused(TOPIC, b"{", &SendOptions::default());
    assert_eq!(error.idempotency_key().map(str::len), Some(36));
}

#[test]
fn the_payload_limit_is_the_services() {
    let server = server();
    let client = client(&server);
    let largest = payload_of(262_144);
    client.send(TOPIC, &largest, &keyed("k")).unwrap();
    assert_eq!(server.events()[0].payload.len(), 262_144);

    let error = refused(TOPIC, &payload_of(262_145), &SendOptions::default());
    assert_eq!(error.status(), Status::PayloadTooLarge);
    assert!(error.message().contains("262145"), "{error}");
    assert!(error.message().contains("262144"), "{error}");
}

#[test]
fn without_a_payload_limit_the_service_refuses() {
    let server = server();
    let mut options = options();
    options.set_payload_limit(0);
    let client = client_with(&server, options);
    let error = client
        .send(TOPIC, &payload_of(262_145), &SendOptions::default())
        .unwrap_err();
    expect_error(&error, Status::PayloadTooLarge, 1, Outcome::Rejected);
    assert_eq!(error.http_status(), Some(413));
    assert_eq!(server.events().len(), 0);
}

#[test]
fn a_lower_payload_limit_of_the_caller() {
    let server = server();
    let mut options = options();
    options.set_payload_limit(10);
    let client = client_with(&server, options);
    let send = |bytes| client.send(TOPIC, &payload_of(bytes), &SendOptions::default());
    assert!(send(10).is_ok());
    let error = send(11).unwrap_err();
    expect_error(&error, Status::PayloadTooLarge, 0, Outcome::NotSent);
    assert_eq!(error.http_status(), None);
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn event_ids_that_name_no_event() {
    let server = server();
    let client = client(&server);
    for id in [&b""[..], b".", b"..", b"\xff", &[b'a'; 257]] {
        let error = client.get_event(id, &Default::default()).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
        assert!(error.message().contains("event id"), "{error}");
        assert_eq!(error.attempts(), 0);
        assert_eq!(error.outcome(), Outcome::None);
    }
    assert_eq!(server.summary().connections, 0);
}
