//! The connections that wait for their next request.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::Connection;

/// Shorter than what servers and load balancers usually allow an idle connection.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// Idle connections. The one that was used last is the next to be used: it is the most likely to be open,
/// and what is more than needed grows old and is closed.
#[derive(Debug)]
pub struct Idle {
    waiting: Mutex<VecDeque<Waiting>>,
    limit: usize,
}

#[derive(Debug)]
struct Waiting {
    connection: Box<Connection>,
    since: Instant,
}

impl Idle {
    /// Room for `limit` connections.
    pub fn new(limit: usize) -> Self {
        Idle {
            waiting: Mutex::new(VecDeque::new()),
            limit,
        }
    }

    /// Keeps a connection whose answer was read to its end, unless it is of no more use.
    pub fn put(&self, mut connection: Box<Connection>) {
        if self.limit == 0 || !connection.is_reusable() {
            return;
        }
        let since = Instant::now();
        let mut waiting = self.lock();
        waiting.push_back(Waiting { connection, since });
        let oldest_goes = waiting.len() > self.limit
            || waiting
                .front()
                .is_some_and(|oldest| since - oldest.since >= MAX_IDLE);
        let surplus = oldest_goes.then(|| waiting.pop_front());
        drop(waiting);
        // Closing takes a system call, for which nobody else should have to wait.
        drop(surplus);
    }

    /// A connection that is open as far as can be told.
    pub fn take(&self) -> Option<Box<Connection>> {
        loop {
            let Waiting {
                mut connection,
                since,
            } = self.lock().pop_back()?;
            // However short ago the last answer came: bytes behind it would pass for the next one.
            if since.elapsed() < MAX_IDLE && connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
