//! Looking up the one host name that a client talks to.
//!
//! `getaddrinfo` can be neither bounded nor cancelled. It runs in a helper thread, and callers wait
//! for a descriptor as for everything else; a caller without more time leaves it to finish alone.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::catch_unwind;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::resolver_fork;
use crate::error::Error;
use crate::panic_injection::{Site, pass};
use crate::sys::eventfd::EventFd;
use crate::sys::lock::Lock;
use crate::sys::out_of_resources::{self, Shortage, is_shortage};
use crate::sys::signals::spawn_masked;

/// The time for which an answer is used again. It is long enough to spare the resolver when many threads connect
/// at once, and short enough to follow a failover.
const ANSWER_LIFETIME: Duration = Duration::from_secs(5);

/// Resolves one host and port.
#[derive(Debug)]
pub struct NameLookup {
    host: String,
    port: u16,
    /// The address, if the host is one.
    literal: Option<IpAddr>,
    latest: Lock<Option<Arc<Query>>>,
}

/// The addresses of a host, or the look-up that will bring them.
pub enum LookUp {
    /// The host is an address.
    Known([SocketAddr; 1]),
    /// Ask [`NameLookup::answer`], now and when the look-up is over.
    Query(Arc<Query>),
}

/// A look-up, under way or finished, shared by all callers that need its answer.
#[derive(Debug)]
pub struct Query {
    done: EventFd,
    result: OnceLock<Finished>,
}

#[derive(Debug)]
struct Finished {
    at: Instant,
    addresses: Result<Arc<[SocketAddr]>, NoAddress>,
}

/// The reason why a look-up brought no address. Several callers may get it.
#[derive(Clone, Debug)]
enum NoAddress {
    /// The process has run out of descriptors or memory; the number of the system's error.
    Shortage(i32),
    /// The resolver's message.
    Other(String),
}

impl NoAddress {
    /// Classifies an error of the look-up. `getaddrinfo` does not always report that it had no descriptor, so
    /// this tries whether there is one.
    fn of(error: io::Error) -> Self {
        let shortage = if is_shortage(&error) {
            error.raw_os_error()
        } else {
            out_of_resources::of_descriptors().and_then(|error| error.raw_os_error())
        };
        match shortage {
            Some(number) => NoAddress::Shortage(number),
            None => NoAddress::Other(error.to_string()),
        }
    }
}

impl Query {
    /// The descriptor that is readable once the look-up is over.
    pub fn done(&self) -> BorrowedFd<'_> {
        self.done.as_fd()
    }

    /// Returns whether a new caller can share this look-up's answer. An old answer may be wrong by now, and a
    /// failure is only for those who were waiting for it.
    fn is_of_use(&self) -> bool {
        self.result.get().is_none_or(|finished| {
            finished.addresses.is_ok() && finished.at.elapsed() < ANSWER_LIFETIME
        })
    }
}

impl NameLookup {
    pub fn new(host: &str, port: u16) -> Self {
        resolver_fork::install();
        NameLookup {
            host: host.to_owned(),
            port,
            literal: host.parse().ok(),
            latest: Lock::default(),
        }
    }

    /// Starts a look-up, or joins one that can be shared.
    pub fn look_up(&self) -> Result<LookUp, Failure> {
        Ok(match self.literal {
            Some(address) => LookUp::Known([SocketAddr::new(address, self.port)]),
            None => LookUp::Query(self.query()?),
        })
    }

    /// Returns the host's addresses, at least one, or `None` if the look-up is under way.
    pub fn answer(&self, query: &Query) -> Option<Result<Arc<[SocketAddr]>, Failure>> {
        let addresses = query.result.get()?.addresses.clone();
        Some(addresses.map_err(|reason| match reason {
            NoAddress::Shortage(number) => {
                no_descriptor(io::Error::from_raw_os_error(number)).into()
            }
            NoAddress::Other(reason) => Failure::Resolve {
                host: self.host.clone(),
                reason,
            },
        }))
    }

    /// Forgets the answer, because none of its addresses could be connected to.
    pub fn forget(&self) {
        self.latest
            .lock()
            .take_if(|query| query.result.get().is_some());
    }

    fn query(&self) -> Result<Arc<Query>, Shortage> {
        let mut latest = self.latest.lock();
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
            // An answer is always stored, even after a panic: without one, all who wait for it and all later
            // callers would hang.
            let addresses = catch_unwind(|| resolve(&host, port)).unwrap_or_else(|panic| {
                Err(NoAddress::Other(
                    Error::defect(&*panic).message().to_owned(),
                ))
            });
            let finished = Finished {
                addresses,
                at: Instant::now(),
            };
            // Only this thread sets it.
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
    let look_up = resolver_fork::enter();
    let addresses = (host, port).to_socket_addrs().map_err(NoAddress::of)?;
    drop(look_up);
    let addresses: Arc<[SocketAddr]> = addresses.collect();
    if addresses.is_empty() {
        return Err(NoAddress::Other("the name has no address".to_owned()));
    }
    Ok(addresses)
}
