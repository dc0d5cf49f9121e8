//! Alerts of TLS that one altered byte can cause. They are final only if they come twice: otherwise the damage would cost a
//! queued event its life.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use hookrail::internals::{Client, SendOptions};
use hookrail::{Outcome, Status};

use crate::support::raw::{RawServer, accepted, listen};
use crate::support::tls::Identity;
use crate::support::{AT_ONCE, PATIENCE, PAYLOAD, TOPIC, client_at, expect_error, options, send};

/// A fatal alert: protocol version.
const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];

/// A way to a server on which the first connections end with an alert.
struct Way {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Way {
    fn to(server: SocketAddr, alerts: usize) -> Self {
        let listener = listen("127.0.0.1:0");
        let way = Way {
            addr: listener.local_addr().expect("an address"),
            connections: Arc::default(),
        };
        let connections = way.connections.clone();
        thread::spawn(move || serve(&listener, server, alerts, &connections));
        way
    }

    fn client(&self, identity: &Identity) -> Client {
        let mut options = options();
        options
            .add_ca_pem(&identity.ca_pem())
            .expect("an authority");
        client_at(&format!("https://{}", self.addr), &options)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(listener: &TcpListener, server: SocketAddr, alerts: usize, connections: &AtomicUsize) {
    for client in listener.incoming() {
        let mut client = client.expect("a connection");
        if connections.fetch_add(1, Ordering::SeqCst) < alerts {
            let mut hello = [0; 4096];
            let _ = client.read(&mut hello);
            let _ = client.write_all(&ALERT);
            continue;
        }
        let upstream = TcpStream::connect(server).expect("the server");
        for (mut from, mut to) in [
            (
                client.try_clone().expect("a handle"),
                upstream.try_clone().expect("a handle"),
            ),
            (upstream, client),
        ] {
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
        }
    }
}

fn service(identity: &Identity) -> RawServer {
    RawServer::start_tls(identity.server_config(), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

#[test]
fn an_alert_that_comes_once_costs_no_event() {
    let identity = Identity::new();
    let server = service(&identity);
    let way = Way::to(server.addr(), 1);
    assert_eq!(send(&way.client(&identity)).unwrap().attempts, 1);
    assert_eq!(way.connections(), 2);

    let way = Way::to(server.addr(), 1);
    let client = way.client(&identity);
    client
        .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
        .unwrap();
    let completions = client.poll(1, Some(PATIENCE)).unwrap();
    assert_eq!(completions[0].result.as_ref().unwrap().attempts, 1);
    assert_eq!(way.connections(), 2);
}

#[test]
fn an_alert_that_comes_twice_is_the_servers() {
    let identity = Identity::new();
    let server = service(&identity);
    for queued in [false, true] {
        let way = Way::to(server.addr(), usize::MAX);
        let client = way.client(&identity);
        let error = if queued {
            client
                .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
                .unwrap();
            let mut completions = client.poll(1, Some(PATIENCE)).unwrap();
            completions.remove(0).result.unwrap_err()
        } else {
            send(&client).unwrap_err()
        };
        expect_error(&error, Status::Tls, 1, Outcome::NotSent);
        assert!(
            error.message().contains("neither TLS 1.2 nor TLS 1.3"),
            "{error}"
        );
        assert_eq!(way.connections(), 2);
    }
    assert!(server.requests().is_empty());
}
