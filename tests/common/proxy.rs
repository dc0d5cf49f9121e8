//! A proxy that understands CONNECT.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::raw::RawServer;

/// A proxy that opens tunnels and remembers who asked for which.
pub struct ConnectProxy {
    server: RawServer,
    heads: Arc<Mutex<Vec<String>>>,
}

impl ConnectProxy {
    /// Tunnels to wherever the client asks.
    pub fn start() -> Self {
        Self::run(None, "")
    }

    /// Tunnels to wherever the client asks, and says something else before.
    pub fn start_with(interim: &'static str) -> Self {
        Self::run(None, interim)
    }

    /// Tunnels to this address, whatever the client asks for.
    pub fn to(upstream: SocketAddr) -> Self {
        Self::run(Some(upstream), "")
    }

    fn run(upstream: Option<SocketAddr>, interim: &'static str) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let server = RawServer::start({
            let heads = Arc::clone(&heads);
            move |mut peer| {
                let Some(head) = peer.head() else { return };
                let target = target_of(&head).to_owned();
                heads
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(head);
                let service = match upstream {
                    Some(addr) => TcpStream::connect(addr),
                    None => TcpStream::connect(target),
                };
                match service {
                    Ok(service) => {
                        peer.send(interim);
                        peer.send("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
                        relay(peer.tcp(), &service);
                    }
                    Err(_) => drop(peer.send("HTTP/1.1 502 Bad Gateway\r\n\r\n")),
                }
            }
        });
        ConnectProxy { server, heads }
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The heads of the CONNECT requests.
    pub fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The hosts and ports that tunnels were asked to.
    pub fn targets(&self) -> Vec<String> {
        let heads = self.heads();
        heads.iter().map(|head| target_of(head).into()).collect()
    }
}

fn target_of(head: &str) -> &str {
    let mut words = head.split(' ');
    assert_eq!(words.next(), Some("CONNECT"), "{head}");
    words.next().expect("a target")
}

/// Carries bytes in both directions until both sides have ended.
fn relay(client: &TcpStream, service: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| copy(client, service));
        copy(service, client);
    });
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may have ended first.
    let _ = to.shutdown(Shutdown::Write);
}
