//! Asking for the status of an event (protocol §2).

use std::time::Duration;

use hookrail::internals::Client;
use hookrail::{DeliveryState, Error, EventStatus, Outcome, Status};
use hookrail_devserver::{Config, DeliveryPolicy, DevServer, Endpoint, Rule};

use crate::support::raw::{RawServer, response, wait_until};
use crate::support::refusing::Refusing;
use crate::support::{client, client_at, client_with, options, options_with_retries, send, server};

fn ask(client: &Client, event_id: &str) -> Result<EventStatus, Error> {
    client.get_event(event_id.as_bytes(), &Default::default())
}

/// Returns the client's result for an answer with this body.
fn answered(body: &str) -> Result<EventStatus, Error> {
    let body = body.to_owned();
    let server = RawServer::start(move |mut peer| {
        while peer.request().is_some() {
            peer.send(response("200 OK", &[], &body));
        }
    });
    ask(&client_at(&server.url(), &options()), "e1")
}

#[test]
fn an_event_without_deliveries() {
    let server = server();
    let client = client(&server);
    let event_id = send(&client).unwrap().event_id;
    let status = ask(&client, &event_id).unwrap();
    assert_eq!(status.event_id, event_id);
    assert_eq!(status.topic, "order.created");
    assert_eq!(status.deliveries, []);
}

#[test]
fn the_deliveries_as_the_service_made_them() {
    let receiver = RawServer::start(|mut peer| {
        let mut first = true;
        while peer.request().is_some() {
            let refusal = std::mem::take(&mut first);
            peer.send(match refusal {
                true => response("503 Later", &[], ""),
                false => response("204 No Content", &[], ""),
            });
        }
    });
    let refusing = Refusing::new();
    let server = DevServer::start(Config {
        endpoints: [receiver.url(), refusing.url()]
            .map(|url| Endpoint::new(&url, "whsec_a").unwrap())
            .into(),
        delivery: DeliveryPolicy {
            retry: Duration::from_millis(1),
            max_attempts: 2,
            ..DeliveryPolicy::default()
        },
        ..Config::default()
    })
    .expect("the server should start");
    let client = client(&server);
    let accepted = send(&client).unwrap();
    wait_until("end of the deliveries", || {
        let states = ask(&client, &accepted.event_id).unwrap().deliveries;
        states.iter().all(|delivery| {
            matches!(
                delivery.state,
                DeliveryState::Succeeded | DeliveryState::DeadLettered
            )
        })
    });

    let status = ask(&client, &accepted.event_id).unwrap();
    let ids: Vec<_> = status
        .deliveries
        .iter()
        .map(|d| d.delivery_id.clone())
        .collect();
    assert_eq!(ids, accepted.delivery_ids);
    let [succeeded, dead] = &status.deliveries[..] else {
        panic!("{status:?}")
    };
    assert_eq!(succeeded.state, DeliveryState::Succeeded);
    assert_eq!(succeeded.state_name, "succeeded");
    let seen: Vec<_> = succeeded
        .attempts
        .iter()
        .map(|attempt| (attempt.attempt_no, attempt.http_status))
        .collect();
    assert_eq!(seen, [(1, Some(503)), (2, Some(204))]);
    assert_eq!(dead.state, DeliveryState::DeadLettered);
    assert_eq!(dead.attempts.len(), 2);
    assert!(
        dead.attempts
            .iter()
            .all(|attempt| attempt.http_status.is_none())
    );
    assert!(
        dead.attempts
            .iter()
            .all(|attempt| attempt.error_class.is_some())
    );
}

