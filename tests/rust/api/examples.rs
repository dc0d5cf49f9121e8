//! The programs in `examples/rust`, against a service.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::runtime::Builder;

use super::client;
use crate::support::server;

#[allow(dead_code)]
#[path = "../../../examples/rust/concurrent.rs"]
mod concurrent;
#[allow(dead_code)]
#[path = "../../../examples/rust/outbox.rs"]
mod outbox;
#[allow(dead_code)]
#[path = "../../../examples/rust/producer.rs"]
mod producer;
#[allow(dead_code)]
#[path = "../../../examples/rust/receiver.rs"]
mod receiver;
#[allow(dead_code)]
#[path = "../../../examples/rust/sender.rs"]
mod sender;

#[test]
fn the_sender_sends_each_event_once() {
    let server = server();
    sender::run(&client(&server)).expect("it succeeds");
    let topics: Vec<String> = server
        .events()
        .into_iter()
        .map(|event| event.topic)
        .collect();
    assert_eq!(topics, ["orders.created", "orders.paid"]);
}

#[test]
fn the_concurrent_program_sends_all_events() {
    let server = server();
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    runtime
        .block_on(concurrent::run(client(&server)))
        .expect("it succeeds");
    assert_eq!(server.events().len(), 21);
}

#[test]
fn the_producer_sends_all_events() {
    let server = server();
    producer::run(&client(&server)).expect("it succeeds");
    assert_eq!(server.events().len(), 100);
}

#[test]
fn the_outbox_keeps_an_event_until_the_service_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = server();
    let away = super::builder("http://127.0.0.1:1")
        .max_retries(0)
        .build()
        .unwrap();
    outbox::store(&away, folder.path()).expect("a stored event");
    assert_eq!(outbox::send_all(&away, folder.path()).expect("no fault"), 0);
    let client = client(&server);
    assert_eq!(
        outbox::send_all(&client, folder.path()).expect("no fault"),
        1
    );
    assert_eq!(
        outbox::send_all(&client, folder.path()).expect("no fault"),
        0
    );
    assert_eq!(server.events().len(), 1);
}

#[test]
fn the_receiver_handles_authentic_deliveries() {
    let receiver = receiver::Receiver::new(&["whsec_a"]).unwrap();
    let now = std::time::SystemTime::now();
    let signature = hookrail::webhook::sign("whsec_a", now, "d_1", b"{}").unwrap();
    let headers: HeaderMap = [
        ("hookrail-signature", signature.as_str()),
        ("hookrail-delivery-id", "d_1"),
    ]
    .into_iter()
    .map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )
    })
    .collect();
    // A repeated delivery is acknowledged again.
    for _ in 0..2 {
        assert_eq!(receiver.handle(&headers, b"{}"), StatusCode::NO_CONTENT);
    }
    assert_eq!(receiver.handle(&headers, b"{ }"), StatusCode::BAD_REQUEST);
    assert_eq!(
        receiver.handle(&HeaderMap::new(), b"{}"),
        StatusCode::BAD_REQUEST
    );
}
