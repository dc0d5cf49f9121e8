//! One submitted event and its way through the locked.

use std::sync::Arc;
use std::time::Instant;

use crate::call::pace::Turn;
use crate::call::retrying::CallProgress;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;

use super::circuit_breaker::FailureMark;
use super::hopeless::Futile;
use super::topic::Topic;

/// An event to be sent.
#[derive(Debug)]
pub(crate) struct Submission {
    pub event: Arc<Prepared>,
    pub tag: u64,
    pub wants_completion: bool,
    pub submitted: Instant,
    pub deadline: Instant,
}

/// An event on its way to a worker.
#[derive(Debug)]
pub struct NextAttempt {
    pub token: u64,
    pub event: Arc<Prepared>,
    pub progress: CallProgress,
    pub turn: Turn,
    pub submitted: Instant,
    pub deadline: Instant,
}

/// What a worker has to say of an attempt.
pub struct Report {
    pub progress: CallProgress,
    pub verdict: Verdict,
    /// How many events of the client were recorded by now.
    pub recorded: u64,
    /// In [0, 1); needed where the attempt has failed.
    pub random: f64,
}

/// What an attempt came to.
pub enum Verdict {
    /// The event's story is over.
    Over(Result<Accepted>),
    /// Try again at this time; the error is that of the attempt.
    Again(Instant, Error),
}

/// What an attempt says of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has answered, if only to refuse.
    Answered,
    /// It has not answered, or only that it cannot.
    Failed {
        /// Whether there was no answer in time.
        timed_out: bool,
    },
    /// Nothing: the attempt was given up.
    Undecided,
}

impl Verdict {
    /// What the attempt says of the service.
    pub fn finding(&self) -> Finding {
        let error = match self {
            Verdict::Over(Ok(_)) => return Finding::Answered,
            Verdict::Over(Err(error)) => error.cause().unwrap_or(error),
            Verdict::Again(_, error) => error,
        };
        match error.status() {
            Status::Cancelled | Status::OutOfResources | Status::Internal => Finding::Undecided,
            Status::Timeout => Finding::Failed { timed_out: true },
            Status::Connection | Status::Tls | Status::Protocol | Status::ServerError => {
                Finding::Failed { timed_out: false }
            }
            // To a key that has worked before.
            Status::Authentication if error.is_retryable() => Finding::Failed { timed_out: false },
            _ => Finding::Answered,
        }
    }
}

/// An event in the locked.
#[derive(Debug)]
pub(super) struct SubmittedEvent {
    /// Let go as soon as the event is completed, for the memory that it takes.
    pub event: Option<Arc<Prepared>>,
    pub tag: u64,
    pub wants_completion: bool,
    pub topic: Topic,
    pub submitted: Instant,
    pub deadline: Instant,
    pub first_attempt: Option<Instant>,
    /// When it has failed the last time, if it has.
    pub failed: Option<FailureMark>,
    pub futile: Futile,
    pub progress: Option<CallProgress>,
    pub last_error: Option<Error>,
    pub lane: Option<Arc<str>>,
    /// Whether it waits for another event of its lane.
    pub behind: bool,
    pub place: Place,
}

/// Where an event is.
#[derive(Debug)]
pub(super) enum Place {
    Waiting,
    /// With a worker that the token interrupts; `stopped` once it was.
    InFlight {
        cancel: Cancel,
        stopped: bool,
    },
    /// Completed while it waited; its token still stands in a queue.
    Gone,
}

impl SubmittedEvent {
    /// An event that is to wait.
    pub fn new(submission: Submission) -> Self {
        SubmittedEvent {
            lane: submission.event.order().map(Arc::from),
            topic: Topic::of(submission.event.body()),
            event: Some(submission.event),
            tag: submission.tag,
            wants_completion: submission.wants_completion,
            submitted: submission.submitted,
            deadline: submission.deadline,
            first_attempt: None,
            failed: None,
            futile: Futile::default(),
            progress: Some(CallProgress::default()),
            last_error: None,
            behind: false,
            place: Place::Waiting,
        }
    }

    /// Whether half of its time is over. Before, what fails while others succeed may be an outage of a part of the
    /// service.
    pub fn has_had_its_chance(&self, now: Instant) -> bool {
        let time = self.deadline.saturating_duration_since(self.submitted);
        now.saturating_duration_since(self.submitted) >= time / 2
    }

    /// Adds to an error of the producer's own what the attempts so far came to.
    pub fn complete_error(&mut self, error: Error, event: &Prepared) -> Error {
        let Some(progress) = &self.progress else {
            // The attempt's own error knows its event; that of a worker that panicked does not.
            let error = match error.idempotency_key() {
                Some(_) => error,
                None => error.with_idempotency_key(event.idempotency_key()),
            };
            // It says nothing of why there was more than one attempt.
            return match self.last_error.take() {
                Some(last) if error.status() == Status::Cancelled => error.with_last_error(last),
                _ => error,
            };
        };
        let error = event
            .failed(error, progress.outcome())
            .with_attempts(progress.attempts());
        match self.last_error.take() {
            Some(last) => error.with_last_error(last),
            None => error,
        }
    }
}

/// The error of an event that the producer itself gives up.
pub(super) fn given_up(status: Status) -> Error {
    let message = match status {
        Status::Timeout => "the time for delivering the event ran out while it waited",
        Status::Closed => "the client was closed before the event was sent",
        Status::Cancelled => "the event was cancelled before it was sent",
        Status::RetriesExhausted => {
            "gave up: the service has failed to record the event again and again, recorded others meanwhile, \
             and events of the same ordering key wait behind it"
        }
        _ => "the event was not taken in",
    };
    // Which error an event's end has, this one or that of an attempt under way, is chance.
    Error::new(status, message)
        .with_outcome(Outcome::NotSent)
        .with_retryable(matches!(status, Status::Timeout | Status::RetriesExhausted))
}
