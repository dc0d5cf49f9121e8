//! The HTTP CONNECT handshake with a proxy.

use std::fmt::Display;

use zeroize::Zeroizing;

use super::failure::Failure;
use super::stream::{Io, Stream};
use crate::config::proxy::Proxy;
use crate::protocol::retryable::is_retryable_status;
use crate::sys::poll::Interest;

/// The most bytes that a proxy may answer with.
const MAX_REPLY: usize = 16 * 1024;

/// The opening of a tunnel to a target (host and port) through a proxy.
pub struct Tunnel {
    proxy: Proxy,
    target: String,
    /// The request. It holds the proxy's credentials.
    request: Zeroizing<String>,
    written: usize,
    /// The head of the reply that is being read.
    head: Vec<u8>,
    /// How many more bytes the proxy may answer with.
    room: usize,
}

impl Tunnel {
    /// Returns the opening of a tunnel, of which nothing has happened yet.
    pub fn new(proxy: Proxy, target: String) -> Self {
        let start = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        let authorization = match proxy.authorization() {
            Some(value) => ["Proxy-Authorization: ", value, "\r\n"],
            None => [""; 3],
        };
        // The string is built in one piece. If it grew, it would leave the credentials in freed memory.
        let request = [&[start.as_str()], &authorization[..], &["\r\n"]].concat();
        let request = Zeroizing::new(request.concat());
        Tunnel {
            proxy,
            target,
            request,
            written: 0,
            head: Vec::new(),
            room: MAX_REPLY,
        }
    }

    /// Goes on as far as possible. Returns what to wait for, or `None` once the tunnel is open.
    pub fn step(&mut self, stream: &mut Stream) -> Result<Option<Interest>, Failure> {
        while self.written < self.request.len() {
            match stream.write(&self.request.as_bytes()[self.written..], &[])? {
                Io::Done(amount) => self.written += amount,
                Io::Blocked(interest) => return Ok(Some(interest)),
            }
        }
        match self.read_status(stream)? {
            ProxyReply::Blocked(interest) => Ok(Some(interest)),
            ProxyReply::Status(200..=299) => Ok(None),
            ProxyReply::Status(407) => Err(Failure::proxy_authentication(&self.proxy)),
            ProxyReply::Status(other) => {
                Err(self.failed(Some(other), format_args!("it answered {other}")))
            }
        }
    }

    fn failed(&self, status: Option<u16>, reason: impl Display) -> Failure {
        Failure::Proxy {
            proxy: self.proxy.to_string(),
            is_final: status.is_some_and(|status| !is_retryable_status(status)),
            may_be_damage: false,
            reason: format!("did not open a tunnel to {}: {reason}", self.target),
        }
    }

    /// Reads the proxy's reply, and the interim ones before it. It reads byte by byte, because the bytes behind the
    /// reply belong to the tunnel.
    fn read_status(&mut self, stream: &mut Stream) -> Result<ProxyReply, Failure> {
        loop {
            if self.head.ends_with(b"\r\n\r\n") {
                match parse_status(&self.head) {
                    // The request offered no other protocol, so a switch (101) is an error.
                    Some(100 | 102..=199) => self.head.clear(),
                    Some(status) => return Ok(ProxyReply::Status(status)),
                    None => return Err(self.failed(None, "its reply is not HTTP")),
                }
            }
            if self.room == 0 {
                let reason = format_args!("its reply is over {MAX_REPLY} bytes");
                return Err(self.failed(None, reason));
            }
            let mut byte = [0];
            match stream.read(&mut byte)? {
                Io::Done(0) => return Err(self.failed(None, "it closed the connection")),
                Io::Done(_) => {
                    self.head.push(byte[0]);
                    self.room -= 1;
                }
                Io::Blocked(interest) => return Ok(ProxyReply::Blocked(interest)),
            }
        }
    }
}

/// The reply of a proxy, as far as it has come.
enum ProxyReply {
    Blocked(Interest),
    Status(u16),
}

fn parse_status(head: &[u8]) -> Option<u16> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    let [b'0' | b'1', b' ', digits @ ..] = line else {
        return None;
    };
    let digits = std::str::from_utf8(digits.get(..3)?).ok()?;
    digits.parse().ok().filter(|status| *status >= 100)
}

#[cfg(test)]
mod tests {
    use super::parse_status;

    #[test]
    fn reads_the_status_of_a_reply() {
        assert_eq!(parse_status(b"HTTP/1.1 200 OK\r\n\r\n"), Some(200));
        assert_eq!(parse_status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        assert_eq!(parse_status(b"HTTP/2 200 OK\r\n\r\n"), None);
        assert_eq!(parse_status(b"SSH-2.0-OpenSSH\r\n\r\n"), None);
        assert_eq!(parse_status(b"HTTP/1.1 +20 OK\r\n\r\n"), None);
    }
}
