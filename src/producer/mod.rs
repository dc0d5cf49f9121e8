//! Sending without waiting: events are queued, jobs of the reactor send them, and their completions are collected later.

mod attempts;
mod circuit_breaker;
pub mod completion;
mod deadlines;
mod dispatch;
mod dispatcher;
mod hanging_attempts;
mod ordering;
mod permanent_failures;
mod queue;
mod schedule;
mod sender;
mod shared;
mod submitted;
#[cfg(test)]
mod tests;
mod token_map;
mod topic;
mod waiting;
mod wakeups;
mod window;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::attempts::SendEvents;
use self::circuit_breaker::CircuitBreaker;
use self::completion::Completion;
use self::dispatch::Dispatch;
use self::dispatcher::Dispatcher;
use self::queue::{Lifecycle, Queue};
use self::shared::{Guard, RoomWaiter, SharedQueue};
pub(crate) use self::submitted::Submission;
use self::submitted::SubmittedEvent;
use crate::call::pace::Pace;
use crate::config::limits::QueueLimits;
use crate::error::{Error, Result, Status};
use crate::reactor::Reactor;
use crate::sys::eventfd::EventFd;
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::{Interest, Slot, Wait, wait_until};

/// The queue of one client in one process.
#[derive(Debug)]
pub(crate) struct Producer {
    shared: Arc<SharedQueue>,
}

/// The events to give up with [`Client::purge`](crate::Client::purge).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Whether to give up the waiting events.
    pub queued: bool,
    /// Whether to give up the events that are being sent.
    pub in_flight: bool,
}

/// The number of events in each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// Waiting to be sent.
    pub queued: usize,
    /// Being sent.
    pub in_flight: usize,
    /// Done, with a completion to collect.
    pub completions: usize,
}

/// The end of a wait until no event is outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Nothing is outstanding.
    All,
    /// The time was over; this many events are outstanding.
    TimedOut(usize),
    /// A signal came; this many events are outstanding.
    Interrupted(usize),
}

impl Producer {
    /// Makes an empty queue, whose events `reactor` sends.
    pub fn new(
        limits: QueueLimits,
        most_under_way: usize,
        first_open: Duration,
        pace: Arc<Pace>,
        reactor: Reactor,
    ) -> io::Result<Self> {
        let dispatch = Dispatch::new(CircuitBreaker::new(first_open), most_under_way, pace);
        let queue = Queue::new(limits, dispatch);
        let shared = SharedQueue::new(queue, reactor, Dispatcher::make)?;
        Ok(Producer {
            shared: Arc::new(shared),
        })
    }

    /// Queues an event and returns its token. Waits for room for up to `wait`; `None` means not to wait.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, and `Interrupted` if a signal came before there was room.
    pub fn submit(
        &self,
        submission: Submission,
        wait: Option<Duration>,
        client: impl FnOnce() -> Arc<dyn SendEvents>,
    ) -> Result<u64> {
        let now = submission.submitted;
        let bytes = submission.event.size();
        // Allocations are made before the lock is held.
        let entry = Box::new(SubmittedEvent::new(submission));
        let mut locked = self.lock_with_room(bytes, wait)?;
        let token = locked.queue.add(entry);
        if let Err(shortage) = self.shared.call_dispatcher(&mut locked, now, client) {
            locked.queue.remove(token);
            self.shared.release(locked);
            return Err(shortage.into());
        }
        Ok(token)
    }

