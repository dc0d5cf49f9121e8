//! The client as a producer: submitting events and collecting their completions.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::options::SendOptions;
use super::sending::Client;
use super::shared::{Local, Shared};
use crate::call::context::Call;
use crate::call::operation::SendEvent;
use crate::config::options::checked_timeout;
use crate::error::{Error, Outcome, Result};
use crate::producer::completion::Completion;
use crate::producer::{Flushed, Pending, Producer, Purge, SendEvents, Submission};
use crate::protocol::prepared::Prepared;
use crate::sys::out_of_resources::Shortage;
use crate::transport::bounds::Bounds;

/// The options of a submit.
#[derive(Clone, Copy, Debug)]
pub struct SubmitOptions {
    /// A number of the caller's choice, which the completion repeats.
    pub tag: u64,
    /// Whether the event gets a completion.
    pub wants_completion: bool,
    /// The longest wait for room in the queue; `None` means not to wait.
    pub wait: Option<Duration>,
}

/// The client as its queue sees it.
struct QueueClient(Arc<Shared>);

impl SendEvents for QueueClient {
    fn operation(&self, event: Arc<Prepared>) -> Result<SendEvent<Arc<Prepared>>> {
        self.0.send_event(event)
    }

    fn call(&self, submitted: Instant, deadline: Instant) -> Call<'_> {
        let bounds = Bounds {
            deadline,
            timeouts: self.0.config.timeouts,
            cancel: None,
        };
        let mut call = self.0.call(submitted, bounds);
        // Only time limits the retries: a restart of the service is no reason to give up an event that may wait.
        call.policy.max_retries = u32::MAX;
        call.retries_refused_key = true;
        call
    }
}

impl Client {
    /// Puts an event into the queue, from which the client's thread sends it. Returns the event's token.
    ///
    /// Every fault of the arguments is reported here. The result of the sending is reported by exactly one
    /// [`Completion`], unless the options want none. The event has the timeout of the options, or else the client's
    /// delivery timeout, for queueing and all retries. The number of retries is not limited.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, `Interrupted` (only while waiting for room), and the errors of [`Client::prepare`]. All
    /// have the outcome `NotSent`.
    pub fn submit(
        &self,
        topic: &[u8],
        payload: &[u8],
        options: &SendOptions,
        submit: &SubmitOptions,
    ) -> Result<u64> {
        if options.call.cancel.is_some() {
            return Err(Error::invalid_argument(
                "a submitted event takes no cancel token: cancel it by the token that the submit \
                 returns",
            )
            .with_outcome(Outcome::NotSent));
        }
        let event = self.prepare(topic, payload, options)?;
        self.submit_prepared(event, options.call.timeout, submit)
    }

    /// Puts a prepared event into the queue; `timeout` as in [`CallOptions`](super::CallOptions).
    ///
    /// # Errors
    /// The errors of [`Client::submit`].
    pub fn submit_prepared(
        &self,
        event: Prepared,
        timeout: Option<Duration>,
        submit: &SubmitOptions,
    ) -> Result<u64> {
        let event = Arc::new(event);
        self.enqueue(event.clone(), timeout, submit)
            .map_err(|error| event.failed(error, Outcome::NotSent))
    }

    fn enqueue(
        &self,
        event: Arc<Prepared>,
        timeout: Option<Duration>,
        submit: &SubmitOptions,
    ) -> Result<u64> {
        let producer = self.producer()?;
        // Only now: `close` cannot see a producer that is made after this check.
        self.shared.check_open()?;
        let time = match timeout {
            Some(timeout) => checked_timeout("timeout", timeout)?,
            None => self.shared.config.delivery_timeout,
        };
        let submitted = Instant::now();
        let submission = Submission {
            event,
            tag: submit.tag,
            wants_completion: submit.wants_completion,
            submitted,
            deadline: submitted + time,
        };
        producer.submit(submission, submit.wait, || {
            Arc::new(QueueClient(self.shared.clone()))
        })
    }

