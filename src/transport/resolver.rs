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
    answer: Option<Answer>,
    running: Option<Arc<Query>>,
}

/// A look-up under way, shared by everybody who waits for it.
#[derive(Debug)]
struct Query {
    done: EventFd,
    answer: OnceLock<Answer>,
}

#[derive(Clone, Debug)]
struct Answer {
    since: Instant,
    addresses: Result<Arc<[SocketAddr]>, String>,
}

impl Answer {
    fn now(addresses: Result<Arc<[SocketAddr]>, String>) -> Self {
        Answer {
            since: Instant::now(),
            addresses,
        }
    }

    fn is_outdated(&self) -> bool {
        self.since.elapsed() >= ANSWER_LIFETIME
    }
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
        let answer = match self.answer_or_query()? {
            Ok(answer) => answer,
            Err(query) => {
                bounds.wait(query.done.as_fd(), Interest::READ, until)?;
                let answer = query.answer.get().cloned().unwrap_or_else(|| {
                    Answer::now(Err("the look-up ended without an answer".to_owned()))
                });
                self.finish(&query, &answer);
                answer
            }
        };
        answer.addresses.map_err(|reason| Failure::Resolve {
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

    fn answer_or_query(&self) -> Result<Result<Answer, Arc<Query>>, Failure> {
        let mut state = self.lock();
        if let Some(answer) = &state.answer
            && !answer.is_outdated()
        {
            return Ok(Ok(answer.clone()));
        }
        // One that nobody waited for may have ended long ago.
        if let Some(query) = &state.running
            && !query.answer.get().is_some_and(Answer::is_outdated)
        {
            return Ok(Err(query.clone()));
        }
        let query = self.start().map_err(Failure::Io)?;
        state.running = Some(query.clone());
        Ok(Err(query))
    }

    fn start(&self) -> std::io::Result<Arc<Query>> {
        let query = Arc::new(Query {
            done: EventFd::new()?,
            answer: OnceLock::new(),
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
            let _ = theirs.answer.set(Answer::now(result));
            theirs.done.signal();
        })?;
        Ok(query)
    }

    fn finish(&self, query: &Arc<Query>, answer: &Answer) {
        let mut state = self.lock();
        if state
            .running
            .as_ref()
            .is_some_and(|running| Arc::ptr_eq(running, query))
        {
            state.running = None;
            state.answer = answer.addresses.is_ok().then(|| answer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::context::PhaseTimeouts;
    use crate::transport::failure::Phase;

    #[test]
    fn a_look_up_that_nobody_waited_for_counts_only_while_it_is_fresh() {
        let patience = Duration::from_secs(60);
        let bounds = Bounds {
            deadline: Instant::now() + patience,
            timeouts: PhaseTimeouts {
                connect: patience,
                read: patience,
                write: patience,
            },
            cancel: None,
        };
        let elsewhere: SocketAddr = "192.0.2.1:1".parse().unwrap();
        let look_up = |age: Duration| {
            let query = Query {
                done: EventFd::new().unwrap(),
                answer: OnceLock::from(Answer {
                    since: Instant::now().checked_sub(age).unwrap(),
                    addresses: Ok(Arc::from([elsewhere])),
                }),
            };
            query.done.signal();
            let lookup = NameLookup::new("localhost", 1);
            lookup.lock().running = Some(Arc::new(query));
            lookup
                .addresses(&bounds, bounds.until(Phase::Connect))
                .unwrap()
        };
        assert_eq!(*look_up(Duration::ZERO), [elsewhere]);
        assert!(!look_up(ANSWER_LIFETIME).contains(&elsewhere));
    }
}
