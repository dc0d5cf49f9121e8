//! A sender: a job of the reactor that sends one event after the other, each in one attempt.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::attempts::SendEvents;
use super::shared::{PURPOSE, SharedQueue};
use super::submitted::{Finding, NextAttempt, Report, Verdict};
use crate::call::attempt::{AfterAttempt, Attempt};
use crate::call::context::Call;
use crate::call::operation::SendEvent;
use crate::call::progress::CallProgress;
use crate::error::{Error, Outcome, Result};
use crate::panic_injection::{Site, pass};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::reactor::JobHandle;
use crate::sys::random;
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::{Machine, Step};

/// The most events in one step whose attempts end without a wait. After them, the other jobs have their turn.
const AT_ONCE: u32 = 8;

/// Sends the events of the queue until none is left for it.
pub struct Sender {
    shared: Arc<SharedQueue>,
    client: Arc<dyn SendEvents>,
    job: JobHandle,
    /// The event in flight, for the case of a panic.
    token: Option<u64>,
    stage: Stage,
    is_over: bool,
}

// A sender spends its time in attempts, so a box for them would only cost.
#[expect(clippy::large_enum_variant)]
enum Stage {
    /// The attempt has not begun.
    Taken(NextAttempt),
    Attempt(Work),
    /// The attempt is over.
    Settling,
}

/// An attempt under way, and its event.
struct Work {
    operation: SendEvent<Arc<Prepared>>,
    progress: CallProgress,
    attempt: Attempt,
    submitted: Instant,
    deadline: Instant,
}

impl Sender {
    /// Makes a sender for its first event, which was taken for `job`. It counts among the senders already.
    pub fn new(
        shared: Arc<SharedQueue>,
        client: Arc<dyn SendEvents>,
        job: JobHandle,
        first: NextAttempt,
    ) -> Self {
        Sender {
            shared,
            client,
            job,
            token: Some(first.token),
            stage: Stage::Taken(first),
            is_over: false,
        }
    }

    /// Starts the job. A sender that does not start is dropped, and completes its event.
    pub fn start(self) {
        let job = self.job.clone();
        let _ = job.start(PURPOSE, Box::new(self));
    }

    /// Goes on with the event in flight as `attempt` says, and then with others. A panic costs the answer of the event
    /// in flight, and no other.
    fn go_on(&mut self, attempt: impl FnOnce(&mut Self) -> Step<Report>) -> Step<()> {
        let run = AssertUnwindSafe(|| self.run(attempt));
        catch_unwind(run).unwrap_or_else(|panic| {
            self.end_by_panic(&*panic);
            Step::Done(())
        })
    }

    fn run(&mut self, attempt: impl FnOnce(&mut Self) -> Step<Report>) -> Step<()> {
        let mut step = attempt(self);
        let mut sent = 0;
        loop {
            let report = match step {
                Step::Wait(until) => return Step::Wait(until),
                Step::Done(report) => report,
            };
            pass(Site::Sender);
            self.settle(report);
            if self.is_over {
                return Step::Done(());
            }
            sent += 1;
            let now = Instant::now();
            if sent == AT_ONCE {
                return Step::Wait(now);
            }
            step = self.advance(&[], now);
        }
    }

    /// Begins the attempt at the event in flight, or goes on with it.
    fn advance(&mut self, ready: &[Readiness], now: Instant) -> Step<Report> {
        if let Stage::Taken(_) = self.stage
            && let Err(error) = self.begin(now)
        {
            return Step::Done(report(
                CallProgress::default(),
                Verdict::Over(Err(error)),
                0,
            ));
        }
        self.in_attempt(|work, call| {
            work.attempt
                .step(call, &work.operation, &mut work.progress, ready, now)
        })
    }

    fn begin(&mut self, now: Instant) -> Result<()> {
        let Stage::Taken(next) = mem::replace(&mut self.stage, Stage::Settling) else {
            return Ok(());
        };
        let operation = self.client.operation(next.event)?;
        let mut progress = next.progress.map(|tried| *tried).unwrap_or_default();
        if progress.attempts() == 0 {
            let call = self.client.call(next.submitted, next.deadline);
            call.stats.request();
        }
        self.stage = Stage::Attempt(Work {
            operation,
            attempt: Attempt::new(next.turn, &mut progress, now),
            progress,
            submitted: next.submitted,
            deadline: next.deadline,
        });
        Ok(())
    }

