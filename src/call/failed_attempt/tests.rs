use std::io;
use std::time::UNIX_EPOCH;

use http::HeaderValue;

use super::*;
use crate::transport::failure::Phase;
use crate::transport::tls::messages::TlsFailure;

const SECOND: Duration = Duration::from_secs(1);

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
        truncated: false,
        request_id: None,
        forwarder: None,
    }
}

fn refused(status: u16, body: &str) -> FailedAttempt {
    FailedAttempt::refused(&answer(status, body), UNIX_EPOCH)
}

#[test]
fn each_answer_has_its_status_its_fate_and_its_retry() {
    use Fate::{Excluded, Rejected, Unknown};
    use Status::*;
    let expected = [
        (100, UnexpectedStatus, Unknown, false),
        (199, UnexpectedStatus, Unknown, false),
        (300, UnexpectedStatus, Rejected, false),
        (302, UnexpectedStatus, Rejected, false),
        (308, UnexpectedStatus, Rejected, false),
        (400, BadRequest, Rejected, false),
        (401, Authentication, Rejected, false),
        (402, UnexpectedStatus, Rejected, false),
        (403, PermissionDenied, Rejected, false),
        (404, NotFound, Rejected, false),
        (405, UnexpectedStatus, Rejected, false),
        (407, UnexpectedStatus, Rejected, false),
        (408, UnexpectedStatus, Rejected, true),
        (409, Conflict, Excluded, false),
        (410, UnexpectedStatus, Rejected, false),
        (413, PayloadTooLarge, Rejected, false),
        (422, UnexpectedStatus, Rejected, false),
        (425, UnexpectedStatus, Rejected, true),
        (426, UnexpectedStatus, Rejected, false),
        (428, UnexpectedStatus, Rejected, false),
        (429, RateLimited, Rejected, true),
        (430, UnexpectedStatus, Rejected, false),
        (499, UnexpectedStatus, Rejected, false),
        (500, ServerError, Unknown, true),
        (501, ServerError, Unknown, true),
        (502, ServerError, Unknown, true),
        (503, ServerError, Unknown, true),
        (504, ServerError, Unknown, true),
        (599, ServerError, Unknown, true),
        (999, ServerError, Unknown, true),
    ];
    for (http_status, status, fate, retryable) in expected {
        // The body changes none of that.
        for body in ["", "<p>", r#"{"title":"t","status":200}"#] {
            let FailedAttempt { error, fate: said } = refused(http_status, body);
            assert_eq!(error.status(), status, "{http_status}");
            assert_eq!(said, fate, "{http_status}");
            assert_eq!(error.is_retryable(), retryable, "{http_status}");
            assert_eq!(error.http_status(), Some(http_status));
            assert_eq!(error.problem().is_some(), !body.is_empty());
            assert_eq!(error.retry_after(), None);
        }
    }
}

