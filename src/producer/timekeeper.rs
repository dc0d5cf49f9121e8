//! The thread that notices the end of events that wait while all workers are in the middle of attempts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::books::{Books, Core, Guard};
use super::state::Phase;
use crate::panic_injection::{Site, pass};
use crate::transport::sys::signals::spawn_masked;

/// How long it stays when no event waits.
const IDLE: Duration = Duration::from_secs(10);

/// Starts the timekeeper where events wait and no worker is free to look at the clock.
pub fn start_if_needed(core: &Arc<Core>, books: &mut Books) {
    let nobody_looks = books.idle_workers.asleep() == 0 && books.state.in_flight() >= books.workers;
    if books.timekeeper || !nobody_looks || books.state.queued() == 0 {
        return;
    }
    let theirs = core.clone();
    // Without the thread the end is noticed when a worker is free, or by whoever polls.
    let keep_time = move || {
        // After a panic the next submit or attempt starts another.
        let run = AssertUnwindSafe(|| run(&theirs));
        let mut books = catch_unwind(run).unwrap_or_else(|_| theirs.lock());
        books.timekeeper = false;
    };
    if let Ok(handle) = spawn_masked("hookrail-time", keep_time) {
        books.timekeeper = true;
        books.handles.retain(|handle| !handle.is_finished());
        books.handles.push(handle);
    }
}

/// Keeps time until no event waits. Returns with the lock, so that nobody counts on a timekeeper that is
/// leaving.
fn run(core: &Core) -> Guard<'_> {
    let mut books = core.lock();
    loop {
        pass(Site::Timekeeper);
        let now = Instant::now();
        books.state.expire(now);
        core.after_change(&mut books);
        if books.state.phase == Phase::Closed {
            return books;
        }
        let deadline = books.state.earliest_deadline();
        let time = deadline.map_or(IDLE, |deadline| deadline.saturating_duration_since(now));
        let timed_out;
        (books, timed_out) = wait(core, books, time);
        if timed_out && deadline.is_none() && books.state.queued() == 0 {
            return books;
        }
    }
}

/// As with idle workers, no signal is delivered to this thread, and so it need not `poll`.
fn wait<'a>(core: &'a Core, books: Guard<'a>, time: Duration) -> (Guard<'a>, bool) {
    let (books, timeout) = core
        .deadlines
        .wait_timeout(books, time)
        .unwrap_or_else(PoisonError::into_inner);
    (books, timeout.timed_out())
}
