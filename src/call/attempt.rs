//! One attempt of a call: an exchange, and what follows from its result.

use std::time::{Duration, Instant, SystemTime};

use super::context::Call;
use super::failed_attempt::{FailedAttempt, Fate};
use super::operation::Operation;
use super::pace::{Turn, limits_key};
use super::policy::{Decision, RetryState};
use super::progress::CallProgress;
use super::record::AttemptStart;
use crate::error::{AttemptRecord, Error, Result, Status};
use crate::sys::random;
use crate::transport::exchange::{Exchange, Task};
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::request::Request;
use crate::transport::request_id::request_id_text;
use crate::transport::state_machine::Step;
use crate::transport::{Answer, NoAnswer};

/// What follows an attempt.
#[derive(Debug)]
pub enum AfterAttempt<T> {
    /// The call is over.
    Over(Result<T>),
    /// Another attempt after this delay; the error is that of the last one.
    Retry(Duration, Error),
}

/// An attempt under way.
pub struct Attempt {
    exchange: Exchange,
    turn: Turn,
    start: AttemptStart,
}

impl Attempt {
    /// Begins an attempt at the time `now`, in a turn of the client's pace, and counts it.
    pub fn new(turn: Turn, progress: &mut CallProgress, now: Instant) -> Self {
        progress.attempts += 1;
        let start = AttemptStart {
            at: now,
            wall: SystemTime::now(),
        };
        Attempt {
            exchange: Exchange::new(!progress.distrusts_pool),
            turn,
            start,
        }
    }

    /// Goes on as far as possible.
    pub fn step<A: Operation>(
        &mut self,
        call: &Call<'_>,
        operation: &A,
        progress: &mut CallProgress,
        ready: &[Readiness],
        now: Instant,
    ) -> Step<AfterAttempt<A::Reply>> {
        match self.exchange.step(&task(call, operation), ready, now) {
            Step::Wait(until) => Step::Wait(until),
            Step::Done(answer) => Step::Done(self.end(call, operation, progress, answer, now)),
        }
    }

