//! The completion of a submitted event.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Outcome, Status};
use crate::protocol::answer::Accepted;

/// The final result of one submitted event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Completion {
    /// The number from the submit's options.
    pub tag: u64,
    /// The token that the submit returned.
    pub token: u64,
    /// The event's topic.
    pub topic: String,
    /// The event's ordering key, if it has one.
    pub ordering_key: Option<Arc<str>>,
    /// The time from the submit to the first attempt, or to the end if there was no attempt.
    pub queued: Duration,
    /// The time from the submit to the end.
    pub total: Duration,
    /// The service's acceptance, or the error.
    pub result: Result<Accepted, Error>,
}

impl Completion {
    /// Returns the kind of error, or `Ok`.
    pub fn status(&self) -> Status {
        match &self.result {
            Ok(_) => Status::Ok,
            Err(error) => error.status(),
        }
    }

    /// Returns what is known about the event.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            Ok(_) => Outcome::Delivered,
            Err(error) => error.outcome(),
        }
    }

    /// Returns the HTTP status of the last answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        match &self.result {
            Ok(accepted) => Some(accepted.http_status),
            Err(error) => error.http_status(),
        }
    }

    /// Returns the event's idempotency key.
    pub fn idempotency_key(&self) -> &str {
        match &self.result {
            Ok(accepted) => &accepted.idempotency_key,
            Err(error) => error.idempotency_key().unwrap_or_default(),
        }
    }

    /// Returns how many attempts were made.
    pub fn attempts(&self) -> u32 {
        match &self.result {
            Ok(accepted) => accepted.attempts,
            Err(error) => error.attempts(),
        }
    }
}
