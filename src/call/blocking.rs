//! Calls that wait in their caller's thread.

use std::time::Instant;

use super::attempt::{AfterAttempt, Attempt};
use super::context::Call;
use super::operation::Operation;
use super::pace::Turn;
use super::progress::CallProgress;
use super::state_machine::CallMachine;
use crate::error::Result;
use crate::transport::blocking;
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::{Machine, Step};

/// Makes a call, and waits until it is over.
pub fn run<A: Operation>(call: &Call<'_>, operation: A) -> Result<A::Reply> {
    call.stats.request();
    let machine = CallMachine::new(operation);
    blocking::run(&call.bounds, &mut WholeCall { call, machine })
}

/// Makes one attempt in a turn of the client's pace, and waits until it is over.
pub fn attempt<A: Operation>(
    call: &Call<'_>,
    operation: &A,
    progress: &mut CallProgress,
    turn: Turn,
) -> AfterAttempt<A::Reply> {
    if call.bounds.is_cancelled() {
        let error = call.cancelled(progress, None);
        return AfterAttempt::Over(Err(operation.fail(error)));
    }
    let attempt = Attempt::new(turn, progress);
    blocking::run(
        &call.bounds,
        &mut OneAttempt {
            call,
            operation,
            progress,
            attempt,
        },
    )
}

struct WholeCall<'a, A> {
    call: &'a Call<'a>,
    machine: CallMachine<A>,
}

impl<A: Operation> Machine for WholeCall<'_, A> {
    type Output = Result<A::Reply>;

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<Self::Output> {
        self.machine.step(self.call, ready, now)
    }

    fn interests(&self) -> Interests<'_> {
        self.machine.interests()
    }

    fn fail(&mut self, failure: Failure, now: Instant) -> Step<Self::Output> {
        self.machine.fail(self.call, failure, now)
    }
}

struct OneAttempt<'a, A> {
    call: &'a Call<'a>,
    operation: &'a A,
    progress: &'a mut CallProgress,
    attempt: Attempt,
}

impl<A: Operation> Machine for OneAttempt<'_, A> {
    type Output = AfterAttempt<A::Reply>;

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<Self::Output> {
        self.attempt
            .step(self.call, self.operation, self.progress, ready, now)
    }

    fn interests(&self) -> Interests<'_> {
        self.attempt.interests()
    }

    fn fail(&mut self, failure: Failure, _: Instant) -> Step<Self::Output> {
        Step::Done(
            self.attempt
                .fail(self.call, self.operation, self.progress, failure),
        )
    }
}
