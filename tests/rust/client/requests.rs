//! The bytes of requests (protocol §1, §2).

use hookrail::internals::{Client, SendOptions};
use hookrail_devserver::{Config, DevServer};

use crate::support::raw::{RawRequest, RawServer, accepted, response};
use crate::support::{BODY, PAYLOAD, TOPIC, client, client_at, keyed, options, send, server};

fn accepting() -> RawServer {
    RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

/// The one request that `send` makes.
fn request_of(send: impl FnOnce(&Client)) -> RawRequest {
    let server = accepting();
    send(&client_at(&server.url(), &options()));
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn pairs(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[test]
fn the_exact_request_of_a_send() {
    let server = accepting();
    let client = client_at(&server.url(), &options());
    let send = SendOptions {
        ordering_key: Some(hookrail::internals::OrderingKey::new(b"customer-7").unwrap()),
        ..keyed("order-42")
    };
    client.send(TOPIC, PAYLOAD, &send).unwrap();

    let requests = server.requests();
    let request = &requests[0];
    assert_eq!(request.line(), "POST /v1/events HTTP/1.1");
    assert_eq!(
        pairs(&request.headers()),
        [
            ("authorization", "Bearer hk_dev"),
            ("content-length", &BODY.len().to_string()),
            ("content-type", "application/json"),
            ("host", &server.addr().to_string()),
            ("idempotency-key", "order-42"),
            (
                "user-agent",
                concat!("hookrail-rust/", env!("CARGO_PKG_VERSION"))
            ),
            ("x-hookrail-ordering-key", "customer-7"),
        ]
    );
    assert_eq!(request.body, BODY);
}

#[test]
fn the_exact_request_of_a_status_query() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(response("200 OK", &[], r#"{"event_id":"e1"}"#));
        }
    });
    let client = client_at(&server.url(), &options());
    client.get_event(b"e1", &Default::default()).unwrap();

    let requests = server.requests();
    let request = &requests[0];
    assert_eq!(request.line(), "GET /v1/events/e1 HTTP/1.1");
    assert_eq!(
        pairs(&request.headers()),
        [
            ("authorization", "Bearer hk_dev"),
            ("host", &server.addr().to_string()),
            (
                "user-agent",
                concat!("hookrail-rust/", env!("CARGO_PKG_VERSION"))
            ),
        ]
    );
}

#[test]
fn a_request_that_fits_leaves_in_one_write() {
    let server = RawServer::start(|mut peer| {
        while let Some(request) = peer.chunk() {
            // Two writes would be two segments, because TCP_NODELAY is set.
            assert!(request.starts_with(b"POST "));
            assert!(request.ends_with(BODY));
            peer.send(accepted("e1"));
        }
    });
    let client = client_at(&server.url(), &options());
    for _ in 0..20 {
        send(&client).unwrap();
    }
}

#[test]
fn without_an_ordering_key_there_is_no_header_for_it() {
    let request = request_of(|client| drop(send(client).unwrap()));
    assert_eq!(request.header("x-hookrail-ordering-key"), None);
}

#[test]
fn a_generated_key_is_a_new_uuid_v4_for_each_send() {
    let server = accepting();
    let client = client_at(&server.url(), &options());
    let received: Vec<String> = (0..20)
        .map(|_| send(&client).unwrap().idempotency_key)
        .collect();
    let sent: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.header("idempotency-key").expect("a key"))
        .collect();
    assert_eq!(received, sent);
    for key in &sent {
        let shape: String = key
            .chars()
            .map(|char| match char {
                '0'..='9' | 'a'..='f' => 'x',
                other => other,
            })
            .collect();
        assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "{key}");
        assert_eq!(key.as_bytes()[14], b'4', "{key}");
        assert!(b"89ab".contains(&key.as_bytes()[19]), "{key}");
    }
    let distinct: std::collections::HashSet<_> = sent.iter().collect();
    assert_eq!(distinct.len(), sent.len());
}

#[test]
fn the_bytes_of_the_payload_are_the_callers() {
    let payloads: [&[u8]; 8] = [
        b"{ \"b\" : 1.0 ,\n\t\"a\":[ ] }",
        b" 7 ",
        b"null",
        b"\"\\u00e9 \xc3\xa9 \\/ \xf0\x9f\x98\x80\"",
        b"{\"a\":1,\"a\":2}",
        b"1E400",
        b"-0.0",
        b"[12345678901234567890123456789.000]",
    ];
    for payload in payloads {
        let request = request_of(|client| {
            client.send(b"t", payload, &SendOptions::default()).unwrap();
        });
        let expected = [b"{\"topic\":\"t\",\"payload\":", payload, b"}"].concat();
        assert_eq!(request.body, expected);
    }
}

#[test]
fn a_topic_is_sent_as_a_json_string() {
    for topic in ["a\"b\\c", "größe.日本", "x/y?z=1&#"] {
        let request = request_of(|client| {
            client
                .send(topic.as_bytes(), b"{}", &SendOptions::default())
                .unwrap();
        });
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, serde_json::json!({"topic": topic, "payload": {}}));
    }
}

