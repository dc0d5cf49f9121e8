//! The base URL: which ones are accepted, and with which meaning.

use std::net::{Ipv4Addr, Ipv6Addr};

use hookrail::Status;
use hookrail::internals::BaseUrl;

/// A byte that no URL may contain. It stands for the password.
const PASSWORD_MARK: char = '\x01';
const PASSWORD: &str = "s3cr3tPassw0rd";

/// The parts of a URL.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    https: bool,
    host: String,
    port: u16,
    path_prefix: String,
}

/// Checks the URL in `data`, after the mark is replaced by the password.
pub fn check(data: &[u8]) {
    let Ok(url) = std::str::from_utf8(data) else {
        return;
    };
    let url = url.replace(PASSWORD_MARK, PASSWORD);
    let read = BaseUrl::parse(&url);
    let expected = parts(&url);
    let base = match read {
        Ok(base) => base,
        Err(error) => {
            assert_eq!(expected, None, "refused: {error}");
            assert_eq!(error.status(), Status::Configuration);
            // An error may quote the scheme.
            let password = PASSWORD.to_lowercase();
            let scheme = url.split(':').next().unwrap_or_default().to_lowercase();
            let message = error.message().to_lowercase();
            assert!(
                scheme.contains(&password) || !message.contains(&password),
                "{error}"
            );
            return;
        }
    };
    assert_eq!(Some(parts_of(&base)), expected);
    check_taken(&base);
}

fn parts_of(base: &BaseUrl) -> Parts {
    Parts {
        https: base.is_https(),
        host: base.host().to_owned(),
        port: base.port(),
        path_prefix: base.path_prefix().to_owned(),
    }
}

/// Checks the rules for every accepted URL.
fn check_taken(base: &BaseUrl) {
    let shown = base.to_string();
    let again = BaseUrl::parse(&shown).expect("what is shown can be read");
    assert_eq!(again, *base, "{shown}");
    assert_eq!(again.to_string(), shown);
    assert!(!base.host().is_empty());
    assert!(!shown.ends_with('/'));
    assert!(!shown.contains(['?', '#', '\\', ' ', '"', '<', '>']));
    assert!(!base.authority().contains(['@', '/']));
    let url = base.url_for("/v1/events");
    assert_eq!(url.strip_suffix("/v1/events"), Some(shown.as_str()));
}

/// Takes a URL apart; returns `None` if it is no base URL of a service.
fn parts(url: &str) -> Option<Parts> {
    let (scheme, rest) = url.split_once("://")?;
    let https = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return None,
    };
    let path_at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (address, after) = bracketed.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            (address.to_string(), after)
        }
        None => {
            let host = authority.split(':').next()?;
            (name_or_ipv4(host)?, &authority[host.len()..])
        }
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if digits.chars().all(|char| char.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port > 0)?
        }
        None if port.is_empty() => [80, 443][usize::from(https)],
        _ => return None,
    };
    let path_prefix = path.trim_end_matches('/');
    is_path(path_prefix).then(|| Parts {
        https,
        host,
        port,
        path_prefix: path_prefix.to_owned(),
    })
}

fn name_or_ipv4(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    if is_number(labels.last()?) {
        return host.parse().ok().map(|host: Ipv4Addr| host.to_string());
    }
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(in_alphabet)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let length: usize = labels.iter().map(|label| label.len() + 1).sum();
    (length <= 254 && labels.iter().all(is_label)).then(|| host.to_lowercase())
}

/// Returns whether resolvers may read the last label of a host as a number.
fn is_number(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    let (digits, radix) = match label.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if label.is_empty() => return false,
        None => (label.as_str(), 10),
    };
    digits.chars().all(|char| char.is_digit(radix))
}

/// Returns whether a path is valid by RFC 3986.
fn is_path(path: &str) -> bool {
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let allowed = match byte {
            b'%' => {
                let mut is_digit = || rest.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                is_digit() && is_digit()
            }
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' => true,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if !allowed {
            return false;
        }
    }
    true
}
