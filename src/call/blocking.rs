//! Calls that wait in their caller's thread.

use std::time::Instant;

use super::asks::Ask;
use super::attempting::{AfterAttempt, Attempt};
use super::machine::CallMachine;
use super::pace::Turn;
use super::progress::CallProgress;
use super::retrying::Call;
use crate::error::Result;
use crate::transport::blocking;
use crate::transport::failure::Failure;
use crate::transport::machine::{Machine, Step};
use crate::transport::readiness::{Interests, Readiness};

/// Makes a call, and waits until it is over.
pub fn run<A: Ask>(call: &Call<'_>, ask: A) -> Result<A::Reply> {
    let machine = CallMachine::new(call, ask);
    blocking::run(&call.bounds, &mut WholeCall { call, machine })
}

/// Makes one attempt in a turn of the client's pace, and waits until it is over.
pub fn attempt<A: Ask>(
    call: &Call<'_>,
    ask: &A,
    progress: &mut CallProgress,
    turn: Turn,
) -> AfterAttempt<A::Reply> {
    if call.bounds.is_cancelled() {
        let error = call.cancelled(progress, None);
        return AfterAttempt::Over(Err(ask.fail(error)));
    }
    let attempt = Attempt::new(turn, progress);
    blocking::run(
        &call.bounds,
        &mut OneAttempt {
            call,
            ask,
            progress,
            attempt,
        },
    )
}

struct WholeCall<'a, A> {
    call: &'a Call<'a>,
    machine: CallMachine<A>,
}

impl<A: Ask> Machine for WholeCall<'_, A> {
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
    ask: &'a A,
    progress: &'a mut CallProgress,
    attempt: Attempt,
}

impl<A: Ask> Machine for OneAttempt<'_, A> {
    type Output = AfterAttempt<A::Reply>;

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<Self::Output> {
        self.attempt
            .step(self.call, self.ask, self.progress, ready, now)
    }

    fn interests(&self) -> Interests<'_> {
        self.attempt.interests()
    }

    fn fail(&mut self, failure: Failure, _: Instant) -> Step<Self::Output> {
        Step::Done(
            self.attempt
                .fail(self.call, self.ask, self.progress, failure),
        )
    }
}
