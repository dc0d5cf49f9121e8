//! The descriptors that tell that background calls are done. They pass from call to call: to make and to close one
//! takes two system calls, and slow ones.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::sys::eventfd::EventFd;
use crate::sys::fork::Generation;
use crate::sys::lock::Lock;

/// More than most hosts have calls at the same time.
const MAX_SPARES: usize = 16;

/// Descriptors for the next calls of a process.
#[derive(Debug)]
pub struct Spares {
    generation: Generation,
    spares: Lock<Vec<EventFd>>,
}

impl Spares {
    /// Returns a descriptor that is not signalled.
    fn take(&self) -> io::Result<EventFd> {
        let spare = self.spares.lock().pop();
        spare.map_or_else(EventFd::new, Ok)
    }

    /// Keeps the descriptor of a call that is over.
    fn put(&self, event: EventFd) {
        // A parent's descriptor is shared with the parent, and its lock may be held for ever.
        if self.generation != Generation::current() {
            return;
        }
        event.clear();
        let mut spares = self.spares.lock();
        if spares.len() < MAX_SPARES {
            spares.push(event);
        }
    }
}

impl Default for Spares {
    fn default() -> Self {
        Spares {
            generation: Generation::current(),
            spares: Lock::default(),
        }
    }
}

/// The descriptor of one call, which is made when it is first asked for. Goes back to the spares when it is dropped.
#[derive(Debug)]
pub struct DoneEvent {
    event: OnceLock<EventFd>,
    spares: Arc<Spares>,
    /// The host may have put it into an epoll, which it leaves only by being closed.
    known_to_host: AtomicBool,
}

impl DoneEvent {
    /// Makes an event without a descriptor.
    pub fn new(spares: Arc<Spares>) -> Self {
        DoneEvent {
            event: OnceLock::new(),
            spares,
            known_to_host: AtomicBool::new(false),
        }
    }

    /// Makes the descriptor readable, if it was asked for.
    pub fn signal(&self) {
        if let Some(event) = self.event.get() {
            event.signal();
        }
    }

    /// Returns the descriptor for a wait of the library.
    pub fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        if self.event.get().is_none() {
            let event = self.spares.take()?;
            // Another thread may have been faster; its descriptor is used then.
            if let Err(surplus) = self.event.set(event) {
                self.spares.put(surplus);
            }
        }
        self.event
            .get()
            .map(AsFd::as_fd)
            .ok_or_else(|| io::ErrorKind::Other.into())
    }

    /// Keeps the descriptor from being used by another call: the host has it.
    pub fn keep_from_reuse(&self) {
        self.known_to_host.store(true, Ordering::Relaxed);
    }
}

impl Drop for DoneEvent {
    fn drop(&mut self) {
        if let Some(event) = self.event.take()
            && !*self.known_to_host.get_mut()
        {
            self.spares.put(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    use super::*;
    use crate::sys::poll::{Interest, Slot, poll};

    fn is_readable(fd: BorrowedFd<'_>) -> bool {
        let mut slots = [Slot::new(fd, Interest::READ)];
        poll(&mut slots, Some(Duration::ZERO)).unwrap();
        slots[0].is_readable()
    }

    #[test]
    fn the_next_call_gets_the_same_descriptor_as_good_as_new() {
        let spares = Arc::new(Spares::default());
        let first = DoneEvent::new(spares.clone());
        let number = first.fd().unwrap().as_raw_fd();
        first.signal();
        assert!(is_readable(first.fd().unwrap()));
        drop(first);
        let second = DoneEvent::new(spares);
        assert_eq!(second.fd().unwrap().as_raw_fd(), number);
        assert!(!is_readable(second.fd().unwrap()));
    }

    #[test]
    fn a_descriptor_that_the_host_may_watch_is_not_used_again() {
        let spares = Arc::new(Spares::default());
        let watched = DoneEvent::new(spares.clone());
        watched.fd().unwrap();
        watched.keep_from_reuse();
        drop(watched);
        assert!(spares.spares.lock().is_empty());
    }

    #[test]
    fn no_more_are_kept_than_are_likely_to_be_used() {
        let spares = Arc::new(Spares::default());
        let many: Vec<_> = (0..2 * MAX_SPARES)
            .map(|_| {
                let event = DoneEvent::new(spares.clone());
                event.fd().unwrap();
                event
            })
            .collect();
        drop(many);
        assert_eq!(spares.spares.lock().len(), MAX_SPARES);
    }
}
