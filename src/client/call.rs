//! One call: attempts, waits between them, and what they come to in the end.

use std::time::{Instant, SystemTime};

use ureq::http::Request;

use super::attempt::{Fate, FailedAttempt};
use crate::answer::{Accepted, EventStatus, parse_accepted};
use crate::error::{Error, Outcome, Result, Status};
use crate::random;
use crate::retry::{Decision, RetryPolicy, RetryState};
use crate::stats::Stats;
use crate::transport::context::Bounds;
use crate::transport::{Answer, Http};

/// A call in progress.
pub struct Call<'a> {
    pub http: &'a Http,
    pub stats: &'a Stats,
    /// The client's policy, its time being that of this call.
    pub policy: RetryPolicy,
    pub started: Instant,
    pub bounds: Bounds,
}

/// How a call ended: with its error, and with what that means for an event.
struct FailedCall {
    error: Error,
    outcome: Outcome,
}

impl Call<'_> {
    /// Sends an event.
    pub fn send(self, head: &Request<()>, body: &[u8], key: &str) -> Result<Accepted> {
        let (result, attempts) = self.run(head, Some(body), |answer| {
            parse_accepted(&answer.body, is_replay(answer))
        });
        match result {
            Ok(accepted) => {
                self.stats.success(accepted.replayed);
                Ok(accepted.with_call(key, attempts))
            }
            Err(failed) => Err(failed
                .error
                .with_outcome(failed.outcome)
                .with_idempotency_key(Some(key.to_owned()))
                .with_attempts(attempts)),
        }
    }

    /// Asks for an event's status.
    pub fn get(self, head: &Request<()>) -> Result<EventStatus> {
        let (result, attempts) = self.run(head, None, |answer| EventStatus::parse(&answer.body));
        match result {
            Ok(status) => {
                self.stats.success(false);
                Ok(status)
            }
            Err(failed) => Err(failed.error.with_attempts(attempts)),
        }
    }

    /// Makes attempts until one succeeds or none is left; tells how many there were.
    fn run<T>(
        &self,
        head: &Request<()>,
        body: Option<&[u8]>,
        parse: impl Fn(&Answer) -> std::result::Result<T, String>,
    ) -> (std::result::Result<T, FailedCall>, u32) {
        self.stats.request();
        let retry = RetryState::new(&self.policy, self.policy.max_elapsed);
        let mut history = History::default();
        let mut attempts = 0;
        let error = loop {
            if self.bounds.is_cancelled() {
                break cancelled();
            }
            attempts += 1;
            let failed = match self.attempt(head, body, &parse) {
                Ok(value) => return (Ok(value), attempts),
                Err(failed) => failed,
            };
            history.add(failed.fate);
            let decision = retry.decide(
                attempts - 1,
                self.started.elapsed(),
                failed.error.is_retryable(),
                failed.error.retry_after(),
                random::fraction(),
            );
            match decision {
                Decision::Final => break failed.error,
                Decision::Exhausted(reason) => break exhausted(failed.error, attempts, &reason),
                Decision::RetryAfter(delay) => {
                    self.stats.retry(failed.error.status());
                    if self.bounds.sleep_until(Instant::now() + delay).is_err() {
                        break cancelled().with_cause(failed.error);
                    }
                    if self.started.elapsed() >= self.policy.max_elapsed {
                        break exhausted(failed.error, attempts, &"the time for the call is over");
                    }
                }
            }
        };
        self.stats.failure(error.status());
        let outcome = history.outcome();
        (Err(FailedCall { error, outcome }), attempts)
    }

    fn attempt<T>(
        &self,
        head: &Request<()>,
        body: Option<&[u8]>,
        parse: impl Fn(&Answer) -> std::result::Result<T, String>,
    ) -> std::result::Result<T, FailedAttempt> {
        let (answer, trace) = self.http.exchange(&self.bounds, head, body);
        self.stats.attempt(&trace);
        let answer =
            answer.map_err(|reason| FailedAttempt::without_answer(reason, trace.request_complete))?;
        if !(200..300).contains(&answer.status) {
            return Err(FailedAttempt::refused(&answer, SystemTime::now()));
        }
        if answer.truncated {
            return Err(FailedAttempt::unexpected_success(&answer, "it is too long"));
        }
        parse(&answer).map_err(|reason| FailedAttempt::unexpected_success(&answer, &reason))
    }
}

/// What the attempts of a call together say of the event.
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

fn cancelled() -> Error {
    Error::new(Status::Cancelled, "the call was cancelled")
}

fn exhausted(last: Error, attempts: u32, reason: &dyn std::fmt::Display) -> Error {
    let message = format!("gave up after {attempts} attempts ({reason}); the last error: {last}");
    Error::new(Status::RetriesExhausted, message)
        .with_retryable(true)
        .with_cause(last)
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
        assert_eq!(outcome(&[Fate::Unknown, Fate::Rejected]), Outcome::MaybeSent);
        assert_eq!(outcome(&[Fate::Rejected, Fate::Unknown]), Outcome::MaybeSent);
        assert_eq!(outcome(&[Fate::Unknown, Fate::Excluded]), Outcome::Rejected);
    }
}
