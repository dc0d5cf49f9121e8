//! Headers that a program adds to its requests: on the wire, in every kind of send.

use hookrail::internals::{
    BackgroundResult, Client, ClientOptions, InterruptibleResult, ProxySetting, SendOptions,
};
use hookrail::{Outcome, Prepared, Status};

use crate::support::proxy::HttpProxy;
use crate::support::raw::{RawRequest, RawServer, accepted, response};
use crate::support::tls::Identity;
use crate::support::{AT_ONCE, PATIENCE, PAYLOAD, TOPIC, client_at, options, payload_of};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn accepting() -> RawServer {
    RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

fn client_options() -> ClientOptions {
    let mut options = options();
    options.add_header("X-Gateway-Token", "gate way").unwrap();
    options.add_header("traceparent", "of the client").unwrap();
    options
}

fn send_options() -> SendOptions {
    let mut options = SendOptions::default();
    options.headers.add("Traceparent", TRACE).unwrap();
    options.headers.add("tracestate", "a=1").unwrap();
    options
}

/// Checks the extra headers of a request: the client's, and over them those of the send.
#[track_caller]
fn has_all(request: &RawRequest) {
    let lines =
        format!("\r\nx-gateway-token: gate way\r\ntraceparent: {TRACE}\r\ntracestate: a=1\r\n\r\n");
    assert!(request.head.ends_with(&lines), "{}", request.head);
    assert_eq!(request.head.matches("traceparent").count(), 1);
}

#[track_caller]
fn has_the_clients(request: &RawRequest) {
    let lines = "\r\nx-gateway-token: gate way\r\ntraceparent: of the client\r\n\r\n";
    assert!(request.head.ends_with(lines), "{}", request.head);
}

fn prepare(client: &Client) -> Prepared {
    client.prepare(TOPIC, PAYLOAD, &send_options()).unwrap()
}

#[test]
fn every_kind_of_send_has_the_headers_of_client_and_send() {
    let server = accepting();
    let client = client_at(&server.url(), &client_options());
    client.send(TOPIC, PAYLOAD, &send_options()).unwrap();
    client.send(TOPIC, PAYLOAD, &send_options()).unwrap();
    client
        .send_prepared(&prepare(&client), &Default::default())
        .unwrap();
    let call = client.start_send(prepare(&client), None).unwrap();
    let BackgroundResult::Sent(sent) = call.take().unwrap() else {
        panic!("another result");
    };
    sent.unwrap();
    let sent = client.send_interruptible(prepare(&client), None).unwrap();
    assert!(matches!(sent, InterruptibleResult::Accepted(_)));
    client
        .submit(TOPIC, PAYLOAD, &send_options(), &AT_ONCE)
        .unwrap();
    client
        .submit_prepared(prepare(&client), None, &AT_ONCE)
        .unwrap();
    client.flush(None).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 7);
    requests.iter().for_each(has_all);
}

#[test]
fn other_calls_have_the_clients_headers() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(response("404 Not Found", &[], "{}"));
        }
    });
    let client = client_at(&server.url(), &client_options());
    client.get_event(b"e", &Default::default()).unwrap_err();
    client
        .start_get_event(b"e", None)
        .unwrap()
        .take()
        .map(drop)
        .unwrap();
    client
        .send(TOPIC, PAYLOAD, &SendOptions::default())
        .unwrap_err();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    requests.iter().for_each(has_the_clients);
}

#[test]
fn every_retry_has_the_headers() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(response("503 Service Unavailable", &[], ""));
        }
    });
    let mut options = client_options();
    options.set_max_retries(2);
    let client = client_at(&server.url(), &options);
    client.send(TOPIC, PAYLOAD, &send_options()).unwrap_err();
    assert_eq!(server.requests().len(), 3);
    server.requests().iter().for_each(has_all);
}

#[test]
fn a_blob_keeps_the_sends_headers_and_not_the_clients() {
    let server = accepting();
    let blob = prepare(&client_at(&server.url(), &client_options())).encode();
    let text = String::from_utf8_lossy(&blob);
    assert!(text.contains(TRACE) && !text.contains("gate"), "{text}");

    let mut options = options();
    options
        .add_header("tracestate", "of another client")
        .unwrap();
    options.add_header("x-other", "1").unwrap();
    let other = client_at(&server.url(), &options);
    other
        .send_prepared(&Prepared::decode(&blob).unwrap(), &Default::default())
        .unwrap();
    let lines = format!("\r\nx-other: 1\r\ntraceparent: {TRACE}\r\ntracestate: a=1\r\n\r\n");
    assert!(server.requests()[0].head.ends_with(&lines));
}

