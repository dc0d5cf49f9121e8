//! The state of a call between its attempts.

use std::mem;

use super::failed_attempt::Fate;
use crate::error::{AttemptRecords, Error, Outcome};

/// The attempts of a call so far.
#[derive(Debug, Default)]
pub struct CallProgress {
    pub(super) attempts: u32,
    pub(super) history: History,
    pub(super) records: AttemptRecords,
    /// Whether the last attempt ran on a pooled connection that has gone silent.
    pub(super) distrusts_pool: bool,
}

impl CallProgress {
    /// Returns how many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Notes the error of the last attempt in its record, and the request id of the record in the error.
    pub(super) fn note_failure(&mut self, error: Error) -> Error {
        self.records.fail(error.status(), error.message());
        error.with_request_id(self.records.last_request_id().map(Into::into))
    }

    /// Takes the records of the attempts, for the result of the call.
    pub fn take_records(&mut self) -> AttemptRecords {
        mem::take(&mut self.records)
    }

    /// Returns what the attempts together say about the event.
    pub fn outcome(&self) -> Outcome {
        self.history.outcome()
    }
}

/// What the attempts of a call together say about the event.
#[derive(Debug, Default)]
pub(super) struct History {
    rejected: bool,
    unknown: bool,
}

impl History {
    pub(super) fn add(&mut self, fate: Fate) {
        match fate {
            Fate::NotSent => {}
            Fate::Rejected => self.rejected = true,
            Fate::Unknown => self.unknown = true,
            Fate::Excluded => {
                self.rejected = true;
                self.unknown = false;
            }
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self {
            History { unknown: true, .. } => Outcome::MaybeSent,
            History { rejected: true, .. } => Outcome::Rejected,
            _ => Outcome::NotSent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(fates: &[Fate]) -> Outcome {
        let mut history = History::default();
        for fate in fates {
            history.add(*fate);
        }
        history.outcome()
    }

    #[test]
    fn one_unknown_attempt_makes_the_call_unknown() {
        assert_eq!(outcome(&[]), Outcome::NotSent);
        assert_eq!(outcome(&[Fate::NotSent, Fate::NotSent]), Outcome::NotSent);
        assert_eq!(outcome(&[Fate::NotSent, Fate::Rejected]), Outcome::Rejected);
        assert_eq!(outcome(&[Fate::Rejected, Fate::NotSent]), Outcome::Rejected);
        assert_eq!(
            outcome(&[Fate::Unknown, Fate::Rejected]),
            Outcome::MaybeSent
        );
        assert_eq!(
            outcome(&[Fate::Rejected, Fate::Unknown]),
            Outcome::MaybeSent
        );
        assert_eq!(outcome(&[Fate::Unknown, Fate::Excluded]), Outcome::Rejected);
    }
}
