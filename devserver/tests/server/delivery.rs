//! Deliveries to a receiver with scripted answers.

use std::net::TcpListener;
use std::time::Duration;

use crate::support::hook::{Hook, SECRET, server_for, status_of};
use crate::support::{PATIENCE, Post, exchange};
use hookrail_devserver::{Config, DeliveryPolicy, DevServer, Endpoint};

#[test]
fn a_delivery_is_signed_and_carries_the_payload_as_jsonb() {
    let hook = Hook::new(&[]);
    let server = server_for(&[&hook]);
    let body = r#"{"topic":"order.created","payload":{"bb":[1,2],"a":1e2,"a":1.50}}"#;
    let accepted = exchange(&server, &Post::new(body).bytes());
    let event_id = accepted.event_id();
    let delivery = hook.next();
    assert_eq!(delivery.body, r#"{"a": 1.50, "bb": [1, 2]}"#);
    assert_eq!(delivery.header("content-type"), "application/json");
    assert_eq!(delivery.header("user-agent"), "hookrail/0.1");
    assert_eq!(delivery.header("hookrail-event-id"), event_id);
    assert_eq!(delivery.header("hookrail-topic"), "order.created");
    assert_eq!(
        accepted.json()["delivery_ids"][0],
        delivery.header("hookrail-delivery-id")
    );
    assert!(delivery.is_signed_with(SECRET));
    assert!(!delivery.is_signed_with("whsec_other"));

    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 1)
        .expect("success");
    let status = status_of(&server, &event_id);
    let shown = &status["deliveries"][0];
    assert_eq!(shown["state"], "succeeded");
    assert_eq!(shown["attempts_truncated"], false);
    assert_eq!(shown["attempts"][0]["attempt_no"], 1);
    assert_eq!(shown["attempts"][0]["claim_version"], 1);
    assert_eq!(shown["attempts"][0]["status"], "success");
    assert_eq!(shown["attempts"][0]["http_status"], 204);
    assert!(shown["attempts"][0]["latency_ms"].is_u64());
    assert!(shown["attempts"][0].get("error_class").is_none());
}

#[test]
fn failures_are_retried_with_the_same_delivery_id() {
    let hook = Hook::new(&[500, 0]);
    let server = server_for(&[&hook]);
    let event_id = exchange(&server, &Post::event("k").bytes()).event_id();
    let ids = [hook.next(), hook.next(), hook.next()];
    assert!(ids.iter().all(|d| d.is_signed_with(SECRET)));
    let ids = ids.map(|d| d.header("hookrail-delivery-id").to_owned());
    assert!(ids.iter().all(|id| *id == ids[0]));
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 1)
        .expect("success");
    let status = status_of(&server, &event_id);
    let attempts = status["deliveries"][0]["attempts"]
        .as_array()
        .unwrap()
        .clone();
    let classes: Vec<_> = attempts
        .iter()
        .map(|attempt| attempt["error_class"].as_str())
        .collect();
    assert_eq!(classes, [Some("http_500"), Some("connection"), None]);
}

#[test]
fn attempts_run_out_into_the_dead_letters() {
    let hook = Hook::new(&[429, 503, 500]);
    let server = server_for(&[&hook]);
    let event_id = exchange(&server, &Post::event("k").bytes()).event_id();
    server
        .wait_until(PATIENCE, |summary| summary.dead_lettered == 1)
        .expect("a dead letter");
    let delivery = status_of(&server, &event_id)["deliveries"][0].clone();
    assert_eq!(delivery["state"], "dead_lettered");
    let attempts = delivery["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 3);
    assert_eq!(attempts[2]["status"], "retryable_failure");
    assert_eq!(attempts[2]["error_class"], "http_500");
    assert!(hook.script_played());
}

#[test]
fn redirects_and_refusals_are_final() {
    for status in [302, 400, 404, 410] {
        let hook = Hook::new(&[status]);
        let server = server_for(&[&hook]);
        let event_id = exchange(&server, &Post::event("k").bytes()).event_id();
        let summary = server
            .wait_until(PATIENCE, |summary| summary.dead_lettered == 1)
            .expect("a dead letter");
        assert_eq!(summary.attempts, 1, "{status}");
        let attempt = status_of(&server, &event_id)["deliveries"][0]["attempts"][0].clone();
        assert_eq!(attempt["status"], "permanent_failure");
        assert_eq!(attempt["error_class"], format!("http_{status}"));
    }
}

#[test]
fn a_replay_is_not_delivered_again() {
    let hook = Hook::new(&[]);
    let server = server_for(&[&hook]);
    let first = exchange(&server, &Post::event("k").bytes());
    let again = exchange(&server, &Post::event("k").bytes());
    assert_eq!(first.json()["delivery_ids"], again.json()["delivery_ids"]);
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 1)
        .expect("success");
    assert_eq!(server.summary().deliveries, 1);
}

#[test]
fn endpoints_get_their_topics_only_and_sign_with_the_newest_secret() {
    let (orders, all) = (Hook::new(&[]), Hook::new(&[]));
    let server = server_for(&[]);
    let only_orders = Endpoint::new(&orders.url(), "whsec_1").unwrap();
    let only_orders = only_orders.topic("order.*".parse().unwrap());
    let rotated = Endpoint::new(&all.url(), "whsec_old")
        .unwrap()
        .secret("whsec_new")
        .unwrap();
    assert_eq!(server.add_endpoint(only_orders), 0);
    assert_eq!(server.add_endpoint(rotated), 1);

    let user = Post::new(r#"{"topic":"user.created","payload":1}"#);
    let accepted = exchange(&server, &user.bytes());
    assert_eq!(accepted.json()["delivery_ids"].as_array().unwrap().len(), 1);
    assert!(all.next().is_signed_with("whsec_new"));

    server.rotate_secret(0, "whsec_2").unwrap();
    let accepted = exchange(&server, &Post::event("k").bytes());
    assert_eq!(accepted.json()["delivery_ids"].as_array().unwrap().len(), 2);
    assert!(orders.next().is_signed_with("whsec_2"));
    assert!(
        server
            .rotate_secret(7, "whsec_3")
            .unwrap_err()
            .to_string()
            .contains("there are 2")
    );
}

#[test]
fn an_endpoint_that_does_not_answer_times_out() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let server = DevServer::start(Config {
        endpoints: vec![Endpoint::new(&url, SECRET).unwrap()],
        delivery: DeliveryPolicy {
            retry: Duration::from_millis(1),
            max_attempts: 1,
            timeout: Duration::from_millis(50),
        },
        ..Config::default()
    })
    .unwrap();
    let event_id = exchange(&server, &Post::event("k").bytes()).event_id();
    server
        .wait_until(PATIENCE, |summary| summary.dead_lettered == 1)
        .expect("a dead letter");
    let attempt = status_of(&server, &event_id)["deliveries"][0]["attempts"][0].clone();
    assert_eq!(attempt["error_class"], "timeout");
    assert_eq!(attempt["status"], "retryable_failure");
    assert!(attempt.get("http_status").is_none());
}