    /// Returns the lock once the queue has room for this many bytes.
    fn lock_with_room(&self, bytes: usize, wait: Option<Duration>) -> Result<Guard<'_>> {
        let mut end = None;
        loop {
            let mut locked = self.shared.lock();
            if locked.queue.lifecycle != Lifecycle::Open {
                return Err(closed());
            }
            if !locked.queue.has_room(bytes) {
                locked.queue.expire(Instant::now());
                self.shared.after_change(&mut locked);
            }
            if locked.queue.has_room(bytes) {
                return Ok(locked);
            }
            let Some(wait) = wait else {
                return Err(locked.queue.full());
            };
            let end = *end.get_or_insert_with(|| end_of(Some(wait)));
            if end.is_some_and(|end| Instant::now() >= end) {
                return Err(locked.queue.full());
            }
            let waiter = new_waiter()?;
            locked.room_waiters.push(RoomWaiter {
                bytes,
                wake_up: waiter.clone(),
            });
            drop(locked);
            let waited = self.wait_for_signal(&waiter, end);
            self.shared
                .lock()
                .room_waiters
                .retain(|other| !Arc::ptr_eq(&other.wake_up, &waiter));
            if waited? == Wait::Interrupted {
                return Err(interrupted());
            }
        }
    }

    /// Collects up to `count` completions. Waits up to `timeout` (`None`: no limit) for the first one.
    ///
    /// # Errors
    /// `Interrupted` if a signal or [`Producer::wake_up`] ended the wait.
    pub fn poll(&self, count: usize, timeout: Option<Duration>) -> Result<Vec<Completion>> {
        let end = end_of(timeout);
        let mut may_be_woken = false;
        loop {
            let mut locked = self.shared.lock();
            let now = Instant::now();
            locked.queue.expire(now);
            let collected = locked.queue.collect(count);
            if !collected.is_empty() || count == 0 {
                self.shared.release(locked);
                return Ok(collected);
            }
            let is_over = end.is_some_and(|end| now >= end);
            if is_over || may_be_woken {
                self.shared.release(locked);
                if self.shared.woken.clear() {
                    return Err(interrupted());
                }
                if is_over {
                    return Ok(collected);
                }
                may_be_woken = false;
            } else {
                may_be_woken = self.wait_for_completions(locked, end)?;
            }
        }
    }

    /// Waits until there may be completions. Returns whether a wake-up may have come.
    fn wait_for_completions(&self, mut locked: Guard<'_>, end: Option<Instant>) -> Result<bool> {
        locked.pollers.sleep();
        let until = earlier(end, locked.queue.earliest_deadline());
        self.shared.release(locked);
        let mut slots = [self.shared.completed.as_fd(), self.shared.woken.as_fd()]
            .map(|fd| Slot::new(fd, Interest::READ));
        let waited = wait_until(&mut slots, until);
        let was_notified = slots[0].is_readable();
        let mut locked = self.shared.lock();
        if was_notified {
            self.shared.completed.clear();
        }
        locked.pollers.wake(was_notified);
        if waited? == Wait::Interrupted {
            self.shared.release(locked);
            return Err(interrupted());
        }
        Ok(slots[1].is_readable())
    }

    /// Ends a [`Producer::poll`]: the running one, or else the next. Async-signal-safe.
    pub fn wake_up(&self) {
        self.shared.woken.signal();
    }

    /// Returns a descriptor that is readable exactly while completions wait.
    pub fn event_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.shared.collectable()
    }

    /// Gives an event up. Interrupts its attempt if it is being sent. Its completion tells the outcome. Has no effect
    /// if the event is completed.
    pub fn cancel(&self, token: u64) {
        let mut locked = self.shared.lock();
        locked.queue.cancel(token, Instant::now());
        self.shared.release(locked);
    }

    /// Gives events up. Returns how many.
    pub fn purge(&self, which: Purge) -> usize {
        let mut locked = self.shared.lock();
        let mut purged = 0;
        if which.queued {
            purged += locked.queue.purge_queued(Instant::now(), Status::Cancelled);
        }
        if which.in_flight {
            purged += locked.queue.purge_in_flight();
        }
        self.shared.release(locked);
        purged
    }

    /// Returns the number of events in each state.
    pub fn pending(&self) -> Pending {
        let locked = self.shared.lock();
        Pending {
            queued: locked.queue.queued(),
            in_flight: locked.queue.in_flight(),
            completions: locked.queue.completions(),
        }
    }

    /// Waits until no event is queued or in flight. Completions need not be collected.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no file descriptor left.
    pub fn flush(&self, timeout: Option<Duration>) -> Result<Flushed> {
        let end = end_of(timeout);
        loop {
            let (waiter, left) = {
                let mut locked = self.shared.lock();
                locked.queue.expire(Instant::now());
                self.shared.after_change(&mut locked);
                let left = locked.queue.outstanding();
                if left == 0 {
                    return Ok(Flushed::All);
                }
                if end.is_some_and(|end| Instant::now() >= end) {
                    return Ok(Flushed::TimedOut(left));
                }
                let waiter = new_waiter()?;
                locked.idle_waiters.push(waiter.clone());
                (waiter, left)
            };
            let waited = self.wait_for_signal(&waiter, end);
            self.shared
                .lock()
                .idle_waiters
                .retain(|other| !Arc::ptr_eq(other, &waiter));
            if waited? == Wait::Interrupted {
                return Ok(Flushed::Interrupted(left));
            }
        }
    }

    /// Accepts no more events, sends the queued ones for up to `timeout`, gives up the rest and ends the jobs.
    /// Returns how many events were given up. May be called again after an interruption.
    ///
    /// # Errors
    /// `Interrupted` if a signal came; the next call continues the closing.
    pub fn close(&self, timeout: Option<Duration>) -> Result<usize> {
        {
            let mut locked = self.shared.lock();
            if locked.queue.lifecycle == Lifecycle::Open {
                locked.queue.lifecycle = Lifecycle::Closing;
            }
            self.shared.release(locked);
        }
        if let Flushed::Interrupted(_) = self.flush(timeout)? {
            return Err(interrupted());
        }
        let unsent = self.stop();
        // The attempts in flight were interrupted, so this takes milliseconds.
        self.shared.wait_for_jobs();
        self.shared.reactor.end();
        Ok(unsent)
    }

    /// Gives up all events and tells the jobs to end, without waiting for them. Returns how many events were
    /// given up.
    pub fn stop(&self) -> usize {
        let mut locked = self.shared.lock();
        locked.queue.lifecycle = Lifecycle::Closed;
        let unsent = locked.queue.purge_queued(Instant::now(), Status::Closed)
            + locked.queue.purge_in_flight();
        locked.wake_dispatcher();
        self.shared.release(locked);
        unsent
    }

    /// Waits until `waiter` is signalled, until `end`, until a signal comes, or until the next deadline of an event.
    fn wait_for_signal(&self, waiter: &EventFd, end: Option<Instant>) -> Result<Wait> {
        let until = earlier(end, self.shared.lock().queue.earliest_deadline());
        wait_until(&mut [Slot::new(waiter.as_fd(), Interest::READ)], until)
    }
}

fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
}

fn new_waiter() -> Result<Arc<EventFd>> {
    let made = EventFd::new().map(Arc::new);
    made.map_err(|error| Shortage::descriptor("to wait with", error).into())
}

/// Returns the end of a wait that begins now; `None` means no end.
fn end_of(timeout: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(timeout?)
}

fn closed() -> Error {
    Error::new(Status::Closed, "the client is closed")
}

fn interrupted() -> Error {
    Error::new(
        Status::Interrupted,
        "a signal or a wake-up ended the wait; nothing is lost, call again",
    )
    .with_retryable(true)
}
