//! The state that the producer shares with its jobs: the queue under its lock, and the means of waking threads.

use std::io;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, MutexGuard, OnceLock};
use std::time::Instant;

use super::attempts::SendEvents;
use super::queue::{Lifecycle, Queue};
use super::wakeups::SleepingThreads;
use crate::panic_injection::{Site, pass};
use crate::reactor::notices::{self, Notice};
use crate::reactor::{Job, JobHandle, Reactor};
use crate::sys::eventfd::EventFd;
use crate::sys::lock::{Lock, wait};
use crate::sys::out_of_resources::Shortage;

/// The purpose of the jobs, in the error if the process has no thread or descriptor for them.
pub const PURPOSE: &str = "to send events";

/// Makes the dispatcher of a queue.
pub type MakeDispatcher = fn(Arc<SharedQueue>, Arc<dyn SendEvents>) -> Job;

/// The queue under its lock, and the means of waking threads.
#[derive(Debug)]
pub struct SharedQueue {
    locked: Lock<Locked>,
    /// Runs the dispatcher and the senders.
    pub reactor: Reactor,
    make_dispatcher: MakeDispatcher,
    /// Wakes threads that wait for completions.
    pub completed: EventFd,
    /// Readable exactly while completions wait. It is made for the first caller that asks for it, because keeping
    /// it so takes system calls.
    collectable: OnceLock<EventFd>,
    /// Readable after a wake-up that no poll has seen yet. There is no flag beside it: the two could disagree, and
    /// then every poll would find it readable.
    pub woken: EventFd,
    /// Notified when a job ends.
    jobs_ended: Condvar,
}

#[derive(Debug)]
pub struct Locked {
    pub queue: Queue,
    /// The number of jobs that send events.
    pub senders: usize,
    pub dispatcher: Option<RunningDispatcher>,
    /// The threads that wait for completions.
    pub pollers: SleepingThreads,
    /// Whether `collectable` is signalled.
    signalled: bool,
    /// The callers that wait until no event is outstanding.
    pub idle_waiters: Vec<Arc<EventFd>>,
    /// The callers that wait for room in the queue.
    pub room_waiters: Vec<RoomWaiter>,
}

#[derive(Debug)]
pub struct RoomWaiter {
    /// The size of the caller's event.
    pub bytes: usize,
    pub wake_up: Arc<EventFd>,
}

/// The dispatcher as the others see it.
#[derive(Debug)]
pub struct RunningDispatcher {
    pub job: JobHandle,
    /// The end of its wait.
    pub until: Instant,
    /// Whether it will look at the queue before it waits again.
    pub is_called: bool,
}

pub type Guard<'a> = MutexGuard<'a, Locked>;

impl SharedQueue {
    pub fn new(
        queue: Queue,
        reactor: Reactor,
        make_dispatcher: MakeDispatcher,
    ) -> io::Result<Self> {
        Ok(SharedQueue {
            reactor,
            make_dispatcher,
            locked: Lock::new(Locked {
                queue,
                senders: 0,
                dispatcher: None,
                pollers: SleepingThreads::default(),
                signalled: false,
                idle_waiters: Vec::new(),
                room_waiters: Vec::new(),
            }),
            completed: EventFd::new()?,
            collectable: OnceLock::new(),
            woken: EventFd::new()?,
            jobs_ended: Condvar::new(),
        })
    }

