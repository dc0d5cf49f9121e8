//! A process that may start no more threads: calls that need one report it, and the others work.
#![allow(unsafe_code)]

use std::env;
use std::time::Duration;

use hookrail::internals::{Client, SendOptions};
use hookrail::{Error, Outcome, Status};

use crate::support::{
    AT_ONCE, PATIENCE, child, client_at, expect_error, expect_shortage, options_with_retries, send,
    server,
};

/// Forbids new threads in this process. The limit counts a user's threads and does not apply to root, so
/// root changes to a user without other processes.
fn forbid_threads() -> libc::rlimit {
    let user = 1_000_000_000 + std::process::id();
    let mut before = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: geteuid takes nothing; setresuid takes numbers; the pointers are to live limits.
    unsafe {
        if libc::geteuid() == 0 {
            assert_eq!(libc::setresuid(user, user, user), 0);
        }
        assert_eq!(libc::getrlimit(libc::RLIMIT_NPROC, &raw mut before), 0);
        let none = libc::rlimit {
            rlim_cur: 1,
            ..before
        };
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const none), 0);
    }
    let refused = std::thread::Builder::new().spawn(|| {});
    assert!(refused.is_err(), "the limit does not hold");
    before
}

fn allow_threads(limit: libc::rlimit) {
    // SAFETY: the pointer is to a live limit.
    let written = unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) };
    assert_eq!(written, 0);
}

#[track_caller]
fn expect_no_thread<T>(result: Result<T, Error>, outcome: Outcome) {
    let parts = ["cannot start a thread", "RLIMIT_NPROC", "pids limit"];
    expect_shortage(result, outcome, &parts);
}

fn client_of_parent(host: &str) -> Client {
    let url = env::var("TEST_URL").expect("a URL");
    client_at(&url.replace("127.0.0.1", host), &options_with_retries(0))
}

#[test]
fn calls_that_need_a_thread_report_the_shortage() {
    if !child::is_child() {
        let server = server();
        child::run(
            calls_that_need_a_thread_report_the_shortage,
            &[("TEST_URL", server.url().as_str())],
        );
        assert_eq!(server.events().len(), 3);
        return;
    }
    let client = client_of_parent("127.0.0.1");
    let by_name = client_of_parent("localhost");
    let event = client.prepare(b"t", b"{}", &SendOptions::default());
    let event = event.expect("an event");

    let limit = forbid_threads();
    expect_no_thread(
        client.submit_prepared(event.clone(), None, &AT_ONCE),
        Outcome::NotSent,
    );
    assert_eq!(client.pending().queued, 0);
    expect_no_thread(client.start_send(event.clone(), None), Outcome::NotSent);
    expect_no_thread(client.start_get_event(b"e", None), Outcome::None);
    // A look-up needs a thread. A retry may get one, so the error is retryable.
    let error = send(&by_name).expect_err("no thread for the look-up");
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    let cause = error.cause().expect("the last attempt's error");
    assert_eq!(cause.status(), Status::OutOfResources);
    assert!(cause.message().contains("look up"), "{cause}");
    // An address needs no thread.
    send(&client).expect("a blocking send");

    allow_threads(limit);
    send(&by_name).expect("the look-up has its thread");
    client
        .submit_prepared(event, None, &AT_ONCE)
        .expect("the event is taken in");
    let completions = client.poll(1, Some(PATIENCE)).expect("the completion");
    assert!(completions[0].result.is_ok());
    assert!(client.close(Some(Duration::ZERO)).is_ok());
}
