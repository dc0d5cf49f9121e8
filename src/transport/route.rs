//! The way from a client to the service, as its connections need it.

use std::time::Duration;

use super::resolver::NameLookup;
use super::tls::TlsSettings;
use super::tls::session::Sessions;
use crate::config::base_url::BaseUrl;
use crate::config::proxy::Proxy;
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
    pub tls: Option<Sessions>,
    /// How long a connection is used at most; `None`: without end.
    pub max_age: Option<Duration>,
}

/// The other end of the socket.
#[derive(Debug)]
pub enum Peer {
    /// A host with its port: the service's, or the proxy's.
    Host(NameLookup, String),
    UnixSocket(UnixSocket),
}

impl Route {
    /// Returns the way to the service.
    pub fn new(
        base_url: &BaseUrl,
        way: Way,
        tls: Option<TlsSettings>,
        max_age: Option<Duration>,
    ) -> Self {
        let host = |host, port| Peer::Host(NameLookup::new(host, port), host_and_port(host, port));
        let (peer, proxy) = match way {
            Way::Direct => (host(base_url.host(), base_url.port()), None),
            Way::Proxy(proxy) => (host(proxy.host(), proxy.port()), Some(proxy)),
            Way::UnixSocket(socket) => (Peer::UnixSocket(socket), None),
        };
        Route {
            target: host_and_port(base_url.host(), base_url.port()),
            peer,
            proxy,
            tls: tls.map(Sessions::new),
            max_age,
        }
    }

    /// The proxy that forwards requests, and can read them. There is none where the proxy makes a tunnel.
    pub fn forwarder(&self) -> Option<&Proxy> {
        match self.tls {
            Some(_) => None,
            None => self.proxy.as_ref(),
        }
    }

    /// Forgets the addresses of the other end: they may be out of date.
    pub fn forget_addresses(&self) {
        if let Peer::Host(lookup, _) = &self.peer {
            lookup.forget();
        }
    }
}

/// `host:port` as it stands in URLs and messages.
fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
