//! The client's file descriptors: it closes all of them, and survives a shortage.
#![allow(unsafe_code)]

use std::env;
use std::time::Duration;

use hookrail::internals::{
    BackgroundResult, Client, ClientOptions, ProxySetting, SendOptions, Waited,
};
use hookrail::{Cancel, Error, Outcome, Status};
use hookrail_devserver::{DevServer, Point, Rule, SelfSigned};

use crate::support::blackhole::Blackhole;
use crate::support::raw::wait_until;
use crate::support::refusing::Refusing;
use crate::support::tls::tls_server;
use crate::support::{
    AT_ONCE, PATIENCE, child, client_at, expect_error, expect_shortage, options_with_retries, send,
    send_within, server,
};

/// The number of descriptors of this process.
fn descriptors() -> usize {
    let all = std::fs::read_dir("/proc/self/fd").expect("the list of descriptors");
    all.count()
}

/// Changes the limit on descriptors.
fn with_limit(change: impl FnOnce(&mut libc::rlimit)) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to a live limit.
    let read = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    assert_eq!(read, 0);
    change(&mut limit);
    // SAFETY: as above.
    let written = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(written, 0);
}

/// In the child process: a client of the parent's server, by address or by name.
fn client_of_parent(host: &str) -> Client {
    client_that(host, |_| {})
}

/// Like [`client_of_parent`], with other options.
fn client_that(host: &str, set: impl FnOnce(&mut ClientOptions)) -> Client {
    let url = env::var("TEST_URL").expect("a URL");
    let mut options = options_with_retries(0);
    if let Ok(ca) = env::var("TEST_CA") {
        options.add_ca_pem(ca.as_bytes()).expect("a good CA");
    }
    set(&mut options);
    client_at(&url.replace("127.0.0.1", host), &options)
}

/// Runs `test`, the calling test itself, in a child process for each of two servers with these faults.
fn for_each_server<F: Fn() + Copy>(test: F, faults: impl Fn() -> Vec<Rule>) -> [DevServer; 2] {
    let servers = [server(), tls_server(SelfSigned::default())];
    for server in &servers {
        server.add_faults(faults()).expect("good rules");
        let url = server.url();
        let mut variables = vec![("TEST_URL", url.as_str()), child::IMPATIENT_RESOLVER];
        variables.extend(server.ca_pem().map(|ca| ("TEST_CA", ca)));
        child::run(test, &variables);
    }
    servers
}

#[test]
fn without_a_descriptor_left_the_call_fails_and_the_client_lives() {
    if !child::is_child() {
        let test = without_a_descriptor_left_the_call_fails_and_the_client_lives;
        for server in for_each_server(test, Vec::new) {
            assert_eq!(server.events().len(), 2);
        }
        return;
    }
    let clients = ["127.0.0.1", "localhost"].map(client_of_parent);
    let mut before = 0;
    with_limit(|limit| before = std::mem::take(&mut limit.rlim_cur));
    for client in &clients {
        let error = send(client).expect_err("there is no descriptor");
        expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
        let cause = error.cause().expect("the last attempt's error");
        assert_eq!(cause.status(), Status::OutOfResources);
        assert!(cause.is_retryable());
        for part in ["cannot make", "open files", "RLIMIT_NOFILE"] {
            assert!(cause.message().contains(part), "{cause}");
        }
    }
    assert!(Cancel::new().is_err());
    with_limit(|limit| limit.rlim_cur = before);
    for client in &clients {
        assert!(send(client).is_ok());
    }
}

/// Checks the error of a call that could not start without a descriptor.
#[track_caller]
fn expect_no_descriptor<T>(result: Result<T, Error>, outcome: Outcome) {
    expect_shortage(result, outcome, &["RLIMIT_NOFILE"]);
}

#[test]
fn calls_that_need_a_descriptor_report_the_shortage() {
    if !child::is_child() {
        let test = calls_that_need_a_descriptor_report_the_shortage;
        for server in for_each_server(test, Vec::new) {
            assert_eq!(server.events().len(), 1);
        }
        return;
    }
    let client = client_of_parent("127.0.0.1");
    let event = client.prepare(b"t", b"{}", &SendOptions::default());
    let event = event.expect("an event");
    let mut ca = tempfile::NamedTempFile::new().expect("a file");
    std::io::Write::write_all(&mut ca, b"no certificate").expect("a file");
    let mut options = ClientOptions::default();
    options.set_proxy(ProxySetting::None);

    let mut before = 0;
    with_limit(|limit| before = std::mem::take(&mut limit.rlim_cur));
    expect_no_descriptor(
        client.submit_prepared(event.clone(), None, &AT_ONCE),
        Outcome::NotSent,
    );
    expect_no_descriptor(client.start_send(event.clone(), None), Outcome::NotSent);
    expect_no_descriptor(client.start_get_event(b"e", None), Outcome::None);
    expect_no_descriptor(client.event_fd(), Outcome::None);
    expect_no_descriptor(client.poll(1, Some(Duration::ZERO)), Outcome::None);
    expect_no_descriptor(options.add_ca_file(ca.path()), Outcome::None);
    let https = Client::new(Some(b"hk"), Some(b"https://localhost"), &options);
    expect_no_descriptor(https, Outcome::None);
    with_limit(|limit| limit.rlim_cur = before);

    client
        .submit_prepared(event, None, &AT_ONCE)
        .expect("the event is taken in");
    let completions = client.poll(1, Some(PATIENCE)).expect("the completion");
    assert!(completions[0].result.is_ok());
}

