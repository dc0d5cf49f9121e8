//! Panics on demand. The tests use them to show that a panic harms nothing but the call in which it happens.
//!
//! Only the feature `panic-injection` can arm one; other builds contain nothing of this.

/// A place where a panic can be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Site {
    /// The guard of a function of the C ABI.
    Entry = 1,
    /// A thread that holds the lock of the producer's queue.
    Queue,
    /// A sender of the producer, between an attempt and the report about it.
    Sender,
    /// The producer's dispatcher.
    Dispatcher,
    /// The thread that looks up a name.
    Lookup,
    /// A call that opens a connection.
    Dial,
    /// A call that has received its answer.
    Answer,
    /// A thread that gives the reactor a job, and holds its lock.
    Reactor,
}

/// Panics if a panic is armed for this place.
#[cfg(feature = "panic-injection")]
pub fn pass(site: Site) {
    if armed::take(site) {
        panic!("injected at {site:?}");
    }
}

/// Does nothing.
#[cfg(not(feature = "panic-injection"))]
#[inline(always)]
pub const fn pass(_: Site) {}

#[cfg(feature = "panic-injection")]
pub mod armed {
    //! The armed panic. There is at most one.

    use std::sync::atomic::{AtomicI32, Ordering};

    use super::Site;

    const NONE: i32 = 0;

    static ARMED: AtomicI32 = AtomicI32::new(NONE);

    /// Arms a panic for the next thread that passes the place with this number; 0 disarms. Returns the number that
    /// was armed and is not used up.
    pub fn arm(site: i32) -> i32 {
        ARMED.swap(site, Ordering::SeqCst)
    }

    /// Returns the number that is armed.
    pub fn site() -> i32 {
        ARMED.load(Ordering::SeqCst)
    }

    pub(super) fn take(site: Site) -> bool {
        ARMED
            .compare_exchange(site as i32, NONE, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}
