//! Looking up the one host name that a client talks to.
//!
//! `getaddrinfo` can be neither bounded nor cancelled. It runs in a helper thread, and callers wait
//! for it like for everything else; who has no more time leaves it to finish alone.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::AsFd;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::context::{Bounds, Until};
use super::failure::Failure;
use super::lookup_gate;
use crate::error::Error;
use crate::panic_injection::{Site, pass};
use crate::sys::eventfd::EventFd;
use crate::sys::poll::Interest;
use crate::sys::shortage::{self, Shortage, is_shortage};
use crate::sys::signals::spawn_masked;

/// How long an answer is used without asking again: long enough to spare the resolver when many
/// threads connect at once, short enough to follow a failover.
const ANSWER_LIFETIME: Duration = Duration::from_secs(5);

/// Resolves one host and port.
#[derive(Debug)]
pub struct NameLookup {
    host: String,
    port: u16,
    latest: Mutex<Option<Arc<Query>>>,
}

/// A look-up, under way or finished, shared by everybody who needs its answer.
#[derive(Debug)]
struct Query {
    done: EventFd,
    result: OnceLock<Finished>,
}

#[derive(Debug)]
struct Finished {
    at: Instant,
    addresses: Result<Arc<[SocketAddr]>, NoAddress>,
}

/// Why a look-up brought no address. Several callers may be told.
#[derive(Clone, Debug)]
enum NoAddress {
    /// The process has run out of descriptors or memory; the number of the system's error.
    Shortage(i32),
    /// What the resolver said.
    Other(String),
}

impl NoAddress {
    /// What an error of the look-up is. `getaddrinfo` does not always say that it had no descriptor to ask
    /// with, so that is tried.
    fn of(error: io::Error) -> Self {
        let shortage = if is_shortage(&error) {
            error.raw_os_error()
        } else {
            shortage::of_descriptors().and_then(|error| error.raw_os_error())
        };
        match shortage {
            Some(number) => NoAddress::Shortage(number),
            None => NoAddress::Other(error.to_string()),
        }
    }
}

impl Query {
    /// Whether who asks now may have this one's answer. An old one may be wrong by now, and a failure
    /// is only for those who were waiting for it.
    fn is_of_use(&self) -> bool {
        self.result.get().is_none_or(|finished| {
            finished.addresses.is_ok() && finished.at.elapsed() < ANSWER_LIFETIME
        })
    }
}

impl NameLookup {
    pub fn new(host: &str, port: u16) -> Self {
        lookup_gate::install();
        NameLookup {
            host: host.to_owned(),
            port,
            latest: Mutex::default(),
        }
    }

    /// The host's addresses, at least one.
    pub fn addresses(&self, bounds: &Bounds, until: Until) -> Result<Arc<[SocketAddr]>, Failure> {
        if let Ok(literal) = self.host.parse::<IpAddr>() {
            return Ok(Arc::from([SocketAddr::new(literal, self.port)]));
        }
        let query = self.query()?;
        if query.result.get().is_none() {
            bounds.wait(query.done.as_fd(), Interest::READ, until)?;
        }
        let addresses = query.result.get().map_or_else(
            || {
                Err(NoAddress::Other(
                    "the look-up ended without an answer".to_owned(),
                ))
            },
            |finished| finished.addresses.clone(),
        );
        addresses.map_err(|reason| match reason {
            NoAddress::Shortage(number) => {
                no_descriptor(io::Error::from_raw_os_error(number)).into()
            }
            NoAddress::Other(reason) => Failure::Resolve {
                host: self.host.clone(),
                reason,
            },
        })
    }

    /// Forgets the answer: none of its addresses could be connected to.
    pub fn forget(&self) {
        self.lock().take_if(|query| query.result.get().is_some());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Query>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn query(&self) -> Result<Arc<Query>, Shortage> {
        let mut latest = self.lock();
        if let Some(query) = latest.as_ref().filter(|query| query.is_of_use()) {
            return Ok(query.clone());
        }
        let query = self.start()?;
        Ok(latest.insert(query).clone())
    }

    fn start(&self) -> Result<Arc<Query>, Shortage> {
        let query = Arc::new(Query {
            done: EventFd::new().map_err(no_descriptor)?,
            result: OnceLock::new(),
        });
        let (host, port, theirs) = (self.host.clone(), self.port, query.clone());
        spawn_masked("hookrail-dns", move || {
            // Whatever happens there is an answer: those who wait for it would wait in vain, and so would
            // everybody after them.
            let addresses = catch_unwind(|| resolve(&host, port)).unwrap_or_else(|panic| {
                Err(NoAddress::Other(
                    Error::defect(&*panic).message().to_owned(),
                ))
            });
            let finished = Finished {
                addresses,
                at: Instant::now(),
            };
            // Nobody else sets it.
            let _ = theirs.result.set(finished);
            theirs.done.signal();
        })
        .map_err(|error| Shortage::thread("to look up the host name", error))?;
        Ok(query)
    }
}

fn no_descriptor(error: io::Error) -> Shortage {
    Shortage::descriptor("to look up the host name", error)
}

fn resolve(host: &str, port: u16) -> Result<Arc<[SocketAddr]>, NoAddress> {
    pass(Site::Lookup);
    let look_up = lookup_gate::enter();
    let addresses = (host, port).to_socket_addrs().map_err(NoAddress::of)?;
    drop(look_up);
    let addresses: Arc<[SocketAddr]> = addresses.collect();
    if addresses.is_empty() {
        return Err(NoAddress::Other("the name has no address".to_owned()));
    }
    Ok(addresses)
}
