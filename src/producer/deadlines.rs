//! The deadline thread: it completes waiting events whose time is over while all workers are busy with attempts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::Lifecycle;
use super::shared::{Guard, Locked, SharedQueue};
use crate::panic_injection::{Site, pass};
use crate::sys::lock::wait_timeout;
use crate::sys::signals::spawn_masked;

/// How long the thread stays when no event waits.
const IDLE: Duration = Duration::from_secs(10);

/// Starts the deadline thread if events wait and no worker is free to watch their deadlines.
pub fn start_if_needed(shared: &Arc<SharedQueue>, locked: &mut Locked) {
    let no_worker_is_free =
        locked.idle_workers.asleep() == 0 && locked.queue.in_flight() >= locked.workers;
    if locked.has_deadline_thread || !no_worker_is_free || locked.queue.queued() == 0 {
        return;
    }
    let theirs = shared.clone();
    // Without the thread, the deadline is noticed when a worker is free or a caller polls.
    let keep_time = move || {
        // After a panic, the next submit or attempt starts another thread.
        let run = AssertUnwindSafe(|| run(&theirs));
        let mut locked = catch_unwind(run).unwrap_or_else(|_| theirs.lock());
        locked.has_deadline_thread = false;
    };
    if let Ok(handle) = spawn_masked("hookrail-time", keep_time) {
        locked.has_deadline_thread = true;
        locked.handles.retain(|handle| !handle.is_finished());
        locked.handles.push(handle);
    }
}

/// Watches deadlines until no event waits. Returns with the lock, so that no submit counts on a thread that is about
/// to end.
fn run(shared: &SharedQueue) -> Guard<'_> {
    let mut locked = shared.lock();
    loop {
        pass(Site::DeadlineThread);
        let now = Instant::now();
        locked.queue.expire(now);
        shared.after_change(&mut locked);
        if locked.queue.lifecycle == Lifecycle::Closed {
            return locked;
        }
        let deadline = locked.queue.earliest_deadline();
        let time = deadline.map_or(IDLE, |deadline| deadline.saturating_duration_since(now));
        let timed_out;
        (locked, timed_out) = wait_timeout(&shared.deadlines, locked, time);
        if timed_out && deadline.is_none() && locked.queue.queued() == 0 {
            return locked;
        }
    }
}
