//! A clock that the test controls: it replaces the C library's `clock_gettime` in the whole process.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::c_int;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hookrail::{Outcome, Status};
use hookrail_devserver::{Rule, SelfSigned};

use crate::support::tls::tls_server;
use crate::support::{
    AT_ONCE, PATIENCE, client_with, expect_error, options_with_retries, send, server_with,
};

thread_local! {
    /// The number of seconds by which the clock of this thread is slow.
    static SLOW: Cell<i64> = const { Cell::new(0) };
}

#[unsafe(no_mangle)]
extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    // SAFETY: the arguments are passed on as they are.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
    if result == 0 && clock == libc::CLOCK_REALTIME {
        // SAFETY: the system has just written to it.
        unsafe { (*time).tv_sec -= SLOW.get() };
    }
    result as c_int
}

/// Runs `body` in the year 1969.
fn before_1970<T>(body: impl FnOnce() -> T) -> T {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    SLOW.set(now.expect("a clock after 1970").as_secs() as i64 + 86_400);
    assert!(SystemTime::now() < UNIX_EPOCH, "the clock does not obey");
    let result = body();
    SLOW.set(0);
    result
}

#[test]
fn certificates_cannot_be_checked_before_1970() {
    let server = tls_server(SelfSigned::default());
    let client = client_with(&server, options_with_retries(1));
    let error = before_1970(|| send(&client)).expect_err("no certificate is valid then");
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the last attempt's error");
    assert_eq!(cause.status(), Status::Tls);
    for part in ["clock", "before 1970", "set the clock"] {
        assert!(cause.message().contains(part), "{cause}");
    }
    assert_eq!(server.summary().requests, 0);
    send(&client).expect("the clock is right again");
}

#[test]
fn a_connection_that_is_open_goes_on() {
    let server = tls_server(SelfSigned::default());
    let client = client_with(&server, options_with_retries(0));
    send(&client).expect("the clock is right");
    before_1970(|| send(&client)).expect("its certificate was checked");
}

#[test]
fn a_date_to_wait_for_is_far_away_before_1970() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let server = server_with([Rule::status(429).header("Retry-After", date)]);
    let client = client_with(&server, options_with_retries(1));
    let error = before_1970(|| send(&client)).expect_err("the wait does not fit");
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::Rejected);
    let wait = error.retry_after().expect("a time to wait");
    assert!(wait > Duration::from_secs(24 * 365 * 86_400), "{wait:?}");
}

#[test]
fn an_event_submitted_before_1970_is_sent() {
    let server = server_with([Rule::status(503)]);
    let client = client_with(&server, options_with_retries(0));
    let submitted = before_1970(|| client.submit(b"t", b"{}", &Default::default(), &AT_ONCE));
    submitted.expect("the event is taken in");
    let completions = client.poll(1, Some(PATIENCE)).expect("the completion");
    assert!(completions[0].result.is_ok());
}
