//! What became of a submitted event.

use std::time::Duration;

use crate::error::{Error, Outcome, Status};
use crate::protocol::answer::Accepted;

/// The end of one submitted event's story.
#[derive(Debug)]
pub struct Completion {
    /// What the submitter gave to recognise it by.
    pub tag: u64,
    /// What the submit returned.
    pub token: u64,
    /// From the submit to the first attempt, or to the end where there was none.
    pub queued: Duration,
    /// From the submit to the end.
    pub total: Duration,
    /// The service's promise, or why there is none.
    pub result: Result<Accepted, Error>,
}

impl Completion {
    /// What happened.
    pub fn status(&self) -> Status {
        match &self.result {
            Ok(_) => Status::Ok,
            Err(error) => error.status(),
        }
    }

    /// What is known about the event.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            Ok(_) => Outcome::Delivered,
            Err(error) => error.outcome(),
        }
    }

    /// The HTTP status of the last answer, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        match &self.result {
            Ok(accepted) => Some(accepted.http_status),
            Err(error) => error.http_status(),
        }
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        match &self.result {
            Ok(accepted) => accepted.attempts,
            Err(error) => error.attempts(),
        }
    }
}
