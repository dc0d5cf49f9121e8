//! The descriptors of detached calls, which pass from call to call: making and closing them are four of a
//! call's system calls, and slow ones.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sys::cancel::Cancel;
use crate::sys::eventfd::EventFd;
use crate::sys::fork::Generation;

/// More than most hosts have calls at the same time.
const MAX_SPARES: usize = 16;

/// What a call and its caller wake each other up with.
#[derive(Debug)]
pub struct Descriptors {
    pub cancel: Cancel,
    pub done: EventFd,
}

impl Descriptors {
    fn new() -> io::Result<Self> {
        Ok(Descriptors {
            cancel: Cancel::new()?,
            done: EventFd::new()?,
        })
    }
}

/// Descriptors for the next calls of a process.
#[derive(Debug)]
pub struct Spares {
    generation: Generation,
    spares: Mutex<Vec<Descriptors>>,
}

impl Spares {
    /// Descriptors that nothing was signalled on.
    pub fn take(&self) -> io::Result<Descriptors> {
        let spare = self.lock().pop();
        spare.map_or_else(Descriptors::new, Ok)
    }

    /// Keeps the descriptors of a call that is over and that nobody has a hold of any more.
    fn put(&self, Descriptors { cancel, done }: Descriptors) {
        // The parent's are shared with it, and the lock may be one that nobody will release.
        if self.generation != Generation::current() {
            return;
        }
        let Some(cancel) = cancel.renewed() else {
            return;
        };
        done.clear();
        let mut spares = self.lock();
        if spares.len() < MAX_SPARES {
            spares.push(Descriptors { cancel, done });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Descriptors>> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Spares {
    fn default() -> Self {
        Spares {
            generation: Generation::current(),
            spares: Mutex::new(Vec::new()),
        }
    }
}

/// The descriptors of one call, which go back when it is dropped.
#[derive(Debug)]
pub struct Lent {
    /// There until the drop.
    descriptors: Option<Descriptors>,
    spares: Arc<Spares>,
    /// The host may have put it into an epoll, which it leaves only by being closed.
    known_to_host: AtomicBool,
}

impl Lent {
    /// Spare descriptors, or new ones.
    pub fn new(spares: Arc<Spares>) -> io::Result<Self> {
        Ok(Lent {
            descriptors: Some(spares.take()?),
            spares,
            known_to_host: AtomicBool::new(false),
        })
    }

    /// What ends the call early.
    pub fn cancel(&self) -> &Cancel {
        &self.descriptors().cancel
    }

    /// What says that the call is done.
    pub fn done(&self) -> &EventFd {
        &self.descriptors().done
    }

    /// The descriptor of [`Lent::done`], for the host.
    pub fn lend_to_host(&self) -> BorrowedFd<'_> {
        self.known_to_host.store(true, Ordering::Relaxed);
        self.done().as_fd()
    }

    fn descriptors(&self) -> &Descriptors {
        self.descriptors
            .as_ref()
            .expect("only the drop takes the descriptors")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(descriptors) = self.descriptors.take()
            && !*self.known_to_host.get_mut()
        {
            self.spares.put(descriptors);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll::{Interest, Slot, poll};
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    fn is_readable(fd: BorrowedFd<'_>) -> bool {
        let mut slots = [Slot::new(fd, Interest::READ)];
        poll(&mut slots, Some(Duration::ZERO)).unwrap();
        slots[0].is_readable()
    }

    #[test]
    fn the_next_call_gets_the_same_descriptors_as_good_as_new() {
        let spares = Arc::new(Spares::default());
        let first = Lent::new(spares.clone()).unwrap();
        let number = first.done().as_fd().as_raw_fd();
        first.done().signal();
        first.cancel().fire();
        drop(first);
        let second = Lent::new(spares).unwrap();
        assert_eq!(second.done().as_fd().as_raw_fd(), number);
        assert!(!is_readable(second.done().as_fd()));
        assert!(!second.cancel().is_fired());
        assert!(!is_readable(second.cancel().wake_up().unwrap()));
    }

    #[test]
    fn what_somebody_may_still_watch_or_fire_is_not_used_again() {
        let spares = Arc::new(Spares::default());
        let watched = Lent::new(spares.clone()).unwrap();
        watched.lend_to_host();
        drop(watched);
        assert!(spares.lock().is_empty());
        let shared = Lent::new(spares.clone()).unwrap();
        let _token = shared.cancel().clone();
        drop(shared);
        assert!(spares.lock().is_empty());
    }

    #[test]
    fn no_more_are_kept_than_are_likely_to_be_used() {
        let spares = Arc::new(Spares::default());
        let many: Vec<_> = (0..2 * MAX_SPARES)
            .map(|_| Lent::new(spares.clone()).unwrap())
            .collect();
        drop(many);
        assert_eq!(spares.lock().len(), MAX_SPARES);
    }
}
