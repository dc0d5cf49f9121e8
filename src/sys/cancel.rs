//! Cancel tokens.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sys::eventfd::EventFd;
use crate::sys::fork::PerProcess;

/// A token that ends the calls to which it is given, in any phase.
///
/// Once fired, a token stays fired: a call that starts with it does nothing. Clones are the same token. After a
/// fork, parent and child have a token each.
///
/// ```
/// let cancel = hookrail::Cancel::new().unwrap();
/// assert!(!cancel.is_fired());
/// cancel.fire();
/// assert!(cancel.is_fired());
/// ```
#[derive(Clone, Debug)]
pub struct Cancel(Arc<Token>);

#[derive(Debug)]
struct Token {
    fired: AtomicBool,
    /// One per process: a fork shares the descriptor, and firing the token in the parent must not end the
    /// child's calls.
    event: PerProcess<EventFd>,
}

impl Cancel {
    /// Makes a token that is not fired.
    ///
    /// # Errors
    /// The system's error if the process has no file descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Cancel(Arc::new(Token {
            fired: AtomicBool::new(false),
            event: PerProcess::new(EventFd::new()?),
        })))
    }

    /// Fires the token. Any thread and any signal handler may call this.
    pub fn fire(&self) {
        self.0.fired.store(true, Ordering::SeqCst);
        // In a child that has not waited on the token yet there is no thread to wake up; a later wait reads
        // the flag first.
        if let Some(event) = self.0.event.get() {
            event.signal();
        }
    }

    /// Returns whether the token was fired.
    pub fn is_fired(&self) -> bool {
        self.0.fired.load(Ordering::SeqCst)
    }

    /// Returns a descriptor that is readable once the token was fired. Call this before [`Cancel::is_fired`]:
    /// otherwise a firing between the two would be missed.
    pub(crate) fn wake_up(&self) -> io::Result<BorrowedFd<'_>> {
        Ok(self.0.event.get_or_renew(EventFd::new)?.as_fd())
    }
}
