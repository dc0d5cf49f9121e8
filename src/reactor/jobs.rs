//! The jobs of the reactor's thread, and what each of them waits for.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::timers::{JobWait, Timers};
use super::{Job, NewJob, OwnControl};
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::{Slot, poll};
use crate::sys::poller::{Poller, ReadyDescriptor, ReadyList};
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::Step;

/// The jobs under way, by their number.
#[derive(Default)]
pub struct Jobs {
    running: HashMap<usize, RunningJob>,
    timers: Timers,
    /// How often the thread has waited.
    rounds: u64,
    backlog: Option<Backlog>,
}

/// Several full lists of ready descriptors in a row. The system lists the descriptors in the order in which they became
/// ready, so those of all jobs have had their turn after a while.
struct Backlog {
    /// When the thread waited for the first list.
    since: Instant,
    /// How many of the descriptors that were ready then may be left.
    left: usize,
}

struct RunningJob {
    job: Job,
    control: OwnControl,
    /// The number of the present wait.
    wait: u64,
    /// In which round the present wait began.
    round: u64,
}

/// Why a job goes on.
#[derive(Clone, Copy)]
enum Cause {
    Start,
    Woken,
    TimedOut,
    Ready(Readiness),
    Cancelled,
}

impl Jobs {
    /// Returns whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Starts a job.
    pub fn start(&mut self, poller: &Poller, new: NewJob, now: Instant) {
        let running = RunningJob {
            job: new.job,
            control: new.control,
            wait: 0,
            round: 0,
        };
        self.running.insert(new.id, running);
        self.go_on(poller, new.id, Cause::Start, now);
    }

    /// Steps a job, whatever it waits for.
    pub fn wake(&mut self, poller: &Poller, id: usize, now: Instant) {
        self.go_on(poller, id, Cause::Woken, now);
    }

    /// Tells the jobs that were cancelled.
    pub fn tell_cancelled(&mut self, poller: &Poller, now: Instant) {
        let cancelled: Vec<usize> = self
            .running
            .iter()
            .filter(|(_, running)| running.control.0.is_cancelled.load(Ordering::SeqCst))
            .map(|(id, _)| *id)
            .collect();
        for id in cancelled {
            self.go_on(poller, id, Cause::Cancelled, now);
        }
    }

    /// Steps the jobs whose waits have ended.
    pub fn expire(&mut self, poller: &Poller, now: Instant) {
        while let Some(wait) = self.timers.expired(now) {
            if is_under_way(&self.running, wait) {
                self.go_on(poller, wait.0, Cause::TimedOut, now);
            }
        }
    }

    /// Steps the jobs that wait for these descriptors.
    pub fn ready(&mut self, poller: &Poller, ready: impl Iterator<Item = ReadyDescriptor>) {
        self.rounds += 1;
        for ready in ready {
            // An earlier event of this round may have ended the wait. A descriptor that is still of interest is
            // watched anew, and reported in the next round.
            let began_before = |running: &RunningJob| running.round < self.rounds;
            if self.running.get(&ready.key).is_some_and(began_before) {
                let readiness = Readiness {
                    readable: ready.readable,
                    writable: ready.writable,
                };
                self.go_on(poller, ready.key, Cause::Ready(readiness), Instant::now());
            }
        }
    }

    /// Returns the time up to which all ready descriptors were looked at, unless that has not changed. The waits that
    /// were over by then are over without one. `ready` is the list of the wait that began at `waited`.
    pub fn looked_at(&mut self, waited: Instant, ready: &ReadyList) -> Option<Instant> {
        if !ready.is_full() {
            self.backlog = None;
            return Some(Instant::now());
        }
        let backlog = self.backlog.get_or_insert(Backlog {
            since: waited,
            left: self.running.len(),
        });
        backlog.left = backlog.left.saturating_sub(ready.len());
        let is_done = backlog.left == 0;
        self.backlog.take_if(|_| is_done).map(|it| it.since)
    }

