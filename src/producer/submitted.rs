//! One submitted event and its state in the queue.

use std::sync::Arc;
use std::time::Instant;

use super::circuit_breaker::FailureMark;
use super::permanent_failures::LoneFailures;
use super::topic::Topic;
use crate::call::pace::Turn;
use crate::call::progress::CallProgress;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::reactor::JobHandle;

/// An event to submit.
#[derive(Debug)]
pub(crate) struct Submission {
    pub event: Arc<Prepared>,
    pub tag: u64,
    pub wants_completion: bool,
    pub submitted: Instant,
    pub deadline: Instant,
}

/// An event to send now.
#[derive(Debug)]
pub struct NextAttempt {
    pub token: u64,
    pub event: Arc<Prepared>,
    /// The attempts so far, if there were any.
    pub progress: Option<Box<CallProgress>>,
    pub turn: Turn,
    pub submitted: Instant,
    pub deadline: Instant,
}

/// The report about an attempt.
pub struct Report {
    pub progress: CallProgress,
    pub verdict: Verdict,
    /// The number of the client's recorded events.
    pub recorded: u64,
    /// In [0, 1); used if the attempt has failed.
    pub random: f64,
}

/// The result of an attempt for its event.
pub enum Verdict {
    /// The event is completed.
    Over(Result<Accepted>),
    /// The event is tried again at this time; the error is that of the attempt.
    Again(Instant, Error),
}

/// The result of an attempt as evidence about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The service has answered, even if with a refusal.
    Answered,
    /// The service has not answered, or only that it cannot.
    Failed {
        /// Whether there was no answer in time.
        timed_out: bool,
    },
    /// The attempt was given up and shows nothing.
    Undecided,
}

impl Verdict {
    /// Returns what the attempt shows about the service.
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
            // The answer to a key that has worked before.
            Status::Authentication if error.is_retryable() => Finding::Failed { timed_out: false },
            _ => Finding::Answered,
        }
    }
}

/// An event in the queue.
#[derive(Debug)]
pub(super) struct SubmittedEvent {
    /// Dropped when the event is completed, to free its memory.
    pub event: Option<Arc<Prepared>>,
    pub tag: u64,
    pub wants_completion: bool,
    pub topic: Topic,
    pub submitted: Instant,
    pub deadline: Instant,
    pub first_attempt: Option<Instant>,
    /// The mark of the last failure, if there was one.
    pub failed: Option<FailureMark>,
    pub lone_failures: LoneFailures,
    /// The attempts so far, if it waits and there were any.
    pub progress: Option<Box<CallProgress>>,
    pub last_error: Option<Error>,
    pub ordering_key: Option<Arc<str>>,
    /// Whether it waits behind another event of its ordering key.
    pub behind: bool,
    pub place: Place,
}

/// The place of an event.
#[derive(Debug)]
pub(super) enum Place {
    Waiting,
    /// A job sends it; `stopped` is true once the job was cancelled.
    InFlight {
        job: JobHandle,
        stopped: bool,
    },
    /// It was completed while it waited; its token still stands in the schedule or in the ordering.
    Gone,
}

impl SubmittedEvent {
    /// Makes an event that waits.
    pub fn new(submission: Submission) -> Self {
        SubmittedEvent {
            ordering_key: submission.event.order().map(Arc::from),
            topic: Topic::of(submission.event.body()),
            event: Some(submission.event),
            tag: submission.tag,
            wants_completion: submission.wants_completion,
            submitted: submission.submitted,
            deadline: submission.deadline,
            first_attempt: None,
            failed: None,
            lone_failures: LoneFailures::default(),
            progress: None,
            last_error: None,
            behind: false,
            place: Place::Waiting,
        }
    }

    /// Returns whether half of the event's time is over. Before that, failures while other events succeed may come from
    /// an outage of a part of the service.
    pub fn has_had_its_chance(&self, now: Instant) -> bool {
        let time = self.deadline.saturating_duration_since(self.submitted);
        now.saturating_duration_since(self.submitted) >= time / 2
    }

    /// Adds the results of the attempts so far to an error of the producer.
    pub fn complete_error(&mut self, error: Error, event: &Prepared) -> Error {
        if matches!(self.place, Place::InFlight { .. }) {
            // The attempt's own error names its event; the error of a panic does not.
            let error = match error.idempotency_key() {
                Some(_) => error,
                None => error.with_idempotency_key(event.idempotency_key()),
            };
            // This error does not say why there was more than one attempt.
            return match self.last_error.take() {
                Some(last) if error.status() == Status::Cancelled => error.with_last_error(last),
                _ => error,
            };
        }
        let mut progress = self.progress.take().unwrap_or_default();
        let error = event
            .failed(error, progress.outcome())
            .with_attempts(progress.attempts())
            .with_attempt_records(progress.take_records());
        match self.last_error.take() {
            Some(last) => error.with_last_error(last),
            None => error,
        }
    }
}

/// Makes the error of an event that the producer gives up.
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
    // This error races with that of a running attempt, so both must look alike.
    Error::new(status, message)
        .with_outcome(Outcome::NotSent)
        .with_retryable(matches!(status, Status::Timeout | Status::RetriesExhausted))
}
