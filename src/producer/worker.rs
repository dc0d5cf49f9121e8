//! The threads that send what was submitted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::attempts::{Attempted, MakeAttempt};
use super::deadlines;
use super::queue::Lifecycle;
use super::shared::{Guard, Locked, SharedQueue};
use super::submitted::{Finding, NextAttempt, Report, Verdict};
use crate::call::retrying::{CallProgress, Step, guard_send};
use crate::error::{Error, Outcome};
use crate::panic_injection::{Site, pass};
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;
use crate::sys::random;
use crate::sys::shortage::Shortage;
use crate::sys::signals::spawn_masked;

/// A worker that has had nothing to do for so long ends; the next submit starts another.
const IDLE: Duration = Duration::from_secs(10);

/// The token of the event that a worker is sending, for the case that it panics.
type CurrentToken = Cell<Option<u64>>;

/// Starts a worker.
pub fn start(
    shared: &Arc<SharedQueue>,
    locked: &mut Locked,
    attempts: Arc<dyn MakeAttempt>,
) -> Result<(), Shortage> {
    locked.handles.retain(|handle| !handle.is_finished());
    let cancel = Cancel::new()
        .map_err(|error| Shortage::descriptor("for a thread that sends events", error))?;
    let shared = shared.clone();
    let handle = spawn_masked("hookrail-send", move || {
        let mut locked = work(&shared, &attempts, &cancel);
        locked.workers -= 1;
        // Somebody may wait for the last one to leave.
        locked.wake_idle_waiters();
        shared.release(locked);
    })
    .map_err(|error| Shortage::thread("to send events", error))?;
    locked.workers += 1;
    locked.handles.push(handle);
    Ok(())
}

/// Works until there is nothing left to do. Returns with the lock, so that a submit cannot count on a
/// worker that is leaving. A panic costs the event that is being sent its answer, and no other.
fn work<'a>(
    shared: &'a Arc<SharedQueue>,
    attempts: &Arc<dyn MakeAttempt>,
    cancel: &Cancel,
) -> Guard<'a> {
    let under_way = CurrentToken::default();
    loop {
        let run = AssertUnwindSafe(|| run(shared, attempts, cancel, &under_way));
        let panic = match catch_unwind(run) {
            Ok(locked) => return locked,
            Err(panic) => panic,
        };
        let mut locked = shared.lock();
        let Some(token) = under_way.take() else {
            return locked;
        };
        let defect = Error::defect(&*panic).with_outcome(Outcome::MaybeSent);
        let report = Report {
            progress: CallProgress::default(),
            verdict: Verdict::Over(Err(defect)),
            recorded: 0,
            random: 0.0,
        };
        settle(&mut locked, token, report, cancel, Instant::now());
        shared.release(locked);
    }
}

fn run<'a>(
    shared: &'a Arc<SharedQueue>,
    attempts: &Arc<dyn MakeAttempt>,
    cancel: &Cancel,
    under_way: &CurrentToken,
) -> Guard<'a> {
    let mut locked = shared.lock();
    let mut now = Instant::now();
    let mut settled = None;
    loop {
        let job = match locked.queue.lifecycle {
            Lifecycle::Closed => return locked,
            _ => locked.queue.take(now, cancel),
        };
        let Some(job) = job else {
            if let Some(event) = settled.take() {
                // Not under the lock, before a wait that may be long.
                shared.release(locked);
                drop(event);
                locked = shared.lock();
                now = Instant::now();
                continue;
            }
            shared.after_change(&mut locked);
            let unemployed;
            (locked, unemployed) = wait(shared, locked, now);
            if unemployed {
                return locked;
            }
            now = Instant::now();
            continue;
        };
        // Whoever is woken does the same: so many wake up as there is work for.
        let more_to_do = locked.queue.wants_another_worker(now);
        let call_another = locked.idle_workers.must_be_called(more_to_do);
        // Submits start workers for what is new. What is to be sent again must not wait for the end of an
        // attempt that hangs, either; without a thread to be had, it does.
        if more_to_do && locked.idle_workers.asleep() == 0 && locked.workers < shared.max_workers {
            let _ = start(shared, &mut locked, attempts.clone());
        }
        deadlines::start_if_needed(shared, &mut locked);
        shared.release(locked);
        if call_another {
            shared.work.notify_one();
        }
        drop(settled.take());
        let token = job.token;
        under_way.set(Some(token));
        let report = attempt(attempts.as_ref(), job, cancel);
        pass(Site::Worker);
        locked = shared.lock();
        under_way.set(None);
        now = Instant::now();
        settled = settle(&mut locked, token, report, cancel, now);
    }
}

/// Enters into the locked what an attempt came to. Returns an event that is over: to free it takes longer
/// than others should wait for the lock.
fn settle(
    locked: &mut Guard<'_>,
    token: u64,
    report: Report,
    cancel: &Cancel,
    now: Instant,
) -> Option<Arc<Prepared>> {
    let settled = locked.queue.settle(token, report, now);
    // Under the lock, under which it is fired: the next event starts with a fresh token.
    cancel.reset();
    settled
}

/// Waits for work; tells whether there was none for so long that the thread should end.
///
/// The one wait that is no `poll`: nothing but a submit, the clock or the end of the client can end
/// it, and no signal is delivered to this thread.
fn wait<'a>(shared: &'a SharedQueue, mut locked: Guard<'a>, now: Instant) -> (Guard<'a>, bool) {
    let wake_at = locked.queue.wake_at(now);
    let time = wake_at.map_or(IDLE, |at| at.saturating_duration_since(now));
    locked.idle_workers.sleep();
    let (mut locked, timeout) = shared
        .work
        .wait_timeout(locked, time)
        .unwrap_or_else(PoisonError::into_inner);
    locked.idle_workers.wake(true);
    let unemployed = timeout.timed_out()
        && wake_at.is_none()
        && locked.queue.wake_at(Instant::now()).is_none()
        && locked.queue.ready() == 0;
    (locked, unemployed)
}

fn attempt(attempts: &dyn MakeAttempt, mut next: NextAttempt, cancel: &Cancel) -> Report {
    let event = next.event.clone();
    let attempted = guard_send(&event, || attempts.make_attempt(&mut next, cancel));
    let attempted = attempted.unwrap_or_else(|defect| Attempted {
        step: Step::Done(Err(defect)),
        recorded: 0,
    });
    let verdict = match attempted.step {
        Step::Done(result) => Verdict::Over(result),
        Step::Retry(delay, error) => Verdict::Again(Instant::now() + delay, error),
    };
    let random = match verdict.finding() {
        Finding::Failed { .. } => random::fraction(),
        _ => 0.0,
    };
    Report {
        progress: next.progress,
        verdict,
        recorded: attempted.recorded,
        random,
    }
}
