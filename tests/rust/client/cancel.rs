//! Cancelling a call in each of its phases; look-ups are in `resolver.rs`.
//!
//! All limits of the client are long. So a call that ends soon was ended by its token.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hookrail::internals::{CallOptions, Client, ProxySetting, SendOptions};
use hookrail::{Cancel, Error, Outcome, Status};
use hookrail_devserver::{Point, Rule, SelfSigned};

use crate::support::blackhole::Blackhole;
use crate::support::raw::{RawServer, accepted, wait_until};
use crate::support::tls::{Identity, tls_server};
use crate::support::{
    HUGE, PATIENCE, SOON, TOPIC, client, client_at, expect_error, options, payload_of, send,
    server, server_with,
};

fn cancelled_by(cancel: &Cancel) -> CallOptions {
    CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    }
}

fn send_with(client: &Client, payload: &[u8], cancel: &Cancel) -> Result<(), Error> {
    let options = SendOptions {
        call: cancelled_by(cancel),
        ..SendOptions::default()
    };
    client.send(TOPIC, payload, &options).map(drop)
}

/// Starts a call, fires its token when `reached` returns, and returns the call's error.
#[track_caller]
fn cancel_when(
    call: impl FnOnce(&Cancel) -> Result<(), Error> + Send,
    reached: impl FnOnce(),
) -> Error {
    let cancel = Cancel::new().unwrap();
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| call(&cancel));
        reached();
        let fired = Instant::now();
        cancel.fire();
        let error = calling.join().unwrap().expect_err("the call was cancelled");
        assert!(fired.elapsed() < SOON, "{:?}", fired.elapsed());
        error
    })
}

/// Checks that a send of `payload`, cancelled at a stage, ends after one attempt.
#[track_caller]
fn expect_end(client: &Client, payload: &[u8], reached: impl FnOnce(), outcome: Outcome) {
    let error = cancel_when(|cancel| send_with(client, payload, cancel), reached);
    expect_error(&error, Status::Cancelled, 1, outcome);
    assert!(!error.is_retryable());
}

/// A server that announces that it has read the first `bytes` of a connection, and then does nothing more.
fn stalling_after(bytes: usize) -> (RawServer, impl FnOnce()) {
    let (reached, stage) = mpsc::channel();
    let server = RawServer::start(move |mut peer| {
        peer.skip(bytes);
        reached.send(()).expect("the test waits");
        peer.hold();
    });
    let wait = move || {
        stage
            .recv_timeout(PATIENCE)
            .expect("the stage should be reached")
    };
    (server, wait)
}

/// Returns whether this machine is connecting to `addr`.
fn is_connecting(addr: SocketAddr) -> bool {
    const SYN_SENT: &str = "02";
    let port = format!(":{:04X}", addr.port());
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the list of connections");
    table.lines().skip(1).any(|line| {
        let mut columns = line.split_whitespace().skip(2);
        let remote = columns.next().unwrap_or_default();
        remote.ends_with(&port) && columns.next() == Some(SYN_SENT)
    })
}

#[test]
fn before_it_began() {
    let server = server();
    let cancel = Cancel::new().unwrap();
    cancel.fire();
    cancel.fire();
    let client = client(&server);
    for _ in 0..2 {
        let error = send_with(&client, b"{}", &cancel).unwrap_err();
        expect_error(&error, Status::Cancelled, 0, Outcome::NotSent);
    }
    let error = client.get_event(b"e1", &cancelled_by(&cancel)).unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
    assert_eq!(error.outcome(), Outcome::None);
    assert_eq!(server.summary().connections, 0);
    // The token ends calls, not the client.
    assert!(send(&client).is_ok());
}

#[test]
fn while_it_connects() {
    let blackhole = Blackhole::new();
    let client = client_at(&blackhole.url(), &options());
    let addr = blackhole.addr();
    // The sockets that fill the black hole's queue are connecting as well.
    wait_until("end of the others", || !is_connecting(addr));
    let connecting = || wait_until("attempt to connect", || is_connecting(addr));
    expect_end(&client, b"{}", connecting, Outcome::NotSent);
}

#[test]
fn while_it_waits_for_the_proxy() {
    let (proxy, connected) = stalling_after(20);
    let mut options = options();
    options.set_proxy(ProxySetting::Explicit(proxy.url()));
    let client = client_at("https://hooks.example.com", &options);
    expect_end(&client, b"{}", connected, Outcome::NotSent);
}

#[test]
fn while_it_shakes_hands() {
    let (server, hello) = stalling_after(100);
    let client = client_at(&format!("https://{}", server.addr()), &options());
    expect_end(&client, b"{}", hello, Outcome::NotSent);
}

#[test]
fn while_it_writes() {
    let (server, begun) = stalling_after(100_000);
    let mut options = options();
    options.set_payload_limit(0);
    let client = client_at(&server.url(), &options);
    expect_end(&client, &payload_of(HUGE), begun, Outcome::NotSent);
}

