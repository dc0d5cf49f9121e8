//! Connections that look open but are dead, because a NAT or a load balancer has forgotten them.

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hookrail::internals::{Client, ClientOptions, SendOptions};
use hookrail::{Error, Outcome, Status};

use crate::support::raw::{Peer, RawServer, accepted};
use crate::support::tls::Identity;
use crate::support::{client_at, expect_error, options_with_retries, send};

const POOL: usize = 6;
/// Long compared with an answer on loopback, short compared with a test's patience.
const READ_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers all connections until it is frozen, and then only new connections.
fn freezing(frozen: &Arc<AtomicBool>) -> impl Fn(Peer) + Send + Sync + 'static {
    let frozen = Arc::clone(frozen);
    // The answers come after all first requests have arrived, so that each request has its own connection.
    let all_there = Barrier::new(POOL);
    move |mut peer| {
        let mut first = peer.connection() < POOL;
        while peer.request().is_some() {
            if std::mem::take(&mut first) {
                all_there.wait();
            }
            if peer.connection() < POOL && frozen.load(Ordering::SeqCst) {
                return peer.hold();
            }
            peer.send(accepted("e"));
        }
    }
}

/// A client with a pool of connections that have just gone silent.
fn silent_pool(server: &RawServer, frozen: &AtomicBool, mut options: ClientOptions) -> Client {
    options.set_read_timeout(READ_TIMEOUT).unwrap();
    let client = client_at(&server.url(), &options);
    std::thread::scope(|scope| {
        for _ in 0..POOL {
            scope.spawn(|| assert_eq!(send(&client).unwrap().attempts, 1));
        }
    });
    assert_eq!(server.connections(), POOL);
    frozen.store(true, Ordering::SeqCst);
    client
}

#[test]
fn a_pool_that_has_gone_silent_costs_one_read_timeout() {
    let identity = Identity::new();
    for tls in [false, true] {
        let frozen = Arc::new(AtomicBool::new(false));
        let server = match tls {
            false => RawServer::start(freezing(&frozen)),
            true => RawServer::start_tls(identity.server_config(), freezing(&frozen)),
        };
        let mut options = options_with_retries(3);
        options.add_ca_pem(&identity.ca_pem()).unwrap();
        let client = silent_pool(&server, &frozen, options);
        assert_eq!(send(&client).unwrap().attempts, 2);
        for _ in 0..3 {
            assert_eq!(send(&client).unwrap().attempts, 1);
        }
        assert_eq!(server.connections(), POOL + 1);
    }
}

#[test]
fn a_call_without_retries_clears_the_way_for_the_next() {
    let frozen = Arc::new(AtomicBool::new(false));
    let server = RawServer::start(freezing(&frozen));
    let client = silent_pool(&server, &frozen, options_with_retries(0));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
    assert_eq!(send(&client).unwrap().attempts, 1);
    assert_eq!(server.connections(), POOL + 1);
}

#[test]
fn a_call_with_little_time_leaves_the_other_connections_alone() {
    // The first connection is slow to answer its second request; the others still answer.
    let all_there = Barrier::new(POOL);
    let slow = AtomicBool::new(true);
    let server = RawServer::start(move |mut peer| {
        let mut first = true;
        while peer.request().is_some() {
            if std::mem::take(&mut first) {
                all_there.wait();
            } else if slow.swap(false, Ordering::SeqCst) {
                return peer.hold();
            }
            peer.send(accepted("e"));
        }
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    std::thread::scope(|scope| {
        for _ in 0..POOL {
            scope.spawn(|| assert_eq!(send(&client).unwrap().attempts, 1));
        }
    });
    let mut options = SendOptions::default();
    options.call.timeout = Some(Duration::from_millis(100));
    client.send(b"t", b"1", &options).unwrap_err();
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.connections(), POOL);
}

#[test]
fn the_retry_trusts_no_pooled_connection_even_one_that_has_answered_since() {
    // The first connection goes silent at its second request, while the second one still answers.
    let server = RawServer::start(|mut peer| {
        let mut requests = 0;
        while peer.request().is_some() {
            requests += 1;
            if peer.connection() == 0 && requests > 1 {
                return peer.hold();
            }
            peer.send(accepted("e"));
        }
    });
    let mut options = options_with_retries(1);
    options.set_read_timeout(READ_TIMEOUT).unwrap();
    let client = client_at(&server.url(), &options);
    send(&client).unwrap();
    std::thread::scope(|scope| {
        let silent = scope.spawn(|| send(&client).unwrap());
        server.wait_for_requests(2);
        // This send opens a new connection, because the first one is in use.
        assert_eq!(send(&client).unwrap().attempts, 1);
        assert_eq!(silent.join().unwrap().attempts, 2);
    });
    assert_eq!(server.connections(), 3);
    // The second connection has answered in the meantime, so the client keeps it and the newest one.
    for _ in 0..2 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_connection_that_has_reached_its_age_is_replaced() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            // An answer that takes longer than the age does not end its connection.
            std::thread::sleep(Duration::from_millis(5));
            peer.send(accepted("e"));
        }
    });
    for (age, expected) in [(Some(Duration::from_millis(1)), 3), (None, 1)] {
        let before = server.connections();
        let mut options = options_with_retries(0);
        options.set_max_connection_age(age).unwrap();
        let client = client_at(&server.url(), &options);
        for _ in 0..3 {
            assert_eq!(send(&client).unwrap().attempts, 1);
        }
        assert_eq!(server.connections() - before, expected, "{age:?}");
    }
}

#[test]
fn invalid_connection_ages() {
    let mut options = ClientOptions::default();
    for age in [Duration::ZERO, Duration::from_secs(86_401)] {
        let error = options.set_max_connection_age(Some(age)).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains("connection"), "{error}");
    }
}
