//! The way from a client to the service, as its connections need it.

use std::net::SocketAddr;
use std::time::Duration;

use super::resolver::NameLookup;
use super::socks::Destination;
use super::tls::TlsSettings;
use super::tls::session::Sessions;
use crate::config::base_url::BaseUrl;
use crate::config::options::{BASE_URL_VARIABLE, DEFAULT_BASE_URL};
use crate::config::proxy::{Proxy, Socks5};
use crate::config::unix_socket::UnixSocket;
use crate::config::way::Way;

/// The way from a client to the service.
#[derive(Debug)]
pub struct Route {
    /// The service's host and port.
    pub target: String,
    /// The other end of the socket.
    pub peer: Peer,
    /// The proxy at the other end, if there is one.
    pub proxy: Option<Proxy>,
    /// The service, as a SOCKS5 proxy gets it.
    pub behind_socks: Option<BehindSocks>,
    pub tls: Option<Sessions>,
    /// How long a connection is used at most; `None`: without end.
    pub max_age: Option<Duration>,
}

/// A host on the way.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// The other end of the socket.
    Peer,
    /// The service behind a SOCKS5 proxy.
    Target,
}

/// The other end of the socket.
#[derive(Debug)]
pub enum Peer {
    /// A host, with its name for messages: the service's, or the proxy's.
    Host(NameLookup, String),
    UnixSocket(UnixSocket),
}

/// The service behind a SOCKS5 proxy.
#[derive(Debug)]
pub enum BehindSocks {
    Known(Destination),
    /// Its name is looked up here, and the proxy gets the addresses.
    LookUp(NameLookup),
}

impl BehindSocks {
    fn new(socks: &Socks5, base_url: &BaseUrl) -> Self {
        let (host, port) = (base_url.parsed_host(), base_url.port());
        match host.address() {
            Some(address) => {
                BehindSocks::Known(Destination::Address(SocketAddr::new(address, port)))
            }
            None if socks.looks_names_up => {
                BehindSocks::Known(Destination::Name(host.as_str().to_owned(), port))
            }
            None => BehindSocks::LookUp(NameLookup::new(host.as_str(), port)),
        }
    }
}

impl Route {
    /// Returns the way to the service.
    pub fn new(
        base_url: &BaseUrl,
        way: Way,
        tls: Option<TlsSettings>,
        max_age: Option<Duration>,
    ) -> Self {
        let (peer, proxy) = match way {
            Way::Direct => {
                let lookup = NameLookup::new(base_url.host(), base_url.port());
                (Peer::Host(lookup, service(base_url)), None)
            }
            Way::Proxy(proxy) => {
                let lookup = NameLookup::new(proxy.host(), proxy.port());
                let name = format!("the proxy {}", host_and_port(proxy.host(), proxy.port()));
                (Peer::Host(lookup, name), Some(proxy))
            }
            Way::UnixSocket(socket) => (Peer::UnixSocket(socket), None),
        };
        let socks = proxy.as_ref().and_then(Proxy::socks);
        Route {
            behind_socks: socks.map(|socks| BehindSocks::new(socks, base_url)),
            target: host_and_port(base_url.host(), base_url.port()),
            peer,
            proxy,
            tls: tls.map(Sessions::new),
            max_age,
        }
    }

    /// The proxy that forwards requests, and can read them. There is none where the proxy makes a tunnel.
    pub fn forwarder(&self) -> Option<&Proxy> {
        let forwards = self.tls.is_none() && self.behind_socks.is_none();
        self.proxy.as_ref().filter(|_| forwards)
    }

    /// Returns the look-up of a name, if that is looked up.
    pub fn lookup(&self, name: Name) -> Option<&NameLookup> {
        match (name, &self.peer, &self.behind_socks) {
            (Name::Peer, Peer::Host(lookup, _), _) => Some(lookup),
            (Name::Target, _, Some(BehindSocks::LookUp(lookup))) => Some(lookup),
            _ => None,
        }
    }

    /// Forgets the addresses of a name: they may be out of date.
    pub fn forget_addresses(&self, name: Name) {
        if let Some(lookup) = self.lookup(name) {
            lookup.forget();
        }
    }
}

/// Returns the service's host and port for messages. A program without a base URL finds nothing at the default one.
fn service(base_url: &BaseUrl) -> String {
    let name = host_and_port(base_url.host(), base_url.port());
    if DEFAULT_BASE_URL.ends_with(&format!("/{name}")) {
        return format!("{name} (the default base URL: pass one, or set {BASE_URL_VARIABLE})");
    }
    name
}

/// `host:port` as it stands in URLs and messages.
fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_tell_a_program_without_a_base_url_of_the_default() {
        for (url, name) in [
            (
                DEFAULT_BASE_URL,
                "localhost:8080 (the default base URL: pass one, or set HOOKRAIL_BASE_URL)",
            ),
            ("http://localhost:80", "localhost:80"),
            ("http://host:8080", "host:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            let base_url = BaseUrl::parse(url).expect("a URL");
            assert_eq!(service(&base_url), name);
        }
    }
}
