use super::*;

const ID: &str = "01J0ABCDEFGHJKMNPQRSTVWXYZ";

fn accepted(body: &str) -> Accepted {
    parse_accepted(body.as_bytes(), false).expect(body)
}

fn status(body: &str) -> EventStatus {
    EventStatus::parse(body.as_bytes()).expect(body)
}

#[test]
fn an_accepted_event_is_read_with_its_raw_json() {
    let body =
        format!(r#" {{"event_id":"{ID}","delivery_ids":["a","b\u0063"],"new":{{"x":[]}}}} "#);
    let accepted = parse_accepted(body.as_bytes(), true).unwrap();
    assert_eq!(accepted.event_id, ID);
    assert_eq!(accepted.delivery_ids, ["a", "bc"]);
    assert!(accepted.replayed);
    assert_eq!(accepted.raw_json, body);
}

#[test]
fn the_sender_adds_its_key_and_its_attempts() {
    let accepted = accepted(r#"{"event_id":"e"}"#).with_call("key", 2);
    assert_eq!(accepted.idempotency_key, "key");
    assert_eq!(accepted.attempts, 2);
    assert_eq!(accepted.event_id, "e");
}

#[test]
fn delivery_ids_may_be_null_or_missing() {
    for body in [
        r#"{"event_id":"e"}"#,
        r#"{"event_id":"e","delivery_ids":null}"#,
        r#"{"event_id":"e","delivery_ids":[]}"#,
    ] {
        let accepted = accepted(body);
        assert!(accepted.delivery_ids.is_empty(), "{body}");
        assert!(!accepted.replayed);
    }
}

#[test]
fn a_202_with_another_body_is_refused_with_the_reason() {
    let bodies: [(&[u8], &str); 18] = [
        (b"", "not a JSON object"),
        (b"<html>", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"[\"e\",[]]", "not a JSON object"),
        (b"{\"event_id\":\"e\"} x", "not a JSON object"),
        (b"{\"event_id\":\"e\"", "not a JSON object"),
        (b"{\"event_id\":\"\xff\"}", "not UTF-8 at byte offset 13"),
        (b"{}", "`event_id`"),
        (b"{\"event_id\":\"\"}", "`event_id`"),
        (b"{\"event_id\":null}", "`event_id`"),
        (b"{\"event_id\":7}", "`event_id`"),
        (
            b"{\"event_id\":\"e\",\"delivery_ids\":\"d\"}",
            "is not a list",
        ),
        (
            b"{\"event_id\":\"e\",\"delivery_ids\":[\"d\",7]}",
            "an element of `delivery_ids` is not an id",
        ),
        (b"{\"event_id\":\"e\\n1\"}", "`event_id` is not an id"),
        (b"{\"event_id\":\"\xc3\xa9\"}", "`event_id` is not an id"),
        (b"{\"event_id\":\"a/b\"}", "`event_id` is not an id"),
        (
            b"{\"event_id\":\"e\",\"delivery_ids\":[\"d\",\"\"]}",
            "an element of `delivery_ids` is not an id",
        ),
        (
            b"{\"event_id\":\"e\",\"delivery_ids\":[\"\\u001b[2J\"]}",
            "an element of `delivery_ids` is not an id",
        ),
    ];
    for (body, reason) in bodies {
        let error = parse_accepted(body, false).expect_err("the body must be refused");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn ids_have_128_characters_at_most() {
    let body = |length: usize| format!(r#"{{"event_id":"{}"}}"#, "A".repeat(length));
    assert!(parse_accepted(body(128).as_bytes(), false).is_ok());
    assert!(parse_accepted(body(129).as_bytes(), false).is_err());
    assert!(EventStatus::parse(body(128).as_bytes()).is_ok());
    assert!(EventStatus::parse(body(129).as_bytes()).is_err());
}

#[test]
fn a_status_with_an_invalid_id_is_refused() {
    for body in [
        r#"{"event_id":"a\nb"}"#,
        r#"{"event_id":"e","deliveries":[{"delivery_id":"\u202e"}]}"#,
    ] {
        let error = EventStatus::parse(body.as_bytes()).expect_err("no id");
        assert!(error.contains("is not an id"), "{error}");
    }
    for body in [r#"{"event_id":""}"#, r#"{"deliveries":[{}]}"#] {
        assert!(EventStatus::parse(body.as_bytes()).is_ok(), "{body}");
    }
}

#[test]
fn the_reason_never_repeats_the_body() {
    let long = "x".repeat(100_000);
    for body in [
        format!("<html>{long}"),
        format!(r#"{{"event_id":["{long}"]}}"#),
        format!(r#"{{"event_id":"e","delivery_ids":"{long}"}}"#),
    ] {
        let error = parse_accepted(body.as_bytes(), false).expect_err("the body must be refused");
        assert!(error.len() < 100, "{error}");
    }
}

#[test]
fn every_member_of_a_status_is_read() {
    let body = format!(
        r#"{{"event_id":"{ID}","topic":"orders.created","deliveries":[
            {{"delivery_id":"d1","state":"retry_scheduled","attempts_truncated":true,"attempts":[
                {{"attempt_no":1,"claim_version":2,"status":"retryable_failure","latency_ms":35,
                  "http_status":503,"error_class":"http_503","new":1}},
                {{"attempt_no":2,"claim_version":3,"status":"retryable_failure","latency_ms":0}}]}},
            {{"delivery_id":"d2","state":"succeeded","attempts_truncated":false,"attempts":[]}}],
            "new":{{}}}}"#
    );
    let status = status(&body);
    assert_eq!(status.event_id, ID);
    assert_eq!(status.topic, "orders.created");
    assert_eq!(status.raw_json, body);
    let [first, second] = &status.deliveries[..] else {
        panic!("two deliveries, not {:?}", status.deliveries);
    };
    assert_eq!(first.delivery_id, "d1");
    assert_eq!(first.state, DeliveryState::RetryScheduled);
    assert!(first.attempts_truncated);
    assert_eq!(
        first.attempts,
        [
            DeliveryAttempt {
                attempt_no: 1,
                claim_version: 2,
                status: "retryable_failure".into(),
                latency_ms: Some(35),
                http_status: Some(503),
                error_class: Some("http_503".into()),
            },
            DeliveryAttempt {
                attempt_no: 2,
                claim_version: 3,
                status: "retryable_failure".into(),
                latency_ms: Some(0),
                http_status: None,
                error_class: None,
            },
        ]
    );
    assert_eq!(second.state, DeliveryState::Succeeded);
    assert!(!second.attempts_truncated && second.attempts.is_empty());
}

#[test]
fn a_status_with_too_many_deliveries_and_attempts_is_refused() {
    let body = |deliveries: usize, attempts: usize| {
        let attempts = vec!["{}"; attempts].join(",");
        let mut list = vec!["{}".to_owned(); deliveries - 1];
        list.push(format!(r#"{{"attempts":[{attempts}]}}"#));
        format!(r#"{{"deliveries":[{}]}}"#, list.join(","))
    };
    let status = EventStatus::parse(body(8_000, 12_000).as_bytes()).unwrap();
    assert_eq!(status.deliveries.len(), 8_000);
    for too_many in [body(8_000, 12_001), body(20_001, 0)] {
        let reason = EventStatus::parse(too_many.as_bytes()).unwrap_err();
        assert!(reason.contains("more than 20000"), "{reason}");
    }
}

#[test]
fn lists_of_a_status_may_be_null_or_missing() {
    for body in [r#"{"event_id":"e","topic":"t"}"#, r#"{"deliveries":null}"#] {
        assert!(status(body).deliveries.is_empty(), "{body}");
    }
    for delivery in [r#"{"delivery_id":"d"}"#, r#"{"attempts":null}"#] {
        let status = status(&format!(r#"{{"deliveries":[{delivery}]}}"#));
        assert!(status.deliveries[0].attempts.is_empty(), "{delivery}");
    }
}

#[test]
fn an_unknown_state_keeps_its_name() {
    let status = status(r#"{"deliveries":[{"state":"paused"},{"state":null},{}]}"#);
    let names: Vec<_> = status
        .deliveries
        .iter()
        .map(|delivery| &delivery.state_name)
        .collect();
    assert_eq!(names, ["paused", "", ""]);
    for delivery in &status.deliveries {
        assert_eq!(delivery.state, DeliveryState::Unknown);
    }
}

#[test]
fn numbers_of_a_status_may_be_floats_or_missing() {
    let status = status(
        r#"{"deliveries":[{"attempts":[
            {"attempt_no":12.0,"latency_ms":1e2,"http_status":200.0},
            {"attempt_no":"1","claim_version":1.5,"latency_ms":null,"http_status":[]}]}]}"#,
    );
    let [floats, others] = &status.deliveries[0].attempts[..] else {
        panic!("two attempts, not {status:?}");
    };
    assert_eq!(floats.attempt_no, 12);
    assert_eq!(floats.claim_version, 0);
    assert_eq!(floats.latency_ms, Some(100));
    assert_eq!(floats.http_status, Some(200));
    assert_eq!(others.attempt_no, 0);
    assert_eq!(others.claim_version, 0);
    assert_eq!(others.latency_ms, None);
    assert_eq!(others.http_status, None);
}

#[test]
fn a_status_with_another_body_is_refused_with_the_reason() {
    let bodies: [(&[u8], &str); 6] = [
        (b"<html>", "the body is not a JSON object"),
        (b"[]", "the body is not a JSON object"),
        (b"\xff", "not UTF-8"),
        (b"{\"deliveries\":{}}", "`deliveries` is not a list"),
        (b"{\"deliveries\":[[]]}", "an element of `deliveries`"),
        (
            b"{\"deliveries\":[{\"attempts\":[1]}]}",
            "an element of `attempts`",
        ),
    ];
    for (body, reason) in bodies {
        let error = EventStatus::parse(body).expect_err("the body must be refused");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_numbers_and_names_of_states_are_fixed() {
    let expected = [
        (0, "unknown"),
        (1, "pending"),
        (2, "in_flight"),
        (3, "retry_scheduled"),
        (4, "succeeded"),
        (5, "dead_lettered"),
        (6, "cancelled"),
        (7, "skipped"),
    ];
    let actual = DeliveryState::ALL.map(|state| (state.code(), state.name()));
    assert_eq!(actual, expected);
    for state in DeliveryState::ALL {
        assert_eq!(DeliveryState::from_name(state.name()), state);
        assert_eq!(DeliveryState::from_code(state.code()), Some(state));
    }
    assert_eq!(DeliveryState::from_name("Pending"), DeliveryState::Unknown);
    assert_eq!(DeliveryState::from_code(8), None);
}
