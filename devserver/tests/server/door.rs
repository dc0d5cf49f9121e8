//! Requests that a page in the developer's browser can send, and the answers.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Answer, Post, control, exchange, server};
use hookrail_devserver::{Config, DevServer, redacted};

/// A request as a browser sends it, byte for byte.
fn raw(server: &DevServer, request_line: &str, headers: &[&str], body: &str) -> Answer {
    let mut request = format!("{request_line} HTTP/1.1\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    exchange(server, request.as_bytes())
}

const ENDPOINT: &str = r#"{"url":"http://203.0.113.7/","secrets":["whsec_evil"]}"#;

/// Checks that no attack has succeeded.
fn assert_untouched(server: &DevServer) {
    assert!(server.faults().is_empty());
    assert_eq!(
        control(server, "GET", "endpoints", "").json()["endpoints"],
        serde_json::json!([])
    );
    assert_eq!(control(server, "GET", "outage", "").json()["on"], false);
    assert!(server.events().is_empty());
}

#[test]
fn forms_that_post_text_change_nothing() {
    let server = server();
    for (path, body) in [
        ("endpoints", ENDPOINT),
        ("faults", r#"[{"status":503,"times":"always"}]"#),
        ("shutdown", ""),
    ] {
        for media_type in [
            "Content-Type: text/plain",
            "Content-Type: text/plain;application/json",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Type: multipart/form-data; boundary=application/json",
            "Content-Type: application/jsonp",
            "X-No-Content-Type: 1",
            "Content-Type: text/plain\r\nContent-Type: application/json",
        ] {
            let line = format!("POST /_control/{path}");
            let headers = ["Host: 127.0.0.1:8080", media_type];
            let detail = raw(&server, &line, &headers, body).problem(415);
            assert!(detail.contains("application/json"), "{detail}");
            // With the header fields that today's browsers add.
            let headers = [
                "Host: 127.0.0.1:8080",
                "Origin: https://evil.example",
                media_type,
            ];
            raw(&server, &line, &headers, body).problem(403);
        }
    }
    assert_untouched(&server);
}

#[test]
fn whatever_a_page_sends_is_refused() {
    let server = server();
    let json = "Content-Type: application/json";
    for mark in [
        "Origin: https://evil.example",
        "Origin: http://localhost:3000",
        "Origin: null",
        "Origin: ",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "sec-fetch-site: Cross-Site",
        "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site",
    ] {
        let headers = ["Host: localhost:8080", mark, json];
        for line in [
            "POST /_control/endpoints",
            "PUT /_control/faults",
            "POST /_control/shutdown",
        ] {
            raw(&server, line, &headers, ENDPOINT).problem(403);
        }
        for line in [
            "GET /_control/requests",
            "GET /_control/events",
            "DELETE /_control/ledger",
            "OPTIONS /_control/faults",
            "GET /readyz",
        ] {
            let refused = raw(&server, line, &headers, "");
            refused.problem(403);
            assert_eq!(refused.header("access-control-allow-origin"), None);
        }
        // A page's event would be signed and delivered to the developer's endpoints.
        let event = Post::event("k").header(mark.split_once(": ").unwrap().0, "cross-site");
        exchange(&server, &event.bytes()).problem(403);
    }
    assert_untouched(&server);
    assert!(server.requests().is_empty());
}

#[test]
fn a_name_that_was_pointed_here_opens_nothing() {
    let server = server();
    exchange(&server, &Post::new("nonsense").bytes()).problem(400);
    for host in [
        "Host: evil.example",
        "Host: evil.example:8080",
        "Host: localhost.evil.example:8080",
        "Host: 127.0.0.1.nip.io",
        "Host: evil.example\r\nHost: localhost",
        "Host: localhost\r\nHost: evil.example",
        "Host: ",
        "X-Host: localhost",
    ] {
        for line in [
            "GET /_control/requests",
            "GET /_control/summary",
            "DELETE /_control/ledger",
        ] {
            let refused = raw(&server, line, &[host, "Sec-Fetch-Site: same-origin"], "");
            assert!(
                [400, 403].contains(&refused.status),
                "{host}: {}",
                refused.status
            );
        }
        let headers = [host, "Content-Type: application/json"];
        let refused = raw(&server, "POST /_control/endpoints", &headers, ENDPOINT);
        assert!(
            [400, 403].contains(&refused.status),
            "{host}: {}",
            refused.status
        );
    }
    // The request target may contain a host as well.
    let headers = ["Host: localhost"];
    raw(
        &server,
        "GET http://evil.example/_control/requests",
        &headers,
        "",
    )
    .problem(403);
    assert_untouched(&server);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn programs_on_this_machine_and_allowed_names_come_in() {
    let server = DevServer::start(Config {
        allowed_hosts: vec!["devserver".into()],
        ..Config::default()
    })
    .unwrap();
    for host in [
        "localhost",
        "localhost:8080",
        "127.0.0.1:1",
        "[::1]:8080",
        "a.localhost",
        "devserver:80",
    ] {
        let host = format!("Host: {host}");
        // The developer may type a URL into the address bar.
        let answer = raw(
            &server,
            "GET /_control/summary",
            &[&host, "Sec-Fetch-Site: none"],
            "",
        );
        assert_eq!(answer.status, 200, "{host}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let headers = [
            host.as_str(),
            "Content-Type: application/json; charset=utf-8",
        ];
        let answer = raw(&server, "PUT /_control/outage", &headers, r#"{"on":false}"#);
        assert_eq!(answer.status, 200, "{host}");
    }
    let refused = raw(&server, "GET /_control/summary", &["Host: other"], "");
    assert!(refused.problem(403).contains("--allow-host"));
}

#[test]
fn events_may_come_by_any_name() {
    let server = server();
    let bytes = String::from_utf8(Post::event("k").bytes()).unwrap();
    let elsewhere = bytes.replace("Host: localhost", "Host: hookrail.internal");
    exchange(&server, elsewhere.as_bytes()).event_id();
}

#[test]
fn keys_are_in_no_ledger() {
    let server = server();
    let request = Post::event("k").header("Proxy-Authorization", "Basic aGtfc2VjcmV0");
    exchange(&server, &request.bytes()).event_id();
    let other = Post::event("k")
        .without_headers()
        .header("Authorization", "hk_secret");
    exchange(&server, &other.bytes()).problem(401);
    for list in ["requests", "events"] {
        let shown = String::from_utf8(control(&server, "GET", list, "").body).unwrap();
        for key in ["hk_dev", "aGtfc2VjcmV0", "hk_secret"] {
            assert!(!shown.contains(key), "{shown}");
        }
    }
    let requests = server.requests();
    assert_eq!(
        requests[0].header("authorization"),
        Some(&*redacted("Bearer hk_dev"))
    );
    assert_eq!(
        requests[0]
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer sha256:")),
        Some(&*server.events()[0].producer)
    );
}

#[test]
fn the_ledger_forgets_requests_to_stay_within_its_bytes() {
    let server = DevServer::start(Config {
        ledger_bytes: 200_000,
        ..Config::default()
    })
    .unwrap();
    let body = "x".repeat(60_000);
    for _ in 0..10 {
        exchange(&server, &Post::new(body.clone()).bytes()).problem(400);
    }
    let kept: Vec<u64> = server
        .requests()
        .iter()
        .map(|request| request.seq)
        .collect();
    assert_eq!(kept, [8, 9, 10]);
    assert_eq!(server.summary().requests, 10);
}

#[test]
fn an_event_for_which_there_is_no_room_is_not_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    for ledger_file in [None, Some(ledger.clone())] {
        let server = DevServer::start(Config {
            ledger_bytes: 100_000,
            ledger_requests: 0,
            ledger_file: ledger_file.clone(),
            ..Config::default()
        })
        .unwrap();
        let event = |n: usize| {
            let payload = "x".repeat(30_000);
            let post = Post::new(format!(r#"{{"topic":"t","payload":"{payload}"}}"#));
            exchange(
                &server,
                &post.header("Idempotency-Key", &n.to_string()).bytes(),
            )
        };
        for n in 0..3 {
            event(n).event_id();
        }
        let detail = event(3).problem(503);
        assert!(detail.contains("--ledger-bytes"), "{detail}");
        assert_eq!(event(2).header("idempotent-replay"), Some("true"));
        if ledger_file.is_some() {
            let file = std::fs::metadata(&ledger).unwrap();
            assert!(file.len() <= 100_000, "{}", file.len());
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(control(&server, "DELETE", "ledger", "").status, 204);
        event(3).event_id();
    }
}
