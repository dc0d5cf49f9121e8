//! Background calls, for hosts whose threads must stay free. The client's reactor drives them: a call takes no thread,
//! and no descriptor but that of its connection. One descriptor for all calls tells of their ends; a call has one of its
//! own if the host asks for it.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::call_job::CallJob;
use super::running::{BackgroundResult, RunningCall};
use super::sending::Client;
use crate::call::operation::Operation;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;
use crate::protocol::validate;
use crate::reactor::JobHandle;
use crate::sys::fork::Generation;
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::{Interest, Slot, Wait, wait};

/// How often a wait looks at its call if the process has no descriptor to wait with.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A call under way in the background.
///
/// Dropping it cancels the call and does not wait for its end.
#[derive(Debug)]
pub struct BackgroundCall {
    call: Arc<RunningCall>,
    /// The reactor's job; none if the call was over at once.
    job: Option<JobHandle>,
    generation: Generation,
    is_send: bool,
}

/// The end of a wait for a background call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The call is done.
    Done,
    /// The time was over.
    TimedOut,
    /// A signal came.
    Interrupted,
}

impl Client {
    /// Starts to send a prepared event in the background. `timeout` is that of [`CallOptions`](crate::CallOptions).
    ///
    /// The call goes to another thread and back: one at a time takes twice the CPU time of [`Client::send`], and one of
    /// 64 under way 1.6 times. While it is under way it takes about 3 KB of memory besides the event, and the descriptor
    /// of its connection.
    ///
    /// # Errors
    /// `OutOfResources`, with the outcome `NotSent`, if the process has no thread or descriptor left.
    pub fn start_send(&self, event: Prepared, timeout: Option<Duration>) -> Result<BackgroundCall> {
        let event = Arc::new(event);
        let operation = self.shared.send_event(event.clone());
        let operation = operation.map_err(|error| event.failed(error, Outcome::NotSent));
        self.start(true, operation, timeout, BackgroundResult::Sent)
            .map_err(|error| event.failed(error, Outcome::NotSent))
    }

    /// Starts to ask for an event's status in the background.
    ///
    /// # Errors
    /// `InvalidArgument` for an impossible id; `OutOfResources` as for [`Client::start_send`].
    pub fn start_get_event(
        &self,
        event_id: &[u8],
        timeout: Option<Duration>,
    ) -> Result<BackgroundCall> {
        let operation = self.shared.get_event_status(validate::event_id(event_id)?);
        self.start(false, operation, timeout, BackgroundResult::Status)
    }

    /// Starts a call. An error that a blocking call would have is the call's result.
    fn start<A: Operation + Send + 'static>(
        &self,
        is_send: bool,
        operation: Result<A>,
        timeout: Option<Duration>,
        wrap: fn(Result<A::Reply>) -> BackgroundResult,
    ) -> Result<BackgroundCall> {
        let local = self.shared.local();
        let call = Arc::new(RunningCall::new(
            local.spares.clone(),
            local.finished_calls.clone(),
        ));
        let now = Instant::now();
        let bounds = self
            .shared
            .check_open()
            .and_then(|()| self.shared.bounds(timeout, None, now));
        let job = match (operation, bounds) {
            (Ok(operation), Ok(bounds)) => {
                let job = CallJob::new(
                    self.shared.clone(),
                    operation,
                    now,
                    bounds,
                    call.clone(),
                    wrap,
                );
                Some(
                    local
                        .reactor
                        .start("for background calls", Box::new(job))
                        .map_err(|not| not.shortage)?,
                )
            }
            (Ok(operation), Err(error)) => {
                let error = operation.fail(error.with_outcome(Outcome::NotSent));
                call.finish(Ok(wrap(Err(error))));
                None
            }
            (Err(error), _) => {
                call.finish(Ok(wrap(Err(error))));
                None
            }
        };
        Ok(BackgroundCall::new(call, job, is_send))
    }

    /// Returns a descriptor that is readable while there are ends of calls to collect. It is the client's.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no descriptor left.
    pub fn calls_fd(&self) -> Result<BorrowedFd<'_>> {
        let fd = self.shared.local().finished_calls.fd();
        Ok(fd.map_err(|error| Shortage::descriptor("for background calls", error))?)
    }

    /// Returns the tags of calls that are done (see [`BackgroundCall::report`]), at most `max`, in the order of their
    /// ends. Each end is returned once.
    pub fn collect_calls(&self, max: usize) -> Vec<u64> {
        self.shared.local().finished_calls.collect(max)
    }
}

impl BackgroundCall {
    pub(super) fn new(call: Arc<RunningCall>, job: Option<JobHandle>, is_send: bool) -> Self {
        BackgroundCall {
            call,
            job,
            generation: Generation::current(),
            is_send,
        }
    }

