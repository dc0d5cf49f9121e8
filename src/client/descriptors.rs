//! The descriptors of background calls. They pass from call to call, because making and closing them takes four slow
//! system calls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sys::cancel::Cancel;
use crate::sys::eventfd::EventFd;
use crate::sys::fork::Generation;
use crate::sys::lock::Lock;

/// The most spare descriptors: few hosts have more calls at the same time.
const MAX_SPARES: usize = 16;

/// The descriptors with which a call and its caller wake each other.
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

/// The spare descriptors of a process, for its next calls.
#[derive(Debug)]
pub struct Spares {
    generation: Generation,
    spares: Lock<Vec<Descriptors>>,
}

impl Spares {
    /// Returns descriptors that are not signalled.
    pub fn take(&self) -> io::Result<Descriptors> {
        let spare = self.spares.lock().pop();
        spare.map_or_else(Descriptors::new, Ok)
    }

    /// Keeps the descriptors of a call that is over and that no code can still use.
    fn put(&self, Descriptors { cancel, done }: Descriptors) {
        // A parent's descriptors are shared with it, and no thread of this process may release the parent's lock.
        if self.generation != Generation::current() {
            return;
        }
        let Some(cancel) = cancel.renewed() else {
            return;
        };
        done.clear();
        let mut spares = self.spares.lock();
        if spares.len() < MAX_SPARES {
            spares.push(Descriptors { cancel, done });
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

/// The descriptors of one call. They become spare ones when this is dropped.
#[derive(Debug)]
pub struct CallDescriptors {
    /// `None` only during the drop.
    descriptors: Option<Descriptors>,
    spares: Arc<Spares>,
    /// Whether the host knows the descriptor. It may have added it to an epoll, which only closing undoes.
    known_to_host: AtomicBool,
}

impl CallDescriptors {
    /// Takes spare descriptors, or makes new ones.
    pub fn new(spares: Arc<Spares>) -> io::Result<Self> {
        Ok(CallDescriptors {
            descriptors: Some(spares.take()?),
            spares,
            known_to_host: AtomicBool::new(false),
        })
    }

    /// Returns the token that ends the call early.
    pub fn cancel(&self) -> &Cancel {
        &self.descriptors().cancel
    }

    /// Returns the event that is signalled when the call is done.
    pub fn done(&self) -> &EventFd {
        &self.descriptors().done
    }

    /// Returns the descriptor of [`CallDescriptors::done`] for the host.
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

impl Drop for CallDescriptors {
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
    fn the_next_call_gets_the_same_descriptors_cleared() {
        let spares = Arc::new(Spares::default());
        let first = CallDescriptors::new(spares.clone()).unwrap();
        let number = first.done().as_fd().as_raw_fd();
        first.done().signal();
        first.cancel().fire();
        drop(first);
        let second = CallDescriptors::new(spares).unwrap();
        assert_eq!(second.done().as_fd().as_raw_fd(), number);
        assert!(!is_readable(second.done().as_fd()));
        assert!(!second.cancel().is_fired());
        assert!(!is_readable(second.cancel().wake_up().unwrap()));
    }

    #[test]
    fn descriptors_that_may_still_be_watched_or_fired_are_not_used_again() {
        let spares = Arc::new(Spares::default());
        let watched = CallDescriptors::new(spares.clone()).unwrap();
        watched.lend_to_host();
        drop(watched);
        assert!(spares.spares.lock().is_empty());
        let shared = CallDescriptors::new(spares.clone()).unwrap();
        let _token = shared.cancel().clone();
        drop(shared);
        assert!(spares.spares.lock().is_empty());
    }

    #[test]
    fn the_number_of_spare_descriptors_is_limited() {
        let spares = Arc::new(Spares::default());
        let many: Vec<_> = (0..2 * MAX_SPARES)
            .map(|_| CallDescriptors::new(spares.clone()).unwrap())
            .collect();
        drop(many);
        assert_eq!(spares.spares.lock().len(), MAX_SPARES);
    }
}
