//! The bodies of error answers (RFC 7807, and what proxies answer instead).

use hookrail::{Error, Outcome, Status};
use hookrail_devserver::Rule;

use crate::support::raw::{RawServer, response};
use crate::support::{
    client, client_at, client_with, expect_error, options, options_with_retries, send, server_with,
};

/// Returns the error for a 400 with this body.
fn refused_with(content_type: &str, body: &str) -> Error {
    let server = server_with([Rule::status(400).body(content_type, body)]);
    let error = send(&client(&server)).expect_err("a refusal");
    expect_error(&error, Status::BadRequest, 1, Outcome::Rejected);
    error
}

#[test]
fn all_members_of_a_problem_reach_the_caller() {
    let body = r#"{"type":"https://example.com/p","title":"Bad","status":400,"detail":"no topic","trace":"t-1"}"#;
    let error = refused_with("application/problem+json", body);
    let problem = error.problem().expect("a problem");
    assert_eq!(problem.problem_type(), Some("https://example.com/p"));
    assert_eq!(problem.title(), Some("Bad"));
    assert_eq!(problem.status(), Some(400));
    assert_eq!(problem.detail(), Some("no topic"));
    assert_eq!(problem.raw_body(), body.as_bytes());
    assert!(error.message().contains("no topic"), "{error}");
}

#[test]
fn members_are_optional_and_may_be_odd() {
    let error = refused_with("application/problem+json", r#"{"title":7,"detail":"d"}"#);
    let problem = error.problem().expect("a problem");
    assert_eq!(problem.title(), None);
    assert_eq!(problem.problem_type(), None);
    assert_eq!(problem.status(), None);
    assert_eq!(problem.detail(), Some("d"));
}

#[test]
fn the_status_is_that_of_the_answer_whatever_the_body_says() {
    for claimed in ["200", "503", "\"no\"", "-1", "1e99"] {
        refused_with(
            "application/problem+json",
            &format!(r#"{{"status":{claimed}}}"#),
        );
    }
}

#[test]
fn bodies_of_any_shape_are_kept_and_change_nothing() {
    let bodies = [
        "<html><body><h1>400 Bad Request</h1></body></html>",
        "{\"title\":\"cut o",
        "[\"title\",\"detail\"]",
        "\"text\"",
        "null",
        "{}",
        "\u{0}\u{1}",
        " ",
    ];
    for content_type in ["text/html", "application/problem+json", "no media type"] {
        for body in bodies {
            let error = refused_with(content_type, body);
            let problem = error.problem().expect("the body");
            assert_eq!(problem.raw_body(), body.as_bytes());
            assert_eq!(problem.detail(), None);
        }
    }
}

#[test]
fn no_body_is_no_problem() {
    let error = refused_with("application/problem+json", "");
    assert!(error.problem().is_none());
}

#[test]
fn a_body_that_is_not_text() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            let headers = [("Content-Encoding", "gzip")];
            peer.send(response("401 Unauthorized", &headers, b"\x1f\x8b\xff\xfe"));
        }
    });
    let error = send(&client_at(&server.url(), &options())).unwrap_err();
    expect_error(&error, Status::Authentication, 1, Outcome::Rejected);
    let problem = error.problem().expect("the body");
    assert_eq!(problem.raw_body(), b"\x1f\x8b\xff\xfe");
}

#[test]
fn a_503_never_says_that_nothing_was_recorded() {
    for content_type in [
        "application/problem+json",
        "application/problem+json; charset=utf-8",
        "text/html",
        "application/json",
    ] {
        let body = r#"{"title":"Service Unavailable"}"#;
        let server = server_with([Rule::status(503).body(content_type, body)]);
        let client = client_with(&server, options_with_retries(0));
        let error = send(&client).unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
    }
}

#[test]
fn control_characters_are_escaped_in_messages_only() {
    let detail = "no\r\n2026-11-29 ERROR forged\u{1b}[2J\u{9b}1m\u{202e}\u{2028}\u{7f}";
    for member in ["detail", "title"] {
        let body = serde_json::json!({ member: detail }).to_string();
        let error = refused_with("application/problem+json", &body);
        let shown = r"no\r\n2026-11-29 ERROR forged\u{1b}[2J\u{9b}1m\u{202e}\u{2028}\u{7f}";
        assert!(error.message().contains(shown), "{error}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
        let problem = error.problem().expect("a problem");
        let raw = problem.detail().or(problem.title());
        assert_eq!(raw, Some(detail), "{member}");
        assert_eq!(problem.raw_body(), body.as_bytes());
    }
}

#[test]
fn the_outer_error_repeats_no_raw_text() {
    let body = r#"{"detail":"a\nb"}"#;
    let server = server_with([Rule::status(429).body("application/problem+json", body)]);
    let client = client_with(&server, options_with_retries(0));
    let error = send(&client).expect_err("a refusal");
    assert!(error.message().contains(r"a\nb"), "{error}");
    assert!(!error.message().contains('\n'), "{error}");
}

#[test]
fn a_long_detail_does_not_make_a_long_message() {
    let detail = "x".repeat(100_000);
    let body = format!(r#"{{"detail":"{detail}"}}"#);
    let error = refused_with("application/problem+json", &body);
    assert!(error.message().len() < 1_000);
    assert_eq!(error.problem().and_then(|p| p.detail()), Some(&*detail));
}
