//! One call: its attempts, the waits between them, and its final result.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use super::attempt::{FailedAttempt, Fate};
use crate::call::pace::{Pace, Turn, limits_key};
use crate::call::policy::{Decision, RetryState};
use crate::call::stats::Stats;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::answer::{Accepted, EventStatus, parse_accepted};
use crate::protocol::prepared::Prepared;
use crate::sys::random;
use crate::transport::bounds::Bounds;
use crate::transport::request::{Request, RequestHead};
use crate::transport::{Answer, Http};

/// Runs a send. Turns a panic in it into an error with the outcome `MaybeSent`.
pub fn guard_send<T>(event: &Prepared, send: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(send))
        .map_err(|panic| event.failed(Error::defect(&*panic), Outcome::MaybeSent))
}

/// A running call, with the parts of the client that it uses and its limits.
pub struct Call<'a> {
    pub http: &'a Http,
    pub stats: &'a Stats,
    /// The pace of all calls of the client.
    pub pace: &'a Pace,
    /// The client's policy, with the time of this call.
    pub policy: RetryPolicy,
    pub started: Instant,
    pub bounds: Bounds,
    /// Whether a 401 that is probably an outage is retried. The queue does so; for a caller who waits it is final.
    pub retries_refused_key: bool,
}

/// The state of a call between its attempts.
#[derive(Debug, Default)]
pub struct CallProgress {
    attempts: u32,
    history: History,
    /// Whether the last attempt ran on a pooled connection that has gone silent.
    distrusts_pool: bool,
}

impl CallProgress {
    /// Returns how many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns what the attempts together say about the event.
    pub fn outcome(&self) -> Outcome {
        self.history.outcome()
    }
}

/// The result of an attempt.
pub enum Step<T> {
    /// The call is over.
    Done(Result<T>),
    /// Another attempt follows after this delay; the error is that of the last one.
    Retry(Duration, Error),
}

