//! The way from a client to the service: direct, through a proxy, or through a unix socket.

use std::path::Path;

use super::base_url::BaseUrl;
use super::options::ClientOptions;
use super::proxy::{self, Proxy, ProxySetting};
use super::unix_socket::UnixSocket;
use crate::error::{Error, Result};

/// A base URL that names only a unix socket begins with this.
const UNIX: &str = "unix:";
/// The base URL in its place.
const BASE_URL_OF_UNIX: &str = "http://localhost";

/// The way to the service.
#[derive(Clone, Debug)]
pub enum Way {
    /// A connection to the host of the base URL.
    Direct,
    /// Through a proxy.
    Proxy(Proxy),
    /// Through a unix socket.
    UnixSocket(UnixSocket),
}

impl Way {
    /// Determines the way to `base_url`. `socket` is that of a base URL that names only a socket.
    ///
    /// # Errors
    /// `Configuration` if the settings contradict each other, or for a proxy that cannot be used.
    pub(super) fn resolve(
        options: &ClientOptions,
        base_url: &BaseUrl,
        socket: Option<UnixSocket>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let socket = match (&options.unix_socket, socket) {
            (Some(_), Some(_)) => {
                return Err(Error::configuration(
                    "the options set a unix socket, and base_url is one: set it in one place",
                ));
            }
            (Some(of_options), None) => Some(of_options.clone()),
            (None, of_url) => of_url,
        };
        match (socket, &options.proxy) {
            (Some(_), ProxySetting::Explicit(_)) => Err(Error::configuration(
                "the options set a proxy, and the service is reached through a unix socket: leave one of them out",
            )),
            (Some(socket), _) => Ok(Way::UnixSocket(socket)),
            (None, proxy) => Ok(match proxy::resolve(proxy, base_url, environment)? {
                Some(proxy) => Way::Proxy(proxy),
                None => Way::Direct,
            }),
        }
    }

    /// Refuses plain http to another machine, for options that require https.
    pub(super) fn check_stays_here(&self, base_url: &BaseUrl) -> Result<()> {
        if base_url.is_https() {
            return Ok(());
        }
        let (what, host) = match self {
            Way::UnixSocket(_) => return Ok(()),
            Way::Proxy(proxy) if !proxy.is_loopback() => ("goes through the proxy", proxy.host()),
            _ if !base_url.parsed_host().is_loopback() => ("is for the host", base_url.host()),
            _ => return Ok(()),
        };
        Err(Error::configuration(format!(
            "base_url is plain http and {what} {host}, which is not this machine, and the options require \
             https: the API key could be read on its way; use https"
        )))
    }
}

/// Reads a base URL. `unix:/path` and `unix:///path` mean `http://localhost` through this socket.
pub(super) fn parse_base_url(url: &str) -> Result<(BaseUrl, Option<UnixSocket>)> {
    let Some(path) = url.strip_prefix(UNIX) else {
        return Ok((BaseUrl::parse(url)?, None));
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    let socket = UnixSocket::new(Path::new(path)).map_err(|error| {
        Error::configuration(format!(
            "the base URL is no unix socket: {} (the form is unix:/path)",
            error.message()
        ))
    })?;
    Ok((BaseUrl::parse(BASE_URL_OF_UNIX)?, Some(socket)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    fn resolve(url: &str, options: &ClientOptions) -> Result<(BaseUrl, Way)> {
        let (base_url, socket) = parse_base_url(url)?;
        let environment = |name: &str| (name == "all_proxy").then(|| "http://proxy:1".to_owned());
        let way = Way::resolve(options, &base_url, socket, &environment)?;
        Ok((base_url, way))
    }

    fn with_socket() -> ClientOptions {
        let mut options = ClientOptions::default();
        options
            .set_unix_socket(Some(Path::new("/run/h.sock")))
            .unwrap();
        options
    }

    fn socket_of(way: &Way) -> &str {
        match way {
            Way::UnixSocket(socket) => socket.path().to_str().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_socket_is_used_without_the_environments_proxy() {
        let (base_url, way) = resolve("https://hooks.example.com/a", &with_socket()).unwrap();
        assert_eq!(base_url.to_string(), "https://hooks.example.com/a");
        assert_eq!(socket_of(&way), "/run/h.sock");
        for url in ["unix:/run/u.sock", "unix:///run/u.sock"] {
            let (base_url, way) = resolve(url, &ClientOptions::default()).unwrap();
            assert_eq!(base_url.to_string(), "http://localhost");
            assert_eq!(socket_of(&way), "/run/u.sock");
        }
        let (_, way) = resolve("http://hooks.example.com", &ClientOptions::default()).unwrap();
        assert!(matches!(way, Way::Proxy(_)));
    }

    #[test]
    fn contradictions_and_paths_that_cannot_be_are_refused() {
        let mut with_proxy = with_socket();
        with_proxy.set_proxy(ProxySetting::Explicit("http://proxy:1".to_owned()));
        for (url, options, part) in [
            (
                "http://h",
                &with_proxy,
                "a proxy, and the service is reached through a unix socket",
            ),
            ("unix:/run/u.sock", &with_socket(), "set it in one place"),
            (
                "unix:run/u.sock",
                &ClientOptions::default(),
                "the form is unix:/path",
            ),
            (
                "unix://run/u.sock",
                &ClientOptions::default(),
                "does not begin with `/`",
            ),
            ("unix:", &ClientOptions::default(), "the form is unix:/path"),
        ] {
            let error = resolve(url, options).expect_err(url);
            assert_eq!(error.status(), Status::Configuration);
            assert!(error.message().contains(part), "{error}");
        }
    }

    #[test]
    fn plain_http_through_a_socket_stays_on_this_machine() {
        let (base_url, way) = resolve("http://hooks.example.com", &with_socket()).unwrap();
        assert!(way.check_stays_here(&base_url).is_ok());
        assert!(Way::Direct.check_stays_here(&base_url).is_err());
    }
}