    /// Returns the descriptors to wait for.
    pub fn interests(&self) -> Interests<'_> {
        self.exchange.interests()
    }

    /// Ends the attempt at the time `now` for a reason that its driver has met.
    pub fn fail<A: Operation>(
        &mut self,
        call: &Call<'_>,
        operation: &A,
        progress: &mut CallProgress,
        failure: Failure,
        now: Instant,
    ) -> AfterAttempt<A::Reply> {
        let answer = self.exchange.fail(&task(call, operation), failure, now);
        self.end(call, operation, progress, answer, now)
    }

    fn end<A: Operation>(
        &self,
        call: &Call<'_>,
        operation: &A,
        progress: &mut CallProgress,
        mut answer: std::result::Result<Answer, NoAnswer>,
        now: Instant,
    ) -> AfterAttempt<A::Reply> {
        self.note(call, &operation.request(), progress, &mut answer, now);
        let failed = match self.read(call, operation, progress, answer) {
            Ok(reply) => return AfterAttempt::Over(Ok(operation.succeed(call, reply, progress))),
            Err(failed) => failed,
        };
        match self.after_failure(call, operation.is_ordered(), progress, failed) {
            Ok((delay, error)) => AfterAttempt::Retry(delay, error),
            Err(error) => AfterAttempt::Over(Err(operation.fail(error))),
        }
    }

    /// Counts the attempt, and adds its record.
    fn note(
        &self,
        call: &Call<'_>,
        request: &Request<'_>,
        progress: &mut CallProgress,
        answer: &mut std::result::Result<Answer, NoAnswer>,
        now: Instant,
    ) {
        let trace = self.exchange.trace();
        // The step may have taken some time.
        let duration = Instant::now().max(now) - self.start.at;
        call.stats.attempt(trace, duration);
        let answer = answer.as_mut().ok();
        let http_status = answer.as_ref().map(|answer| answer.status);
        let mut request_id = answer.and_then(|answer| answer.request_id.take());
        if let Some(id) = &mut request_id {
            call.http.hide_in_request_id(request, id);
        }
        progress.records.add(AttemptRecord {
            number: progress.attempts,
            http_status,
            request_id: request_id.as_deref().map(request_id_text),
            ..self.start.record(call.started, duration, trace)
        });
    }

    fn read<A: Operation>(
        &self,
        call: &Call<'_>,
        operation: &A,
        progress: &mut CallProgress,
        answer: std::result::Result<Answer, NoAnswer>,
    ) -> std::result::Result<A::Reply, FailedAttempt> {
        let answer = self.success(call, &operation.request(), progress, answer)?;
        let reason = match answer.truncated {
            true => "it is too long".to_owned(),
            false => match operation.read(&answer) {
                Ok(reply) => return Ok(reply),
                Err(reason) => reason,
            },
        };
        Err(unexpected_success(
            call,
            &operation.request(),
            answer,
            reason,
        ))
    }

    /// Returns the answer if it is a success.
    fn success(
        &self,
        call: &Call<'_>,
        request: &Request<'_>,
        progress: &mut CallProgress,
        answer: std::result::Result<Answer, NoAnswer>,
    ) -> std::result::Result<Answer, FailedAttempt> {
        let trace = self.exchange.trace();
        progress.distrusts_pool = trace.went_silent;
        if trace.request_lost {
            // The replacement's answer says nothing about the request that was lost.
            progress.history.add(Fate::Unknown);
        }
        let mut answer = answer
            .map_err(|reason| FailedAttempt::without_answer(reason, trace.request_complete))?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        call.http.hide_extra_headers(request, &mut answer.body);
        Err(FailedAttempt::refused(&answer, SystemTime::now()))
    }

    /// Returns the time until the next attempt, with the error of this one.
    ///
    /// # Errors
    /// The error of the call, if there is no other attempt.
    fn after_failure(
        &self,
        call: &Call<'_>,
        is_ordered: bool,
        progress: &mut CallProgress,
        mut failed: FailedAttempt,
    ) -> Result<(Duration, Error)> {
        failed.error = progress.note_failure(failed.error);
        progress.history.add(failed.fate);
        if limits_key(&failed.error, is_ordered) {
            let asked = failed.error.retry_after();
            let pause = asked.filter(|_| call.policy.respect_retry_after);
            let now = Instant::now();
            call.pace
                .refused(self.turn, call.stats.successes(), pause, now);
        }
        let is_refused_key = failed.error.status() == Status::Authentication;
        let failed = match is_refused_key && call.stats.successes() > 0 {
            true => failed.into_possible_outage(),
            false => failed,
        };
        let decision = RetryState::new(&call.policy, call.policy.max_elapsed).decide(
            progress.attempts - 1,
            call.started.elapsed(),
            failed.error.is_retryable() && (!is_refused_key || call.retries_refused_key),
            failed.error.retry_after(),
            random::fraction(),
        );
        match decision {
            Decision::Final => Err(call.finish(progress, failed.error)),
            Decision::Exhausted(reason) => Err(call.exhaust(progress, failed.error, reason)),
            Decision::RetryAfter(delay) => {
                call.stats.retry(failed.error.status());
                Ok((delay, failed.error))
            }
        }
    }
}

/// Makes the failure of a success whose body is not good for this reason.
fn unexpected_success(
    call: &Call<'_>,
    request: &Request<'_>,
    mut answer: Answer,
    reason: String,
) -> FailedAttempt {
    call.http.hide_extra_headers(request, &mut answer.body);
    let mut reason = reason.into_bytes();
    call.http.hide_extra_headers(request, &mut reason);
    FailedAttempt::unexpected_success(&answer, &String::from_utf8_lossy(&reason))
}

fn task<'a, A: Operation>(call: &'a Call<'_>, operation: &'a A) -> Task<'a> {
    Task {
        http: call.http,
        bounds: &call.bounds,
        request: operation.request(),
    }
}