    pub fn lock(&self) -> Guard<'_> {
        let locked = self.locked.lock();
        pass(Site::Queue);
        locked
    }

    /// Waits until all jobs of a closed queue have ended, also if signals come. This takes no descriptor: the process may
    /// have none left.
    pub fn wait_for_jobs(&self) {
        let mut locked = self.lock();
        while locked.jobs() > 0 {
            locked = wait(&self.jobs_ended, locked);
        }
    }

    /// Notes that a sender ends.
    pub fn end_sender(&self, locked: &mut Locked) {
        locked.senders -= 1;
        self.jobs_ended.notify_all();
    }

    /// Notes that the dispatcher ends.
    pub fn end_dispatcher(&self, locked: &mut Locked) {
        locked.dispatcher = None;
        self.jobs_ended.notify_all();
    }

    /// Unlocks after a change and wakes the threads that wait for it.
    pub fn release(&self, mut locked: Guard<'_>) {
        let wakes_pollers = self.note_change(&mut locked);
        drop(locked);
        // After unlocking: a woken thread takes the lock first.
        if wakes_pollers {
            self.completed.signal();
        }
    }

    /// Unlocks after a change, and wakes the threads that wait for it together with those of other changes.
    pub fn release_soon(self: &Arc<Self>, locked: Guard<'_>) {
        drop(locked);
        notices::soon(self);
    }

    /// Wakes the threads that wait for a change. The caller keeps the lock.
    pub fn after_change(&self, locked: &mut Locked) {
        if self.note_change(locked) {
            self.completed.signal();
        }
    }

    /// Sets the descriptor of the completions, and wakes those that wait for rare changes. Returns whether to wake the
    /// threads that wait for completions.
    fn note_change(&self, locked: &mut Locked) -> bool {
        if let Some(collectable) = self.collectable.get() {
            locked.show_completions(collectable);
        }
        if locked.queue.outstanding() == 0 {
            locked.wake_idle_waiters();
        }
        locked.wake_room_waiters();
        if locked.queue.take_released() {
            locked.wake_dispatcher();
        }
        locked.pollers.must_notify(locked.queue.completions() > 0)
    }

    /// Has the dispatcher look at the queue, if it must do so earlier than it would by itself. Starts it if there is
    /// none.
    ///
    /// It is started under the lock: another submit must not rely on a dispatcher that does not start.
    ///
    /// # Errors
    /// A shortage if there is none and the process has no thread or descriptor for it.
    pub fn call_dispatcher(
        self: &Arc<Self>,
        locked: &mut Locked,
        now: Instant,
        client: impl FnOnce() -> Arc<dyn SendEvents>,
    ) -> Result<(), Shortage> {
        if locked.queue.queued() == 0 {
            return Ok(());
        }
        if locked.has_dispatcher() {
            let must_act = locked.queue.wake_at(now);
            if must_act.is_some_and(|at| locked.waits_beyond(at)) {
                locked.wake_dispatcher();
            }
            return Ok(());
        }
        let dispatcher = (self.make_dispatcher)(self.clone(), client());
        let started = self.reactor.start(PURPOSE, dispatcher);
        let job = started.map_err(|not_started| not_started.shortage)?;
        locked.dispatcher = Some(RunningDispatcher {
            job,
            until: now,
            is_called: true,
        });
        Ok(())
    }

    /// Returns a descriptor that is readable exactly while completions wait.
    pub fn collectable(&self) -> io::Result<BorrowedFd<'_>> {
        let mut locked = self.lock();
        // Under the lock, so no other thread makes one meanwhile.
        let collectable = match self.collectable.get() {
            Some(collectable) => collectable,
            None => {
                let made = EventFd::new()?;
                self.collectable.get_or_init(|| made)
            }
        };
        locked.show_completions(collectable);
        Ok(collectable.as_fd())
    }
}

impl Notice for SharedQueue {
    fn give(&self) {
        self.release(self.locked.lock());
    }
}

impl Locked {
    fn show_completions(&mut self, collectable: &EventFd) {
        let waiting = self.queue.completions() > 0;
        if waiting == self.signalled {
            return;
        }
        self.signalled = waiting;
        if waiting {
            collectable.signal();
        } else {
            collectable.clear();
        }
    }

    /// Returns whether the dispatcher is running.
    pub fn has_dispatcher(&self) -> bool {
        let dispatcher = self.dispatcher.as_ref();
        dispatcher.is_some_and(|dispatcher| !dispatcher.job.is_done())
    }

    fn waits_beyond(&self, at: Instant) -> bool {
        let dispatcher = self.dispatcher.as_ref();
        dispatcher.is_some_and(|dispatcher| at < dispatcher.until)
    }

    /// Has the dispatcher look at the queue, if there is one.
    pub fn wake_dispatcher(&mut self) {
        if let Some(dispatcher) = &mut self.dispatcher
            && !mem::replace(&mut dispatcher.is_called, true)
        {
            dispatcher.job.wake();
        }
    }

    /// Notes that the dispatcher has looked at the queue and waits.
    pub fn dispatcher_waits(&mut self, until: Instant) {
        if let Some(dispatcher) = &mut self.dispatcher {
            dispatcher.until = until;
            dispatcher.is_called = false;
        }
    }

    /// Returns the number of jobs.
    fn jobs(&self) -> usize {
        self.senders + usize::from(self.has_dispatcher())
    }

    fn wake_idle_waiters(&mut self) {
        for waiter in self.idle_waiters.drain(..) {
            waiter.signal();
        }
    }

    fn wake_room_waiters(&mut self) {
        let queue = &self.queue;
        self.room_waiters.retain(|waiter| {
            // Only a caller that finds room is woken: one that finds none comes here again, and two of them would
            // keep each other awake.
            let wakes = queue.lifecycle != Lifecycle::Open || queue.has_room(waiter.bytes);
            if wakes {
                waiter.wake_up.signal();
            }
            !wakes
        });
    }
}
