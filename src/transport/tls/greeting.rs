//! The first bytes that a server sends in a handshake. They show which protocol it speaks.

use super::messages::TlsFailure;
use crate::transport::failure::Failure;

/// The number of bytes that are kept: up to the version in the ServerHello.
const KEPT: usize = 11;
/// The types of records: alert and handshake.
const FIRST_TYPES: [u8; 2] = [21, 22];
/// The major version of all records since SSL 3.0.
const MAJOR: u8 = 3;
/// The minor version of TLS 1.2, and of later versions, which look like it.
const TLS_1_2: u8 = 3;

/// Returns whether an answer to plain http is a record of TLS.
pub fn begins_with_record(input: &[u8]) -> bool {
    matches!(input, [kind, MAJOR, ..] if FIRST_TYPES.contains(kind))
}

/// The beginning of a server's answer to a handshake.
#[derive(Debug, Default)]
pub struct Greeting {
    bytes: [u8; KEPT],
    length: usize,
    tunnelled: bool,
}

impl Greeting {
    /// Returns an answer of which nothing has come. `tunnelled` says whether it comes through a proxy.
    pub fn expected(tunnelled: bool) -> Self {
        Greeting {
            tunnelled,
            ..Greeting::default()
        }
    }

    /// Adds the next bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        let amount = bytes.len().min(KEPT - self.length);
        self.bytes[self.length..][..amount].copy_from_slice(&bytes[..amount]);
        self.length += amount;
    }

    /// Replaces a failure of TLS by a better one if the server speaks no TLS or an old version. A server that
    /// speaks TLS 1.2 or 1.3 is not misjudged because of a single byte that was altered on the way.
    pub fn judge(&self, failure: Failure) -> Failure {
        let Failure::Tls(_) = failure else {
            return failure;
        };
        match self.bytes[..self.length] {
            [kind, major, ..] if !FIRST_TYPES.contains(&kind) && major != MAJOR => Failure::Tls(
                TlsFailure::no_tls(&self.bytes[..self.length], self.tunnelled),
            ),
            [22, MAJOR, record, .., MAJOR, hello] if record < TLS_1_2 && hello < TLS_1_2 => {
                Failure::Tls(TlsFailure::old_version(hello))
            }
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(greeting: &[u8]) -> Option<String> {
        let mut heard = Greeting::default();
        for byte in greeting {
            heard.add(&[*byte]);
        }
        let failure = Failure::Tls(TlsFailure {
            message: "another".to_owned(),
            is_final: false,
            may_be_damage: false,
            ended_handshake: false,
            source: None,
        });
        match heard.judge(failure) {
            Failure::Tls(failure) => failure.is_final.then_some(failure.message),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_no_tls_is_told_from_tls() {
        for greeting in [
            "HTTP/1.1 400 Bad Request",
            "220 smtp",
            "SSH-2.0",
            "<html>",
            "ab",
        ] {
            let message = judged(greeting.as_bytes()).expect(greeting);
            assert!(message.contains("does not speak TLS"), "{message}");
            assert_eq!(message.contains("plain http"), greeting.starts_with("HTTP"));
        }
        assert_eq!(judged(b""), None);
        assert_eq!(judged(b"H"), None);
    }

    #[test]
    fn what_a_proxy_may_have_said_itself_is_not_final() {
        let mut heard = Greeting::expected(true);
        heard.add(b"HTTP/1.1 502 Bad Gateway");
        let failure = Failure::Tls(TlsFailure::lasting("another".to_owned()));
        match heard.judge(failure) {
            Failure::Tls(failure) => {
                assert!(!failure.is_final);
                assert!(failure.message.contains("proxy"), "{}", failure.message);
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn old_versions_are_told() {
        for (minor, name) in [(0, "SSL 3.0"), (1, "TLS 1.0"), (2, "TLS 1.1")] {
            let hello = [22, 3, minor, 0, 80, 2, 0, 0, 76, 3, minor, 9, 9];
            let message = judged(&hello).expect(name);
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn a_byte_that_was_altered_condemns_no_server() {
        let hello = [22, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3];
        for (at, _) in hello.iter().enumerate() {
            for byte in 0..=255 {
                let mut altered = hello;
                altered[at] = byte;
                assert_eq!(judged(&altered), None, "{altered:?}");
            }
        }
    }
}
