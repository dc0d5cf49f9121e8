//! The two operations of the service.

use std::borrow::Borrow;
use std::time::Instant;

use super::context::Call;
use super::progress::CallProgress;
use crate::error::{Error, Outcome};
use crate::protocol::answer::{Accepted, EventStatus, parse_accepted};
use crate::protocol::prepared::Prepared;
use crate::transport::Answer;
use crate::transport::request::{Request, RequestHead};

/// An operation of the service.
pub trait Operation {
    /// The good answer.
    type Reply;

    /// Returns the request.
    fn request(&self) -> Request<'_>;

    /// Returns whether the service keeps an order that the request is part of.
    fn is_ordered(&self) -> bool;

    /// Reads an answer of the class 2xx. The error says what is wrong with it.
    fn read(&self, answer: &Answer) -> Result<Self::Reply, String>;

    /// Counts a success, and completes the reply.
    fn succeed(
        &self,
        call: &Call<'_>,
        reply: Self::Reply,
        progress: &mut CallProgress,
    ) -> Self::Reply;

    /// Adds to an error what it means for the operation.
    fn fail(&self, error: Error) -> Error;

    /// Adds to the error of a panic what it means for the operation: nothing is known of the attempt.
    fn defect(&self, error: Error) -> Error;
}

/// Asks to record an event (protocol §1).
pub struct SendEvent<E> {
    /// The head of the request.
    pub head: RequestHead,
    /// The event.
    pub event: E,
}

/// Asks for the status of an event (protocol §2).
pub struct GetEvent {
    /// The head of the request.
    pub head: RequestHead,
}

impl<E: Borrow<Prepared>> Operation for SendEvent<E> {
    type Reply = Accepted;

    fn request(&self) -> Request<'_> {
        Request {
            head: &self.head,
            extra_headers: Some(self.event.borrow().headers()),
            body: Some(self.event.borrow().body()),
        }
    }

    fn is_ordered(&self) -> bool {
        self.event.borrow().order().is_some()
    }

    fn read(&self, answer: &Answer) -> Result<Accepted, String> {
        let accepted = parse_accepted(&answer.body, is_replay(answer))?;
        Ok(accepted.with_http_status(answer.status))
    }

    fn succeed(
        &self,
        call: &Call<'_>,
        mut accepted: Accepted,
        progress: &mut CallProgress,
    ) -> Accepted {
        call.stats.record();
        note_success(call, accepted.replayed);
        accepted.attempt_records = progress.take_records().into_boxed_slice();
        accepted.with_call(self.event.borrow().idempotency_key(), progress.attempts())
    }

    fn fail(&self, error: Error) -> Error {
        error.with_idempotency_key(self.event.borrow().idempotency_key())
    }

    fn defect(&self, error: Error) -> Error {
        self.event.borrow().failed(error, Outcome::MaybeSent)
    }
}

impl Operation for GetEvent {
    type Reply = EventStatus;

    fn request(&self) -> Request<'_> {
        Request {
            head: &self.head,
            extra_headers: None,
            body: None,
        }
    }

    fn is_ordered(&self) -> bool {
        false
    }

    fn read(&self, answer: &Answer) -> Result<EventStatus, String> {
        EventStatus::parse(&answer.body)
    }

    fn succeed(
        &self,
        call: &Call<'_>,
        mut status: EventStatus,
        progress: &mut CallProgress,
    ) -> EventStatus {
        note_success(call, false);
        status.attempt_records = progress.take_records().into_boxed_slice();
        status
    }

    fn fail(&self, error: Error) -> Error {
        error.with_outcome(Outcome::None)
    }

    fn defect(&self, error: Error) -> Error {
        error
    }
}

fn note_success(call: &Call<'_>, replayed: bool) {
    let count = call.stats.success(replayed);
    call.pace.succeeded(count, Instant::now);
}

fn is_replay(answer: &Answer) -> bool {
    answer
        .headers
        .get("idempotent-replay")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}
