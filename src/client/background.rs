//! Background calls: calls on a thread of the library, for hosts whose own thread must stay free for signals, for
//! other fibers or for an event loop.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::call_threads::CallThreads;
use super::descriptors::{CallDescriptors, Spares};
use super::options::CallOptions;
use super::sending::Client;
use super::shared::Shared;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;
use crate::protocol::validate;
use crate::sys::fork::Generation;
use crate::sys::lock::Lock;
use crate::sys::poll::{Interest, Slot, Wait, wait};
use crate::sys::shortage::Shortage;

/// A call that runs on a thread of the library.
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
    descriptors: CallDescriptors,
    /// Whether the result was set. It may have been taken since.
    is_over: AtomicBool,
    result: Lock<Option<Result<BackgroundResult>>>,
}

/// The result of a background call.
#[derive(Debug)]
pub enum BackgroundResult {
    /// The result of a send.
    Sent(Result<Accepted>),
    /// The result of a request for an event's status.
    Status(Result<EventStatus>),
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
    /// Starts to send a prepared event on a thread of the library. `timeout` is that of [`CallOptions`].
    ///
    /// ```no_run
    /// use hookrail::{BackgroundResult, Client, SendOptions};
    ///
    /// # fn example(client: &Client) -> hookrail::Result<()> {
    /// let event = client.prepare(b"orders.created", b"{}", &SendOptions::default())?;
    /// let call = client.start_send(event, None)?;
    /// // Watch `call.fd()` in an event loop, or wait:
    /// if let BackgroundResult::Sent(result) = call.take()? {
    ///     println!("{}", result?.event_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `OutOfResources`, with the outcome `NotSent`, if the process has no thread or descriptor left.
    pub fn start_send(&self, event: Prepared, timeout: Option<Duration>) -> Result<BackgroundCall> {
        let event = Arc::new(event);
        let sent = event.clone();
        self.start(true, timeout, move |shared, options| {
            BackgroundResult::Sent(shared.send(&sent, &options))
        })
        .map_err(|error| event.failed(error, Outcome::NotSent))
    }

    /// Starts to ask for an event's status on a thread of the library.
    ///
    /// # Errors
    /// `InvalidArgument` for an impossible id; `OutOfResources` as for [`Client::start_send`].
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
        CallThreads::run(&self.shared.local().calls, job)
            .map_err(|error| Shortage::thread("for the call", error))?;
        Ok(BackgroundCall {
            call,
            generation: Generation::current(),
            is_send,
        })
    }
}

impl BackgroundCall {
    /// Returns a descriptor that is readable once the call is done.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.call.descriptors.lend_to_host()
    }

    /// Returns whether the call sends an event. Otherwise it asks for an event's status.
    pub fn is_send(&self) -> bool {
        self.is_send
    }

    /// Ends the call early. Any thread and any signal handler may call this.
    pub fn cancel(&self) {
        self.call.descriptors.cancel().fire();
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
        let done = self.call.descriptors.done().as_fd();
        let mut slots = [Slot::new(done, Interest::READ)];
        Ok(match wait(&mut slots, timeout)? {
            Wait::Ready => Waited::Done,
            Wait::TimedOut => Waited::TimedOut,
            Wait::Interrupted => Waited::Interrupted,
        })
    }

    /// Waits until the call is done, even if signals come, and takes its result.
    ///
    /// # Errors
    /// `Forked` as for [`BackgroundCall::wait`]; `InvalidArgument` if the result was taken before; `Internal` if
    /// the call panicked.
    pub fn take(&self) -> Result<BackgroundResult> {
        while self.wait(None)? != Waited::Done {}
        self.call.result.lock().take().ok_or_else(|| {
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
            descriptors: CallDescriptors::new(spares)?,
            is_over: AtomicBool::new(false),
            result: Lock::default(),
        })
    }

    fn finish(&self, result: Result<BackgroundResult>) {
        *self.result.lock() = Some(result);
        self.is_over.store(true, Ordering::Release);
        self.descriptors.done().signal();
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}

fn no_descriptor(error: io::Error) -> Shortage {
    Shortage::descriptor("for the call", error)
}
