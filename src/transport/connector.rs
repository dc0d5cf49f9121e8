//! Connections for the HTTP library: resolved, dialled, tunnelled and encrypted by ourselves.

use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout};

use super::connection::{Additions, Connection};
use super::context::{self, Bounds, Until};
use super::dial::dial;
use super::failure::{Failure, Phase};
use super::host_and_port;
use super::idle::{Idle, Lifetime};
use super::loan::Loan;
use super::resolver::NameLookup;
use super::stream::{Progress, Stream};
use super::tls::TlsSettings;
use super::tunnel::open_tunnel;
use crate::config::base_url::BaseUrl;
use crate::config::proxy::Proxy;
use crate::panic_injection::{Site, pass};
use crate::sys::clock::since_boot;
use crate::sys::random;

/// Opens the connections of one client.
#[derive(Debug)]
pub struct ServiceConnector {
    /// The service's host and port.
    target: String,
    /// Whom the socket is connected to: the service, or the proxy.
    peer: String,
    lookup: NameLookup,
    additions: Additions,
    proxy: Option<Proxy>,
    tls: Option<TlsSettings>,
    /// How long a connection is used at most; `None`: without end.
    max_age: Option<Duration>,
    /// Where connections go after their answer.
    idle: Arc<Idle>,
}

impl ServiceConnector {
    pub fn new(
        base_url: &BaseUrl,
        additions: Additions,
        proxy: Option<Proxy>,
        tls: Option<TlsSettings>,
        max_age: Option<Duration>,
        idle: Arc<Idle>,
    ) -> Self {
        let (host, port) = proxy.as_ref().map_or_else(
            || (base_url.host(), base_url.port()),
            |proxy| (proxy.host(), proxy.port()),
        );
        ServiceConnector {
            target: host_and_port(base_url.host(), base_url.port()),
            peer: host_and_port(host, port),
            lookup: NameLookup::new(host, port),
            additions,
            proxy,
            tls,
            max_age,
            idle,
        }
    }

    fn open(&self) -> Result<Connection, Failure> {
        pass(Site::Dial);
        let bounds = context::bounds()?;
        let until = bounds.until(Phase::Connect);
        let addresses = self.lookup.addresses(&bounds, until)?;
        let socket = dial(&self.peer, &addresses, &bounds, until).inspect_err(|_| {
            // They may be the addresses of yesterday.
            self.lookup.forget();
        })?;
        let mut stream = Stream::new(socket);
        if let Some(tls) = &self.tls {
            if let Some(proxy) = &self.proxy {
                open_tunnel(&mut stream, proxy, &self.target, &bounds, until)?;
            }
            stream.start_tls(tls.connection()?, self.proxy.is_some());
            handshake(&mut stream, &bounds, until)?;
        }
        context::note(|trace| trace.opened += 1);
        let lifetime = Lifetime::new(since_boot(), self.max_age, random::fraction());
        Ok(Connection::new(stream, self.additions.clone(), lifetime))
    }
}

fn handshake(stream: &mut Stream, bounds: &Bounds, until: Until) -> Result<(), Failure> {
    loop {
        match stream.handshake() {
            Ok(Progress::Blocked(interest)) => {
                bounds.wait(stream.fd(), interest, until)?;
            }
            Ok(Progress::Done(_)) => return Ok(()),
            Err(Failure::Closed(error)) => return Err(Failure::ClosedInHandshake(error)),
            Err(failure) => return Err(failure),
        }
    }
}

impl Connector<()> for ServiceConnector {
    type Out = Loan;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Loan>, ureq::Error> {
        let connection = match context::handed_over() {
            Some(connection) => connection,
            None => Box::new(self.open()?),
        };
        Ok(Some(Loan::new(connection, self.idle.clone())))
    }
}

/// Answers without an address: the HTTP library asks before every request, pooled connection or
/// not, and [`ServiceConnector`] asks when it opens one.
#[derive(Debug)]
pub struct LateResolver;

impl Resolver for LateResolver {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
