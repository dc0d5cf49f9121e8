//! A whole call, as a state machine that never waits: turns, attempts, and the delays between them.

use std::time::Instant;

use super::attempt::{AfterAttempt, Attempt};
use super::context::Call;
use super::operation::Operation;
use super::progress::CallProgress;
use super::turns::{NoTurn, TurnWait, WaitedForTurn};
use crate::error::{Error, Result};
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::Step;

/// A call under way. The call's context is lent for each step.
pub struct CallMachine<A> {
    operation: A,
    progress: CallProgress,
    /// The error of the last attempt.
    last: Option<Error>,
    stage: Stage,
}

// A call spends its time in attempts, so a box for them would only cost.
#[expect(clippy::large_enum_variant)]
enum Stage {
    /// Waits until the client's pace lets it make a request.
    Turn(TurnWait),
    Attempt(Attempt),
    /// Waits for the next attempt.
    Delay(Instant),
}

impl<A: Operation> CallMachine<A> {
    /// Returns a call that has not begun.
    pub fn new(operation: A) -> Self {
        CallMachine {
            operation,
            progress: CallProgress::default(),
            last: None,
            stage: Stage::Turn(TurnWait::default()),
        }
    }

    /// Goes on as far as possible, as [`Machine::step`](crate::transport::state_machine::Machine::step).
    pub fn step(
        &mut self,
        call: &Call<'_>,
        mut ready: &[Readiness],
        now: Instant,
    ) -> Step<Result<A::Reply>> {
        loop {
            let after = match &mut self.stage {
                Stage::Turn(wait) => match wait.step(call, now) {
                    WaitedForTurn::Wait(until) => return Step::Wait(until),
                    WaitedForTurn::TooLate(by) => {
                        return Step::Done(Err(self.without_turn(call, NoTurn::TooLate(by))));
                    }
                    WaitedForTurn::Turn(turn) => {
                        if call.bounds.is_cancelled() {
                            let error = call.cancelled(&mut self.progress, None);
                            return Step::Done(Err(self.operation.fail(error)));
                        }
                        self.stage = Stage::Attempt(Attempt::new(turn, &mut self.progress, now));
                        continue;
                    }
                },
                Stage::Attempt(attempt) => {
                    match attempt.step(call, &self.operation, &mut self.progress, ready, now) {
                        Step::Wait(until) => return Step::Wait(until),
                        Step::Done(after) => after,
                    }
                }
                Stage::Delay(until) if now < *until => return Step::Wait(*until),
                Stage::Delay(_) => {
                    if now.saturating_duration_since(call.started) >= call.policy.max_elapsed
                        && let Some(error) = self.last.take()
                    {
                        let reason = "the time budget is used up";
                        let error = call.exhaust(&mut self.progress, error, reason);
                        return Step::Done(Err(self.operation.fail(error)));
                    }
                    self.stage = Stage::Turn(TurnWait::default());
                    continue;
                }
            };
            ready = &[];
            if let Some(result) = self.after_attempt(after) {
                return Step::Done(result);
            }
        }
    }

    /// Returns the operation of the call.
    pub fn operation(&self) -> &A {
        &self.operation
    }

    /// Returns the descriptors to wait for.
    pub fn interests(&self) -> Interests<'_> {
        match &self.stage {
            Stage::Attempt(attempt) => attempt.interests(),
            Stage::Turn(_) | Stage::Delay(_) => Interests::Connecting(&[]),
        }
    }

    /// Tells the call that its driver cannot go on waiting.
    pub fn fail(
        &mut self,
        call: &Call<'_>,
        failure: Failure,
        now: Instant,
    ) -> Step<Result<A::Reply>> {
        let Stage::Attempt(attempt) = &mut self.stage else {
            return Step::Done(Err(self.without_turn(call, NoTurn::Ended(failure))));
        };
        let after = attempt.fail(call, &self.operation, &mut self.progress, failure, now);
        match self.after_attempt(after) {
            Some(result) => Step::Done(result),
            None => self.step(call, &[], now),
        }
    }

    fn after_attempt(&mut self, after: AfterAttempt<A::Reply>) -> Option<Result<A::Reply>> {
        match after {
            AfterAttempt::Over(result) => Some(result),
            AfterAttempt::Retry(delay, error) => {
                self.last = Some(error);
                // After the attempt, which may have taken some time since the step began.
                self.stage = Stage::Delay(Instant::now() + delay);
                None
            }
        }
    }

    fn without_turn(&mut self, call: &Call<'_>, reason: NoTurn) -> Error {
        let error = call.without_turn(&mut self.progress, self.last.take(), reason);
        self.operation.fail(error)
    }
}
