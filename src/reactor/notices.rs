//! Notices to waiting threads that the reactor's thread puts off for a moment, to give several of them as one.
//!
//! To wake a thread takes calls to the system on both sides. So the ends of several jobs are told together: after a few
//! of them, and always before the reactor's thread waits.

use std::cell::RefCell;
use std::mem;
use std::ptr;
use std::sync::Arc;

/// After this many notices those that were put off are given.
const AT_ONCE: usize = 16;

/// Tells other threads of changes. To give a notice twice is harmless, and tells nothing new.
pub trait Notice {
    /// Tells them of all changes so far. It must not panic.
    fn give(&self);
}

thread_local! {
    /// The notices that were put off, on a reactor's thread.
    static PUT_OFF: RefCell<Option<PutOff>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct PutOff {
    notices: Vec<Arc<dyn Notice>>,
    /// How often one of them was put off.
    count: usize,
}

impl PutOff {
    /// Returns whether the notices are due.
    fn add<N: Notice + 'static>(&mut self, notice: &Arc<N>) -> bool {
        let is_same =
            |other: &Arc<dyn Notice>| ptr::addr_eq(Arc::as_ptr(other), Arc::as_ptr(notice));
        if !self.notices.iter().any(is_same) {
            self.notices.push(notice.clone());
        }
        self.count += 1;
        self.count >= AT_ONCE
    }
}

/// Has this thread put notices off. It must call [`give`] before each wait.
pub(super) fn put_off() {
    PUT_OFF.set(Some(PutOff::default()));
}

/// Gives the notices that this thread has put off.
pub(super) fn give() {
    let due = PUT_OFF.with_borrow_mut(|put_off| put_off.as_mut().map(mem::take));
    for notice in due.unwrap_or_default().notices {
        notice.give();
    }
}

/// Gives a notice: in a moment on a reactor's thread, at once on other threads.
pub fn soon<N: Notice + 'static>(notice: &Arc<N>) {
    // A thread that is ending may have no value any more.
    let is_due = PUT_OFF.try_with(|put_off| put_off.borrow_mut().as_mut().map(|it| it.add(notice)));
    match is_due.unwrap_or_default() {
        None => notice.give(),
        Some(true) => give(),
        Some(false) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Counted {
        fn times(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Notice for Counted {
        fn give(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_thread_that_is_no_reactors_gives_a_notice_at_once() {
        let notice = Arc::<Counted>::default();
        soon(&notice);
        soon(&notice);
        assert_eq!(notice.times(), 2);
    }

    #[test]
    fn a_thread_that_is_ending_gives_a_notice_at_once() {
        struct AtEnd(Arc<Counted>);

        impl Drop for AtEnd {
            fn drop(&mut self) {
                soon(&self.0);
            }
        }

        thread_local!(static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) });

        let notice = Arc::<Counted>::default();
        let of_thread = notice.clone();
        let thread = std::thread::spawn(move || {
            // What was made last is dropped first.
            AT_END.set(Some(AtEnd(of_thread.clone())));
            soon(&of_thread);
        });
        thread.join().unwrap();
        assert_eq!(notice.times(), 2);
    }

    #[test]
    fn several_notices_are_given_as_one() {
        let [one, other] = [(), ()].map(|()| Arc::<Counted>::default());
        put_off();
        for _ in 0..3 {
            soon(&one);
            soon(&other);
        }
        assert_eq!((one.times(), other.times()), (0, 0));
        give();
        give();
        assert_eq!((one.times(), other.times()), (1, 1));
    }

    #[test]
    fn notices_do_not_wait_for_many_others() {
        let notice = Arc::<Counted>::default();
        put_off();
        for _ in 0..2 * AT_ONCE {
            soon(&notice);
        }
        assert_eq!(notice.times(), 2);
    }
}