impl Call<'_> {
    /// Sends an event.
    pub fn send(&self, head: &RequestHead, event: &Prepared) -> Result<Accepted> {
        self.run(|progress, turn| self.send_once(progress, turn, head, event))
            .map_err(|error| error.with_idempotency_key(event.idempotency_key()))
    }

    /// Makes one attempt to send an event, in a turn of the client's pace.
    pub fn send_once(
        &self,
        progress: &mut CallProgress,
        turn: Turn,
        head: &RequestHead,
        event: &Prepared,
    ) -> Step<Accepted> {
        let parse = |answer: &Answer| {
            let accepted = parse_accepted(&answer.body, is_replay(answer))?;
            Ok(accepted.with_http_status(answer.status))
        };
        match self.attempt(progress, turn, head, Some(event), parse) {
            Step::Done(Ok(accepted)) => {
                self.stats.record();
                self.note_success(accepted.replayed);
                Step::Done(Ok(
                    accepted.with_call(event.idempotency_key(), progress.attempts)
                ))
            }
            Step::Done(Err(error)) => {
                Step::Done(Err(event.failed(error, progress.history.outcome())))
            }
            retry @ Step::Retry(..) => retry,
        }
    }

    /// Asks for an event's status.
    pub fn get(&self, head: &RequestHead) -> Result<EventStatus> {
        let parse = |answer: &Answer| EventStatus::parse(&answer.body);
        let status = self
            .run(|progress, turn| self.attempt(progress, turn, head, None, parse))
            .map_err(|error| error.with_outcome(Outcome::None))?;
        self.note_success(false);
        Ok(status)
    }

    fn note_success(&self, replayed: bool) {
        let count = self.stats.success(replayed);
        self.pace.succeeded(count, Instant::now);
    }

    /// Makes attempts until one ends the call. Waits between them and for the client's pace.
    fn run<T>(&self, attempt: impl Fn(&mut CallProgress, Turn) -> Step<T>) -> Result<T> {
        self.stats.request();
        let mut progress = CallProgress::default();
        let mut last = None;
        loop {
            let turn = match self.wait_for_turn() {
                Ok(turn) => turn,
                Err(reason) => return Err(self.without_turn(&progress, last, reason)),
            };
            match attempt(&mut progress, turn) {
                Step::Done(result) => return result,
                Step::Retry(delay, error) => {
                    if let Err(failure) = self.bounds.sleep_until(Instant::now() + delay) {
                        return Err(self.without_turn(&progress, Some(error), failure.into()));
                    }
                    if self.started.elapsed() >= self.policy.max_elapsed {
                        return Err(self.exhaust(&progress, error, "the time for it is over"));
                    }
                    last = Some(error);
                }
            }
        }
    }

    fn attempt<T>(
        &self,
        progress: &mut CallProgress,
        turn: Turn,
        head: &RequestHead,
        event: Option<&Prepared>,
        parse: impl Fn(&Answer) -> std::result::Result<T, String>,
    ) -> Step<T> {
        if self.bounds.is_cancelled() {
            return Step::Done(Err(self.cancelled(progress, None)));
        }
        progress.attempts += 1;
        let failed = match self.exchange(progress, head, event.map(Prepared::body), parse) {
            Ok(value) => return Step::Done(Ok(value)),
            Err(failed) => failed,
        };
        progress.history.add(failed.fate);
        let is_ordered = event.is_some_and(|event| event.order().is_some());
        if limits_key(&failed.error, is_ordered) {
            let asked = failed.error.retry_after();
            let pause = asked.filter(|_| self.policy.respect_retry_after);
            let now = Instant::now();
            self.pace.refused(turn, self.stats.successes(), pause, now);
        }
        let is_refused_key = failed.error.status() == Status::Authentication;
        let failed = match is_refused_key && self.stats.successes() > 0 {
            true => failed.into_possible_outage(),
            false => failed,
        };
        let decision = RetryState::new(&self.policy, self.policy.max_elapsed).decide(
            progress.attempts - 1,
            self.started.elapsed(),
            failed.error.is_retryable() && (!is_refused_key || self.retries_refused_key),
            failed.error.retry_after(),
            random::fraction(),
        );
        match decision {
            Decision::Final => Step::Done(Err(self.finish(progress, failed.error))),
            Decision::Exhausted(reason) => {
                Step::Done(Err(self.exhaust(progress, failed.error, reason)))
            }
            Decision::RetryAfter(delay) => {
                self.stats.retry(failed.error.status());
                Step::Retry(delay, failed.error)
            }
        }
    }

    fn exchange<T>(
        &self,
        progress: &mut CallProgress,
        head: &RequestHead,
        body: Option<&[u8]>,
        parse: impl Fn(&Answer) -> std::result::Result<T, String>,
    ) -> std::result::Result<T, FailedAttempt> {
        let reuse = !progress.distrusts_pool;
        let (answer, trace) = self
            .http
            .exchange(&self.bounds, Request { head, body }, reuse);
        progress.distrusts_pool = trace.went_silent;
        self.stats.attempt(&trace);
        if trace.request_lost {
            // The answer belongs to the replacement and says nothing about this request.
            progress.history.add(Fate::Unknown);
        }
        let answer = answer
            .map_err(|reason| FailedAttempt::without_answer(reason, trace.request_complete))?;
        if !(200..300).contains(&answer.status) {
            return Err(FailedAttempt::refused(&answer, SystemTime::now()));
        }
        if answer.truncated {
            return Err(FailedAttempt::unexpected_success(&answer, "it is too long"));
        }
        parse(&answer).map_err(|reason| FailedAttempt::unexpected_success(&answer, &reason))
    }

    /// Makes the error of a call that was cancelled, after any number of attempts.
    pub(super) fn cancelled(&self, progress: &CallProgress, last: Option<Error>) -> Error {
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
        progress: &CallProgress,
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

    pub(super) fn finish(&self, progress: &CallProgress, error: Error) -> Error {
        self.stats.failure(error.status());
        error
            .with_attempts(progress.attempts)
            .with_outcome(progress.history.outcome())
    }
}

/// The possible effects of a call's attempts on its event, taken together.
#[derive(Debug, Default)]
struct History {
    rejected: bool,
    unknown: bool,
}

impl History {
    fn add(&mut self, fate: Fate) {
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

    fn outcome(&self) -> Outcome {
        match self {
            History { unknown: true, .. } => Outcome::MaybeSent,
            History { rejected: true, .. } => Outcome::Rejected,
            _ => Outcome::NotSent,
        }
    }
}

fn is_replay(answer: &Answer) -> bool {
    answer
        .headers
        .get("idempotent-replay")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
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

    fn outcome(fates: &[Fate]) -> Outcome {
        let mut history = History::default();
        for fate in fates {
            history.add(*fate);
        }
        history.outcome()
    }

    #[test]
    fn the_outcome_is_that_of_the_least_certain_attempt() {
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