#[test]
fn while_it_writes_under_tls() {
    let identity = Identity::new();
    let (reached, stage) = mpsc::channel();
    let server = RawServer::start_tls(identity.server_config(), move |mut peer| {
        peer.skip(100_000);
        reached.send(()).expect("the test waits");
        peer.hold();
    });
    let mut options = options();
    options.set_payload_limit(0);
    options.add_ca_pem(&identity.ca_pem()).unwrap();
    let client = client_at(&server.url(), &options);
    let begun = || {
        stage
            .recv_timeout(PATIENCE)
            .expect("the stage should be reached")
    };
    expect_end(&client, &payload_of(HUGE), begun, Outcome::NotSent);
}

#[test]
fn while_it_waits_for_an_answer() {
    for server in [server(), tls_server(SelfSigned::default())] {
        server
            .add_faults([Rule::never_answer(Point::AfterRecording)])
            .unwrap();
        let client = client(&server);
        let recorded = || drop(server.wait_until(PATIENCE, |counts| counts.events == 1));
        expect_end(&client, b"{}", recorded, Outcome::MaybeSent);
        // The service has the event.
        assert_eq!(server.events().len(), 1);
    }
}

#[test]
fn while_it_waits_on_a_connection_that_was_used_before() {
    let server = server();
    let client = client(&server);
    send(&client).unwrap();
    server
        .add_faults([Rule::never_answer(Point::AfterReading)])
        .unwrap();
    let read = || drop(server.wait_until(PATIENCE, |counts| counts.finished == 2));
    expect_end(&client, b"{}", read, Outcome::MaybeSent);
    // The next call is not affected.
    assert_eq!(send(&client).unwrap().attempts, 1);
    assert_eq!(server.events().len(), 2);
}

#[test]
fn while_the_answer_trickles() {
    let (reached, stage) = mpsc::channel();
    let server = RawServer::start(move |mut peer| {
        peer.request();
        peer.send("HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n{");
        reached.send(()).expect("the test waits");
        peer.dribble([b' '; 100_000], Duration::from_millis(5));
    });
    let client = client_at(&server.url(), &options());
    let begun = || {
        stage
            .recv_timeout(PATIENCE)
            .expect("the stage should be reached")
    };
    expect_end(&client, b"{}", begun, Outcome::MaybeSent);
}

#[test]
fn while_it_waits_for_a_retry() {
    for (rule, outcome) in [
        (Rule::status(429), Outcome::Rejected),
        (Rule::status(503), Outcome::MaybeSent),
        (Rule::status(500), Outcome::MaybeSent),
    ] {
        let server = server_with([rule.header("Retry-After", "50")]);
        let client = client(&server);
        let waiting = || {
            wait_until("retry", || {
                let stats = client.stats().to_json();
                stats.contains(r#""retries":{""#)
            });
        };
        let error = cancel_when(|cancel| send_with(&client, b"{}", cancel), waiting);
        expect_error(&error, Status::Cancelled, 1, outcome);
        let cause = error.cause().expect("why it was waiting");
        assert_eq!(cause.retry_after(), Some(Duration::from_secs(50)));
        let says_why = format!("the call was cancelled; the last error: {cause}");
        assert_eq!(error.message(), says_why);
        assert_eq!(server.summary().requests, 1);
    }
}

#[test]
fn cancelling_a_status_query() {
    let server = server_with([Rule::never_answer(Point::AfterReading).on_method("GET")]);
    let client = client(&server);
    let error = cancel_when(
        |cancel| client.get_event(b"e1", &cancelled_by(cancel)).map(drop),
        || drop(server.wait_until(PATIENCE, |counts| counts.finished == 1)),
    );
    assert_eq!(error.status(), Status::Cancelled);
    assert_eq!(error.outcome(), Outcome::None);
    assert_eq!(error.attempts(), 1);
}

#[test]
fn one_token_ends_the_calls_of_all_threads_and_no_others() {
    const THREADS: u64 = 4;
    let server = server_with([Rule::never_answer(Point::AfterReading).times(THREADS + 1)]);
    let client = client(&server);
    let (shared, other) = (Cancel::new().unwrap(), Cancel::new().unwrap());
    std::thread::scope(|scope| {
        let shared_calls: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| send_with(&client, b"{}", &shared)))
            .collect();
        let other_call = scope.spawn(|| send_with(&client, b"{}", &other));
        server
            .wait_until(PATIENCE, |counts| counts.finished == THREADS + 1)
            .unwrap();
        shared.fire();
        for call in shared_calls {
            let error = call.join().unwrap().unwrap_err();
            assert_eq!(error.status(), Status::Cancelled);
        }
        assert!(!other_call.is_finished());
        other.fire();
        let error = other_call.join().unwrap().unwrap_err();
        assert_eq!(error.status(), Status::Cancelled);
    });
}

#[test]
fn a_token_that_is_never_fired_changes_nothing() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.dribble(accepted("e1"), Duration::from_millis(1));
        }
    });
    let client = client_at(&server.url(), &options());
    let cancel = Cancel::new().unwrap();
    for _ in 0..3 {
        send_with(&client, b"{}", &cancel).unwrap();
    }
    assert!(!cancel.is_fired());
}
