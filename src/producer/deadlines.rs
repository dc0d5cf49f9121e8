//! The thread that notices the end of events that wait while all workers are in the middle of attempts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::queue::Lifecycle;
use super::shared::{Guard, Locked, SharedQueue};
use crate::panic_injection::{Site, pass};
use crate::sys::signals::spawn_masked;

/// How long it stays when no event waits.
const IDLE: Duration = Duration::from_secs(10);

/// Starts the timekeeper where events wait and no worker is free to look at the clock.
pub fn start_if_needed(shared: &Arc<SharedQueue>, locked: &mut Locked) {
    let nobody_looks =
        locked.idle_workers.asleep() == 0 && locked.queue.in_flight() >= locked.workers;
    if locked.timekeeper || !nobody_looks || locked.queue.queued() == 0 {
        return;
    }
    let theirs = shared.clone();
    // Without the thread the end is noticed when a worker is free, or by whoever polls.
    let keep_time = move || {
        // After a panic the next submit or attempt starts another.
        let run = AssertUnwindSafe(|| run(&theirs));
        let mut locked = catch_unwind(run).unwrap_or_else(|_| theirs.lock());
        locked.timekeeper = false;
    };
    if let Ok(handle) = spawn_masked("hookrail-time", keep_time) {
        locked.timekeeper = true;
        locked.handles.retain(|handle| !handle.is_finished());
        locked.handles.push(handle);
    }
}

/// Keeps time until no event waits. Returns with the lock, so that nobody counts on a timekeeper that is
/// leaving.
fn run(shared: &SharedQueue) -> Guard<'_> {
    let mut locked = shared.lock();
    loop {
        pass(Site::Timekeeper);
        let now = Instant::now();
        locked.queue.expire(now);
        shared.after_change(&mut locked);
        if locked.queue.lifecycle == Lifecycle::Closed {
            return locked;
        }
        let deadline = locked.queue.earliest_deadline();
        let time = deadline.map_or(IDLE, |deadline| deadline.saturating_duration_since(now));
        let timed_out;
        (locked, timed_out) = wait(shared, locked, time);
        if timed_out && deadline.is_none() && locked.queue.queued() == 0 {
            return locked;
        }
    }
}

/// As with idle workers, no signal is delivered to this thread, and so it need not `poll`.
fn wait<'a>(shared: &'a SharedQueue, locked: Guard<'a>, time: Duration) -> (Guard<'a>, bool) {
    let (locked, timeout) = shared
        .deadlines
        .wait_timeout(locked, time)
        .unwrap_or_else(PoisonError::into_inner);
    (locked, timeout.timed_out())
}
