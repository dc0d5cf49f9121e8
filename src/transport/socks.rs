//! The handshake with a SOCKS5 proxy (RFC 1928, RFC 1929), as a state machine that never waits.

use std::fmt::Display;
use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::failure::Failure;
use super::stream::{Io, Stream};
use crate::config::proxy::{Proxy, Socks5};
use crate::sys::poll::Interest;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NO_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
/// The length of a port.
const PORT: usize = 2;

/// The host that the proxy connects to.
#[derive(Clone, Debug)]
pub enum Destination {
    Address(SocketAddr),
    /// A name that the proxy looks up, and the port.
    Name(String, u16),
}

/// The opening of a connection to a target through a proxy.
pub struct Socks {
    /// The proxy's host and port for messages.
    proxy: String,
    /// The message that signs in.
    sign_in: Option<Zeroizing<Vec<u8>>>,
    /// The target's name for messages.
    target: String,
    /// The request to connect, which follows the signing-in.
    request: Vec<u8>,
    phase: Phase,
    /// The message that is being written. It may hold the password.
    output: Zeroizing<Vec<u8>>,
    written: usize,
    /// The part of an answer that is being read, and its length.
    input: Vec<u8>,
    needed: usize,
    refuses_address: bool,
}

/// The answer that is awaited.
#[derive(Clone, Copy)]
enum Phase {
    Method,
    SignIn,
    Reply,
    /// The length of a name that the proxy tells of itself.
    NameLength,
    /// The address that the proxy tells of itself, which nothing needs.
    Bound,
}