#[test]
fn a_proxy_forwards_the_headers_but_gets_none_of_its_own() {
    let plain = crate::support::server();
    let identity = Identity::new();
    let encrypted = RawServer::start_tls(identity.server_config(), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let proxy = HttpProxy::start();
    let mut options = client_options();
    options.set_proxy(ProxySetting::Explicit(proxy.url()));
    options.add_ca_pem(&identity.ca_pem()).unwrap();
    client_at(&plain.url(), &options)
        .send(TOPIC, PAYLOAD, &send_options())
        .unwrap();
    assert_eq!(plain.requests()[0].header("traceparent"), Some(TRACE));
    client_at(&encrypted.url(), &options)
        .send(TOPIC, PAYLOAD, &send_options())
        .unwrap();
    has_all(&encrypted.requests()[0]);
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("POST ") && heads[0].contains(TRACE));
    assert!(heads[1].starts_with("CONNECT "));
    assert!(!heads[1].contains("trace") && !heads[1].contains("gate"));
}

#[test]
fn headers_with_the_same_key_are_the_same_event() {
    let server = crate::support::server();
    let client = client_at(&server.url(), &options());
    let mut first = crate::support::keyed("k");
    first.headers.add("traceparent", TRACE).unwrap();
    let event = client.send(TOPIC, PAYLOAD, &first).unwrap();
    let again = client.send(TOPIC, PAYLOAD, &crate::support::keyed("k"));
    let again = again.unwrap();
    assert!(again.replayed);
    assert_eq!(again.event_id, event.event_id);
}

#[test]
fn the_queue_counts_the_bytes_of_the_headers() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.hold();
    });
    let mut limited = options();
    limited.set_queue_max_bytes(8_000).unwrap();
    let client = client_at(&server.url(), &limited);
    let mut large = SendOptions::default();
    large.headers.add("x-large", "v".repeat(5_000)).unwrap();
    client.submit(TOPIC, PAYLOAD, &large, &AT_ONCE).unwrap();
    client
        .submit(TOPIC, &payload_of(2_000), &SendOptions::default(), &AT_ONCE)
        .unwrap();
    let error = client.submit(TOPIC, PAYLOAD, &large, &AT_ONCE).unwrap_err();
    assert_eq!(error.status(), Status::QueueFull);
    assert_eq!(error.outcome(), Outcome::NotSent);
    client.close(Some(std::time::Duration::ZERO)).unwrap();
    // The room is free again.
    assert!(client.poll(10, Some(PATIENCE)).unwrap().len() == 2);
}

#[test]
fn values_stay_in_a_good_answer_and_are_hidden_in_an_error() {
    let server = RawServer::start(|mut peer| {
        let mut bodies = [
            (
                "202 Accepted",
                r#"{"event_id":"accepted","delivery_ids":["delivered"]}"#,
            ),
            (
                "400 Bad Request",
                r#"{"title":"delivered","detail":"not accepted"}"#,
            ),
            (
                "202 Accepted",
                r#"{"event_id":"accepted","delivery_ids":"delivered"}"#,
            ),
        ]
        .into_iter();
        while peer.request().is_some() {
            let (status, body) = bodies.next().unwrap();
            peer.send(response(status, &[], body));
        }
    });
    let mut options = options();
    options.add_header("a", "accepted").unwrap();
    let client = client_at(&server.url(), &options);
    let mut send = SendOptions::default();
    send.headers.add("b", "delivered").unwrap();

    let accepted = client.send(TOPIC, PAYLOAD, &send).unwrap();
    assert_eq!(accepted.event_id, "accepted");
    assert_eq!(accepted.delivery_ids, ["delivered"]);
    for _ in 0..2 {
        let error = client.send(TOPIC, PAYLOAD, &send).unwrap_err();
        let body = String::from_utf8_lossy(error.problem().unwrap().raw_body()).into_owned();
        for text in [error.message(), &body] {
            assert!(
                !text.contains("accepted") && !text.contains("delivered"),
                "{text}"
            );
        }
        assert!(body.contains("********"), "{body}");
    }
}
