//! The host of a URL.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host: a DNS name in ASCII or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    text: String,
    address: Option<IpAddr>,
}

impl Host {
    /// Returns the name in lower case, or the address without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the address, if the host is one and needs no look-up.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// Returns whether data for this host stays on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.address {
            Some(address) => address.to_canonical().is_loopback(),
            // Some resolvers ask the DNS for names below it, such as `x.localhost`.
            None => matches!(self.text.as_str(), "localhost" | "localhost."),
        }
    }

    fn from_address(address: IpAddr) -> Host {
        Host {
            text: address.to_string(),
            address: Some(address),
        }
    }

    fn from_name(name: &str) -> Result<Host, String> {
        // One dot at the end marks a name as fully qualified.
        let labels = name.strip_suffix('.').unwrap_or(name);
        if labels.is_empty() {
            return Err("has no host".into());
        }
        if labels.len() > 253 {
            return Err("has a host name of more than 253 characters".into());
        }
        if let Some(wrong) = name
            .chars()
            .find(|char| !char.is_ascii_alphanumeric() && !matches!(char, '.' | '-' | '_'))
        {
            return Err(format!(
                "has the character `{wrong}` in its host name: only letters, digits, `-`, `_` and \
                 `.` are possible"
            ));
        }
        for label in labels.split('.') {
            if !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-') {
                return Err(
                    "has a malformed host name: each part between two dots has 1 to 63 characters \
                     and no `-` at either end"
                        .into(),
                );
            }
        }
        Ok(Host {
            text: name.to_ascii_lowercase(),
            address: None,
        })
    }
}

/// Writes the host as in a URL, with brackets around an IPv6 address.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(IpAddr::V6(address)) => write!(f, "[{address}]"),
            _ => f.write_str(&self.text),
        }
    }
}

/// Reads `host` or `host:port`; an IPv6 address is in brackets. The error's text continues the name of the URL.
pub(crate) fn split_authority(authority: &str) -> Result<(Host, Option<u16>), String> {
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed
            .split_once(']')
            .ok_or("has a `[` in its host without a `]`")?;
        let address: Ipv6Addr = address.parse().map_err(|_| {
            "has something else than an IPv6 address (without a zone) in brackets".to_owned()
        })?;
        let port = match port.strip_prefix(':') {
            Some(port) => Some(parse_port(port)?),
            None if port.is_empty() => None,
            None => return Err("has something else than a port after its host's `]`".into()),
        };
        return Ok((Host::from_address(address.into()), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(parse_port(port)?)),
        None => (authority, None),
    };
    Ok((parse_host(host)?, port))
}

fn parse_host(host: &str) -> Result<Host, String> {
    let last_label = host.rsplit('.').find(|label| !label.is_empty());
    // No top-level domain is a number, and resolvers take `127.1` or `0x7f.1` for addresses.
    if last_label.is_some_and(is_number) {
        let address: Ipv4Addr = host.parse().map_err(|_| {
            "has a host that ends in a number and is not an IPv4 address (four decimal numbers, \
             without leading zeros)"
        })?;
        return Ok(Host::from_address(address.into()));
    }
    Host::from_name(host)
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label
        .strip_prefix("0x")
        .or_else(|| label.strip_prefix("0X"))
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || label.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_port(port: &str) -> Result<u16, String> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port @ 1..) if digits => Ok(port),
        _ => Err("has a port that is not a number from 1 to 65535".into()),
    }
}
