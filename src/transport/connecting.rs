//! Connecting a connection: looking the name up, connecting, passing the proxy, starting TLS.

use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::Socket;

use super::bounds::{Bounds, Until};
use super::dial::{Dialled, Dialling};
use super::failure::{Failure, Phase};
use super::readiness::{Interests, Readiness, is_timeout};
use super::resolver::{LookUp, NameLookup, Query};
use super::stream::{Io, Stream};
use super::tls::TlsSettings;
use super::tls::session::Sessions;
use super::trace::Timings;
use super::tunnel::Tunnel;
use crate::config::base_url::BaseUrl;
use crate::config::proxy::Proxy;
use crate::panic_injection::{Site, pass};
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::Interest;

/// The way from a client to the service.
#[derive(Debug)]
pub struct Route {
    /// The service's host and port.
    target: String,
    /// The host and port that the socket is connected to: the service's, or the proxy's.
    peer: String,
    lookup: NameLookup,
    proxy: Option<Proxy>,
    tls: Option<Sessions>,
    /// How long a connection is used at most; `None`: without end.
    pub max_age: Option<Duration>,
}

impl Route {
    /// Returns the way to the service.
    pub fn new(
        base_url: &BaseUrl,
        proxy: Option<Proxy>,
        tls: Option<TlsSettings>,
        max_age: Option<Duration>,
    ) -> Self {
        let (host, port) = proxy.as_ref().map_or_else(
            || (base_url.host(), base_url.port()),
            |proxy| (proxy.host(), proxy.port()),
        );
        Route {
            target: host_and_port(base_url.host(), base_url.port()),
            peer: host_and_port(host, port),
            lookup: NameLookup::new(host, port),
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
}

/// A connection that is being opened.
pub struct Connecting {
    stage: Stage,
    until: Until,
    /// The time up to which the timings are noted.
    noted: Instant,
}

enum Stage {
    /// The copy of the query's descriptor is this waiter's own: a poller knows one waiter for a descriptor.
    LookUp(Arc<Query>, OwnedFd),
    Dial(Dialling),
    Tunnel(Stream, Tunnel, Interest),
    Tls(Stream, Interest),
    Open(Stream),
    Over,
}

/// The part of the timings that a stage belongs to.
#[derive(Clone, Copy)]
enum Part {
    LookUp,
    Connect,
    Tls,
}

impl Stage {
    fn part(&self) -> Option<Part> {
        match self {
            Stage::LookUp(..) => Some(Part::LookUp),
            Stage::Dial(_) | Stage::Tunnel(..) => Some(Part::Connect),
            Stage::Tls(..) => Some(Part::Tls),
            Stage::Open(_) | Stage::Over => None,
        }
    }
}

/// The result of a step.
pub enum Opened {
    /// The connection is open since this time.
    Stream(Stream, Instant),
    /// A descriptor has to be ready, or this instant has to come.
    Wait(Instant),
}

impl Connecting {
    /// Begins to open a connection.
    pub fn new(route: &Route, bounds: &Bounds, now: Instant) -> Result<Self, Failure> {
        pass(Site::Dial);
        let stage = match route.lookup.look_up()? {
            LookUp::Known(address) => Stage::Dial(Dialling::new(&address, now)),
            LookUp::Query(query) => {
                let done = query.done().try_clone_to_owned();
                let done =
                    done.map_err(|error| Shortage::descriptor("to wait for the host name", error))?;
                Stage::LookUp(query, done)
            }
        };
        Ok(Connecting {
            stage,
            until: bounds.until(Phase::Connect, now),
            noted: now,
        })
    }

    /// Adds the time up to `now` to that of the present stage.
    pub fn note_time(&mut self, timings: &mut Timings, now: Instant) {
        self.note(self.stage.part(), timings, now);
    }

    fn note(&mut self, part: Option<Part>, timings: &mut Timings, now: Instant) {
        let now = now.max(self.noted);
        let passed = now - mem::replace(&mut self.noted, now);
        match part {
            Some(Part::LookUp) => timings.lookup += passed,
            Some(Part::Connect) => timings.connect += passed,
            Some(Part::Tls) => timings.tls += passed,
            None => {}
        }
    }

    /// The descriptors to wait for.
    pub fn interests(&self) -> Interests<'_> {
        match &self.stage {
            Stage::LookUp(_, done) => Interests::One(done.as_fd(), Interest::READ),
            Stage::Dial(dialling) => Interests::Connecting(dialling.pending()),
            Stage::Tunnel(stream, _, interest) | Stage::Tls(stream, interest) => {
                Interests::One(stream.fd(), *interest)
            }
            Stage::Open(_) | Stage::Over => Interests::Connecting(&[]),
        }
    }

    /// Goes on as far as possible after a wait, which has found the descriptors in these states. A step that fails
    /// is the last one.
    pub fn step(
        &mut self,
        route: &Route,
        bounds: &Bounds,
        timings: &mut Timings,
        mut ready: &[Readiness],
        now: Instant,
    ) -> Result<Opened, Failure> {
        self.note_time(timings, now);
        let is_over = is_timeout(ready) && now >= self.until.end();
        if is_over && !matches!(self.stage, Stage::Dial(_) | Stage::LookUp(..)) {
            return Err(self.until.timed_out());
        }
        loop {
            let part = self.stage.part();
            let (stage, is_blocked) = match mem::replace(&mut self.stage, Stage::Over) {
                Stage::LookUp(query, done) => match route.lookup.answer(&query) {
                    Some(addresses) => (Stage::Dial(Dialling::new(&addresses?, now)), false),
                    None if is_over => return Err(self.until.timed_out()),
                    None => (Stage::LookUp(query, done), true),
                },
                Stage::Dial(mut dialling) => {
                    let dialled = dialling.step(&route.peer, ready, self.until, now);
                    // After a failure the addresses may be out of date.
                    match dialled.inspect_err(|_| route.lookup.forget())? {
                        Dialled::Connected(socket) => (connected(route, socket)?, false),
                        Dialled::Wait(until) => {
                            self.stage = Stage::Dial(dialling);
                            return Ok(Opened::Wait(until));
                        }
                    }
                }
                Stage::Tunnel(mut stream, mut tunnel, _) => match tunnel.step(&mut stream)? {
                    Some(interest) => (Stage::Tunnel(stream, tunnel, interest), true),
                    None => (encrypted(route, stream, true)?, false),
                },
                Stage::Tls(mut stream, _) => match handshake(&mut stream)? {
                    Some(interest) => (Stage::Tls(stream, interest), true),
                    None => (Stage::Open(stream), false),
                },
                Stage::Open(stream) => return Ok(Opened::Stream(stream, self.noted)),
                Stage::Over => return Err(Failure::closed_early()),
            };
            self.stage = stage;
            if is_blocked {
                return Ok(Opened::Wait(bounds.wait_until(self.until, now)?));
            }
            // A stage may have ended without a wait, and TLS computes for some time.
            self.note(part, timings, Instant::now());
            ready = &[];
        }
    }

    /// Must be called when the opening is given up.
    pub fn abandon(&self, route: &Route) {
        if matches!(self.stage, Stage::Dial(_)) {
            route.lookup.forget();
        }
    }
}

/// Returns the stage after connecting.
fn connected(route: &Route, socket: Socket) -> Result<Stage, Failure> {
    let stream = Stream::new(socket);
    match (&route.proxy, &route.tls) {
        (Some(proxy), Some(_)) => {
            let tunnel = Tunnel::new(proxy.clone(), route.target.clone());
            Ok(Stage::Tunnel(stream, tunnel, Interest::WRITE))
        }
        _ => encrypted(route, stream, false),
    }
}

/// Puts TLS over a stream if the URL of the service says https.
fn encrypted(route: &Route, mut stream: Stream, tunnelled: bool) -> Result<Stage, Failure> {
    let Some(sessions) = &route.tls else {
        return Ok(Stage::Open(stream));
    };
    stream.start_tls(sessions.start()?, tunnelled);
    Ok(Stage::Tls(stream, Interest::WRITE))
}

/// Goes on with the TLS handshake. Returns what to wait for, or `None` once it is over.
fn handshake(stream: &mut Stream) -> Result<Option<Interest>, Failure> {
    match stream.handshake() {
        Ok(Io::Blocked(interest)) => Ok(Some(interest)),
        Ok(Io::Done(_)) => Ok(None),
        Err(Failure::Closed(error)) => Err(Failure::ClosedInHandshake(error)),
        Err(failure) => Err(failure),
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
