//! The threads that send what was submitted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::books::{Books, Core, Guard};
use super::entry::{Finding, Job, Report, Verdict};
use super::state::Phase;
use super::timekeeper;
use crate::cancel::Cancel;
use crate::client::Sender;
use crate::client::call::{Progress, Step, guard_send};
use crate::error::{Error, Outcome};
use crate::panic_injection::{Site, pass};
use crate::prepared::Prepared;
use crate::random;
use crate::shortage::Shortage;
use crate::transport::sys::signals::spawn_masked;

/// A worker that has had nothing to do for so long ends; the next submit starts another.
const IDLE: Duration = Duration::from_secs(10);

/// The token of the event that a worker is sending, for the case that it panics.
type UnderWay = Cell<Option<u64>>;

/// Starts a worker.
pub fn start(core: &Arc<Core>, books: &mut Books, sender: Sender) -> Result<(), Shortage> {
    books.handles.retain(|handle| !handle.is_finished());
    let cancel = Cancel::new()
        .map_err(|error| Shortage::descriptor("for a thread that sends events", error))?;
    let core = core.clone();
    let handle = spawn_masked("hookrail-send", move || {
        let mut books = work(&core, &sender, &cancel);
        books.workers -= 1;
        // Somebody may wait for the last one to leave.
        books.wake_idle_waiters();
        core.release(books);
    })
    .map_err(|error| Shortage::thread("to send events", error))?;
    books.workers += 1;
    books.handles.push(handle);
    Ok(())
}

/// Works until there is nothing left to do. Returns with the lock, so that a submit cannot count on a
/// worker that is leaving. A panic costs the event that is being sent its answer, and no other.
fn work<'a>(core: &'a Arc<Core>, sender: &Sender, cancel: &Cancel) -> Guard<'a> {
    let under_way = UnderWay::default();
    loop {
        let run = AssertUnwindSafe(|| run(core, sender, cancel, &under_way));
        let panic = match catch_unwind(run) {
            Ok(books) => return books,
            Err(panic) => panic,
        };
        let mut books = core.lock();
        let Some(token) = under_way.take() else {
            return books;
        };
        let defect = Error::defect(&*panic).with_outcome(Outcome::MaybeSent);
        let report = Report {
            progress: Progress::default(),
            verdict: Verdict::Over(Err(defect)),
            recorded: 0,
            random: 0.0,
        };
        settle(&mut books, token, report, cancel, Instant::now());
        core.release(books);
    }
}

fn run<'a>(
    core: &'a Arc<Core>,
    sender: &Sender,
    cancel: &Cancel,
    under_way: &UnderWay,
) -> Guard<'a> {
    let mut books = core.lock();
    let mut now = Instant::now();
    let mut settled = None;
    loop {
        let job = match books.state.phase {
            Phase::Closed => return books,
            _ => books.state.take(now, cancel),
        };
        let Some(job) = job else {
            if let Some(event) = settled.take() {
                // Not under the lock, before a wait that may be long.
                core.release(books);
                drop(event);
                books = core.lock();
                now = Instant::now();
                continue;
            }
            core.after_change(&mut books);
            let unemployed;
            (books, unemployed) = wait(core, books, now);
            if unemployed {
                return books;
            }
            now = Instant::now();
            continue;
        };
        // Whoever is woken does the same: so many wake up as there is work for.
        let more_to_do = books.state.wants_another_worker(now);
        let call_another = books.idle_workers.must_be_called(more_to_do);
        // Submits start workers for what is new. What is to be sent again must not wait for the end of an
        // attempt that hangs, either; without a thread to be had, it does.
        if more_to_do && books.idle_workers.asleep() == 0 && books.workers < core.max_workers {
            let _ = start(core, &mut books, sender.clone());
        }
        timekeeper::start_if_needed(core, &mut books);
        core.release(books);
        if call_another {
            core.work.notify_one();
        }
        drop(settled.take());
        let token = job.token;
        under_way.set(Some(token));
        let report = attempt(sender, job, cancel);
        pass(Site::Worker);
        books = core.lock();
        under_way.set(None);
        now = Instant::now();
        settled = settle(&mut books, token, report, cancel, now);
    }
}

/// Enters into the books what an attempt came to. Returns an event that is over: to free it takes longer
/// than others should wait for the lock.
fn settle(
    books: &mut Guard<'_>,
    token: u64,
    report: Report,
    cancel: &Cancel,
    now: Instant,
) -> Option<Arc<Prepared>> {
    let settled = books.state.settle(token, report, now);
    // Under the lock, under which it is fired: the next event starts with a fresh token.
    cancel.reset();
    settled
}

/// Waits for work; tells whether there was none for so long that the thread should end.
///
/// The one wait that is no `poll`: nothing but a submit, the clock or the end of the client can end
/// it, and no signal is delivered to this thread.
fn wait<'a>(core: &'a Core, mut books: Guard<'a>, now: Instant) -> (Guard<'a>, bool) {
    let wake_at = books.state.wake_at(now);
    let time = wake_at.map_or(IDLE, |at| at.saturating_duration_since(now));
    books.idle_workers.sleep();
    let (mut books, timeout) = core
        .work
        .wait_timeout(books, time)
        .unwrap_or_else(PoisonError::into_inner);
    books.idle_workers.wake(true);
    let unemployed = timeout.timed_out()
        && wake_at.is_none()
        && books.state.wake_at(Instant::now()).is_none()
        && books.state.ready() == 0;
    (books, unemployed)
}

fn attempt(sender: &Sender, job: Job, cancel: &Cancel) -> Report {
    let mut progress = job.progress;
    let event = job.event;
    let turn = job.turn;
    let step = guard_send(&event, || {
        sender.send_once(
            &event,
            &mut progress,
            turn,
            job.submitted,
            job.deadline,
            cancel,
        )
    });
    let verdict = match step {
        Ok(Step::Done(result)) => Verdict::Over(result),
        Ok(Step::Retry(delay, error)) => Verdict::Again(Instant::now() + delay, error),
        Err(defect) => Verdict::Over(Err(defect)),
    };
    let random = match verdict.finding() {
        Finding::Failed { .. } => random::fraction(),
        _ => 0.0,
    };
    Report {
        progress,
        verdict,
        recorded: sender.recorded(),
        random,
    }
}
