//! The context of a call, and the errors that calls end with.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::pace::Pace;
use super::progress::CallProgress;
use super::stats::Counters;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::prepared::Prepared;
use crate::transport::Http;
use crate::transport::bounds::Bounds;

/// Runs a send. Turns a panic in it into an error with the outcome `MaybeSent`.
pub fn guard_send<T>(event: &Prepared, send: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(send))
        .map_err(|panic| event.failed(Error::defect(&*panic), Outcome::MaybeSent))
}

/// A running call, with the parts of the client that it uses and its limits.
pub struct Call<'a> {
    pub http: &'a Http,
    pub stats: &'a Counters,
    /// The pace of all calls of the client.
    pub pace: &'a Pace,
    /// The client's policy, with the time of this call.
    pub policy: RetryPolicy,
    pub started: Instant,
    pub bounds: Bounds,
    /// Whether a 401 that is probably an outage is retried. The queue does so; for a caller who waits it is final.
    pub retries_refused_key: bool,
}

impl Call<'_> {
    /// Makes the error of a call that was cancelled, after any number of attempts.
    pub fn cancelled(&self, progress: &mut CallProgress, last: Option<Error>) -> Error {
        let error = Error::new(Status::Cancelled, "the call was cancelled");
        self.finish(
            progress,
            match last {
                Some(last) => error.with_last_error(last),
                None => error,
            },
        )
    }

    /// Makes the error of a call that may make no more attempts.
    pub(super) fn exhaust(
        &self,
        progress: &mut CallProgress,
        last: Error,
        reason: impl Display,
    ) -> Error {
        let attempts = progress.attempts;
        let message = format!("gave up after {attempts} attempts ({reason})");
        let error = Error::new(Status::RetriesExhausted, message)
            .with_retryable(true)
            .with_last_error(last);
        self.finish(progress, error)
    }

    pub(super) fn finish(&self, progress: &mut CallProgress, error: Error) -> Error {
        self.stats.failure(error.status());
        error
            .with_attempts(progress.attempts)
            .with_attempt_records(progress.take_records())
            .with_outcome(progress.history.outcome())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_that_panics_may_have_sent_its_event() {
        let event = Prepared::of_test("key", None, b"{}");
        let error = guard_send::<()>(&event, || panic!("deliberate"));
        let error = error.expect_err("the panic is an error");
        assert_eq!(error.status(), Status::Internal);
        assert_eq!(error.outcome(), Outcome::MaybeSent);
        assert_eq!(error.idempotency_key(), Some("key"));
    }
}
