//! A background call, as the caller and the reactor see it.

use std::io;
use std::mem;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar};
use std::task::{Poll, Waker};

use super::done_event::{DoneEvent, Spares};
use super::finished_calls::FinishedCalls;
use crate::error::Result;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::reactor::notices;
use crate::sys::lock::{Lock, wait};

/// The state of a background call.
#[derive(Debug)]
pub struct RunningCall {
    done: DoneEvent,
    /// Whether the result was set. It may have been taken since.
    is_over: AtomicBool,
    state: Lock<State>,
    /// Notified when the call is over.
    over: Condvar,
    finished_calls: Arc<FinishedCalls>,
}

#[derive(Debug, Default)]
struct State {
    result: Option<Result<BackgroundResult>>,
    report: EndReport,
    /// Whether a thread waits in [`RunningCall::take`].
    is_awaited: bool,
    /// The task that waits in [`RunningCall::poll_take`].
    task: Option<Waker>,
}

/// Whether the end of the call is reported to [`FinishedCalls`].
#[derive(Debug, Default)]
enum EndReport {
    #[default]
    No,
    /// It will be, with this tag.
    Tag(u64),
    /// It was, under this number.
    Done(u64),
}

/// The result of a background call.
#[derive(Debug)]
pub enum BackgroundResult {
    /// The result of a send.
    Sent(Result<Accepted>),
    /// The result of a request for an event's status.
    Status(Result<EventStatus>),
}

impl RunningCall {
    /// Makes a call that is not over.
    pub fn new(spares: Arc<Spares>, finished_calls: Arc<FinishedCalls>) -> Self {
        RunningCall {
            done: DoneEvent::new(spares),
            is_over: AtomicBool::new(false),
            state: Lock::default(),
            over: Condvar::new(),
            finished_calls,
        }
    }

    /// Sets the result and tells the caller.
    pub fn finish(&self, result: Result<BackgroundResult>) {
        let mut state = self.state.lock();
        state.result = Some(result);
        self.is_over.store(true, Ordering::Release);
        let is_reported = match state.report {
            EndReport::Tag(tag) => {
                state.report = EndReport::Done(self.finished_calls.add(tag));
                true
            }
            EndReport::No | EndReport::Done(_) => false,
        };
        let is_awaited = state.is_awaited;
        let task = state.task.take();
        drop(state);
        if is_awaited {
            self.over.notify_all();
        }
        if is_reported {
            notices::soon(&self.finished_calls);
        }
        self.done.signal();
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Returns whether the call is over.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Returns the descriptor that is readable once the call is over.
    pub fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        let fd = self.done.fd()?;
        // Under the lock: either this sees that the call is over, or the end of the call sees the descriptor.
        let state = self.state.lock();
        if self.is_over() {
            self.done.signal();
        }
        drop(state);
        Ok(fd)
    }

    /// Returns the descriptor for the host, which may watch it until the call is freed.
    pub fn lend_fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.done.keep_from_reuse();
        self.fd()
    }

    /// Reports the end of the call with `tag`, at once if the call is over. Returns `false` if it is reported already.
    pub fn report(&self, tag: u64) -> bool {
        let mut state = self.state.lock();
        if !matches!(state.report, EndReport::No) {
            return false;
        }
        if !self.is_over() {
            state.report = EndReport::Tag(tag);
            return true;
        }
        state.report = EndReport::Done(self.finished_calls.add(tag));
        drop(state);
        notices::soon(&self.finished_calls);
        true
    }

    /// Takes the report of the call back.
    pub fn withdraw_report(&self) {
        let mut state = self.state.lock();
        if let EndReport::Done(number) = mem::take(&mut state.report) {
            self.finished_calls.remove(number);
        }
    }

    /// Waits until the call is over, also if signals come, and takes the result. Returns `None` if it was taken before.
    pub fn take(&self) -> Option<Result<BackgroundResult>> {
        let mut state = self.state.lock();
        while !self.is_over() {
            state.is_awaited = true;
            state = wait(&self.over, state);
        }
        state.result.take()
    }

    /// Takes the result of a call that is over, as [`RunningCall::take`]. Otherwise the task is woken at its end.
    pub fn poll_take(&self, task: &Waker) -> Poll<Option<Result<BackgroundResult>>> {
        let mut state = self.state.lock();
        if self.is_over() {
            return Poll::Ready(state.result.take());
        }
        state.task = Some(task.clone());
        Poll::Pending
    }
}
