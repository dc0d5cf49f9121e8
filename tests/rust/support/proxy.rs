//! A proxy that forwards plain requests and opens tunnels.

use std::io::{ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::raw::{Peer, RawServer};

/// How often the proxy checks whether a client has left.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A proxy that records the requests to it.
pub struct HttpProxy {
    server: RawServer,
    heads: Arc<Mutex<Vec<String>>>,
}

/// The state that all connections of a proxy share.
struct Shared {
    /// The address for all connections, in place of the one that the client asks for.
    upstream: Option<SocketAddr>,
    /// The text before its answers.
    interim: &'static str,
    heads: Arc<Mutex<Vec<String>>>,
}

impl HttpProxy {
    /// Connects to the address that the client asks for.
    pub fn start() -> Self {
        Self::run(None, "")
    }

    /// Connects to the address that the client asks for, and sends a text before its answer.
    pub fn start_with(interim: &'static str) -> Self {
        Self::run(None, interim)
    }

    /// Always connects to this address.
    pub fn to(upstream: SocketAddr) -> Self {
        Self::run(Some(upstream), "")
    }

    fn run(upstream: Option<SocketAddr>, interim: &'static str) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared {
            upstream,
            interim,
            heads: Arc::clone(&heads),
        };
        let server = RawServer::start(move |mut peer| {
            while let Some(head) = peer.head() {
                let goes_on = shared.serve(&mut peer, &head);
                if !goes_on {
                    return;
                }
            }
        });
        HttpProxy { server, heads }
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The number of connections with a request to the proxy.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    /// The heads of the requests to the proxy.
    pub fn heads(&self) -> Vec<String> {
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The hosts and ports of the requests.
    pub fn targets(&self) -> Vec<String> {
        self.heads().iter().map(|head| target_of(head)).collect()
    }
}

impl Shared {
    /// Serves one request. Returns whether another may follow.
    fn serve(&self, peer: &mut Peer, head: &str) -> bool {
        let target = target_of(head);
        self.heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(head.to_owned());
        let service = match self.upstream {
            Some(addr) => TcpStream::connect(addr),
            None => TcpStream::connect(target),
        };
        let Ok(service) = service else {
            return peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        };
        peer.send(self.interim);
        if head.starts_with("CONNECT ") {
            peer.send("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
            relay(peer.tcp(), &service);
            return false;
        }
        forward(peer, head, service)
    }
}

/// Passes a request on to the service, and the answer back.
fn forward(peer: &mut Peer, head: &str, mut service: TcpStream) -> bool {
    let (line, fields) = head.split_once("\r\n").expect("a line");
    let target = line.split(' ').nth(1).expect("a target");
    let authority = target["http://".len()..].split('/').next().unwrap_or("");
    let path = &target["http://".len() + authority.len()..];
    let mut request = line.replace(target, path) + "\r\nConnection: close\r\n";
    let mut length = 0;
    for field in fields.trim_end().split("\r\n") {
        let (name, value) = field.split_once(": ").expect("a field");
        match name.to_ascii_lowercase().as_str() {
            "proxy-authorization" => continue,
            "content-length" => length = value.parse().expect("a length"),
            _ => {}
        }
        request += &format!("{field}\r\n");
    }
    let Some(body) = peer.body(length) else {
        return false;
    };
    let sent = service
        .write_all((request + "\r\n").as_bytes())
        .and_then(|()| service.write_all(&body));
    // A service may answer and close the connection before it has the whole request.
    drop(sent);
    let answer = answer_of(&service, peer.tcp());
    let answer = String::from_utf8(answer).expect("an answer of text");
    let kept = answer.replacen("connection: close\r\n", "", 1);
    // If the service closed the connection without an answer, the client must see the same.
    peer.send(kept) && answer.starts_with("HTTP/")
}

/// Reads the service's answer while the client is connected.
fn answer_of(mut service: &TcpStream, client: &TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    service
        .set_read_timeout(Some(LOOK_AGAIN))
        .expect("a timeout");
    loop {
        match service.read(&mut chunk) {
            Ok(read @ 1..) => answer.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock && !has_left(client) => {}
            _ => return answer,
        }
    }
}

fn has_left(client: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    match SockRef::from(client).recv_with_flags(&mut byte, flags) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Returns the host and port in a request to a proxy.
fn target_of(head: &str) -> String {
    let mut words = head.split(' ');
    let method = words.next();
    let target = words.next().expect("a target");
    if method == Some("CONNECT") {
        return target.to_owned();
    }
    let url = target.strip_prefix("http://").expect("a whole URL");
    let authority = url.split('/').next().unwrap_or_default();
    match authority.contains(':') {
        true => authority.to_owned(),
        false => format!("{authority}:80"),
    }
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