    /// Ends the attempt at the time `now` for a reason that the reactor has met.
    fn abort(&mut self, failure: Failure, now: Instant) -> Step<Report> {
        if let Stage::Taken(next) = &mut self.stage {
            let call = self.client.call(next.submitted, next.deadline);
            let cancelled = call.cancelled(&mut next.progress.take().unwrap_or_default(), None);
            let error = cancelled.with_idempotency_key(next.event.idempotency_key());
            return Step::Done(report(
                CallProgress::default(),
                Verdict::Over(Err(error)),
                0,
            ));
        }
        self.in_attempt(|work, call| {
            let Work {
                attempt,
                operation,
                progress,
                ..
            } = work;
            Step::Done(attempt.fail(call, operation, progress, failure, now))
        })
    }

    fn in_attempt(
        &mut self,
        go_on: impl FnOnce(&mut Work, &Call<'_>) -> Step<AfterAttempt<Accepted>>,
    ) -> Step<Report> {
        let Stage::Attempt(work) = &mut self.stage else {
            unreachable!("a sender that is not over has an event in flight");
        };
        let call = self.client.call(work.submitted, work.deadline);
        let after = match go_on(work, &call) {
            Step::Wait(until) => return Step::Wait(until),
            Step::Done(after) => after,
        };
        let verdict = match after {
            AfterAttempt::Over(result) => Verdict::Over(result),
            AfterAttempt::Retry(delay, error) => Verdict::Again(Instant::now() + delay, error),
        };
        let progress = mem::take(&mut work.progress);
        Step::Done(report(progress, verdict, call.stats.recorded()))
    }

    /// Enters the result of the attempt into the queue, and takes the next event.
    fn settle(&mut self, report: Report) {
        let mut locked = self.shared.lock();
        let now = Instant::now();
        let Some(token) = self.token.take() else {
            return;
        };
        let settled = locked.queue.settle(token, report, now);
        // The job is cancelled only under the lock. So the next event begins with a job that is not cancelled.
        self.job.withdraw_cancel();
        match locked.queue.take(now, &self.job) {
            Some(next) => {
                self.token = Some(next.token);
                self.stage = Stage::Taken(next);
            }
            None => {
                self.stage = Stage::Settling;
                self.is_over = true;
                self.shared.end_sender(&mut locked);
            }
        }
        // The reactor's thread runs, so the dispatcher starts without fail.
        let _ = self
            .shared
            .call_dispatcher(&mut locked, now, || self.client.clone());
        self.shared.release_soon(locked);
        // Without the lock: freeing an event takes longer than other threads should wait for it.
        drop(settled);
    }

    fn end_by_panic(&mut self, panic: &(dyn Any + Send)) {
        if mem::replace(&mut self.is_over, true) {
            return;
        }
        let mut locked = self.shared.lock();
        let now = Instant::now();
        if let Some(token) = self.token.take() {
            let defect = Error::defect(panic).with_outcome(Outcome::MaybeSent);
            let report = report(CallProgress::default(), Verdict::Over(Err(defect)), 0);
            locked.queue.settle(token, report, now);
        }
        self.shared.end_sender(&mut locked);
        let _ = self
            .shared
            .call_dispatcher(&mut locked, now, || self.client.clone());
        self.shared.release(locked);
    }
}

fn report(progress: CallProgress, verdict: Verdict, recorded: u64) -> Report {
    let random = match verdict.finding() {
        Finding::Failed { .. } => random::fraction(),
        _ => 0.0,
    };
    Report {
        progress,
        verdict,
        recorded,
        random,
    }
}

impl Machine for Sender {
    type Output = ();

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<()> {
        self.go_on(|sender| sender.advance(ready, now))
    }

    fn interests(&self) -> Interests<'_> {
        match &self.stage {
            Stage::Attempt(work) => work.attempt.interests(),
            Stage::Taken(_) | Stage::Settling => Interests::Connecting(&[]),
        }
    }

    fn fail(&mut self, failure: Failure, now: Instant) -> Step<()> {
        self.go_on(|sender| sender.abort(failure, now))
    }
}

impl Drop for Sender {
    /// A sender that is dropped before its end was dropped by a panic, or its job could not be started.
    fn drop(&mut self) {
        self.end_by_panic(&"the sending was dropped before its end");
    }
}