#[test]
fn a_background_call_outlasts_a_shortage_of_descriptors() {
    if !child::is_child() {
        let test = a_background_call_outlasts_a_shortage_of_descriptors;
        for server in for_each_server(test, || vec![Rule::delay_ms(500).always()]) {
            assert_eq!(server.events().len(), 2);
        }
        return;
    }
    let client = client_of_parent("127.0.0.1");
    // The call will use this connection.
    send(&client).expect("the event is recorded");
    let event = client.prepare(b"t", b"{}", &SendOptions::default());
    let call = client.start_send(event.expect("an event"), None);
    let call = call.expect("a call");
    let mut before = 0;
    with_limit(|limit| before = std::mem::take(&mut limit.rlim_cur));
    expect_no_descriptor(call.fd(), Outcome::None);
    let waited = [Duration::ZERO, PATIENCE].map(|time| call.wait(Some(time)));
    let result = call.take();
    with_limit(|limit| limit.rlim_cur = before);
    // On a slow machine the call may be done by now.
    assert!(waited[0].is_ok(), "{waited:?}");
    assert_eq!(waited[1].as_ref().expect("a wait"), &Waited::Done);
    let Ok(BackgroundResult::Sent(Ok(_))) = result else {
        panic!("{result:?}");
    };
}

#[test]
fn a_submitted_event_outlasts_a_shortage_of_descriptors() {
    if !child::is_child() {
        let test = a_submitted_event_outlasts_a_shortage_of_descriptors;
        for server in for_each_server(test, Vec::new) {
            assert_eq!(server.events().len(), 2);
        }
        return;
    }
    let client = client_that("127.0.0.1", |options| {
        options.set_idle_connections(0);
    });
    let submit = || {
        client
            .submit(b"t", b"{}", &SendOptions::default(), &AT_ONCE)
            .expect("the event is taken in");
    };
    // This event starts the queue and its first thread. The client keeps no connection.
    submit();
    let completions = client.poll(1, Some(PATIENCE)).expect("the completion");
    assert!(completions[0].result.is_ok());
    let mut before = 0;
    with_limit(|limit| before = std::mem::take(&mut limit.rlim_cur));
    submit();
    wait_until("an attempt without a socket", || {
        let stats = client.stats().to_json();
        stats.contains(r#""retries":{"out_of_resources":"#)
    });
    with_limit(|limit| limit.rlim_cur = before);
    let completions = client.poll(1, Some(PATIENCE)).expect("the completion");
    assert!(completions[0].result.is_ok());
}

#[test]
fn a_close_without_a_descriptor_left_says_how_much_was_given_up() {
    const EVENTS: usize = 20;
    if !child::is_child() {
        let server = server();
        let never = Rule::never_answer(Point::AfterReading).always();
        server.add_faults([never]).expect("good rules");
        child::run(
            a_close_without_a_descriptor_left_says_how_much_was_given_up,
            &[("TEST_URL", server.url().as_str())],
        );
        return;
    }
    let client = client_of_parent("127.0.0.1");
    for _ in 0..EVENTS {
        client
            .submit(b"t", b"{}", &SendOptions::default(), &AT_ONCE)
            .expect("the event is taken in");
    }
    // Events in flight have their descriptors.
    wait_until("a window of requests", || client.pending().in_flight >= 4);
    let mut before = 0;
    with_limit(|limit| before = std::mem::take(&mut limit.rlim_cur));
    let unsent = client.close(Some(Duration::ZERO));
    with_limit(|limit| limit.rlim_cur = before);
    assert_eq!(unsent.expect("close works"), EVENTS);
    let completions = client.poll(EVENTS, Some(Duration::ZERO));
    assert_eq!(completions.expect("poll works").len(), EVENTS);
}

#[test]
fn failures_and_successes_leave_no_descriptor_behind() {
    const ROUNDS: usize = 5;
    if !child::is_child() {
        let faults = || {
            let one_round = [
                Rule::status(500),
                Rule::reset(Point::AfterReading),
                Rule::close(Point::AfterAnswer),
                Rule::truncate(3),
                Rule::garbage("no"),
                Rule::never_answer(Point::AfterReading),
                Rule::pass(),
            ];
            vec![one_round; ROUNDS].into_iter().flatten().collect()
        };
        for_each_server(failures_and_successes_leave_no_descriptor_behind, faults);
        return;
    }
    let refusing = Refusing::new();
    let blackhole = Blackhole::new();
    let before = descriptors();
    {
        let client = client_of_parent("localhost");
        let elsewhere = [
            refusing.url(),
            blackhole.url(),
            "http://hookrail.invalid".into(),
        ]
        .map(|url| client_at(&url, &options_with_retries(0)));
        let short = Duration::from_millis(50);
        // A pause of the machine may cost a round its only success.
        let mut any_succeeded = false;
        for _ in 0..ROUNDS {
            let results: Vec<_> = (0..7).map(|_| send_within(&client, short * 10)).collect();
            any_succeeded |= results.iter().any(Result::is_ok);
            assert!(results.iter().any(Result::is_err));
            for client in &elsewhere {
                send_within(client, short).expect_err("nothing listens there");
            }
        }
        assert!(any_succeeded);
    }
    // An abandoned look-up ends when the C library's resolver gives up.
    wait_until("descriptors", || descriptors() == before);
}
