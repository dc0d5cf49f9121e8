//! Sending without waiting: events are queued, threads of the library send them, and what became of
//! them is collected later.

mod attempts;
mod circuit_breaker;
pub mod completion;
mod deadlines;
mod dispatch;
mod hopeless;
mod ordering;
mod queue;
mod schedule;
mod shared;
mod stalls;
mod submitted;
#[cfg(test)]
mod tests;
mod tokens;
mod topic;
mod waiting;
mod wakeups;
mod worker;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use self::attempts::{Attempted, MakeAttempt};
use self::circuit_breaker::CircuitBreaker;
use self::completion::Completion;
use self::dispatch::Dispatch;
use self::queue::{Lifecycle, Queue};
use self::shared::{Guard, Locked, RoomWaiter, SharedQueue};
use self::submitted::SubmittedEvent;
pub(crate) use self::submitted::{NextAttempt, Submission};
use crate::call::pace::Pace;
use crate::config::limits::QueueLimits;
use crate::error::{Error, Result, Status};
use crate::sys::eventfd::EventFd;
use crate::sys::poll::{Interest, Slot, poll};
use crate::sys::shortage::Shortage;

/// The queue of one client in one process.
#[derive(Debug)]
pub(crate) struct Producer {
    shared: Arc<SharedQueue>,
}

/// Which events [`Producer::purge`] gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purge {
    /// Those that wait.
    pub queued: bool,
    /// Those on their way.
    pub in_flight: bool,
}

/// How many events are where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Waiting to be sent.
    pub queued: usize,
    /// Being sent.
    pub in_flight: usize,
    /// Done, and their completions not collected.
    pub completions: usize,
}

/// How a wait ended that was to end with nothing outstanding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Nothing is outstanding.
    All,
    /// The time was over; so many are outstanding.
    TimedOut(usize),
    /// A signal came; so many are outstanding.
    Interrupted(usize),
}

impl Producer {
    /// An empty queue. No thread is started before the first submit.
    pub fn new(
        limits: QueueLimits,
        max_workers: usize,
        first_rest: Duration,
        pace: Arc<Pace>,
    ) -> io::Result<Self> {
        let dispatch = Dispatch::new(CircuitBreaker::new(first_rest), max_workers, pace);
        Ok(Producer {
            shared: Arc::new(SharedQueue::new(Queue::new(limits, dispatch), max_workers)?),
        })
    }

    /// Queues an event and returns its token. Waits for room up to `wait`; `None`: not at all.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, and `Interrupted` when a signal came before there was room.
    pub fn submit(
        &self,
        submission: Submission,
        wait: Option<Duration>,
        attempts: impl FnOnce() -> Arc<dyn MakeAttempt>,
    ) -> Result<u64> {
        let bytes = submission.event.body().len();
        // What takes an allocation is done before the lock is held.
        let entry = Box::new(SubmittedEvent::new(submission));
        let mut locked = self.lock_with_room(bytes, wait)?;
        let before = locked.queue.earliest_deadline();
        let token = locked.queue.add(entry);
        if locked.timekeeper && locked.queue.earliest_deadline() != before {
            self.shared.deadlines.notify_one();
        }
        // An idle worker that was woken up for another event still counts as idle.
        let too_few = locked.queue.ready() > locked.idle_workers.asleep() || locked.workers == 0;
        if too_few && locked.workers < self.shared.max_workers {
            self.start_worker(&mut locked, token, attempts())?;
        }
        deadlines::start_if_needed(&self.shared, &mut locked);
        let call_worker = locked.idle_workers.must_be_called(true);
        drop(locked);
        if call_worker {
            self.shared.work.notify_one();
        }
        Ok(token)
    }

    /// The locked, with room in the queue for so many bytes.
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

    /// Starts a worker, for the event `token` among others. Under the lock, so that no other submit counts
    /// on a worker that does not come to be.
    fn start_worker(
        &self,
        locked: &mut Locked,
        token: u64,
        attempts: Arc<dyn MakeAttempt>,
    ) -> Result<()> {
        match worker::start(&self.shared, locked, attempts) {
            Ok(()) => Ok(()),
            // The others will send it.
            Err(_) if locked.workers > 0 => Ok(()),
            Err(error) => {
                locked.queue.remove(token);
                self.shared.after_change(locked);
                Err(error.into())
            }
        }
    }

    /// Collects up to `count` completions; waits up to `timeout` (`None`: without end) for the first.
    ///
    /// # Errors
    /// `Interrupted` when a signal or [`Producer::wake_up`] ended the wait.
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

