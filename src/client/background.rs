//! Calls that run beside the caller's thread, for hosts whose thread must stay free for signals, for
//! other fibers or for a look at a descriptor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::call_threads::CallPool;
use super::descriptors::{Lent, Spares};
use super::options::CallOptions;
use super::sending::Client;
use super::shared::Shared;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;
use crate::protocol::validate;
use crate::sys::fork::Generation;
use crate::sys::poll::{Interest, Slot, poll};
use crate::sys::shortage::Shortage;

/// A call under way on a thread of the library.
///
/// Dropping it cancels the call and does not wait for its end.
#[derive(Debug)]
pub struct BackgroundCall {
    call: Arc<Running>,
    generation: Generation,
    is_send: bool,
}

#[derive(Debug)]
struct Running {
    descriptors: Lent,
    /// The result is there, or was.
    is_over: AtomicBool,
    result: Mutex<Option<Result<BackgroundResult>>>,
}

/// What a detached call came to.
#[derive(Debug)]
pub enum BackgroundResult {
    /// Of a send.
    Sent(Result<Accepted>),
    /// Of a question for an event's status.
    Status(Result<EventStatus>),
}

/// How a wait for a detached call ended.
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
    /// Sends a prepared event beside the caller's thread. The token of the options is not used: the call
    /// has its own.
    ///
    /// # Errors
    /// `OutOfResources` when no thread or descriptor is to be had, with the outcome `NotSent`.
    pub fn start_send(&self, event: Prepared, timeout: Option<Duration>) -> Result<BackgroundCall> {
        let event = Arc::new(event);
        let sent = event.clone();
        self.start(true, timeout, move |shared, options| {
            BackgroundResult::Sent(shared.send(&sent, &options))
        })
        .map_err(|error| event.failed(error, Outcome::NotSent))
    }

    /// Asks for an event's status beside the caller's thread.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that cannot be one; `OutOfResources` as for [`Client::start_send`].
    pub fn start_get_event(
        &self,
        event_id: &[u8],
        timeout: Option<Duration>,
    ) -> Result<BackgroundCall> {
        let event_id = validate::event_id(event_id)?.to_owned();
        self.start(false, timeout, move |shared, options| {
            BackgroundResult::Status(shared.get_event(&event_id, &options))
        })
    }

    fn start(
        &self,
        is_send: bool,
        timeout: Option<Duration>,
        body: impl FnOnce(&Shared, CallOptions) -> BackgroundResult + Send + 'static,
    ) -> Result<BackgroundCall> {
        let spares = self.shared.local().spares.clone();
        let call = Arc::new(Running::new(spares).map_err(no_descriptor)?);
        let options = CallOptions {
            timeout,
            cancel: Some(call.descriptors.cancel().clone()),
        };
        let (shared, theirs) = (self.shared.clone(), call.clone());
        let job = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(|| body(&shared, options)));
            theirs.finish(result.map_err(|panic| Error::defect(&*panic)));
        });
        CallPool::run(&self.shared.local().calls, job)
            .map_err(|error| Shortage::thread("for the call", error))?;
        Ok(BackgroundCall {
            call,
            generation: Generation::current(),
            is_send,
        })
    }
}

impl BackgroundCall {
    /// Readable once the call is done.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.call.descriptors.lend_to_host()
    }

    /// Whether it sends an event; else it asks for an event's status.
    pub fn is_send(&self) -> bool {
        self.is_send
    }

    /// Ends the call early. Safe from any thread and from a signal handler.
    pub fn cancel(&self) {
        self.call.descriptors.cancel().fire();
    }

    /// Waits until the call is done, for up to `timeout` (`None`: without end), or until a signal comes.
    ///
    /// # Errors
    /// `Forked` in a child of the process that started the call.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Waited> {
        self.check_generation()?;
        if self.call.is_over() {
            return Ok(Waited::Done);
        }
        let done = self.call.descriptors.done().as_fd();
        let mut slots = [Slot::new(done, Interest::READ)];
        match poll(&mut slots, timeout) {
            Ok(0) => Ok(Waited::TimedOut),
            Ok(_) => Ok(Waited::Done),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Waited::Interrupted),
            Err(error) => Err(Shortage::wait(error).into()),
        }
    }

    /// Waits until the call is done, whatever signals come, and takes its result.
    ///
    /// # Errors
    /// `Forked` as [`BackgroundCall::wait`]; `InvalidArgument` when the result was taken before; `Internal`
    /// when the call panicked.
    pub fn take(&self) -> Result<BackgroundResult> {
        while self.wait(None)? != Waited::Done {}
        self.call.lock().take().ok_or_else(|| {
            Error::invalid_argument("the result of the call was taken before: take it once")
        })?
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
        if !self.call.is_over() {
            self.cancel();
        }
    }
}

impl Running {
    fn new(spares: Arc<Spares>) -> io::Result<Self> {
        Ok(Running {
            descriptors: Lent::new(spares)?,
            is_over: AtomicBool::new(false),
            result: Mutex::new(None),
        })
    }

    fn finish(&self, result: Result<BackgroundResult>) {
        *self.lock() = Some(result);
        self.is_over.store(true, Ordering::Release);
        self.descriptors.done().signal();
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<BackgroundResult>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_descriptor(error: io::Error) -> Shortage {
    Shortage::descriptor("for the call", error)
}
