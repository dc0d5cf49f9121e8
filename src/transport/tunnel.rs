//! The HTTP CONNECT handshake with a proxy.

use zeroize::Zeroizing;

use super::context::{Bounds, Until};
use super::failure::Failure;
use super::stream::{Progress, Stream};
use crate::config::proxy::Proxy;

/// What a proxy may take to say yes or no.
const MAX_REPLY: usize = 16 * 1024;

/// Asks the proxy at the other end of `stream` for a tunnel to `target` (host and port).
pub fn open_tunnel(
    stream: &mut Stream,
    proxy: &Proxy,
    target: &str,
    bounds: &Bounds,
    until: Until,
) -> Result<(), Failure> {
    let start = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    let authorization = match proxy.authorization() {
        Some(value) => ["Proxy-Authorization: ", value, "\r\n"],
        None => [""; 3],
    };
    // Put together at once: a string that grew would leave the credentials in freed memory.
    let request = [&[start.as_str()], &authorization[..], &["\r\n"]].concat();
    let request = Zeroizing::new(request.concat());

    let mut rest = request.as_bytes();
    while !rest.is_empty() {
        match stream.write(rest)? {
            Progress::Done(amount) => rest = &rest[amount..],
            Progress::Blocked(interest) => {
                bounds.wait(stream.fd(), interest, until)?;
            }
        }
    }

    let failed = |status: Option<u16>, reason: String| Failure::Proxy {
        proxy: proxy.to_string(),
        status,
        reason: format!("did not open a tunnel to {target}: {reason}"),
    };
    let status = read_final_status(stream, bounds, until, |reason| failed(None, reason))?;
    let reason = match status {
        200..=299 => return Ok(()),
        407 => return Err(Failure::proxy_authentication(proxy)),
        other => format!("it answered {other}"),
    };
    Err(failed(Some(status), reason))
}

/// Reads the proxy's reply, and the interim ones before it.
fn read_final_status(
    stream: &mut Stream,
    bounds: &Bounds,
    until: Until,
    failed: impl Fn(String) -> Failure,
) -> Result<u16, Failure> {
    let mut room = MAX_REPLY;
    loop {
        match read_status(stream, bounds, until, &mut room, &failed)? {
            // No other protocol was offered: a proxy that switches to one is not understood.
            100 | 102..=199 => {}
            status => return Ok(status),
        }
    }
}

/// Reads the head of a reply of at most `room` bytes. Byte by byte at its end: what follows belongs to the
/// tunnel.
fn read_status(
    stream: &mut Stream,
    bounds: &Bounds,
    until: Until,
    room: &mut usize,
    failed: &impl Fn(String) -> Failure,
) -> Result<u16, Failure> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if *room == 0 {
            return Err(failed(format!("its reply is over {MAX_REPLY} bytes")));
        }
        let mut byte = [0];
        match stream.read(&mut byte)? {
            Progress::Done(0) => return Err(failed("it closed the connection".to_owned())),
            Progress::Done(_) => {
                head.push(byte[0]);
                *room -= 1;
            }
            Progress::Blocked(interest) => {
                bounds.wait(stream.fd(), interest, until)?;
            }
        }
    }
    parse_status(&head).ok_or_else(|| failed("its reply is not HTTP".to_owned()))
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
