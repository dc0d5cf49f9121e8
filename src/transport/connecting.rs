//! Connecting a connection: looking the name up, connecting, passing the proxy, starting TLS.

use std::collections::VecDeque;
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use socket2::Socket;

use super::bounds::{Bounds, Until};
use super::dial::{Dialled, Dialling};
use super::failure::{Failure, Phase};
use super::readiness::{Interests, Readiness, is_timeout};
use super::resolver::{LookUp, Query};
use super::route::{BehindSocks, Name, Peer, Route};
use super::socks::{Destination, Socks};
use super::stream::{Io, Stream};
use super::trace::Timings;
use super::tunnel::Tunnel;
use super::unix_socket;
use crate::panic_injection::{Site, pass};
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::Interest;

/// A connection that is being opened.
pub struct Connecting {
    stage: Stage,
    until: Until,
    /// The addresses of a service behind a SOCKS5 proxy that were not tried yet.
    targets: VecDeque<SocketAddr>,
    /// The time up to which the timings are noted.
    noted: Instant,
}

enum Stage {
    /// The copy of the query's descriptor is this waiter's own: a poller knows one waiter for a descriptor.
    LookUp(Name, Arc<Query>, OwnedFd),
    Dial(Dialling),
    /// The flag says whether the socket had no room at least once.
    UnixSocket(bool),
    Tunnel(Stream, Tunnel, Interest),
    Socks(Stream, Box<Socks>, Interest),
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
            Stage::Dial(_) | Stage::UnixSocket(_) | Stage::Tunnel(..) | Stage::Socks(..) => {
                Some(Part::Connect)
            }
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
        let stage = match route.lookup(Name::Target) {
            Some(lookup) => match lookup.look_up()? {
                LookUp::Query(query) => look_up(Name::Target, query)?,
                LookUp::Known(_) => reach_peer(route, now)?,
            },
            None => reach_peer(route, now)?,
        };
        Ok(Connecting {
            stage,
            until: bounds.until(Phase::Connect, now),
            targets: VecDeque::new(),
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
            Stage::LookUp(_, _, done) => Interests::One(done.as_fd(), Interest::READ),
            Stage::Dial(dialling) => Interests::Connecting(dialling.pending()),
            Stage::Tunnel(stream, _, interest)
            | Stage::Socks(stream, _, interest)
            | Stage::Tls(stream, interest) => Interests::One(stream.fd(), *interest),
            Stage::UnixSocket(_) | Stage::Open(_) | Stage::Over => Interests::Connecting(&[]),
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
            let stage = mem::replace(&mut self.stage, Stage::Over);
            let (stage, is_blocked) = match (stage, &route.peer) {
                (Stage::LookUp(name, query, done), _) => {
                    match route.lookup(name).and_then(|lookup| lookup.answer(&query)) {
                        Some(addresses) => (self.looked_up(route, name, &addresses?, now)?, false),
                        None if is_over => return Err(self.until.timed_out()),
                        None => (Stage::LookUp(name, query, done), true),
                    }
                }
                (Stage::Dial(mut dialling), Peer::Host(lookup, host)) => {
                    let dialled = dialling.step(host, ready, self.until, now);
                    // After a failure the addresses may be out of date.
                    match dialled.inspect_err(|_| lookup.forget())? {
                        Dialled::Connected(socket) => (self.connected(route, socket)?, false),
                        Dialled::Wait(until) => {
                            self.stage = Stage::Dial(dialling);
                            return Ok(Opened::Wait(until));
                        }
                    }
                }
                (Stage::UnixSocket(had_no_room), Peer::UnixSocket(to)) => {
                    if had_no_room && now >= self.until.end() {
                        return Err(self.until.timed_out());
                    }
                    match unix_socket::connect(to)? {
                        Some(socket) => (self.connected(route, socket)?, false),
                        None => {
                            self.stage = Stage::UnixSocket(true);
                            let next = now + unix_socket::QUEUE_IS_FULL;
                            return Ok(Opened::Wait(next.min(self.until.end())));
                        }
                    }
                }
                (Stage::Tunnel(mut stream, mut tunnel, _), _) => match tunnel.step(&mut stream)? {
                    Some(interest) => (Stage::Tunnel(stream, tunnel, interest), true),
                    None => (encrypted(route, stream, true)?, false),
                },
                (Stage::Socks(mut stream, mut socks, _), _) => match socks.step(&mut stream) {
                    Ok(Some(interest)) => (Stage::Socks(stream, socks, interest), true),
                    Ok(None) => (encrypted(route, stream, true)?, false),
                    Err(_) if socks.refuses_address() && !self.targets.is_empty() => {
                        (reach_peer(route, now)?, false)
                    }
                    Err(failure) => {
                        route.forget_addresses(Name::Target);
                        return Err(failure);
                    }
                },
                (Stage::Tls(mut stream, _), _) => match handshake(&mut stream)? {
                    Some(interest) => (Stage::Tls(stream, interest), true),
                    None => (Stage::Open(stream), false),
                },
                (Stage::Open(stream), _) => return Ok(Opened::Stream(stream, self.noted)),
                _ => return Err(Failure::closed_early()),
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

    /// Returns the stage after a look-up.
    fn looked_up(
        &mut self,
        route: &Route,
        name: Name,
        addresses: &[SocketAddr],
        now: Instant,
    ) -> Result<Stage, Failure> {
        match name {
            Name::Peer => Ok(Stage::Dial(Dialling::new(addresses, now))),
            Name::Target => {
                self.targets = addresses.iter().copied().collect();
                reach_peer(route, now)
            }
        }
    }

    /// Returns the stage after connecting.
    fn connected(&mut self, route: &Route, socket: Socket) -> Result<Stage, Failure> {
        let stream = Stream::new(socket);
        let Some(proxy) = &route.proxy else {
            return encrypted(route, stream, false);
        };
        let target = route.target.clone();
        let socks = match (&route.behind_socks, proxy.socks()) {
            (Some(BehindSocks::Known(to)), Some(socks)) => Socks::new(proxy, socks, to, target),
            (Some(BehindSocks::LookUp(_)), Some(socks)) => {
                // There is an address: each look-up has brought one, and each connection takes one.
                let address = self.targets.pop_front().ok_or_else(Failure::closed_early)?;
                let target = format!("{target} ({})", address.ip());
                Socks::new(proxy, socks, &Destination::Address(address), target)
            }
            _ if route.tls.is_some() => {
                let tunnel = Tunnel::new(proxy.clone(), target);
                return Ok(Stage::Tunnel(stream, tunnel, Interest::WRITE));
            }
            _ => return encrypted(route, stream, false),
        };
        Ok(Stage::Socks(stream, Box::new(socks), Interest::WRITE))
    }

    /// Must be called when the opening is given up.
    pub fn abandon(&self, route: &Route) {
        if matches!(self.stage, Stage::Dial(_)) {
            route.forget_addresses(Name::Peer);
        }
    }
}

/// Returns the first stage of reaching the other end of the socket.
fn reach_peer(route: &Route, now: Instant) -> Result<Stage, Failure> {
    let Some(lookup) = route.lookup(Name::Peer) else {
        return Ok(Stage::UnixSocket(false));
    };
    match lookup.look_up()? {
        LookUp::Known(address) => Ok(Stage::Dial(Dialling::new(&address, now))),
        LookUp::Query(query) => look_up(Name::Peer, query),
    }
}

/// Returns the stage of a look-up.
fn look_up(name: Name, query: Arc<Query>) -> Result<Stage, Failure> {
    let done = query.done().try_clone_to_owned();
    let done = done.map_err(|error| Shortage::descriptor("to wait for the host name", error))?;
    Ok(Stage::LookUp(name, query, done))
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
