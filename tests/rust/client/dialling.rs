//! Looking up the service's address and connecting to it, with the system's resolver. Tests with a
//! controlled resolver are in `resolver.rs`.

use hookrail::{Outcome, Status};
use hookrail_devserver::DevServer;

use crate::support::raw::{RawServer, accepted};
use crate::support::refusing::Refusing;
use crate::support::{
    SOON, child, client_at, expect_error, options, options_with_retries, send, server, timed,
};

fn accept(mut peer: crate::support::raw::Peer) {
    while peer.request().is_some() {
        peer.send(accepted("e1"));
    }
}

fn port(server: &DevServer) -> u16 {
    server.addr().port()
}

#[test]
fn localhost_is_found_and_named_in_the_host_header() {
    let server = server();
    let authority = format!("localhost:{}", port(&server));
    let client = client_at(&format!("http://{authority}"), &options());
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|r| r.header("host") == Some(&authority))
    );
    // The server listens only on 127.0.0.1. The name may also stand for ::1, which must do no harm.
    assert!(requests.iter().all(|r| r.connection == 1));
}

#[test]
fn a_name_is_the_same_in_capitals() {
    let server = server();
    let client = client_at(&format!("HTTP://LocalHost:{}", port(&server)), &options());
    assert!(send(&client).is_ok());
}

#[test]
fn an_ipv6_address() {
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else {
        // This machine has no IPv6.
        return;
    };
    let server = RawServer::on(listener, accept);
    assert!(send(&client_at(&server.url(), &options())).is_ok());
    let host = server.requests()[0].header("host");
    assert_eq!(host, Some(format!("[::1]:{}", server.addr().port())));
}

#[test]
fn a_name_that_does_not_exist() {
    if !child::is_child() {
        child::run(a_name_that_does_not_exist, &[child::IMPATIENT_RESOLVER]);
        return;
    }
    // RFC 6761 reserves `.invalid`: there is no such name.
    let client = client_at("http://hookrail.invalid", &options_with_retries(1));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Connection, "{cause}");
    assert!(cause.message().contains("hookrail.invalid"), "{cause}");
}

#[test]
fn a_refusal_is_quick_and_names_host_and_port() {
    let refusing = Refusing::new();
    let port = refusing.addr().port();
    let client = client_at(
        &format!("http://localhost:{port}"),
        &options_with_retries(0),
    );
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    let named = format!("localhost:{port}");
    assert!(error.message().contains(&named), "{error}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn a_reset_right_after_the_connection_was_made() {
    let server = RawServer::start(|peer| {
        if peer.connection() < 2 {
            peer.reset();
        } else {
            accept(peer);
        }
    });
    let accepted = send(&client_at(&server.url(), &options())).unwrap();
    assert_eq!(accepted.attempts, 3);
    assert_eq!(server.connections(), 3);
}

#[test]
fn many_clients_at_once_on_one_name() {
    let server = server();
    let url = format!("http://localhost:{}", port(&server));
    let client = client_at(&url, &options());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(send(&client).unwrap().attempts, 1));
        }
    });
    assert_eq!(server.events().len(), 8);
    // The helper thread ends after the look-up.
    crate::support::raw::wait_until("end of the look-up's thread", || !lookup_is_running());
}

/// Returns whether a thread of this process looks a name up.
fn lookup_is_running() -> bool {
    std::fs::read_dir("/proc/self/task")
        .expect("the list of threads")
        .flatten()
        .any(|task| {
            let name = std::fs::read_to_string(task.path().join("comm"));
            name.is_ok_and(|name| name.trim() == "hookrail-dns")
        })
}