#[test]
fn every_state_and_those_that_are_not_known_yet() {
    for (name, state) in [
        ("pending", DeliveryState::Pending),
        ("in_flight", DeliveryState::InFlight),
        ("retry_scheduled", DeliveryState::RetryScheduled),
        ("succeeded", DeliveryState::Succeeded),
        ("dead_lettered", DeliveryState::DeadLettered),
        ("cancelled", DeliveryState::Cancelled),
        ("skipped", DeliveryState::Skipped),
        ("paused by größe", DeliveryState::Unknown),
        ("unknown", DeliveryState::Unknown),
        ("SUCCEEDED", DeliveryState::Unknown),
    ] {
        let body = format!(r#"{{"event_id":"e1","deliveries":[{{"state":"{name}"}}]}}"#);
        let status = answered(&body).unwrap();
        assert_eq!(status.deliveries[0].state, state, "{name}");
        assert_eq!(status.deliveries[0].state_name, name);
    }
}

#[test]
fn all_members_of_a_delivery_attempt() {
    let body = r#"{"new":[1],"event_id":"e1","topic":"t","deliveries":[
        {"delivery_id":"d1","state":"dead_lettered","attempts_truncated":true,"new":{},"attempts":[
            {"attempt_no":7,"claim_version":9,"status":"retryable_failure","latency_ms":1500,"http_status":502,
             "error_class":"http_502","new":null},
            {"attempt_no":8,"claim_version":10,"status":"retryable_failure","latency_ms":3}]}]}"#;
    let status = answered(body).unwrap();
    assert_eq!(status.raw_json, body);
    assert_eq!(status.topic, "t");
    let delivery = &status.deliveries[0];
    assert_eq!(delivery.delivery_id, "d1");
    assert!(delivery.attempts_truncated);
    let [first, second] = &delivery.attempts[..] else {
        panic!("{delivery:?}")
    };
    assert_eq!((first.attempt_no, first.claim_version), (7, 9));
    assert_eq!(first.status, "retryable_failure");
    assert_eq!(first.latency_ms, Some(1500));
    assert_eq!(first.http_status, Some(502));
    assert_eq!(first.error_class.as_deref(), Some("http_502"));
    assert_eq!((second.http_status, &second.error_class), (None, &None));
}

#[test]
fn lists_that_are_null_or_missing() {
    for deliveries in ["", r#","deliveries":null"#, r#","deliveries":[]"#] {
        let status = answered(&format!(r#"{{"event_id":"e1"{deliveries}}}"#)).unwrap();
        assert_eq!(status.deliveries, []);
    }
    for attempts in ["", r#","attempts":null"#, r#","attempts":[]"#] {
        let body = format!(r#"{{"deliveries":[{{"state":"pending"{attempts}}}]}}"#);
        assert_eq!(answered(&body).unwrap().deliveries[0].attempts, []);
    }
}

#[test]
fn a_body_that_is_no_status() {
    for body in [
        "",
        "<html>",
        "[]",
        "null",
        r#"{"deliveries":{}}"#,
        r#"{"deliveries":[7]}"#,
    ] {
        let error = answered(body).expect_err(body);
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert_eq!(error.http_status(), Some(200));
        assert_eq!(error.attempts(), 1);
        assert_eq!(error.outcome(), Outcome::None);
        assert_eq!(error.idempotency_key(), None);
    }
}

#[test]
fn an_unknown_event() {
    let server = server();
    let error = ask(&client(&server), "01JD9Z6T3M8Q5W7X0000000000").unwrap_err();
    assert_eq!(error.status(), Status::NotFound, "{error}");
    assert_eq!(error.http_status(), Some(404));
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.outcome(), Outcome::None);
    assert!(!error.is_retryable());
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn an_event_id_that_needs_encoding_reaches_the_service_whole() {
    let server = server();
    let error = ask(&client(&server), "../../_control/faults?x=1#y").unwrap_err();
    assert_eq!(error.status(), Status::NotFound, "{error}");
    let path = &server.requests()[0].path;
    assert_eq!(path, "/v1/events/..%2F..%2F_control%2Ffaults%3Fx%3D1%23y");
}

#[test]
fn errors_are_those_of_a_send_without_key_and_outcome() {
    let server = server();
    for (http, status) in [
        (400, Status::BadRequest),
        (401, Status::Authentication),
        (403, Status::PermissionDenied),
        (429, Status::RetriesExhausted),
        (500, Status::RetriesExhausted),
        (302, Status::UnexpectedStatus),
    ] {
        server
            .add_faults([Rule::status(http).on_method("GET")])
            .unwrap();
        let client = client_with(&server, options_with_retries(0));
        let error = ask(&client, "e1").unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert_eq!(error.http_status(), Some(http));
        assert_eq!(error.outcome(), Outcome::None);
        assert_eq!(error.idempotency_key(), None);
        assert_eq!(error.attempts(), 1);
    }
}
