//! What the producer shares with its threads: the locked under their lock, and who is told when they
//! change.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use super::queue::{Lifecycle, Queue};
use super::wakeups::Sleepers;

use crate::panic_injection::{Site, pass};
use crate::sys::eventfd::EventFd;

/// The locked under their lock, and what threads wait on.
#[derive(Debug)]
pub struct SharedQueue {
    locked: Mutex<Locked>,
    /// How many workers there may be.
    pub max_workers: usize,
    /// For idle workers.
    pub work: Condvar,
    /// For the timekeeper: an event with an earlier deadline has come.
    pub deadlines: Condvar,
    /// For those who wait for completions.
    pub completed: EventFd,
    /// Readable exactly while completions wait. Made for the first who asks for it: to keep it so takes
    /// system calls.
    collectable: OnceLock<EventFd>,
    /// Readable after a wake-up that no poll has seen yet. The only note of it: a flag beside it could
    /// disagree, and then polls would find it readable for ever.
    pub woken: EventFd,
}

#[derive(Debug)]
pub struct Locked {
    pub queue: Queue,
    pub workers: usize,
    pub idle_workers: Sleepers,
    /// Whether there is a timekeeper.
    pub timekeeper: bool,
    pub handles: Vec<JoinHandle<()>>,
    /// Who waits for completions.
    pub takers: Sleepers,
    /// Whether `collectable` is signalled.
    signalled: bool,
    /// Who waits until nothing is outstanding, or until the workers have left.
    pub idle_waiters: Vec<Arc<EventFd>>,
    /// Who waits for room in the queue.
    pub room_waiters: Vec<RoomWaiter>,
}

#[derive(Debug)]
pub struct RoomWaiter {
    /// The size of its event.
    pub bytes: usize,
    pub wake_up: Arc<EventFd>,
}

/// Who is to be woken up after a change, best when the lock is free: all of them want it first.
#[must_use]
struct Calls {
    takers: bool,
    workers: bool,
}

pub type Guard<'a> = MutexGuard<'a, Locked>;

impl SharedQueue {
    pub fn new(queue: Queue, max_workers: usize) -> io::Result<Self> {
        Ok(SharedQueue {
            max_workers,
            locked: Mutex::new(Locked {
                queue,
                workers: 0,
                idle_workers: Sleepers::default(),
                timekeeper: false,
                handles: Vec::new(),
                takers: Sleepers::default(),
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
        let locked = self.locked.lock().unwrap_or_else(PoisonError::into_inner);
        pass(Site::Books);
        locked
    }

    /// Lets go of the lock after a change, and tells everybody whom it concerns.
    pub fn release(&self, mut locked: Guard<'_>) {
        let calls = self.note_change(&mut locked);
        drop(locked);
        self.call(calls);
    }

    /// Tells everybody whom a change concerns, for who goes on under the lock.
    pub fn after_change(&self, locked: &mut Locked) {
        let calls = self.note_change(locked);
        self.call(calls);
    }

    /// Tells those who look at a descriptor whose state must be that of the locked, and those who wait for
    /// something rare. Returns who else is to be woken up.
    fn note_change(&self, locked: &mut Locked) -> Calls {
        if let Some(collectable) = self.collectable.get() {
            locked.show_completions(collectable);
        }
        if locked.queue.outstanding() == 0 {
            locked.wake_idle_waiters();
        }
        locked.wake_room_waiters();
        Calls {
            takers: locked.takers.must_be_called(locked.queue.completions() > 0),
            workers: locked.queue.take_released() && locked.idle_workers.asleep() > 0,
        }
    }

    fn call(&self, calls: Calls) {
        if calls.takers {
            self.completed.signal();
        }
        if calls.workers {
            self.work.notify_all();
        }
    }

    /// Readable exactly while completions wait.
    pub fn collectable(&self) -> io::Result<BorrowedFd<'_>> {
        let mut locked = self.lock();
        // Under the lock nobody else makes one meanwhile.
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
            // Nobody is woken in vain: each that finds no room comes by here, and two of them would keep
            // each other awake.
            let wakes = queue.lifecycle != Lifecycle::Open || queue.has_room(waiter.bytes);
            if wakes {
                waiter.wake_up.signal();
            }
            !wakes
        });
    }
}
