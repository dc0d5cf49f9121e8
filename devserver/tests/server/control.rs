//! The control API and the ledger behind it.

use crate::support::{PATIENCE, Post, Raw, control, exchange, server};
use hookrail_devserver::{Config, DevServer, Rule, redacted};
use serde_json::{Value, json};

#[test]
fn requests_are_shown_with_everything_that_was_sent() {
    let server = server();
    let request = Post::event("key-1")
        .header("X-Twice", "1")
        .header("X-Twice", "2");
    exchange(&server, &request.bytes()).event_id();
    let shown = control(&server, "GET", "requests", "").json()["requests"][0].clone();
    assert_eq!(shown["seq"], 1);
    assert_eq!(shown["connection"], 1);
    assert_eq!(
        (&shown["method"], &shown["path"]),
        (&json!("POST"), &json!("/v1/events"))
    );
    assert_eq!(
        (&shown["status"], &shown["outcome"]),
        (&json!(202), &json!("answered"))
    );
    assert_eq!(shown["fault"], Value::Null);
    assert!(shown["at_ms"].is_u64());
    let headers = shown["headers"].as_array().unwrap();
    for field in [
        json!(["idempotency-key", "key-1"]),
        json!(["authorization", redacted("Bearer hk_dev")]),
        json!(["x-twice", "1"]),
        json!(["x-twice", "2"]),
    ] {
        assert!(
            headers.contains(&field),
            "{field} is missing in {headers:?}"
        );
    }
    let body = &shown["body"];
    let text = r#"{"topic":"order.created","payload":{"a":1}}"#;
    assert_eq!(body["text"], text);
    assert_eq!(
        (&body["length"], &body["complete"]),
        (&json!(text.len()), &json!(true))
    );
    assert_eq!(body["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn bodies_that_are_not_text_are_shown_as_base64_and_large_ones_by_digest() {
    let server = server();
    exchange(&server, &Post::new([0xff, 0x00]).bytes());
    exchange(&server, &Post::new("x".repeat(17_000)).bytes());
    exchange(&server, &Post::new("x".repeat(70_000)).bytes());
    let shown = control(&server, "GET", "requests", "").json();
    let body = |index: usize| {
        shown["requests"][index]["body"]
            .as_object()
            .unwrap()
            .clone()
    };
    assert_eq!(body(0)["base64"], "/wA=");
    assert!(!body(0).contains_key("text"));
    assert!(body(1).contains_key("base64") && !body(1).contains_key("text"));
    assert!(!body(2).contains_key("base64") && !body(2).contains_key("text"));
    assert_eq!(body(2)["length"], 70_000);
}

#[test]
fn lists_are_read_in_pages() {
    let server = server();
    for n in 0..5 {
        exchange(&server, &Post::event(&n.to_string()).bytes()).event_id();
    }
    let numbers = |list: &str, name: &str| -> Vec<u64> {
        let page = control(&server, "GET", list, "").json();
        let name_of_list = list.split('?').next().unwrap();
        let list = page[name_of_list].as_array().unwrap();
        list.iter()
            .map(|entry| entry[name].as_u64().unwrap())
            .collect()
    };
    assert_eq!(numbers("requests?since=3", "seq"), [4, 5]);
    assert_eq!(numbers("requests?since=1&limit=2", "seq"), [2, 3]);
    assert_eq!(numbers("events?since=4", "order"), [5]);
    assert_eq!(numbers("events?limit=1", "order"), [1]);
    control(&server, "GET", "events?since=x", "").problem(400);
    control(&server, "GET", "requests?sicne=1", "").problem(400);
}

#[test]
fn the_summary_leaves_control_requests_and_their_connections_out() {
    let server = server();
    exchange(&server, &Post::event("a").bytes()).event_id();
    exchange(&server, &Post::event("a").bytes()).event_id();
    exchange(&server, &Post::event("b").bytes()).event_id();
    let other = Post::new(r#"{"topic":"t","payload":2}"#).header("Idempotency-Key", "a");
    exchange(&server, &other.bytes()).problem(409);
    server
        .wait_until(PATIENCE, |summary| summary.open_connections == 0)
        .expect("all closed");
    let summary = control(&server, "GET", "summary", "").json();
    let expected = json!({
        "requests": 4, "finished": 4, "events": 2, "distinct_keys": 2, "replays": 1,
        "conflicts": 1, "connections": 4, "open_connections": 0, "tls_failures": 0,
        "malformed": 0, "deliveries": 0, "attempts": 0, "succeeded": 0, "dead_lettered": 0,
        "skipped": 0,
    });
    assert_eq!(summary, expected);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_connection_is_counted_once_it_carries_a_service_request() {
    let server = server();
    let mut connection = Raw::connect(&server);
    let summary = b"GET /_control/summary HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(connection.exchange(summary).json()["connections"], 0);
    connection.exchange(&Post::event("a").bytes()).event_id();
    assert_eq!(connection.exchange(summary).json()["connections"], 1);
    assert_eq!(connection.exchange(summary).json()["open_connections"], 1);
}

#[test]
fn what_is_not_http_is_counted() {
    let server = server();
    let mut connection = Raw::connect(&server);
    connection.send(b"\x16\x03\x01 this is no request\r\n\r\n");
    connection.rest();
    let summary = server.wait_until(PATIENCE, |summary| summary.malformed == 1);
    assert_eq!(summary.expect("the count").requests, 0);
}

#[test]
fn waiting_ends_when_the_counts_are_reached() {
    let server = server();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| control(&server, "GET", "wait?events=2&replays=1", ""));
        for key in ["a", "a", "b"] {
            exchange(&server, &Post::event(key).bytes()).event_id();
        }
        let summary = waiting.join().unwrap();
        assert_eq!(summary.status, 200);
        assert_eq!(summary.json()["events"], 2);
    });
    let gone = control(&server, "GET", "wait?max_open_connections=0", "");
    assert_eq!(gone.json()["open_connections"], 0);
    let late = control(&server, "GET", "wait?events=3&timeout_ms=1", "");
    assert!(late.problem(504).contains("\"events\":2"));
    assert!(
        control(&server, "GET", "wait?evnts=1", "")
            .problem(400)
            .contains("evnts")
    );
}

#[test]
fn a_condition_may_look_at_the_ledger_itself() {
    let server = server();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            server
                .wait_until(PATIENCE, |_| server.events().len() == 2)
                .is_ok()
        });
        for key in ["a", "b"] {
            exchange(&server, &Post::event(key).bytes()).event_id();
        }
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn faults_are_listed_replaced_and_cleared() {
    let server = server();
    let rules = r#"[{"status":503,"times":2},{"match":{"method":"GET"},"status":500}]"#;
    assert_eq!(control(&server, "POST", "faults", rules).status, 200);
    exchange(&server, &Post::event("a").bytes()).problem(503);
    let pending = control(&server, "GET", "faults", "").json();
    assert_eq!(
        pending["faults"][0],
        json!({"rule": {"status": 503, "times": 2}, "met": 1, "acted": 1})
    );
    assert_eq!(
        control(&server, "PUT", "faults", r#"[{"status":502}]"#).status,
        200
    );
    exchange(&server, &Post::event("a").bytes()).problem(502);
    control(&server, "POST", "faults", rules);
    assert_eq!(control(&server, "DELETE", "faults", "").status, 204);
    exchange(&server, &Post::event("a").bytes()).event_id();
}

#[test]
fn wrong_rules_change_nothing_and_say_what_is_wrong() {
    let server = server();
    control(&server, "POST", "faults", r#"[{"status":503}]"#);
    for (rules, named) in [
        (r#"{"status":503}"#, "list"),
        (r#"[{"status":502},{"statsu":503}]"#, "statsu"),
        (r#"[{"status":99}]"#, "99"),
        (r#"[{"reset":"sometime"}]"#, "sometime"),
        (
            r#"[{"reset":"after_headers","match":{"topic":"a"}}]"#,
            "topic",
        ),
    ] {
        for method in ["POST", "PUT"] {
            let detail = control(&server, method, "faults", rules).problem(400);
            assert!(detail.contains(named), "{detail} does not name {named}");
        }
    }
    assert_eq!(server.faults().len(), 1);
}

#[test]
fn endpoints_are_added_and_their_secrets_never_shown() {
    let server = server();
    let endpoint = r#"{"url":"http://127.0.0.1:1/","secrets":["whsec_hidden"],"topics":["a.*"],"ordered":true}"#;
    let added = control(&server, "POST", "endpoints", endpoint);
    assert_eq!(
        added.json()["endpoints"][0],
        json!({"index": 0, "url": "http://127.0.0.1:1/", "secrets": 1, "topics": ["a.*"], "ordered": true})
    );
    let rotated = control(
        &server,
        "POST",
        "endpoints/0/secrets",
        r#"{"secret":"whsec_hidden2"}"#,
    );
    assert_eq!(rotated.json()["endpoints"][0]["secrets"], 2);
    for (path, body) in [
        (
            "endpoints",
            r#"{"url":"https://h/","secrets":["whsec_hidden"]}"#,
        ),
        ("endpoints", r#"{"url":"http://h/","secrets":[]}"#),
        ("endpoints/0/secrets", r#"{"secret":""}"#),
        ("endpoints/9/secrets", r#"{"secret":"whsec_hidden"}"#),
    ] {
        let detail = control(&server, "POST", path, body).problem(400);
        assert!(!detail.contains("hidden"), "{detail}");
    }
    let listed = control(&server, "GET", "endpoints", "").body;
    assert!(!String::from_utf8(listed).unwrap().contains("hidden"));
}

#[test]
fn a_reset_forgets_requests_events_and_keys() {
    let server = server();
    let first = exchange(&server, &Post::event("a").bytes()).event_id();
    assert_eq!(control(&server, "DELETE", "ledger", "").status, 204);
    assert!(server.requests().is_empty() && server.events().is_empty());
    assert_eq!(server.summary().requests, 0);
    let again = exchange(&server, &Post::event("a").bytes());
    assert_ne!(again.event_id(), first);
    assert_eq!(again.header("idempotent-replay"), None);
    assert_eq!(server.requests()[0].seq, 2);
}

#[test]
fn the_request_ledger_keeps_the_latest_or_none() {
    for (kept, expected) in [(2, vec![4, 5]), (0, vec![])] {
        let config = Config {
            ledger_requests: kept,
            ..Config::default()
        };
        let server = DevServer::start(config).unwrap();
        server.add_faults([Rule::status(503).times(2)]).unwrap();
        for n in 0..5 {
            exchange(&server, &Post::event(&n.to_string()).bytes());
        }
        let seqs: Vec<u64> = server
            .requests()
            .iter()
            .map(|request| request.seq)
            .collect();
        assert_eq!(seqs, expected);
        let summary = server.summary();
        assert_eq!(
            (summary.requests, summary.finished, summary.events),
            (5, 5, 3)
        );
    }
}

#[test]
fn unknown_control_paths_name_the_known_ones() {
    let server = server();
    for path in ["", "nonsense", "summary/more"] {
        let detail = control(&server, "GET", path, "").problem(404);
        assert!(detail.contains("summary, requests"), "{detail}");
    }
    let root = exchange(
        &server,
        b"GET /_control HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    root.problem(404);
    assert!(server.requests().is_empty());
}

#[test]
fn a_shutdown_frees_the_port() {
    let server = server();
    let addr = server.addr();
    assert_eq!(control(&server, "POST", "shutdown", "").status, 204);
    server.join();
    let config = Config {
        port: addr.port(),
        ..Config::default()
    };
    assert_eq!(
        DevServer::start(config).expect("the same port").addr(),
        addr
    );
}

#[test]
fn a_taken_port_is_refused_by_name() {
    let server = server();
    let config = Config {
        port: server.addr().port(),
        ..Config::default()
    };
    let error = DevServer::start(config)
        .expect_err("the port is taken")
        .to_string();
    assert!(error.contains(&server.addr().to_string()), "{error}");
}
