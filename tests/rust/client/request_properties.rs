//! Requests for generated events: every attempt has the same bytes, and the path contains the caller's
//! event id.

use std::sync::atomic::{AtomicUsize, Ordering};

use hookrail::internals::{IdempotencyKey, OrderingKey, SendOptions};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::raw::{RawServer, accepted, response};
use crate::support::{client_at, options};

/// The failure of an attempt, which leads to another attempt.
#[derive(Clone, Copy, Debug)]
enum Failure {
    Close,
    CutOff,
    Garbage,
    ServerError,
    RateLimit,
}

impl Failure {
    fn bytes(self) -> Vec<u8> {
        match self {
            Failure::Close => Vec::new(),
            Failure::CutOff => b"HTTP/1.1 202 Accepted\r\nContent-Le".to_vec(),
            Failure::Garbage => b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            Failure::ServerError => response("503 Service Unavailable", &[], "{}"),
            Failure::RateLimit => response("429 Too Many Requests", &[("Retry-After", "0")], ""),
        }
    }

    /// Returns whether the next attempt may use the same connection.
    fn leaves_connection(self) -> bool {
        matches!(self, Failure::ServerError | Failure::RateLimit)
    }
}

fn failure() -> impl Strategy<Value = Failure> {
    prop::sample::select(vec![
        Failure::Close,
        Failure::CutOff,
        Failure::Garbage,
        Failure::ServerError,
        Failure::RateLimit,
    ])
}

fn topic() -> impl Strategy<Value = String> {
    "\\PC{1,40}"
}

/// JSON with white space that must not change, from a few bytes to more than one write.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    (any::<f64>(), "\\PC{0,30}", " {0,3}", 0_usize..40_000).prop_map(
        |(number, text, space, padding)| {
            let value = serde_json::json!({"n": number, "text": text, "x": "é".repeat(padding)});
            format!("{space}{value}{space}").into_bytes()
        },
    )
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    "[!-~]([ -~]{0,253}[!-~])?".prop_map(String::into_bytes)
}

/// Decodes a path segment, whose characters must all be unreserved.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'-' | b'.' | b'_' | b'~' => byte,
            _ if byte.is_ascii_alphanumeric() => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_attempt_is_the_same_bytes(
        topic in topic(),
        payload in payload(),
        idempotency_key in prop::option::of(key()),
        ordering_key in prop::option::of(key()),
        failures in vec(failure(), 1..4),
    ) {
        let server = RawServer::start({
            let failures = failures.clone();
            let answered = AtomicUsize::new(0);
            move |mut peer| {
                while peer.request().is_some() {
                    let number = answered.fetch_add(1, Ordering::SeqCst);
                    let Some(failure) = failures.get(number) else {
                        peer.send(accepted("e1"));
                        continue;
                    };
                    peer.send(failure.bytes());
                    if !failure.leaves_connection() {
                        return peer.close();
                    }
                }
            }
        });
        let client = client_at(&server.url(), &options());
        let options = SendOptions {
            idempotency_key: idempotency_key.map(|key| IdempotencyKey::new(key).unwrap()),
            ordering_key: ordering_key.as_ref().map(|key| OrderingKey::new(key).unwrap()),
            ..SendOptions::default()
        };
        let accepted = client.send(topic.as_bytes(), &payload, &options).unwrap();

        // If a reused connection ends, its request is sent again within the same attempt.
        let requests = server.requests();
        prop_assert_eq!(requests.len(), failures.len() + 1);
        for request in &requests {
            prop_assert_eq!(&request.head, &requests[0].head);
            prop_assert_eq!(&request.body, &requests[0].body);
        }
        let topic = serde_json::to_string(&topic).unwrap();
        let body = [
            format!("{{\"topic\":{topic},\"payload\":").as_bytes(),
            &payload,
            b"}",
        ]
        .concat();
        prop_assert_eq!(&requests[0].body, &body);
        let sent = |name: &str| requests[0].header(name).map(String::into_bytes);
        prop_assert_eq!(sent("idempotency-key"), Some(accepted.idempotency_key.into_bytes()));
        prop_assert_eq!(sent("x-hookrail-ordering-key"), ordering_key);
    }

    #[test]
    fn an_event_id_is_one_segment_of_the_path(
        id in prop_oneof!["\\PC{1,64}", any::<String>()]
            .prop_filter("ids that are refused", |id| {
                (1..=256).contains(&id.len()) && id != "." && id != ".."
            }),
    ) {
        let server = RawServer::start(|mut peer| {
            while peer.request().is_some() {
                peer.send(response("200 OK", &[], "{}"));
            }
        });
        let client = client_at(&server.url(), &options());
        client.get_event(id.as_bytes(), &Default::default()).unwrap();
        let requests = server.requests();
        let segment = requests[0]
            .line()
            .strip_prefix("GET /v1/events/")
            .and_then(|rest| rest.strip_suffix(" HTTP/1.1"))
            .expect("a path of one more segment");
        prop_assert_eq!(decode(segment), Some(id));
    }
}
