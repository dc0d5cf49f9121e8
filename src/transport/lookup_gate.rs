//! Keeps name look-ups and forks apart.
//!
//! The C library takes locks while it looks a name up, and does not give them back in a forked child: if
//! the fork came in the middle, no name can be looked up there any more. So a fork waits for the look-ups
//! under way, and those that are about to start wait for the fork.
//!
//! Both wait for a bounded time. A look-up that takes longer than a fork waits is one that waits for a name
//! server, without a lock.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::sys::fork::{ForkHandlers, at_fork};

/// How long one waits for the other: many times what all but the name servers take.
const PATIENCE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_micros(200);

static LOOK_UPS: AtomicUsize = AtomicUsize::new(0);
static FORKS: AtomicUsize = AtomicUsize::new(0);
static IS_GUARDED: AtomicBool = AtomicBool::new(false);

/// A look-up under way.
#[derive(Debug)]
pub struct LookUp {
    is_counted: bool,
}

/// Starts a look-up, which lasts until the value is dropped. Only for threads that block all signals: a
/// handler that forks there would wait for its own thread.
pub fn enter() -> LookUp {
    if !IS_GUARDED.load(Ordering::Acquire) {
        // A second time does no harm.
        at_fork(ForkHandlers {
            before: Some(wait_for_look_ups),
            in_parent: Some(let_look_ups_go),
            in_child: Some(forget_the_parents),
        });
        IS_GUARDED.store(true, Ordering::Release);
    }
    let is_counted = wait_until(|| {
        LOOK_UPS.fetch_add(1, Ordering::SeqCst);
        let free = FORKS.load(Ordering::SeqCst) == 0;
        if !free {
            decrease(&LOOK_UPS);
        }
        free
    });
    LookUp { is_counted }
}

impl Drop for LookUp {
    fn drop(&mut self) {
        if self.is_counted {
            decrease(&LOOK_UPS);
        }
    }
}

extern "C" fn wait_for_look_ups() {
    FORKS.fetch_add(1, Ordering::SeqCst);
    wait_until(|| LOOK_UPS.load(Ordering::SeqCst) == 0);
}

extern "C" fn let_look_ups_go() {
    decrease(&FORKS);
}

extern "C" fn forget_the_parents() {
    FORKS.store(0, Ordering::SeqCst);
    LOOK_UPS.store(0, Ordering::SeqCst);
}

/// Waits until that is true, but not for long; tells whether it is.
fn wait_until(mut is_true: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    loop {
        if is_true() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(PAUSE);
    }
}

/// Not below 0: handlers may have been registered in the middle of a fork.
fn decrease(counter: &AtomicUsize) {
    let _ = counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
        count.checked_sub(1)
    });
}