    /// Collects up to `count` completions. Waits up to `timeout` (`None`: no limit) for the first one.
    ///
    /// # Errors
    /// `Interrupted` if a signal or [`Client::wake_up`] ended the wait.
    pub fn poll(&self, count: usize, timeout: Option<Duration>) -> Result<Vec<Completion>> {
        let producer = self.producer()?;
        self.pass_early_wake_up_on(producer);
        producer.poll(count, timeout)
    }

    /// Ends a [`Client::poll`]: the running one, or else the next. Any thread and any signal handler may call this.
    pub fn wake_up(&self) {
        let this_process = std::process::id();
        self.shared
            .early_wake_up
            .swap(this_process, Ordering::AcqRel);
        // A poll may have made the producer meanwhile. Both it and this call look for the note and for the producer, so
        // the later one passes the wake-up on.
        if let Some(local) = self.shared.local.get()
            && let Some(producer) = local.producer.get()
        {
            self.pass_early_wake_up_on(producer);
        }
    }

    /// Passes a wake-up on that came before the producer was made. In a forked child, one of the parent is dropped.
    fn pass_early_wake_up_on(&self, producer: &Producer) {
        let noted_by = self.shared.early_wake_up.swap(0, Ordering::AcqRel);
        if noted_by != 0 && noted_by == std::process::id() {
            producer.wake_up();
        }
    }

    /// Returns a descriptor that is readable exactly while completions wait. A forked child has its own.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no file descriptor left.
    pub fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        let descriptor = self.producer()?.event_fd();
        descriptor.map_err(|error| Shortage::descriptor("for the completions", error).into())
    }

    /// Gives a submitted event up. Its completion tells the outcome. Has no effect if the event is completed, or if
    /// the token is from another process.
    pub fn cancel_submitted(&self, token: u64) {
        if let Some(producer) = self.existing_producer() {
            producer.cancel(token);
        }
    }

    /// Gives submitted events up. Returns how many.
    pub fn purge(&self, which: Purge) -> usize {
        self.existing_producer()
            .map_or(0, |producer| producer.purge(which))
    }

    /// Returns how many submitted events wait, are being sent, or have a completion to collect.
    pub fn pending(&self) -> Pending {
        self.existing_producer().map_or(
            Pending {
                queued: 0,
                in_flight: 0,
                completions: 0,
            },
            Producer::pending,
        )
    }

    /// Waits until no event is queued or in flight. Completions need not be collected.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no file descriptor left.
    pub fn flush(&self, timeout: Option<Duration>) -> Result<Flushed> {
        self.existing_producer()
            .map_or(Ok(Flushed::All), |producer| producer.flush(timeout))
    }

    /// Closes the client. It accepts no more events, sends the queued ones for up to `timeout`, gives up the rest, ends
    /// the producer's threads, and closes its idle connections. Returns how many events were given up; their completions can still be collected.
    /// Closing again is allowed.
    ///
    /// # Errors
    /// `Interrupted` if a signal came; the next call continues the closing.
    pub fn close(&self, timeout: Option<Duration>) -> Result<usize> {
        self.shared.closed.store(true, Ordering::SeqCst);
        let unsent = self
            .existing_producer()
            .map_or(Ok(0), |producer| producer.close(timeout))?;
        self.shared.local().http.pool().close();
        Ok(unsent)
    }

    /// Returns whether [`Client::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::SeqCst)
    }

    fn existing_producer(&self) -> Option<&Producer> {
        self.shared.local().producer.get()
    }

    fn producer(&self) -> Result<&Producer> {
        let local: &Local = self.shared.local();
        if let Some(producer) = local.producer.get() {
            return Ok(producer);
        }
        let config = &self.shared.config;
        let made = Producer::new(
            config.queue_limits,
            config.workers,
            config.retry.base,
            local.pace.clone(),
            local.reactor.clone(),
        );
        let made = made.map_err(|error| Shortage::descriptor("for the queue of events", error))?;
        // Another thread may have been faster: then its producer is used.
        Ok(local.producer.get_or_init(|| made))
    }
}
