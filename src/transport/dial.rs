//! Connecting a TCP connection to one of several addresses.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, TcpKeepalive};

use super::bounds::Until;
use super::failure::Failure;
use super::readiness::Readiness;
use crate::sys::out_of_resources::{Shortage, is_shortage};
use crate::sys::socket;

/// The time that an address has before the next one is tried in parallel (RFC 8305).
const HEAD_START: Duration = Duration::from_millis(250);

/// An attempt to connect to one of several addresses.
///
/// The addresses are tried one after the other, with alternating families. Each has a head start on the next one,
/// so an address that swallows packets does not use up the time of those that work.
pub struct Dialling {
    waiting: std::vec::IntoIter<SocketAddr>,
    pending: Vec<Socket>,
    last_error: Option<io::Error>,
    next_start: Instant,
}

/// The result of a step of dialling.
pub enum Dialled {
    /// An address has accepted.
    Connected(Socket),
    /// One of the pending sockets has to be writable, or this instant has to come.
    Wait(Instant),
}

impl Dialling {
    /// Starts with the first address at `now`.
    pub fn new(addresses: &[SocketAddr], now: Instant) -> Self {
        Dialling {
            waiting: alternate_families(addresses).into_iter(),
            pending: Vec::new(),
            last_error: None,
            next_start: now,
        }
    }

    /// The sockets that wait to be writable.
    pub fn pending(&self) -> &[Socket] {
        &self.pending
    }

    /// Goes on after a wait that has found the pending sockets in these states. `peer` is the name of the host
    /// for errors.
    pub fn step(
        &mut self,
        peer: &str,
        ready: &[Readiness],
        until: Until,
        now: Instant,
    ) -> Result<Dialled, Failure> {
        for index in (0..self.pending.len().min(ready.len())).rev() {
            if !ready[index].is_any() {
                continue;
            }
            let socket = self.pending.swap_remove(index);
            match socket.take_error() {
                Ok(None) if is_connected_to_itself(&socket) => {
                    self.last_error = Some(io::ErrorKind::ConnectionRefused.into());
                }
                Ok(None) => {
                    configure(&socket);
                    return Ok(Dialled::Connected(socket));
                }
                Ok(Some(error)) | Err(error) => self.last_error = Some(error),
            }
        }
        // The first address is tried even without time: it may accept at once.
        if !ready.is_empty() && now >= until.end() {
            return Err(until.timed_out());
        }
        while self.pending.is_empty() || now >= self.next_start {
            match self.waiting.next() {
                Some(address) => {
                    match start_connecting(address) {
                        Ok(socket) => self.pending.push(socket),
                        Err(error) => self.last_error = Some(error),
                    }
                    self.next_start = now + HEAD_START;
                }
                None if self.pending.is_empty() => {
                    return Err(not_connected(peer, self.last_error.take()));
                }
                None => {
                    self.next_start = until.end();
                    break;
                }
            }
        }
        Ok(Dialled::Wait(self.next_start.min(until.end())))
    }
}

/// Returns the failure to connect to any address: the process is out of sockets, or else the last address's
/// error.
fn not_connected(peer: &str, last_error: Option<io::Error>) -> Failure {
    match last_error {
        Some(error) if is_shortage(&error) => Shortage::socket("for the connection", error).into(),
        error => Failure::Connect {
            peer: peer.to_owned(),
            source: error.unwrap_or_else(|| io::Error::other("the host has no address")),
        },
    }
}

fn start_connecting(address: SocketAddr) -> io::Result<Socket> {
    let socket = socket::stream(Domain::for_address(address), Some(Protocol::TCP))?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok(socket),
        // After an interruption, the connect of a non-blocking socket goes on in the background.
        Err(error)
            if error.raw_os_error() == Some(libc::EINPROGRESS)
                || error.kind() == io::ErrorKind::Interrupted =>
        {
            Ok(socket)
        }
        Err(error) => Err(error),
    }
}

/// Returns whether the socket is connected to itself. TCP does this if the socket gets the port that it connects
/// to, which is possible if nothing listens on a local port in the range of outgoing connections. Such a socket
/// answers every request with the request itself, and the service could not listen on its port again.
fn is_connected_to_itself(socket: &Socket) -> bool {
    matches!(
        (socket.local_addr(), socket.peer_addr()),
        (Ok(local), Ok(peer)) if local == peer
    )
}

/// Sets the options that improve a connection. Sandboxes and other kernels (gVisor, WSL) refuse some of them; a
/// connection works without any.
fn configure(socket: &Socket) {
    let _ = socket.set_tcp_nodelay(true);
    // Keep-alive packets prevent a NAT from forgetting an idle connection, and they reveal a dead one.
    let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(45)));
}

/// Returns the addresses in the resolver's order of preference, but with alternating families.
fn alternate_families(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<SocketAddr>, Vec<SocketAddr>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(addresses.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use socket2::Type;

    use super::*;

    #[test]
    fn a_socket_that_is_connected_to_itself_is_told_from_others() {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&any.into()).unwrap();
        socket.connect(&socket.local_addr().unwrap()).unwrap();
        assert!(is_connected_to_itself(&socket));

        let listener = std::net::TcpListener::bind(any).unwrap();
        let socket = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!is_connected_to_itself(&socket.into()));
    }

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let [a, b, c, v4]: [SocketAddr; 4] = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"]
            .map(|address| address.parse().unwrap());
        assert_eq!(alternate_families(&[a, b, c, v4]), [a, v4, b, c]);
        assert_eq!(alternate_families(&[v4, a]), [v4, a]);
        assert_eq!(alternate_families(&[]), []);
    }
}