#[test]
fn the_message_quotes_the_service() {
    for (status, body, message) in [
        (500, "", "the service answered 500"),
        (500, "<html>", "the service answered 500"),
        (400, r#"{"title":"t"}"#, "the service answered 400: t"),
        (
            400,
            r#"{"title":"t","detail":"d"}"#,
            "the service answered 400: d",
        ),
        (
            302,
            r#"{"title":"t"}"#,
            "the service answered 302: t; redirects are not followed, check base_url",
        ),
        (
            399,
            "",
            "the service answered 399; redirects are not followed, check base_url",
        ),
    ] {
        assert_eq!(refused(status, body).error.message(), message);
    }
}

#[test]
fn a_proxy_that_forwards_may_have_written_the_answer() {
    let mut answer = answer(502, "");
    answer.forwarder = Some("proxy:3128".to_owned());
    let error = FailedAttempt::refused(&answer, UNIX_EPOCH).error;
    assert_eq!(
        error.message(),
        "the service answered 502; the proxy proxy:3128 may have answered in its place"
    );
}

#[test]
fn the_length_of_the_message_is_limited() {
    let body = format!(r#"{{"detail":"{}"}}"#, "\u{e9}".repeat(10_000));
    let error = refused(500, &body).error;
    let expected = format!("the service answered 500: {}", "\u{e9}".repeat(500));
    assert_eq!(error.message(), expected);
}

#[test]
fn retry_after_is_read_at_any_status_and_from_the_given_time() {
    for (value, expected) in [
        ("7", Some(7 * SECOND)),
        ("0", Some(Duration::ZERO)),
        ("Thu, 01 Jan 1970 00:00:09 GMT", Some(9 * SECOND)),
        ("soon", None),
    ] {
        for status in [400, 401, 429, 503] {
            let mut answer = answer(status, "");
            let value = HeaderValue::from_static(value);
            answer.headers.insert(RETRY_AFTER, value);
            let error = FailedAttempt::refused(&answer, UNIX_EPOCH).error;
            assert_eq!(error.retry_after(), expected);
        }
    }
}

#[test]
fn a_refused_key_that_has_worked_may_be_an_outage() {
    let FailedAttempt { error, fate } = refused(401, "").into_possible_outage();
    assert_eq!(error.status(), Status::Authentication);
    assert_eq!(fate, Fate::Rejected);
    assert!(error.is_retryable());
    assert_eq!(error.http_status(), Some(401));
    let begin = "the service answered 401; the key has worked before: ";
    assert!(error.message().starts_with(begin), "{error}");
}

#[test]
fn a_success_with_an_unexpected_body_may_have_recorded_the_event() {
    let failed = FailedAttempt::unexpected_success(&answer(202, "<p>"), "no JSON");
    assert_eq!(failed.fate, Fate::Unknown);
    assert_eq!(failed.error.status(), Status::Protocol);
    assert!(!failed.error.is_retryable());
    assert_eq!(failed.error.http_status(), Some(202));
    assert_eq!(
        failed.error.message(),
        "the service answered 202 with an unexpected body (no JSON); it may have recorded the event"
    );
}

#[test]
fn without_an_answer_the_outcome_depends_on_the_end_of_the_request() {
    let failures = [
        (Failure::Cancelled, Status::Cancelled, false),
        (
            Failure::Timeout {
                phase: Phase::Read,
                limit: Some(SECOND),
            },
            Status::Timeout,
            true,
        ),
        (
            Failure::Resolve {
                host: "h".to_owned(),
                reason: "r".to_owned(),
            },
            Status::Connection,
            true,
        ),
        (
            Failure::Connect {
                peer: "h:1".to_owned(),
                source: io::ErrorKind::ConnectionRefused.into(),
            },
            Status::Connection,
            true,
        ),
        (
            Failure::Closed(io::ErrorKind::ConnectionReset.into()),
            Status::Connection,
            true,
        ),
        (
            Failure::Tls(TlsFailure::new(
                rustls::Error::DecryptError,
                None,
                Default::default(),
            )),
            Status::Tls,
            true,
        ),
    ];
    for (failure, status, retryable) in failures {
        let message = failure.to_string();
        let failed = FailedAttempt::without_answer(NoAnswer::Transport(failure), false);
        assert_eq!(failed.fate, Fate::NotSent);
        assert_eq!(failed.error.status(), status);
        assert_eq!(failed.error.is_retryable(), retryable, "{message}");
        assert_eq!(failed.error.message(), message);
        assert_eq!(failed.error.http_status(), None);
    }
    let no_http = |complete| FailedAttempt::without_answer(NoAnswer::NotHttp("x".into()), complete);
    assert_eq!(no_http(true).fate, Fate::Unknown);
    assert_eq!(no_http(false).fate, Fate::NotSent);
    assert_eq!(no_http(true).error.status(), Status::Protocol);
    assert!(no_http(true).error.is_retryable());
}
