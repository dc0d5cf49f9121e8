//! The state that the producer shares with its threads: the queue under its lock, and the means of waking threads.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, MutexGuard, OnceLock};
use std::thread::JoinHandle;

use super::queue::{Lifecycle, Queue};
use super::wakeups::SleepingThreads;
use crate::panic_injection::{Site, pass};
use crate::sys::eventfd::EventFd;
use crate::sys::lock::Lock;

/// The queue under its lock, and the means of waking threads.
#[derive(Debug)]
pub struct SharedQueue {
    locked: Lock<Locked>,
    /// The most workers.
    pub max_workers: usize,
    /// Wakes idle workers.
    pub work: Condvar,
    /// Wakes the deadline thread for an event with an earlier deadline.
    pub deadlines: Condvar,
    /// Wakes threads that wait for completions.
    pub completed: EventFd,
    /// Readable exactly while completions wait. It is made for the first caller that asks for it, because keeping
    /// it so takes system calls.
    collectable: OnceLock<EventFd>,
    /// Readable after a wake-up that no poll has seen yet. There is no flag beside it: the two could disagree, and
    /// then every poll would find it readable.
    pub woken: EventFd,
}

#[derive(Debug)]
pub struct Locked {
    pub queue: Queue,
    pub workers: usize,
    pub idle_workers: SleepingThreads,
    /// Whether the deadline thread is running.
    pub has_deadline_thread: bool,
    pub handles: Vec<JoinHandle<()>>,
    /// The threads that wait for completions.
    pub pollers: SleepingThreads,
    /// Whether `collectable` is signalled.
    signalled: bool,
    /// The callers that wait until no event is outstanding, or until the workers have ended.
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

/// The threads to wake after a change. Wake them after unlocking: each takes the lock first.
#[must_use]
struct Wakeups {
    pollers: bool,
    workers: bool,
}

pub type Guard<'a> = MutexGuard<'a, Locked>;

impl SharedQueue {
    pub fn new(queue: Queue, max_workers: usize) -> io::Result<Self> {
        Ok(SharedQueue {
            max_workers,
            locked: Lock::new(Locked {
                queue,
                workers: 0,
                idle_workers: SleepingThreads::default(),
                has_deadline_thread: false,
                handles: Vec::new(),
                pollers: SleepingThreads::default(),
                signalled: false,
                idle_waiters: Vec::new(),
                room_waiters: Vec::new(),
            }),
            work: Condvar::new(),
            deadlines: Condvar::new(),
            completed: EventFd::new()?,
            collectable: OnceLock::new(),
            woken: EventFd::new()?,
        })
    }

    pub fn lock(&self) -> Guard<'_> {
        let locked = self.locked.lock();
        pass(Site::Queue);
        locked
    }

    /// Unlocks after a change and wakes the threads that wait for it.
    pub fn release(&self, mut locked: Guard<'_>) {
        let wakeups = self.note_change(&mut locked);
        drop(locked);
        self.notify(wakeups);
    }

    /// Wakes the threads that wait for a change. The caller keeps the lock.
    pub fn after_change(&self, locked: &mut Locked) {
        let wakeups = self.note_change(locked);
        self.notify(wakeups);
    }

    /// Sets the descriptor of the completions, and signals callers that wait for rare changes. Returns the other
    /// threads to wake.
    fn note_change(&self, locked: &mut Locked) -> Wakeups {
        if let Some(collectable) = self.collectable.get() {
            locked.show_completions(collectable);
        }
        if locked.queue.outstanding() == 0 {
            locked.wake_idle_waiters();
        }
        locked.wake_room_waiters();
        Wakeups {
            pollers: locked.pollers.must_notify(locked.queue.completions() > 0),
            workers: locked.queue.take_released() && locked.idle_workers.asleep() > 0,
        }
    }

    fn notify(&self, wakeups: Wakeups) {
        if wakeups.pollers {
            self.completed.signal();
        }
        if wakeups.workers {
            self.work.notify_all();
        }
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

    pub fn wake_idle_waiters(&mut self) {
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
