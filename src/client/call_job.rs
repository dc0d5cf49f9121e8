//! A background call, as a job of the reactor.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::running::{BackgroundResult, RunningCall};
use super::shared::Shared;
use crate::call::context::Call;
use crate::call::operation::Operation;
use crate::call::state_machine::CallMachine;
use crate::error::{Error, Result};
use crate::transport::bounds::Bounds;
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::{Machine, Step};

/// A call that owns what it needs.
pub struct CallJob<A: Operation> {
    shared: Arc<Shared>,
    machine: CallMachine<A>,
    is_counted: bool,
    started: Instant,
    bounds: Bounds,
    running: Arc<RunningCall>,
    wrap: fn(Result<A::Reply>) -> BackgroundResult,
}

impl<A: Operation> CallJob<A> {
    /// Makes a call that begins at `started`.
    pub fn new(
        shared: Arc<Shared>,
        operation: A,
        started: Instant,
        bounds: Bounds,
        running: Arc<RunningCall>,
        wrap: fn(Result<A::Reply>) -> BackgroundResult,
    ) -> Self {
        CallJob {
            shared,
            machine: CallMachine::new(operation),
            is_counted: false,
            started,
            bounds,
            running,
            wrap,
        }
    }

    /// Goes on with the call. A panic is the end of it.
    fn go_on(
        &mut self,
        body: impl FnOnce(&mut CallMachine<A>, &Call<'_>) -> Step<Result<A::Reply>>,
    ) -> Step<()> {
        let call = self.shared.call(self.started, self.bounds.clone());
        if !mem::replace(&mut self.is_counted, true) {
            call.stats.request();
        }
        let machine = &mut self.machine;
        let step = catch_unwind(AssertUnwindSafe(|| body(machine, &call)));
        let result = match step {
            Ok(Step::Wait(until)) => return Step::Wait(until),
            Ok(Step::Done(result)) => result,
            Err(panic) => Err(self.defect(&*panic)),
        };
        self.running.finish(Ok((self.wrap)(result)));
        Step::Done(())
    }

    fn defect(&self, panic: &(dyn Any + Send)) -> Error {
        self.machine.operation().defect(Error::defect(panic))
    }
}

impl<A: Operation> Machine for CallJob<A> {
    type Output = ();

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<()> {
        self.go_on(|machine, call| machine.step(call, ready, now))
    }

    fn interests(&self) -> Interests<'_> {
        self.machine.interests()
    }

    fn fail(&mut self, failure: Failure, now: Instant) -> Step<()> {
        self.go_on(|machine, call| machine.fail(call, failure, now))
    }
}

impl<A: Operation> Drop for CallJob<A> {
    /// A job that is dropped before its end was dropped by a panic.
    fn drop(&mut self) {
        if !self.running.is_over() {
            let error = self.defect(&"the call was dropped before its end");
            self.running.finish(Ok((self.wrap)(Err(error))));
        }
    }
}
