//! Deliveries to a receiver that answers as it is told.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use hookrail_devserver::{Config, DeliveryPolicy, DeliveryState, DevServer, Endpoint};
use serde_json::Value;
use sha2::Sha256;
use support::{PATIENCE, Post, exchange, get};

const SECRET: &str = "whsec_delivery";

/// A delivery as the receiver got it.
#[derive(Debug, Clone)]
struct Delivery {
    headers: Vec<(String, String)>,
    body: String,
}

impl Delivery {
    fn header(&self, name: &str) -> &str {
        let field = self
            .headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        field
            .map(|(_, value)| value.as_str())
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        let signature = self.header("hookrail-signature");
        let (t, v1) = signature.split_once(',').expect("two parts");
        let t: u64 = t.strip_prefix("t=").expect("t").parse().expect("seconds");
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        assert!(now.abs_diff(t) < 300, "{t} is not the time");
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{t}.{}.{}", self.header("hookrail-delivery-id"), self.body).as_bytes());
        v1 == format!("v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

/// An endpoint that answers from a script and then 204; each delivery waits for `release` if gated.
struct Hook {
    addr: SocketAddr,
    deliveries: Receiver<Delivery>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Hook {
    fn new(script: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, deliveries) = channel();
        let statuses = Arc::new(Mutex::new(script.to_vec()));
        let script = Arc::clone(&statuses);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &sender, &script);
            }
        });
        Self {
            addr,
            deliveries,
            statuses,
        }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    fn next(&self) -> Delivery {
        self.deliveries.recv_timeout(PATIENCE).expect("a delivery")
    }

    fn script_played(&self) -> bool {
        self.statuses.lock().unwrap().is_empty()
    }
}

/// Takes one delivery and closes the connection; 0 in the script closes it without an answer.
fn answer(mut stream: std::net::TcpStream, sender: &Sender<Delivery>, script: &Mutex<Vec<u16>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                break (head.to_owned(), length);
            }
        }
    };
    let body = String::from_utf8(bytes[bytes.len() - length..].to_vec()).unwrap();
    let fields = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let headers = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let status = {
        let mut script = script.lock().unwrap();
        if script.is_empty() {
            204
        } else {
            script.remove(0)
        }
    };
    if status != 0 {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.write_all(answer.as_bytes());
    }
    let _ = sender.send(Delivery { headers, body });
}

fn server_for(hooks: &[&Hook]) -> DevServer {
    let endpoint = |hook: &&Hook| Endpoint::new(&hook.url(), SECRET).unwrap();
    DevServer::start(Config {
        endpoints: hooks.iter().map(endpoint).collect(),
        delivery: DeliveryPolicy {
            retry: Duration::from_millis(1),
            max_attempts: 3,
            timeout: Duration::from_secs(10),
        },
        ..Config::default()
    })
    .unwrap()
}

fn status_of(server: &DevServer, event_id: &str) -> Value {
    let answer = exchange(server, &get(&format!("/v1/events/{event_id}")));
    assert_eq!(answer.status, 200);
    answer.json()
}

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
    assert_eq!(shown["attempts"][0]["status"], "succeeded");
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
    assert_eq!(classes, [Some("http_5xx"), Some("connection"), None]);
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
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 3);
    assert!(hook.script_played());
}

#[test]
fn redirects_and_refusals_are_final() {
    for status in [302, 400, 404, 410] {
        let hook = Hook::new(&[status]);
        let server = server_for(&[&hook]);
        exchange(&server, &Post::event("k").bytes()).event_id();
        let summary = server
            .wait_until(PATIENCE, |summary| summary.dead_lettered == 1)
            .expect("a dead letter");
        assert_eq!(summary.attempts, 1, "{status}");
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
fn one_ordering_key_is_delivered_in_order_whatever_fails() {
    let hook = Hook::new(&[500, 204, 500, 500, 204, 204]);
    let server = server_for(&[&hook]);
    for n in 0..4 {
        let body = format!(r#"{{"topic":"t","payload":{{"n":{n}}}}}"#);
        let request = Post::new(body).header("X-Hookrail-Ordering-Key", "account-7");
        exchange(&server, &request.bytes()).event_id();
    }
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 4)
        .expect("success");
    let order = [(); 7].map(|()| hook.next().body);
    let expected = [0, 0, 1, 1, 1, 2, 3].map(|n| format!(r#"{{"n": {n}}}"#));
    assert_eq!(order, expected);
    assert!(hook.deliveries.try_recv().is_err());
}

#[test]
fn other_ordering_keys_do_not_wait_behind_a_stuck_one() {
    let stuck = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = Hook::new(&[]);
    let server = server_for(&[&hook]);
    let endpoint = Endpoint::new(&format!("http://{}/", stuck.local_addr().unwrap()), SECRET);
    server.add_endpoint(endpoint.unwrap());
    for (key, n) in [("a", 1), ("a", 2), ("b", 3)] {
        let body = format!(r#"{{"topic":"t","payload":{n}}}"#);
        let request = Post::new(body).header("X-Hookrail-Ordering-Key", key);
        exchange(&server, &request.bytes()).event_id();
    }
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 3)
        .expect("the good endpoint's");
    // The stuck endpoint is offered the head of each lane, and nothing behind it. An attempt whose connection
    // is closed would be in flight no longer.
    let _attempts = [(); 2].map(|()| stuck.accept().expect("an attempt"));
    let states = |state| {
        let events = server.events();
        let deliveries = events.into_iter().flat_map(|event| event.deliveries);
        deliveries
            .filter(|delivery| delivery.state == state)
            .count()
    };
    assert_eq!(states(DeliveryState::InFlight), 2);
    assert_eq!(states(DeliveryState::Pending), 1);
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
    assert_eq!(attempt["status"], "failed");
    assert!(attempt.get("http_status").is_none());
}