    /// Returns the next end of a wait.
    pub fn next_timeout(&mut self) -> Option<Instant> {
        let running = &self.running;
        let is_under_way = |wait| is_under_way(running, wait);
        self.timers.tidy(running.len(), is_under_way);
        self.timers.next(is_under_way)
    }

    /// Lets a job go on. One whose step panics is dropped, which tells its owner.
    fn go_on(&mut self, poller: &Poller, id: usize, cause: Cause, now: Instant) {
        let Some(mut running) = self.running.remove(&id) else {
            return;
        };
        let go_on = AssertUnwindSafe(|| running.go_on(poller, id, cause, now));
        if let Ok(Some(until)) = catch_unwind(go_on) {
            running.round = self.rounds;
            self.timers.add(until, (id, running.wait));
            self.running.insert(id, running);
        }
    }
}

impl RunningJob {
    /// Steps the machine and watches what it waits for then. Returns when that wait ends, or `None` if the job is
    /// done.
    fn go_on(&mut self, poller: &Poller, id: usize, cause: Cause, now: Instant) -> Option<Instant> {
        // A call that is cancelled before it begins, or in a delay, must not send anything more.
        let cause = match cause {
            Cause::Ready(_) => cause,
            _ if self.is_newly_cancelled() => Cause::Cancelled,
            cause => cause,
        };
        let mut step = self.step(poller, cause, now);
        loop {
            let Step::Wait(until) = step else {
                return None;
            };
            self.wait += 1;
            if self.is_newly_cancelled() {
                step = self.job.fail(Failure::Cancelled, now);
                continue;
            }
            match self.watch(poller, id) {
                Ok(()) => return Some(until),
                Err(failure) => step = self.job.fail(failure, now),
            }
        }
    }

    fn step(&mut self, poller: &Poller, cause: Cause, now: Instant) -> Step<()> {
        let interests = self.job.interests();
        let ready = match (cause, interests) {
            (Cause::Start, _) => Vec::new(),
            (Cause::Ready(readiness), Interests::One(..)) => vec![readiness],
            (Cause::Ready(_), interests) => {
                let states = states(interests);
                unwatch(poller, interests);
                states
            }
            (Cause::TimedOut, interests) => {
                unwatch(poller, interests);
                interests.iter().map(|_| Readiness::default()).collect()
            }
            (Cause::Cancelled | Cause::Woken, interests) => {
                unwatch(poller, interests);
                Vec::new()
            }
        };
        match cause {
            Cause::Cancelled => self.job.fail(Failure::Cancelled, now),
            _ => self.job.step(&ready, now),
        }
    }

    /// Returns whether the job was cancelled and does not know it yet. From then on it knows it.
    fn is_newly_cancelled(&self) -> bool {
        self.control.0.is_cancelled.swap(false, Ordering::SeqCst)
    }

    fn watch(&self, poller: &Poller, id: usize) -> Result<(), Failure> {
        for (fd, interest) in self.job.interests().iter() {
            poller.watch(fd, id, interest).map_err(Shortage::wait)?;
        }
        Ok(())
    }
}

fn is_under_way(running: &HashMap<usize, RunningJob>, (id, wait): JobWait) -> bool {
    running.get(&id).is_some_and(|running| running.wait == wait)
}

fn unwatch(poller: &Poller, interests: Interests<'_>) {
    for (fd, _) in interests.iter() {
        poller.unwatch(fd);
    }
}

/// Looks which of several descriptors are ready.
fn states(interests: Interests<'_>) -> Vec<Readiness> {
    let mut slots: Vec<Slot<'_>> = interests
        .iter()
        .map(|(fd, interest)| Slot::new(fd, interest))
        .collect();
    // Without an answer none is ready, and the wait goes on.
    let _ = poll(&mut slots, Some(Duration::ZERO));
    slots.iter().map(Readiness::from).collect()
}
