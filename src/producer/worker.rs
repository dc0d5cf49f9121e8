//! The workers: threads that send submitted events.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempts::{Attempted, MakeAttempt};
use super::deadlines;
use super::queue::Lifecycle;
use super::shared::{Guard, Locked, SharedQueue};
use super::submitted::{Finding, NextAttempt, Report, Verdict};
use crate::call::attempt::AfterAttempt;
use crate::call::context::guard_send;
use crate::call::progress::CallProgress;
use crate::error::{Error, Outcome};
use crate::panic_injection::{Site, pass};
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;
use crate::sys::lock::wait_timeout;
use crate::sys::out_of_resources::Shortage;
use crate::sys::random;
use crate::sys::signals::spawn_masked;

/// A worker without work for this long ends; the next submit starts another.
const IDLE: Duration = Duration::from_secs(10);

/// The token of the event that a worker is sending, for the case of a panic.
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
        // A caller may wait for the last worker to end.
        locked.wake_idle_waiters();
        shared.release(locked);
    })
    .map_err(|error| Shortage::thread("to send events", error))?;
    locked.workers += 1;
    locked.handles.push(handle);
    Ok(())
}

/// Works until there is no work left. Returns with the lock, so that no submit counts on a worker that is about to
/// end. A panic costs the answer of the event that is being sent, and no other.
fn work<'a>(
    shared: &'a Arc<SharedQueue>,
    attempts: &Arc<dyn MakeAttempt>,
    cancel: &Cancel,
) -> Guard<'a> {
    let in_flight = CurrentToken::default();
    loop {
        let run = AssertUnwindSafe(|| run(shared, attempts, cancel, &in_flight));
        let panic = match catch_unwind(run) {
            Ok(locked) => return locked,
            Err(panic) => panic,
        };
        let mut locked = shared.lock();
        let Some(token) = in_flight.take() else {
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
    in_flight: &CurrentToken,
) -> Guard<'a> {
    let mut locked = shared.lock();
    let mut now = Instant::now();
    let mut settled = None;
    loop {
        let next = match locked.queue.lifecycle {
            Lifecycle::Closed => return locked,
            _ => locked.queue.take(now, cancel),
        };
        let Some(next) = next else {
            if let Some(event) = settled.take() {
                // Without the lock, and before a wait that may be long.
                shared.release(locked);
                drop(event);
                locked = shared.lock();
                now = Instant::now();
                continue;
            }
            shared.after_change(&mut locked);
            let is_superfluous;
            (locked, is_superfluous) = wait(shared, locked, now);
            if is_superfluous {
                return locked;
            }
            now = Instant::now();
            continue;
        };
        // The woken worker does the same, so as many wake as there is work for.
        let more_to_do = locked.queue.wants_another_worker(now);
        let notify_another = locked.idle_workers.must_notify(more_to_do);
        // Submits start workers for new events. Retries must not wait behind a hanging attempt either; they do only if
        // no thread can be started.
        if more_to_do && locked.idle_workers.asleep() == 0 && locked.workers < shared.max_workers {
            let _ = start(shared, &mut locked, attempts.clone());
        }
        deadlines::start_if_needed(shared, &mut locked);
        shared.release(locked);
        if notify_another {
            shared.work.notify_one();
        }
        drop(settled.take());
        let token = next.token;
        in_flight.set(Some(token));
        let report = attempt(attempts.as_ref(), next, cancel);
        pass(Site::Worker);
        locked = shared.lock();
        in_flight.set(None);
        now = Instant::now();
        settled = settle(&mut locked, token, report, cancel, now);
    }
}

/// Enters the result of an attempt into the queue. Returns a completed event: freeing it takes longer than other
/// threads should wait for the lock.
fn settle(
    locked: &mut Guard<'_>,
    token: u64,
    report: Report,
    cancel: &Cancel,
    now: Instant,
) -> Option<Arc<Prepared>> {
    let settled = locked.queue.settle(token, report, now);
    // The token is fired only under the lock: so the next event starts with an unfired one.
    cancel.reset();
    settled
}

/// Waits for work. Returns whether there was none for so long that the thread should end.
fn wait<'a>(shared: &'a SharedQueue, mut locked: Guard<'a>, now: Instant) -> (Guard<'a>, bool) {
    let wake_at = locked.queue.wake_at(now);
    let time = wake_at.map_or(IDLE, |at| at.saturating_duration_since(now));
    locked.idle_workers.sleep();
    let (mut locked, timed_out) = wait_timeout(&shared.work, locked, time);
    locked.idle_workers.wake(true);
    let is_superfluous = timed_out
        && wake_at.is_none()
        && locked.queue.wake_at(Instant::now()).is_none()
        && locked.queue.ready() == 0;
    (locked, is_superfluous)
}

fn attempt(attempts: &dyn MakeAttempt, mut next: NextAttempt, cancel: &Cancel) -> Report {
    let event = next.event.clone();
    let attempted = guard_send(&event, || attempts.make_attempt(&mut next, cancel));
    let attempted = attempted.unwrap_or_else(|defect| Attempted {
        step: AfterAttempt::Over(Err(defect)),
        recorded: 0,
    });
    let verdict = match attempted.step {
        AfterAttempt::Over(result) => Verdict::Over(result),
        AfterAttempt::Retry(delay, error) => Verdict::Again(Instant::now() + delay, error),
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
