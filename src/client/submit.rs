//! The client as a producer: submitting events and collecting what became of them.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::options::SendOptions;
use super::sending::Client;
use super::shared::{Local, Shared};
use crate::call::retrying::{Call, Step};
use crate::config::options::checked_timeout;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result};
use crate::producer::completion::Completion;
use crate::producer::{
    Attempted, Flushed, MakeAttempt, NextAttempt, Pending, Producer, Purge, Submission,
};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;
use crate::sys::shortage::Shortage;
use crate::transport::context::Bounds;

/// What may be said about a submit.
#[derive(Clone, Copy, Debug)]
pub struct SubmitOptions {
    /// Comes back with the completion.
    pub tag: u64,
    /// Whether there is to be a completion at all.
    pub wants_completion: bool,
    /// How long to wait for room in the queue; `None`: not at all.
    pub wait: Option<Duration>,
}

/// Sends the events of a queue.
struct QueueAttempts(Arc<Shared>);

impl MakeAttempt for QueueAttempts {
    fn make_attempt(&self, attempt: &mut NextAttempt, cancel: &Cancel) -> Attempted {
        Attempted {
            step: self.send_once(attempt, cancel),
            recorded: self.0.local().stats.recorded(),
        }
    }
}

impl QueueAttempts {
    fn send_once(&self, attempt: &mut NextAttempt, cancel: &Cancel) -> Step<Accepted> {
        let config = &self.0.config;
        let local = self.0.local();
        let event = &*attempt.event;
        let head = match self.0.requests.send(event) {
            Ok(head) => head,
            Err(error) => return Step::Done(Err(error)),
        };
        if attempt.progress.attempts() == 0 {
            local.stats.request();
        }
        let time = attempt
            .deadline
            .saturating_duration_since(attempt.submitted);
        let call = Call {
            http: &local.http,
            stats: &local.stats,
            pace: &local.pace,
            // Time alone bounds the retries: an event that may wait is not given up because a service
            // restarts.
            policy: RetryPolicy {
                max_retries: u32::MAX,
                max_elapsed: time,
                ..config.retry
            },
            started: attempt.submitted,
            bounds: Bounds {
                deadline: attempt.deadline,
                timeouts: config.timeouts,
                cancel: Some(cancel.clone()),
            },
            outlasts_refused_key: true,
        };
        call.send_once(&mut attempt.progress, attempt.turn, &head, event)
    }
}

impl Client {
    /// Queues an event for the client's threads to send, and returns its token.
    ///
    /// Everything that can be wrong with the arguments is said here. What becomes of the event is said
    /// by exactly one [`Completion`], unless none is wanted. The event has the time of the options, or the
    /// client's delivery timeout, queueing and retries included; the number of retries is not limited.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, `Interrupted` (only while waiting for room), and those of
    /// [`Client::prepare`].
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

    /// Queues a prepared event; `timeout` as in [`SendOptions`].
    ///
    /// # Errors
    /// As [`Client::submit`].
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
        // Only now: a producer that is made after this look would be one that no close has seen.
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
            Arc::new(QueueAttempts(self.shared.clone()))
        })
    }

    /// Collects up to `count` completions; waits up to `timeout` (`None`: without end) for the first.
    ///
    /// # Errors
    /// `Interrupted` when a signal or [`Client::wake_up`] ended the wait.
    pub fn poll(&self, count: usize, timeout: Option<Duration>) -> Result<Vec<Completion>> {
        let producer = self.producer()?;
        self.pass_early_wake_up_on(producer);
        producer.poll(count, timeout)
    }

    /// Ends a [`Client::poll`], the one under way or the next. Safe from any thread and from a signal
    /// handler.
    pub fn wake_up(&self) {
        let this_process = std::process::id();
        self.shared
            .early_wake_up
            .swap(this_process, Ordering::AcqRel);
        // A poll may have made the producer meanwhile. Of its look for the note and this one, whichever comes
        // second sees the other.
        if let Some(local) = self.shared.local.get()
            && let Some(producer) = local.producer.get()
        {
            self.pass_early_wake_up_on(producer);
        }
    }

    /// What was noted by the parent of a forked process is the parent's.
    fn pass_early_wake_up_on(&self, producer: &Producer) {
        let noted_by = self.shared.early_wake_up.swap(0, Ordering::AcqRel);
        if noted_by != 0 && noted_by == std::process::id() {
            producer.wake_up();
        }
    }

    /// A descriptor that is readable exactly while completions wait. In a forked child it is another.
    ///
    /// # Errors
    /// `OutOfResources` when the process is out of file descriptors.
    pub fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        let descriptor = self.producer()?.event_fd();
        descriptor.map_err(|error| Shortage::descriptor("for the completions", error).into())
    }

    /// Gives a submitted event up; its completion says what is known. Without effect when it is
    /// completed, or when the token is not of this process.
    pub fn cancel_submitted(&self, token: u64) {
        if let Some(producer) = self.existing_producer() {
            producer.cancel(token);
        }
    }

    /// Gives submitted events up; returns how many.
    pub fn purge(&self, which: Purge) -> usize {
        self.existing_producer()
            .map_or(0, |producer| producer.purge(which))
    }

    /// How many submitted events are where.
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

    /// Waits until no event is queued or in flight, whether completions were collected or not.
    ///
    /// # Errors
    /// `OutOfResources` when the process is out of file descriptors.
    pub fn flush(&self, timeout: Option<Duration>) -> Result<Flushed> {
        self.existing_producer()
            .map_or(Ok(Flushed::All), |producer| producer.flush(timeout))
    }

    /// Closes the client: takes nothing more in, sends what is queued for up to `timeout`, gives up the
    /// rest and ends the threads of the producer. Returns how many events were given up; each has its
    /// completion, which can still be collected. May be called again.
    ///
    /// # Errors
    /// `Interrupted` when a signal came; the closing goes on with the next call.
    pub fn close(&self, timeout: Option<Duration>) -> Result<usize> {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.existing_producer()
            .map_or(Ok(0), |producer| producer.close(timeout))
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
        );
        let made = made.map_err(|error| Shortage::descriptor("for the queue of events", error))?;
        // Another thread may have been quicker; its is used then.
        Ok(local.producer.get_or_init(|| made))
    }
}
