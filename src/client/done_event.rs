//! The descriptors that tell that background calls are done. They pass from call to call: to make and to close one
//! takes two system calls, and slow ones.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// The descriptor of one call. Goes back to the spares when it is dropped.
#[derive(Debug)]
pub struct DoneEvent {
    /// There until the drop.
    event: Option<EventFd>,
    spares: Arc<Spares>,
    /// The host may have put it into an epoll, which it leaves only by being closed.
    known_to_host: AtomicBool,
}

impl DoneEvent {
    /// Takes a spare descriptor, or makes one.
    pub fn new(spares: Arc<Spares>) -> io::Result<Self> {
        Ok(DoneEvent {
            event: Some(spares.take()?),
            spares,
            known_to_host: AtomicBool::new(false),
        })
    }

    /// Makes the descriptor readable.
    pub fn signal(&self) {
        self.event().signal();
    }

    /// Returns the descriptor for a wait of the library.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.event().as_fd()
    }

    /// Returns the descriptor for the host.
    pub fn lend_to_host(&self) -> BorrowedFd<'_> {
        self.known_to_host.store(true, Ordering::Relaxed);
        self.fd()
    }

    fn event(&self) -> &EventFd {
        self.event
            .as_ref()
            .expect("only the drop takes the descriptor")
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
        let first = DoneEvent::new(spares.clone()).unwrap();
        let number = first.fd().as_raw_fd();
        first.signal();
        assert!(is_readable(first.fd()));
        drop(first);
        let second = DoneEvent::new(spares).unwrap();
        assert_eq!(second.fd().as_raw_fd(), number);
        assert!(!is_readable(second.fd()));
    }

    #[test]
    fn a_descriptor_that_the_host_may_watch_is_not_used_again() {
        let spares = Arc::new(Spares::default());
        let watched = DoneEvent::new(spares.clone()).unwrap();
        watched.lend_to_host();
        drop(watched);
        assert!(spares.spares.lock().is_empty());
    }

    #[test]
    fn no_more_are_kept_than_are_likely_to_be_used() {
        let spares = Arc::new(Spares::default());
        let many: Vec<_> = (0..2 * MAX_SPARES)
            .map(|_| DoneEvent::new(spares.clone()).unwrap())
            .collect();
        drop(many);
        assert_eq!(spares.spares.lock().len(), MAX_SPARES);
    }
}
