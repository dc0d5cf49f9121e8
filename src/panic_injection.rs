//! Panics on demand, at the places of which a test shows that a panic there does no harm beyond the
//! call it hits.
//!
//! Only the feature `panic-injection` can arm one; without it nothing of this is in the library.

/// A place that a panic can be injected at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Site {
    /// The guard of a function of the C ABI.
    Entry = 1,
    /// A thread that holds the lock of the producer's books.
    Books,
    /// A worker of the producer, between an attempt and its entry in the books.
    Worker,
    /// The producer's timekeeper.
    Timekeeper,
    /// The thread that looks a name up.
    Lookup,
    /// A call that opens a connection.
    Dial,
    /// A call whose answer is there.
    Answer,
    /// A thread that holds the lock of the threads for detached calls.
    CallPool,
}

/// Panics if one was armed for this place.
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
    //! The one panic that is armed.

    use std::sync::atomic::{AtomicI32, Ordering};

    use super::Site;

    const NONE: i32 = 0;

    static ARMED: AtomicI32 = AtomicI32::new(NONE);

    /// Arms a panic for the next that comes by a place of this number, or none for 0. Returns the number
    /// that was armed before and not used up.
    pub fn arm(site: i32) -> i32 {
        ARMED.swap(site, Ordering::SeqCst)
    }

    /// The number that is armed.
    pub fn site() -> i32 {
        ARMED.load(Ordering::SeqCst)
    }

    pub(super) fn take(site: Site) -> bool {
        ARMED
            .compare_exchange(site as i32, NONE, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}
