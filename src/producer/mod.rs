//! Sending without waiting: events are queued, threads of the library send them, and what became of
//! them is collected later.

mod books;
pub mod completion;
mod dispatch;
mod entry;
mod futile;
mod health;
mod lanes;
mod schedule;
mod sleepers;
mod stalls;
mod state;
#[cfg(test)]
mod tests;
mod timekeeper;
mod tokens;
mod topic;
mod worker;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::books::{Books, Core, Guard, RoomWaiter};
use self::completion::Completion;
use self::dispatch::Dispatch;
use self::entry::Entry;
pub(crate) use self::entry::Submission;
use self::health::Health;
pub use self::state::Limits;
use self::state::{Phase, State};
use crate::client::Sender;
use crate::error::{Error, Result, Status};
use crate::pace::Pace;
use crate::shortage::Shortage;
use crate::transport::sys::eventfd::EventFd;
use crate::transport::sys::poll::{Interest, Slot, poll};

/// The queue of one client in one process.
#[derive(Debug)]
pub(crate) struct Producer {
    core: Arc<Core>,
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
        limits: Limits,
        max_workers: usize,
        first_rest: Duration,
        pace: Arc<Pace>,
    ) -> io::Result<Self> {
        let dispatch = Dispatch::new(Health::new(first_rest), max_workers, pace);
        Ok(Producer {
            core: Arc::new(Core::new(State::new(limits, dispatch), max_workers)?),
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
        sender: impl FnOnce() -> Sender,
    ) -> Result<u64> {
        let bytes = submission.event.body().len();
        // What takes an allocation is done before the lock is held.
        let entry = Box::new(Entry::new(submission));
        let mut books = self.lock_with_room(bytes, wait)?;
        let before = books.state.earliest_deadline();
        let token = books.state.add(entry);
        if books.timekeeper && books.state.earliest_deadline() != before {
            self.core.deadlines.notify_one();
        }
        // An idle worker that was woken up for another event still counts as idle.
        let too_few = books.state.ready() > books.idle_workers.asleep() || books.workers == 0;
        if too_few && books.workers < self.core.max_workers {
            self.start_worker(&mut books, token, sender())?;
        }
        timekeeper::start_if_needed(&self.core, &mut books);
        let call_worker = books.idle_workers.must_be_called(true);
        drop(books);
        if call_worker {
            self.core.work.notify_one();
        }
        Ok(token)
    }

    /// The books, with room in the queue for so many bytes.
    fn lock_with_room(&self, bytes: usize, wait: Option<Duration>) -> Result<Guard<'_>> {
        let mut end = None;
        loop {
            let mut books = self.core.lock();
            if books.state.phase != Phase::Open {
                return Err(closed());
            }
            if !books.state.has_room(bytes) {
                books.state.expire(Instant::now());
                self.core.after_change(&mut books);
            }
            if books.state.has_room(bytes) {
                return Ok(books);
            }
            let Some(wait) = wait else {
                return Err(books.state.full());
            };
            let end = *end.get_or_insert_with(|| end_of(Some(wait)));
            if end.is_some_and(|end| Instant::now() >= end) {
                return Err(books.state.full());
            }
            let waiter = new_waiter()?;
            books.room_waiters.push(RoomWaiter {
                bytes,
                wake_up: waiter.clone(),
            });
            drop(books);
            let waited = self.wait_for_signal(&waiter, end);
            self.core
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
    fn start_worker(&self, books: &mut Books, token: u64, sender: Sender) -> Result<()> {
        match worker::start(&self.core, books, sender) {
            Ok(()) => Ok(()),
            // The others will send it.
            Err(_) if books.workers > 0 => Ok(()),
            Err(error) => {
                books.state.remove(token);
                self.core.after_change(books);
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
            let mut books = self.core.lock();
            let now = Instant::now();
            books.state.expire(now);
            let collected = books.state.collect(count);
            if !collected.is_empty() || count == 0 {
                self.core.release(books);
                return Ok(collected);
            }
            let is_over = end.is_some_and(|end| now >= end);
            if is_over || may_be_woken {
                self.core.release(books);
                if self.core.woken.clear() {
                    return Err(interrupted());
                }
                if is_over {
                    return Ok(collected);
                }
                may_be_woken = false;
            } else {
                may_be_woken = self.wait_for_completions(books, end)?;
            }
        }
    }

    /// Waits until there may be completions; tells whether a wake-up may have come.
    fn wait_for_completions(&self, mut books: Guard<'_>, end: Option<Instant>) -> Result<bool> {
        books.takers.sleep();
        let until = earlier(end, books.state.earliest_deadline());
        self.core.release(books);
        let mut slots = [self.core.completed.as_fd(), self.core.woken.as_fd()]
            .map(|fd| Slot::new(fd, Interest::READ));
        let waited = wait(&mut slots, until);
        let heard = slots[0].is_readable();
        let mut books = self.core.lock();
        if heard {
            self.core.completed.clear();
        }
        books.takers.wake(heard);
        if waited? == Wait::Interrupted {
            self.core.release(books);
            return Err(interrupted());
        }
        Ok(slots[1].is_readable())
    }

    /// Ends a [`Producer::poll`], the one under way or the next. Async-signal-safe.
    pub fn wake_up(&self) {
        self.core.woken.signal();
    }

    /// Readable exactly while completions wait.
    pub fn event_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.core.collectable()
    }

    /// Gives an event up. One that is being sent is interrupted; its completion says what is known.
    /// Without effect when the event is completed.
    pub fn cancel(&self, token: u64) {
        let mut books = self.core.lock();
        books.state.cancel(token, Instant::now());
        self.core.release(books);
    }

    /// Gives events up; returns how many.
    pub fn purge(&self, which: Purge) -> usize {
        let mut books = self.core.lock();
        let mut purged = 0;
        if which.queued {
            purged += books.state.purge_queued(Instant::now(), Status::Cancelled);
        }
        if which.in_flight {
            purged += books.state.purge_in_flight();
        }
        self.core.release(books);
        purged
    }

    /// How many events are where.
    pub fn pending(&self) -> Pending {
        let books = self.core.lock();
        Pending {
            queued: books.state.queued(),
            in_flight: books.state.in_flight(),
            completions: books.state.completions(),
        }
    }

    /// Waits until nothing is queued or in flight, whether completions were collected or not.
    ///
    /// # Errors
    /// `OutOfResources` when the process is out of file descriptors.
    pub fn flush(&self, timeout: Option<Duration>) -> Result<Flushed> {
        self.wait_for(end_of(timeout), |books| books.state.outstanding())
    }

    /// Takes nothing more in, sends what there is for up to `timeout`, gives up the rest and ends the
    /// workers; returns how many events were given up. May be called again after an interruption.
    ///
    /// # Errors
    /// `Interrupted` when a signal came; the closing goes on with the next call.
    pub fn close(&self, timeout: Option<Duration>) -> Result<usize> {
        {
            let mut books = self.core.lock();
            if books.state.phase == Phase::Open {
                books.state.phase = Phase::Closing;
            }
            self.core.release(books);
        }
        if let Flushed::Interrupted(_) = self.flush(timeout)? {
            return Err(interrupted());
        }
        let unsent = self.stop();
        // What is in flight was interrupted, so this takes milliseconds. Without descriptors to wait on, the
        // joining waits as well: how many events were given up must be told in any case.
        while let Ok(Flushed::Interrupted(_)) = self.wait_for(None, |books| books.workers) {}
        let handles = std::mem::take(&mut self.core.lock().handles);
        for handle in handles {
            // Workers do not panic; if one did, there would be nothing left to do about it.
            let _ = handle.join();
        }
        Ok(unsent)
    }

    /// Gives up everything and tells the workers to leave, without waiting for them; returns how many
    /// events were given up.
    pub fn stop(&self) -> usize {
        let mut books = self.core.lock();
        books.state.phase = Phase::Closed;
        let unsent = books.state.purge_queued(Instant::now(), Status::Closed)
            + books.state.purge_in_flight();
        self.core.release(books);
        self.core.work.notify_all();
        self.core.deadlines.notify_all();
        unsent
    }

    fn wait_for(
        &self,
        end: Option<Instant>,
        remaining: impl Fn(&Books) -> usize,
    ) -> Result<Flushed> {
        loop {
            let (waiter, left) = {
                let mut books = self.core.lock();
                books.state.expire(Instant::now());
                self.core.after_change(&mut books);
                let left = remaining(&books);
                if left == 0 {
                    return Ok(Flushed::All);
                }
                if end.is_some_and(|end| Instant::now() >= end) {
                    return Ok(Flushed::TimedOut(left));
                }
                let waiter = new_waiter()?;
                books.idle_waiters.push(waiter.clone());
                (waiter, left)
            };
            let waited = self.wait_for_signal(&waiter, end);
            self.core
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
        let until = earlier(end, self.core.lock().state.earliest_deadline());
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
