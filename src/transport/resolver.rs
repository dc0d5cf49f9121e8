//! Looking up the one host name that a client talks to.
//!
//! `getaddrinfo` can be neither bounded nor cancelled. It runs in a helper thread, and callers wait
//! for it like for everything else; who has no more time leaves it to finish alone.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use std::os::fd::AsFd;

use super::context::{Bounds, Until};
use super::failure::Failure;
use super::sys::eventfd::EventFd;
use super::sys::poll::Interest;
use super::sys::signals::spawn_masked;

/// How long an answer is used without asking again: long enough to spare the resolver when many
/// threads connect at once, short enough to follow a failover.
const ANSWER_LIFETIME: Duration = Duration::from_secs(5);

/// Resolves one host and port.
#[derive(Debug)]
pub struct NameLookup {
    host: String,
    port: u16,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answer: Option<(Instant, Arc<[SocketAddr]>)>,
    running: Option<Arc<Query>>,
}

/// A look-up under way, shared by everybody who waits for it.
#[derive(Debug)]
struct Query {
    done: EventFd,
    result: OnceLock<Result<Arc<[SocketAddr]>, String>>,
}

impl NameLookup {
    pub fn new(host: &str, port: u16) -> Self {
        NameLookup {
            host: host.to_owned(),
            port,
            state: Mutex::default(),
        }
    }

    /// The host's addresses, at least one.
    pub fn addresses(&self, bounds: &Bounds, until: Until) -> Result<Arc<[SocketAddr]>, Failure> {
        if let Ok(literal) = self.host.parse::<IpAddr>() {
            return Ok(Arc::from([SocketAddr::new(literal, self.port)]));
        }
        let query = match self.answer_or_query()? {
            Ok(answer) => return Ok(answer),
            Err(query) => query,
        };
        bounds.wait(query.done.as_fd(), Interest::READ, until)?;
        let result = query.result.get().map_or_else(
            || Err("the look-up ended without an answer".to_owned()),
            Clone::clone,
        );
        self.finish(&query, &result);
        result.map_err(|reason| Failure::Resolve {
            host: self.host.clone(),
            reason,
        })
    }

    /// Forgets the answer: none of its addresses could be connected to.
    pub fn forget(&self) {
        self.lock().answer = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer_or_query(&self) -> Result<Result<Arc<[SocketAddr]>, Arc<Query>>, Failure> {
        let mut state = self.lock();
        if let Some((since, answer)) = &state.answer
            && since.elapsed() < ANSWER_LIFETIME
        {
            return Ok(Ok(answer.clone()));
        }
        if let Some(query) = &state.running {
            return Ok(Err(query.clone()));
        }
        let query = self.start().map_err(Failure::Io)?;
        state.running = Some(query.clone());
        Ok(Err(query))
    }

    fn start(&self) -> std::io::Result<Arc<Query>> {
        let query = Arc::new(Query {
            done: EventFd::new()?,
            result: OnceLock::new(),
        });
        let (host, port, theirs) = (self.host.clone(), self.port, query.clone());
        spawn_masked("hookrail-dns", move || {
            let result = match (host.as_str(), port).to_socket_addrs() {
                Ok(addresses) => {
                    let addresses: Arc<[SocketAddr]> = addresses.collect();
                    if addresses.is_empty() {
                        Err("the name has no address".to_owned())
                    } else {
                        Ok(addresses)
                    }
                }
                Err(error) => Err(error.to_string()),
            };
            // Nobody else sets it.
            let _ = theirs.result.set(result);
            theirs.done.signal();
        })?;
        Ok(query)
    }

    fn finish(&self, query: &Arc<Query>, result: &Result<Arc<[SocketAddr]>, String>) {
        let mut state = self.lock();
        if state
            .running
            .as_ref()
            .is_some_and(|running| Arc::ptr_eq(running, query))
        {
            state.running = None;
            state.answer = result
                .as_ref()
                .ok()
                .map(|addresses| (Instant::now(), addresses.clone()));
        }
    }
}