    /// Returns a descriptor that is readable once the call is done.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no descriptor left.
    pub fn fd(&self) -> Result<BorrowedFd<'_>> {
        Ok(self.call.lend_fd().map_err(no_descriptor)?)
    }

    /// Has the end of the call reported by [`Client::collect_calls`], with `tag`. If the call is done, it is reported
    /// at once.
    ///
    /// # Errors
    /// `Forked` as for [`BackgroundCall::wait`]; `InvalidArgument` if the call has a tag already.
    pub fn report(&self, tag: u64) -> Result<()> {
        self.check_generation()?;
        // Another thread may have collected the tag and dropped this object before the report is unlocked.
        let call = self.call.clone();
        if call.report(tag) {
            return Ok(());
        }
        Err(Error::invalid_argument(
            "the call has a tag already: give it one tag",
        ))
    }

    /// Returns whether the call sends an event. Otherwise it asks for an event's status.
    pub fn is_send(&self) -> bool {
        self.is_send
    }

    /// Ends the call early. Any thread and any signal handler may call this.
    pub fn cancel(&self) {
        // The reactor of a parent process is the parent's.
        if let Some(job) = &self.job
            && self.generation == Generation::current()
        {
            job.cancel();
        }
    }

    /// Waits until the call is done, until `timeout` is over (`None`: no limit), or until a signal comes.
    ///
    /// # Errors
    /// `Forked` in a child of the process that started the call.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Waited> {
        self.check_generation()?;
        if self.call.is_over() {
            return Ok(Waited::Done);
        }
        let Ok(done) = self.call.fd() else {
            return self.wait_without_descriptor(timeout);
        };
        let mut slots = [Slot::new(done, Interest::READ)];
        Ok(match wait(&mut slots, timeout)? {
            Wait::Ready => Waited::Done,
            Wait::TimedOut => Waited::TimedOut,
            Wait::Interrupted => Waited::Interrupted,
        })
    }

    /// Looks at the call again and again. The event may have left, so a shortage is no reason to give the call up.
    fn wait_without_descriptor(&self, timeout: Option<Duration>) -> Result<Waited> {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let waited = wait(
                &mut [],
                Some(left.map_or(LOOK_AGAIN, |left| left.min(LOOK_AGAIN))),
            )?;
            if self.call.is_over() {
                return Ok(Waited::Done);
            }
            if waited == Wait::Interrupted {
                return Ok(Waited::Interrupted);
            }
            if left.is_some_and(|left| left <= LOOK_AGAIN) {
                return Ok(Waited::TimedOut);
            }
        }
    }

    /// Waits until the call is done, even if signals come, and takes its result.
    ///
    /// # Errors
    /// `Forked` as for [`BackgroundCall::wait`]; `InvalidArgument` if the result was taken before; `Internal` if the
    /// call panicked.
    pub fn take(&self) -> Result<BackgroundResult> {
        self.check_generation()?;
        self.call.take().ok_or_else(taken_before)?
    }

    /// Takes the result of a call that is over, as [`BackgroundCall::take`]. Otherwise `task` is woken at its end; of
    /// several tasks only the last one.
    ///
    /// # Errors
    /// Those of [`BackgroundCall::take`].
    pub fn poll_take(&self, task: &Waker) -> Poll<Result<BackgroundResult>> {
        self.check_generation()?;
        let result = self.call.poll_take(task);
        result.map(|result| result.ok_or_else(taken_before)?)
    }

    /// The same as [`BackgroundCall::take`] for a call that sends.
    ///
    /// # Errors
    /// Those of the send and of [`BackgroundCall::take`]; `InvalidArgument` for another call.
    pub fn take_sent(&self) -> Result<Accepted> {
        if !self.is_send {
            return Err(other_kind());
        }
        match self.take()? {
            BackgroundResult::Sent(result) => result,
            BackgroundResult::Status(_) => Err(other_kind()),
        }
    }

    /// The same as [`BackgroundCall::take`] for a call that asks for an event's status.
    ///
    /// # Errors
    /// Those of the request and of [`BackgroundCall::take`]; `InvalidArgument` for another call.
    pub fn take_status(&self) -> Result<EventStatus> {
        if self.is_send {
            return Err(other_kind());
        }
        match self.take()? {
            BackgroundResult::Status(result) => result,
            BackgroundResult::Sent(_) => Err(other_kind()),
        }
    }

    fn check_generation(&self) -> Result<()> {
        if self.generation == Generation::current() {
            return Ok(());
        }
        Err(Error::new(
            Status::Forked,
            "the call was started by the parent of this process and is the parent's",
        ))
    }
}

impl Drop for BackgroundCall {
    fn drop(&mut self) {
        // The locks of a parent's call may be held for ever.
        if self.generation != Generation::current() {
            return;
        }
        self.call.withdraw_report();
        if !self.call.is_over() {
            self.cancel();
        }
    }
}

fn taken_before() -> Error {
    Error::invalid_argument("the result of the call was taken before: take it once")
}

fn other_kind() -> Error {
    Error::invalid_argument("the call is of another kind than this function finishes")
}

fn no_descriptor(error: io::Error) -> Shortage {
    Shortage::descriptor("for the call", error)
}
