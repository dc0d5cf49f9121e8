//! The proxy between this process and the service.

mod credentials;
mod no_proxy;

#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::config::base_url::{BaseUrl, Host, Scheme, split_authority};
use crate::error::{Error, Result};
use crate::protocol::validate::{QUOTED, is_quoted};

/// The schemes of proxies. The second is that of a proxy that gets addresses, the third that of one that gets names.
const HTTP: &str = Scheme::Http.name();
const SOCKS5: &str = "socks5";
const SOCKS5H: &str = "socks5h";

/// The ports of proxy URLs that name none.
const HTTP_PORT: u16 = Scheme::Http.default_port();
const SOCKS_PORT: u16 = 1080;

/// The source of the proxy setting.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ProxySetting {
    /// The usual environment variables.
    #[default]
    Environment,
    /// No proxy, even if the environment names one.
    None,
    /// This URL, even if the environment names another.
    Explicit(String),
}

/// Wipes the proxy URL, which may hold a password.
impl Drop for ProxySetting {
    fn drop(&mut self) {
        if let ProxySetting::Explicit(url) = self {
            url.zeroize();
        }
    }
}

impl fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProxySetting::Environment => "Environment",
            ProxySetting::None => "None",
            ProxySetting::Explicit(_) => "Explicit(redacted)",
        })
    }
}

/// A proxy: an HTTP proxy, or a SOCKS5 proxy.
#[derive(Clone)]
pub struct Proxy {
    host: Host,
    port: u16,
    authorization: Option<Zeroizing<String>>,
    socks: Option<Socks5>,
}

/// The settings of a SOCKS5 proxy.
#[derive(Clone)]
pub struct Socks5 {
    /// Whether the proxy looks names up (`socks5h`). Otherwise they are looked up here.
    pub looks_names_up: bool,
    /// The message with the user name and the password.
    pub sign_in: Option<Zeroizing<Vec<u8>>>,
}

impl Proxy {
    /// Returns the host without brackets: a name in lower case, or an address.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// Returns whether the proxy runs on this machine.
    pub fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the value of `Proxy-Authorization`, `Basic …`, if the URL has a user name or a password.
    // Not inlined: otherwise it would be read before the check that there is a proxy, which memory checkers report.
    #[inline(never)]
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_ref().map(|value| value.as_str())
    }

    /// Returns the settings of a SOCKS5 proxy; `None` for an HTTP proxy.
    pub fn socks(&self) -> Option<&Socks5> {
        self.socks.as_ref()
    }
}

/// Writes host and port.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign_in = self.socks.as_ref().and_then(|socks| socks.sign_in.as_ref());
        let has_credentials = self.authorization.is_some() || sign_in.is_some();
        let authorization = has_credentials.then_some("redacted");
        f.debug_struct("Proxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("is_socks", &self.socks.is_some())
            .field("authorization", &authorization)
            .finish()
    }
}

/// Finds the proxy for requests to `base`. `env` returns a variable of the environment.
///
/// The variables are those of curl: `http_proxy` for http, `https_proxy` or `HTTPS_PROXY` for https, otherwise
/// `all_proxy` or `ALL_PROXY`; `no_proxy` or `NO_PROXY` lists exceptions. `HTTP_PROXY` is not read: in a CGI program,
/// a header of the client sets it. An empty variable counts as not set. A proxy that cannot be used is an error: a
/// direct connection would not be what the operator wants.
pub fn resolve(
    setting: &ProxySetting,
    base: &BaseUrl,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>> {
    match setting {
        ProxySetting::None => Ok(None),
        ProxySetting::Explicit(url) => parse("the proxy URL", url, "").map(Some),
        ProxySetting::Environment => from_environment(base, env),
    }
}

fn from_environment(base: &BaseUrl, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let first_set = |names: &[&'static str]| {
        names.iter().copied().find_map(|name| {
            let value = env(name).filter(|value| !value.is_empty())?;
            Some((name, Zeroizing::new(value)))
        })
    };
    let names: &[&str] = match base.scheme() {
        Scheme::Http => &["http_proxy", "all_proxy", "ALL_PROXY"],
        Scheme::Https => &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
    };
    let Some((name, url)) = first_set(names) else {
        return Ok(None);
    };
    let exempt = first_set(&["no_proxy", "NO_PROXY"])
        .is_some_and(|(_, list)| no_proxy::exempts(&list, base.parsed_host(), base.port()));
    if exempt {
        return Ok(None);
    }
    let way_out = format!(
        "; name a proxy in `{}`, list `{}` in `no_proxy`, or set the client's own proxy option",
        names[0],
        base.host()
    );
    parse(&format!("the proxy URL in `{name}`"), &url, &way_out).map(Some)
}

/// Reads a proxy URL. An error begins with `name` and ends with `way_out`. It quotes only the scheme and single
/// characters.
fn parse(name: &str, url: &str, way_out: &str) -> Result<Proxy> {
    split(url).map_err(|reason| {
        Error::configuration(format!(
            "{name} {reason} (the form is http://host:port, socks5://host:port or socks5h://host:port, with \
             user:password@ before the host where needed){way_out}"
        ))
    })
}

/// Splits the URL by hand: `http::Uri` copies its input with the password, and wipes nothing.
fn split(url: &str) -> Result<Proxy, String> {
    if url.is_empty() {
        return Err("is empty".into());
    }
    if is_quoted(url) {
        return Err(QUOTED.into());
    }
    if let Some(at) = url.bytes().position(|byte| !byte.is_ascii_graphic()) {
        return Err(format!(
            "is not valid: at byte offset {at} it has white space, a control character or one that is \
             not ASCII; in a password, percent-encode all but letters and digits"
        ));
    }
    if url.contains('#') {
        return Err("has a `#`: write it as %23 in a password, else leave it out".into());
    }
    let (scheme, rest) = url.split_once("://").unwrap_or((HTTP, url));
    let scheme = [HTTP, SOCKS5, SOCKS5H]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(scheme))
        .ok_or_else(|| refuse_scheme(scheme))?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if !matches!(tail, "" | "/") {
        return Err("has a path or a query: leave it out".into());
    }
    let (user_info, host_and_port) = match authority.rsplit_once('@') {
        Some((user_info, rest)) => (Some(user_info), rest),
        None => (None, authority),
    };
    let (host, port) = split_authority(host_and_port)?;
    if scheme == HTTP {
        return Ok(Proxy {
            host,
            port: port.unwrap_or(HTTP_PORT),
            authorization: user_info.map(credentials::basic).transpose()?,
            socks: None,
        });
    }
    Ok(Proxy {
        host,
        port: port.unwrap_or(SOCKS_PORT),
        authorization: None,
        socks: Some(Socks5 {
            looks_names_up: scheme == SOCKS5H,
            sign_in: user_info.map(credentials::socks_sign_in).transpose()?,
        }),
    })
}

/// Makes the error for a wrong scheme. The text before `://` is quoted only if it can be a scheme: it may be part of a
/// password.
fn refuse_scheme(scheme: &str) -> String {
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let named = if scheme.bytes().all(is_scheme) {
        format!("has the scheme `{scheme}`")
    } else {
        "does not begin with http://, socks5:// or socks5h://".to_owned()
    };
    format!("{named}: only http, socks5 and socks5h proxies are supported")
}
