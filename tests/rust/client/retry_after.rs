//! `Retry-After` in its forms (protocol §3).

use std::time::{Duration, SystemTime};

use hookrail::{Outcome, Status};
use hookrail_devserver::Rule;

use crate::support::{
    PATIENCE, SOON, client, client_with, expect_error, options, options_with_retries, send,
    server_with, timed,
};

fn limited(retry_after: &str) -> Rule {
    Rule::status(429).header("Retry-After", retry_after)
}

#[test]
fn seconds_are_the_shortest_wait() {
    let server = server_with([limited("1")]);
    let (result, elapsed) = timed(|| send(&client(&server)));
    assert_eq!(result.unwrap().attempts, 2);
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
}

#[test]
fn retry_after_counts_for_a_503_as_well() {
    let server = server_with([Rule::status(503).header("Retry-After", "1")]);
    let (result, elapsed) = timed(|| send(&client(&server)));
    assert_eq!(result.unwrap().attempts, 2);
    assert!(elapsed >= Duration::from_secs(1), "{elapsed:?}");
}

#[test]
fn a_date_is_waited_for() {
    // Dates have whole seconds, so this one is more than one second away and at most two.
    let date = SystemTime::now() + Duration::from_secs(2);
    let server = server_with([limited(&httpdate::fmt_http_date(date))]);
    assert_eq!(send(&client(&server)).unwrap().attempts, 2);
    let whole_second = httpdate::parse_http_date(&httpdate::fmt_http_date(date)).unwrap();
    assert!(SystemTime::now() >= whole_second);
}

#[test]
fn a_date_that_has_passed_is_no_wait() {
    let server = server_with([limited("Sun, 06 Nov 1994 08:49:37 GMT").always()]);
    let client = client_with(&server, options_with_retries(1));
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::Rejected);
    assert_eq!(error.retry_after(), Some(Duration::ZERO));
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn invalid_values_are_ignored() {
    for value in ["", "-1", "+5", "1.5", "soon", "5 s", "0x10", "3600, 3600"] {
        let server = server_with([limited(value).always()]);
        let client = client_with(&server, options_with_retries(1));
        let (result, elapsed) = timed(|| send(&client));
        let error = result.unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 2, Outcome::Rejected);
        assert_eq!(error.retry_after(), None, "{value:?}");
        assert!(elapsed < SOON, "{value:?}: {elapsed:?}");
    }
}

#[test]
fn a_wait_beyond_the_budget_ends_the_call_at_once() {
    let too_long = PATIENCE.as_secs() + 1;
    for value in [
        &*too_long.to_string(),
        "99999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let server = server_with([limited(value).always()]);
        let (result, elapsed) = timed(|| send(&client(&server)));
        let error = result.unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 1, Outcome::Rejected);
        assert!(error.retry_after() > Some(PATIENCE), "{error}");
        assert!(error.message().contains("budget"), "{error}");
        let cause = error.cause().expect("the answer");
        assert_eq!(cause.status(), Status::RateLimited);
        assert!(elapsed < SOON, "{elapsed:?}");
        assert_eq!(server.summary().requests, 1);
    }
}

#[test]
fn retry_after_can_be_ignored_and_is_still_reported() {
    let server = server_with([limited("40").always()]);
    let mut options = options_with_retries(2);
    options.set_respect_retry_after(false);
    let client = client_with(&server, options);
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 3, Outcome::Rejected);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)));
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn a_final_answer_keeps_it_too() {
    let server = server_with([Rule::status(413).header("Retry-After", "9")]);
    let error = send(&client_with(&server, options())).unwrap_err();
    expect_error(&error, Status::PayloadTooLarge, 1, Outcome::Rejected);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
}