    /// Waits until there may be completions; tells whether a wake-up may have come.
    fn wait_for_completions(&self, mut locked: Guard<'_>, end: Option<Instant>) -> Result<bool> {
        locked.takers.sleep();
        let until = earlier(end, locked.queue.earliest_deadline());
        self.shared.release(locked);
        let mut slots = [self.shared.completed.as_fd(), self.shared.woken.as_fd()]
            .map(|fd| Slot::new(fd, Interest::READ));
        let waited = wait(&mut slots, until);
        let heard = slots[0].is_readable();
        let mut locked = self.shared.lock();
        if heard {
            self.shared.completed.clear();
        }
        locked.takers.wake(heard);
        if waited? == Wait::Interrupted {
            self.shared.release(locked);
            return Err(interrupted());
        }
        Ok(slots[1].is_readable())
    }

    /// Ends a [`Producer::poll`], the one under way or the next. Async-signal-safe.
    pub fn wake_up(&self) {
        self.shared.woken.signal();
    }

    /// Readable exactly while completions wait.
    pub fn event_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.shared.collectable()
    }

    /// Gives an event up. One that is being sent is interrupted; its completion says what is known.
    /// Without effect when the event is completed.
    pub fn cancel(&self, token: u64) {
        let mut locked = self.shared.lock();
        locked.queue.cancel(token, Instant::now());
        self.shared.release(locked);
    }

    /// Gives events up; returns how many.
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

    /// How many events are where.
    pub fn pending(&self) -> Pending {
        let locked = self.shared.lock();
        Pending {
            queued: locked.queue.queued(),
            in_flight: locked.queue.in_flight(),
            completions: locked.queue.completions(),
        }
    }

    /// Waits until nothing is queued or in flight, whether completions were collected or not.
    ///
    /// # Errors
    /// `OutOfResources` when the process is out of file descriptors.
    pub fn flush(&self, timeout: Option<Duration>) -> Result<Flushed> {
        self.wait_for(end_of(timeout), |locked| locked.queue.outstanding())
    }

    /// Takes nothing more in, sends what there is for up to `timeout`, gives up the rest and ends the
    /// workers; returns how many events were given up. May be called again after an interruption.
    ///
    /// # Errors
    /// `Interrupted` when a signal came; the closing goes on with the next call.
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
        // What is in flight was interrupted, so this takes milliseconds. Without descriptors to wait on, the
        // joining waits as well: how many events were given up must be told in any case.
        while let Ok(Flushed::Interrupted(_)) = self.wait_for(None, |locked| locked.workers) {}
        let handles = std::mem::take(&mut self.shared.lock().handles);
        for handle in handles {
            // Workers do not panic; if one did, there would be nothing left to do about it.
            let _ = handle.join();
        }
        Ok(unsent)
    }

    /// Gives up everything and tells the workers to leave, without waiting for them; returns how many
    /// events were given up.
    pub fn stop(&self) -> usize {
        let mut locked = self.shared.lock();
        locked.queue.lifecycle = Lifecycle::Closed;
        let unsent = locked.queue.purge_queued(Instant::now(), Status::Closed)
            + locked.queue.purge_in_flight();
        self.shared.release(locked);
        self.shared.work.notify_all();
        self.shared.deadlines.notify_all();
        unsent
    }

    fn wait_for(
        &self,
        end: Option<Instant>,
        remaining: impl Fn(&Locked) -> usize,
    ) -> Result<Flushed> {
        loop {
            let (waiter, left) = {
                let mut locked = self.shared.lock();
                locked.queue.expire(Instant::now());
                self.shared.after_change(&mut locked);
                let left = remaining(&locked);
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

    /// Waits for somebody to signal `waiter`, for `end`, a signal or the next deadline of an event.
    fn wait_for_signal(&self, waiter: &EventFd, end: Option<Instant>) -> Result<Wait> {
        let until = earlier(end, self.shared.lock().queue.earliest_deadline());
        wait(&mut [Slot::new(waiter.as_fd(), Interest::READ)], until)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Ready,
    TimedOut,
    Interrupted,
}

/// Waits for one of the descriptors, until then or until a signal comes.
fn wait(slots: &mut [Slot<'_>], until: Option<Instant>) -> Result<Wait> {
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    match poll(slots, left) {
        Ok(0) => Ok(Wait::TimedOut),
        Ok(_) => Ok(Wait::Ready),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Wait::Interrupted),
        Err(error) => Err(Shortage::wait(error).into()),
    }
}

fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
}

fn new_waiter() -> Result<Arc<EventFd>> {
    let made = EventFd::new().map(Arc::new);
    made.map_err(|error| Shortage::descriptor("to wait with", error).into())
}

/// When a wait ends; `None`: never.
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