impl Socks {
    /// Returns the opening of a connection, of which nothing has happened yet.
    pub fn new(proxy: &Proxy, socks: &Socks5, to: &Destination, target: String) -> Self {
        let greeting = match &socks.sign_in {
            None => vec![VERSION, 1, NO_AUTHENTICATION],
            Some(_) => vec![VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
        };
        Socks {
            proxy: proxy.to_string(),
            sign_in: socks.sign_in.clone(),
            target,
            request: request(to),
            phase: Phase::Method,
            output: Zeroizing::new(greeting),
            written: 0,
            input: Vec::new(),
            needed: 2,
            refuses_address: false,
        }
    }

    /// Returns whether the failure concerns the address only: the proxy may reach another one of the same host.
    pub fn refuses_address(&self) -> bool {
        self.refuses_address
    }

    /// Goes on as far as possible. Returns what to wait for, or `None` once the connection is open.
    pub fn step(&mut self, stream: &mut Stream) -> Result<Option<Interest>, Failure> {
        loop {
            while self.written < self.output.len() {
                match stream.write(&self.output[self.written..], &[])? {
                    Io::Done(amount) => self.written += amount,
                    Io::Blocked(interest) => return Ok(Some(interest)),
                }
            }
            // No more than the answer is read: the bytes behind it belong to the connection.
            while self.input.len() < self.needed {
                let mut buffer = [0; 256];
                let room = (self.needed - self.input.len()).min(buffer.len());
                match stream.read(&mut buffer[..room])? {
                    Io::Done(0) => return Err(self.may_pass("it closed the connection")),
                    Io::Done(amount) => self.input.extend_from_slice(&buffer[..amount]),
                    Io::Blocked(interest) => return Ok(Some(interest)),
                }
            }
            let answer = std::mem::take(&mut self.input);
            if self.answered(&answer)? {
                return Ok(None);
            }
        }
    }

    /// Reads the answer that was awaited. Returns whether the connection is open.
    fn answered(&mut self, answer: &[u8]) -> Result<bool, Failure> {
        match (self.phase, answer) {
            (Phase::Method, [VERSION, NO_AUTHENTICATION]) | (Phase::SignIn, [_, 0]) => {
                let request = std::mem::take(&mut self.request);
                self.send(Zeroizing::new(request), Phase::Reply, 4);
            }
            (Phase::Method, [VERSION, USER_AND_PASSWORD]) if self.sign_in.is_some() => {
                let message = self.sign_in.take().unwrap_or_default();
                self.send(message, Phase::SignIn, 2);
            }
            (Phase::Method, [VERSION, NO_METHOD]) => {
                return Err(self.last(match self.sign_in {
                    None => {
                        "it wants a user name and a password: write them into its URL, as in \
                         socks5://user:password@host:port"
                    }
                    Some(_) => {
                        "it takes neither a user name with a password nor a client without them"
                    }
                }));
            }
            (Phase::SignIn, _) => {
                return Err(self.last(
                    "it did not accept the user name and the password in its URL: check them",
                ));
            }
            (Phase::Reply, [VERSION, 0, _, kind @ (IPV4 | IPV6 | NAME)]) => {
                (self.phase, self.needed) = match *kind {
                    IPV4 => (Phase::Bound, 4 + PORT),
                    IPV6 => (Phase::Bound, 16 + PORT),
                    _ => (Phase::NameLength, 1),
                };
            }
            (Phase::Reply, [VERSION, code @ (1..=u8::MAX), ..]) => return Err(self.refused(*code)),
            (Phase::NameLength, [length]) => {
                (self.phase, self.needed) = (Phase::Bound, usize::from(*length) + PORT);
            }
            (Phase::Bound, _) => return Ok(true),
            _ => {
                return Err(self.may_pass(format_args!(
                    "its answer {answer:02x?} is not SOCKS5; for an http proxy begin the URL with http://"
                )));
            }
        }
        Ok(false)
    }

    fn send(&mut self, message: Zeroizing<Vec<u8>>, phase: Phase, needed: usize) {
        self.output = message;
        self.written = 0;
        (self.phase, self.needed) = (phase, needed);
    }

    /// Returns the failure for the code of a reply.
    fn refused(&mut self, code: u8) -> Failure {
        self.refuses_address = matches!(code, 3..=6 | 8);
        let reason = match code {
            1 => "general failure; its log may say why",
            2 => "its rules do not allow the connection",
            3 => "it cannot reach the network",
            4 => "it cannot reach the host",
            5 => "the connection was refused",
            6 => "packets do not reach the host (TTL expired)",
            7 => "it opens no connections (the command CONNECT is not supported)",
            8 => {
                "it does not support this type of address; with socks5h:// in its URL it gets the name of the \
                 host, and with socks5:// an address"
            }
            _ => "its reply has a code that is not SOCKS5",
        };
        let reason = format!("it answered with code {code}, {reason}");
        match code {
            2 | 7 | 8 => self.last(reason),
            _ => self.may_pass(reason),
        }
    }

    /// Returns a failure after which another attempt can succeed.
    fn may_pass(&self, reason: impl Display) -> Failure {
        self.failed(reason, false)
    }

    /// Returns a failure that will be the same each time. One altered byte can look like it.
    fn last(&self, reason: impl Display) -> Failure {
        self.failed(reason, true)
    }

    fn failed(&self, reason: impl Display, is_final: bool) -> Failure {
        Failure::Proxy {
            proxy: self.proxy.clone(),
            is_final,
            may_be_damage: is_final,
            reason: format!("did not open a connection to {}: {reason}", self.target),
        }
    }
}

/// Returns the request to connect.
fn request(to: &Destination) -> Vec<u8> {
    let mut request = vec![VERSION, CONNECT, 0];
    let port = match to {
        Destination::Address(SocketAddr::V4(address)) => {
            request.push(IPV4);
            request.extend(address.ip().octets());
            address.port()
        }
        Destination::Address(SocketAddr::V6(address)) => {
            request.push(IPV6);
            request.extend(address.ip().octets());
            address.port()
        }
        Destination::Name(name, port) => {
            request.push(NAME);
            // A checked host name has at most 254 bytes.
            request.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            request.extend(name.as_bytes());
            *port
        }
    };
    request.extend(port.to_be_bytes());
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_address_or_the_name() {
        let address = |text: &str| Destination::Address(text.parse().unwrap());
        for (to, expected) in [
            (
                address("10.0.0.1:443"),
                &b"\x05\x01\x00\x01\x0a\x00\x00\x01\x01\xbb"[..],
            ),
            (
                address("[2001:db8::1]:80"),
                b"\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50",
            ),
            (
                Destination::Name("h.test".to_owned(), 8080),
                b"\x05\x01\x00\x03\x06h.test\x1f\x90",
            ),
        ] {
            assert_eq!(request(&to), expected);
        }
    }
}
