//! Idle connections that are closed without a further call, while the reactor lives.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Barrier, Mutex};

use hookrail_devserver::{Point, Rule, Summary};

use crate::support::raw::{Peer, RawServer, accepted, wait_until};
use crate::support::tls::Identity;
use crate::support::{
    PATIENCE, client_at, client_with, expect_sent, options, send, server, server_with, start_sends,
};

/// The numbers that the kernel has for a connection that is open on the side of this process, and for one that the peer
/// has closed and this process has not.
const OPEN: [&str; 2] = ["01", "08"];

/// Counts the connections to this port that this process has open. It also is the server, but that has the port at its
/// own end.
fn open_connections(port: u16) -> usize {
    let table = fs::read_to_string("/proc/self/net/tcp").expect("the connections");
    let remote = format!(":{port:04X}");
    let is_open = |line: &&str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns[2].ends_with(&remote) && OPEN.contains(&columns[3])
    };
    table.lines().filter(is_open).count()
}

/// Answers two requests on two connections. Then it closes the first connection when `close` is over, and goes on with the
/// second one.
fn two_connections(close: Receiver<()>) -> impl Fn(Peer) + Send + Sync + 'static {
    let both = Barrier::new(2);
    let close = Mutex::new(close);
    move |mut peer: Peer| {
        peer.request().expect("a request");
        both.wait();
        peer.send(accepted("e"));
        if peer.connection() == 0 {
            let _ = close.lock().unwrap().recv();
            return peer.close();
        }
        while peer.request().is_some() {
            peer.send(accepted("e"));
        }
    }
}

#[test]
fn closing_the_client_closes_its_connections() {
    let server = server();
    let client = client_with(&server, options());
    send(&client).unwrap();
    assert_eq!(open_connections(server.addr().port()), 1);
    assert_eq!(client.close(None).unwrap(), 0);
    assert_eq!(open_connections(server.addr().port()), 0);
}

#[test]
fn a_connection_in_use_at_the_closing_is_closed_after_its_answer() {
    let server = server_with([Rule::delay_ms(300)]);
    let client = client_with(&server, options());
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client));
        let has_request = |counts: &Summary| counts.requests == 1;
        server.wait_until(PATIENCE, has_request).unwrap();
        assert_eq!(client.close(None).unwrap(), 0);
        let _ = sending.join().unwrap();
    });
    assert_eq!(open_connections(server.addr().port()), 0);
}

#[test]
fn a_connection_that_the_peer_has_closed_is_closed_without_a_further_call() {
    let identity = Identity::new();
    for is_tls in [false, true] {
        let (close, closed) = channel();
        let handler = two_connections(closed);
        let server = match is_tls {
            false => RawServer::start(handler),
            true => RawServer::start_tls(identity.server_config(), handler),
        };
        let port = server.addr().port();
        let mut options = options();
        options.add_ca_pem(&identity.ca_pem()).unwrap();
        let client = client_at(&server.url(), &options);
        expect_sent(start_sends(&client, 2));
        assert_eq!(open_connections(port), 2);
        drop(close);
        wait_until("end", || open_connections(port) == 1);
        // The other one is still there, and of use.
        send(&client).unwrap();
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn surplus_connections_are_closed_without_a_further_call() {
    let server = server();
    server
        .add_faults([
            Rule::never_answer(Point::AfterReading),
            Rule::delay_ms(200).times(8),
        ])
        .unwrap();
    let mut options = options();
    options.set_idle_connections(1);
    let client = client_with(&server, options);
    let hanging = start_sends(&client, 1);
    server
        .wait_until(PATIENCE, |counts| counts.requests == 1)
        .unwrap();
    expect_sent(start_sends(&client, 8));
    // That of the call under way, and one that is idle.
    server
        .wait_until(PATIENCE, |counts| counts.open_connections == 2)
        .unwrap();
    assert_eq!(server.summary().connections, 9);
    drop(hanging);
}
