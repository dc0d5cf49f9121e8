//! Calls that wait in their caller's thread.

use std::time::Instant;

use super::context::Call;
use super::operation::Operation;
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
