//! The pool of idle connections.
//!
//! Instants are readings of [`since_boot`](crate::sys::clock::since_boot), a clock that goes on in suspend, as those
//! of servers do.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::connection::{Connection, OpenMark};
use crate::sys::lock::Lock;
use crate::sys::poll::{Interest, Slot, poll};

/// The longest time that a connection is idle. Servers and load balancers usually allow more.
const MAX_IDLE: Duration = Duration::from_secs(50);

/// How long a connection beyond the limit is kept while others are in use, or while the pool has a keeper. With more calls
/// at once than the limit allows, connections would otherwise be closed and opened all the time.
const MAX_IDLE_BEYOND_LIMIT: Duration = Duration::from_secs(1);

/// Idle connections. The one that was used last is used next: it is the most likely to be open, and surplus
/// connections grow old and are closed.
#[derive(Debug)]
pub struct Pool {
    waiting: Lock<VecDeque<IdleConnection>>,
    limit: usize,
    closed: AtomicBool,
    /// Each open connection has a copy.
    open: OpenMark,
    /// How many threads look after the pool.
    keepers: AtomicUsize,
}

#[derive(Debug)]
struct IdleConnection {
    connection: Box<Connection>,
    /// When its last answer was complete.
    since: Duration,
}

impl IdleConnection {
    fn is_of_use(&self, now: Duration) -> bool {
        now.saturating_sub(self.since) < MAX_IDLE && !self.connection.lifetime().is_over(now)
    }
}

impl Pool {
    /// Returns an empty pool for at most `limit` connections, or more while some are in use.
    pub fn new(limit: usize) -> Self {
        Pool {
            waiting: Lock::new(VecDeque::new()),
            limit,
            closed: AtomicBool::new(false),
            open: OpenMark::default(),
            keepers: AtomicUsize::new(0),
        }
    }

    /// Notes that a thread will call [`Pool::look_after`] every second, until it calls [`Pool::end_keeping`].
    pub fn begin_keeping(&self) {
        self.keepers.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a thread looks after the pool no more.
    pub fn end_keeping(&self, now: Duration) {
        self.keepers.fetch_sub(1, Ordering::Relaxed);
        self.trim(now);
    }

    /// Closes the idle connections, and those in use as soon as they are idle.
    pub fn close(&self) {
        let mut waiting = self.waiting.lock();
        self.closed.store(true, Ordering::Relaxed);
        let idle = std::mem::take(&mut *waiting);
        drop(waiting);
        drop(idle);
    }

    /// Returns the mark for a new connection.
    pub fn open_mark(&self) -> OpenMark {
        self.open.clone()
    }

    /// Keeps a connection whose answer was read to its end by `since`, unless it is of no more use.
    pub fn put(&self, mut connection: Box<Connection>, since: Duration) {
        if self.limit == 0 || !connection.is_reusable() || connection.lifetime().is_over(since) {
            drop(connection);
            return self.trim(since);
        }
        let mut waiting = self.waiting.lock();
        if self.closed.load(Ordering::Relaxed) {
            drop(waiting);
            return;
        }
        waiting.push_back(IdleConnection { connection, since });
        let surplus = self.surplus(&mut waiting, since);
        drop(waiting);
        // Closing takes a system call. It happens outside the lock, so no other thread waits for it.
        drop(surplus);
    }

    /// Closes the connections that the peer has closed, and those that are too many or too old at `now`.
    pub fn look_after(&self, now: Duration) {
        let mut waiting = self.waiting.lock();
        let mut dropped = self.surplus(&mut waiting, now);
        let mut kept = VecDeque::with_capacity(waiting.len());
        let has_input = has_input(&waiting);
        for (mut idle, has_input) in waiting.drain(..).zip(has_input) {
            if idle.is_of_use(now) && (!has_input || idle.connection.is_quiet()) {
                kept.push_back(idle);
            } else {
                dropped.push(idle);
            }
        }
        *waiting = kept;
        drop(waiting);
        drop(dropped);
    }

    /// Closes connections that are kept only while others are in use. Call this after one in use was closed.
    pub fn trim(&self, now: Duration) {
        let mut waiting = self.waiting.lock();
        let surplus = self.surplus(&mut waiting, now);
        drop(waiting);
        drop(surplus);
    }

    /// Takes out the connections that are too many or too old at `now`.
    fn surplus(
        &self,
        waiting: &mut VecDeque<IdleConnection>,
        now: Duration,
    ) -> Vec<IdleConnection> {
        let in_use = (Arc::strong_count(&self.open) - 1).saturating_sub(waiting.len());
        let beyond_limit = waiting.len().saturating_sub(self.limit);
        let has_keeper = self.keepers.load(Ordering::Relaxed) > 0;
        let is_surplus = |oldest: &&IdleConnection| {
            (in_use == 0 && !has_keeper)
                || now.saturating_sub(oldest.since) >= MAX_IDLE_BEYOND_LIMIT
        };
        let oldest = waiting.iter().take(beyond_limit);
        let mut excess = oldest.take_while(is_surplus).count();
        if excess == 0 && waiting.front().is_some_and(|oldest| !oldest.is_of_use(now)) {
            excess = 1;
        }
        waiting.drain(..excess).collect()
    }

    /// Returns a connection that seems to be open at `now`.
    pub fn take(&self, now: Duration) -> Option<Box<Connection>> {
        loop {
            let mut waiting = self.waiting.lock().pop_back()?;
            // This is checked however recent the last answer is: bytes behind it would pass for the next one.
            if waiting.is_of_use(now) && waiting.connection.is_quiet() {
                return Some(waiting.connection);
            }
        }
    }

    /// Closes the connections that have brought no answer since `moment`, because another one has gone silent. The
    /// cause (a NAT or a load balancer that forgot it) affects all of them.
    pub fn drop_older_than(&self, moment: Duration) {
        let mut waiting = self.waiting.lock();
        let (kept, dropped) = std::mem::take(&mut *waiting)
            .into_iter()
            .partition(|waiting| waiting.since >= moment);
        *waiting = kept;
        drop(waiting);
        // As above, the connections are closed outside the lock.
        drop::<VecDeque<IdleConnection>>(dropped);
    }
}

/// Looks which connections have input, or the end of it.
fn has_input(waiting: &VecDeque<IdleConnection>) -> Vec<bool> {
    let mut slots: Vec<Slot<'_>> = waiting
        .iter()
        .map(|idle| Slot::new(idle.connection.fd(), Interest::READ))
        .collect();
    // Without an answer of the system none has, and each is looked at again before it is used.
    let _ = poll(&mut slots, Some(Duration::ZERO));
    slots.iter().map(Slot::is_readable).collect()
}