#[test]
fn all_attempts_of_a_send_are_the_same_bytes() {
    for options in [SendOptions::default(), keyed("k1")] {
        let server = RawServer::start(|mut peer| {
            while peer.request().is_some() {
                // Each attempt has its own connection, so no connection state makes them equal.
                match peer.connection() {
                    0 => return peer.close(),
                    1 => {
                        peer.send(response("503 Service Unavailable", &[], ""));
                        return;
                    }
                    2 => {
                        peer.send("SSH-2.0-OpenSSH_9.2\r\n");
                        return;
                    }
                    _ => drop(peer.send(accepted("e1"))),
                }
            }
        });
        let client = client_at(&server.url(), &self::options());
        let accepted = client.send(TOPIC, PAYLOAD, &options).unwrap();
        assert_eq!(accepted.attempts, 4);

        let requests = server.requests();
        assert_eq!(requests.len(), 4);
        for request in &requests {
            assert_eq!(request.head, requests[0].head);
            assert_eq!(request.body, requests[0].body);
            assert_eq!(
                request.header("idempotency-key").as_deref(),
                Some(accepted.idempotency_key.as_str())
            );
        }
    }
}

#[test]
fn a_path_prefix_is_kept_and_slashes_at_its_end_are_dropped() {
    let server = DevServer::start(Config {
        path_prefix: "/hooks/eu-1".into(),
        ..Config::default()
    })
    .expect("the server should start");
    for slashes in ["", "/", "///"] {
        let client = client_at(&format!("{}{slashes}", server.url()), &options());
        let accepted = send(&client).unwrap();
        let event_id = accepted.event_id.as_bytes();
        client.get_event(event_id, &Default::default()).unwrap();
    }
    for request in server.requests() {
        let path = request.path;
        assert!(path.starts_with("/hooks/eu-1/v1/events"), "{path}");
    }
    assert_eq!(server.events().len(), 3);
}

#[test]
fn an_event_id_is_one_segment_of_the_path_whatever_it_holds() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(response("200 OK", &[], "{}"));
        }
    });
    let client = client_at(&format!("{}/prefix/", server.url()), &options());
    let ids = [
        ("01JD9Z6T3M8Q5W7X0000000000", "01JD9Z6T3M8Q5W7X0000000000"),
        ("../admin?x=1#y", "..%2Fadmin%3Fx%3D1%23y"),
        ("a b/%2f", "a%20b%2F%252f"),
        ("é", "%C3%A9"),
        ("...", "..."),
    ];
    for (id, _) in ids {
        client
            .get_event(id.as_bytes(), &Default::default())
            .unwrap();
    }
    let lines: Vec<String> = server.requests().iter().map(|r| r.line().into()).collect();
    let expected: Vec<String> = ids
        .iter()
        .map(|(_, encoded)| format!("GET /prefix/v1/events/{encoded} HTTP/1.1"))
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_user_agent_names_the_language_and_what_the_program_adds() {
    let server = accepting();
    let mut options = options();
    options.set_user_agent_suffix(b"shop/2.1 (worker)").unwrap();
    let own = concat!(
        "hookrail-ruby/",
        env!("CARGO_PKG_VERSION"),
        " shop/2.1 (worker)"
    );
    let expected = [
        ("ruby", own),
        ("python/0.20.1", "hookrail-python/0.20.1 shop/2.1 (worker)"),
    ];
    for (index, (binding, expected)) in expected.into_iter().enumerate() {
        options.set_binding(binding).unwrap();
        send(&client_at(&server.url(), &options)).unwrap();
        let agent = server.requests()[index].header("user-agent");
        assert_eq!(agent.as_deref(), Some(expected));
    }
}

#[test]
fn the_service_records_the_event_as_it_was_passed() {
    let server = server();
    let client = client(&server);
    let payload = br#"{"ordering_key":"k","n":1.50}"#;
    let options = SendOptions {
        ordering_key: Some(hookrail::internals::OrderingKey::new(b"k").unwrap()),
        ..keyed("key-1")
    };
    let accepted = client.send(b"a.b", payload, &options).unwrap();

    let events = server.events();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!(event.event_id, accepted.event_id);
    assert_eq!(event.topic, "a.b");
    assert_eq!(event.payload.as_bytes(), payload);
    assert_eq!(event.idempotency_key.as_deref(), Some("key-1"));
    assert_eq!(event.ordering_key.as_deref(), Some("k"));
}

#[test]
fn a_prepared_event_is_sent_again_as_the_same_event() {
    let server = server();
    let first = client(&server);
    let event = first
        .prepare(TOPIC, PAYLOAD, &SendOptions::default())
        .unwrap();
    let accepted = first.send_prepared(&event, &Default::default()).unwrap();
    let again = client(&server)
        .send_prepared(&event, &Default::default())
        .unwrap();
    assert!(!accepted.replayed);
    assert!(again.replayed);
    assert_eq!(again.event_id, accepted.event_id);
    assert_eq!(server.events().len(), 1);
}
