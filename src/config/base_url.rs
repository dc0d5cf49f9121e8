//! The URL of the service.
//!
//! `http::Uri` splits it, the type that the HTTP layer below uses. The `url` crate would repair faults (backslashes,
//! tabs, numeric hosts), although a wrong setting must be refused, and it brings the tables of Unicode.

mod host;

#[cfg(test)]
mod tests;

use std::fmt;

use http::Uri;
use http::uri::Scheme as UriScheme;

use crate::error::{Error, Result};
use crate::protocol::validate::{QUOTED, is_quoted};

pub use host::Host;
pub(crate) use host::split_authority;

/// The longest base URL in bytes: far more than the layers below write into a request.
pub const MAX_LENGTH: usize = 8192;

/// The scheme of a URL, with or without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// Returns the scheme as it stands at the beginning of a URL.
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    /// Returns the port of a URL that names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A checked base URL: scheme, host, port, and a path that precedes every request's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    host: Host,
    port: u16,
    path_prefix: String,
}

impl BaseUrl {
    /// Reads a base URL. The error quotes only its scheme and single characters, as the wrong part may hold a
    /// password.
    pub fn parse(url: &str) -> Result<BaseUrl> {
        split(url).map_err(|reason| {
            Error::configuration(format!(
                "the base URL {reason} (the form is http://host or https://host, with :port and \
                 /path where needed, and an IPv6 address in brackets; or unix:/path for a unix socket)"
            ))
        })
    }

    /// Returns the host without brackets: a name in lower case, or an address.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// Returns the host, with its address if it is one.
    pub fn parsed_host(&self) -> &Host {
        &self.host
    }

    /// Returns the port for the connection.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns whether TLS is used.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Returns the path that precedes every request's path. It is empty, or begins with `/` and does not end with
    /// one.
    pub fn path_prefix(&self) -> &str {
        &self.path_prefix
    }

    /// Returns the value of the `Host` header: the host, with brackets around an IPv6 address, and the port unless
    /// it is the scheme's default.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Returns the URL of `path`, which begins with `/`.
    pub fn url_for(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.name();
        write!(f, "{scheme}://{}{}", self.authority(), self.path_prefix)
    }
}

fn split(url: &str) -> Result<BaseUrl, String> {
    if url.len() > MAX_LENGTH {
        return Err(format!(
            "is {} bytes long: at most {MAX_LENGTH} are possible",
            url.len()
        ));
    }
    check_characters(url)?;
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("is not valid: {error}"))?;
    let scheme = match uri.scheme() {
        Some(scheme) if *scheme == UriScheme::HTTP => Scheme::Http,
        Some(scheme) if *scheme == UriScheme::HTTPS => Scheme::Https,
        Some(other) => {
            return Err(format!(
                "has the scheme `{other}`: only http and https are possible"
            ));
        }
        None => return Err("does not begin with http:// or https://".into()),
    };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err("has a user name or password: the API key is the only credential".into());
    }
    if uri.query().is_some() {
        return Err("has a query (`?`): leave it out".into());
    }
    let (host, port) = split_authority(authority)?;
    let path_prefix = uri.path().trim_end_matches('/');
    check_path(path_prefix)?;
    Ok(BaseUrl {
        scheme,
        host,
        port: port.unwrap_or(scheme.default_port()),
        path_prefix: path_prefix.to_owned(),
    })
}

/// Refuses characters that `http::Uri` drops or accepts silently, or for which its error says less.
fn check_characters(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Err("is empty".into());
    }
    if is_quoted(url) {
        return Err(QUOTED.into());
    }
    for (at, char) in url.char_indices() {
        if char.is_whitespace() || char.is_control() {
            let code = u32::from(char);
            return Err(format!(
                "has white space or a control character (U+{code:04X}) at byte offset {at}"
            ));
        }
        if char == '#' {
            return Err("has a fragment (`#`): leave it out".into());
        }
        if !char.is_ascii() {
            return Err(format!(
                "has a character that is not ASCII at byte offset {at}: write a host name in \
                 punycode (xn--…) and a path percent-encoded"
            ));
        }
    }
    Ok(())
}

/// Checks a path against RFC 3986. `http::Uri` accepts more.
fn check_path(path: &str) -> Result<(), String> {
    let bytes = path.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err("has a `%` in its path without two hexadecimal digits".into());
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => {}
            _ if b"/-._~!$&'()*+,;=:@".contains(&byte) => {}
            _ => {
                return Err(format!(
                    "has the character `{}` in its path: write it as %{byte:02X}",
                    char::from(byte)
                ));
            }
        }
    }
    Ok(())
}
