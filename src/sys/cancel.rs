//! Ending a call from outside.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::sys::eventfd::EventFd;
use crate::sys::fork::PerProcess;

/// A token that ends the calls it was given to, wherever they are.
///
/// It is sticky: once fired it stays fired, and a call that starts with a fired token does nothing.
/// Clones are the same token. After a fork, parent and child have a token each.
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
    /// Of each process its own: the descriptor is shared over a fork, and a token fired in the
    /// parent must not end the child's calls.
    event: PerProcess<EventFd>,
}

impl Cancel {
    /// A token that was not fired.
    ///
    /// # Errors
    /// The operating system's, when the process is out of file descriptors.
    pub fn new() -> io::Result<Self> {
        Ok(Cancel(Arc::new(Token {
            fired: AtomicBool::new(false),
            event: PerProcess::new(EventFd::new()?),
        })))
    }

    /// Fires the token. Safe from any thread and from a signal handler.
    pub fn fire(&self) {
        self.0.fired.store(true, Ordering::SeqCst);
        // In a child that has not waited on the token yet there is nobody to wake up; whoever waits
        // later reads the flag first.
        if let Some(event) = self.0.event.get() {
            event.signal();
        }
    }

    /// Makes a fired token as good as new. Only for who knows that no call uses it and nobody is about
    /// to fire it.
    pub(crate) fn reset(&self) {
        if self.0.fired.swap(false, Ordering::SeqCst)
            && let Some(event) = self.0.event.get()
        {
            event.clear();
        }
    }

    /// The token as good as new, unless somebody else has it, too.
    pub(crate) fn renewed(mut self) -> Option<Self> {
        Arc::get_mut(&mut self.0)?;
        self.reset();
        Some(self)
    }

    /// Whether it was fired.
    pub fn is_fired(&self) -> bool {
        self.0.fired.load(Ordering::SeqCst)
    }

    /// A descriptor that is readable once the token was fired. To be asked for before
    /// [`Cancel::is_fired`], so that no firing falls between the two.
    pub(crate) fn wake_up(&self) -> io::Result<BorrowedFd<'_>> {
        Ok(self.0.event.get_or_renew(EventFd::new)?.as_fd())
    }
}
