//! Keeps name look-ups and forks apart.
//!
//! The C library takes locks while it looks a name up, and does not release them in a forked child. After a fork in
//! the middle of a look-up the child could look up no name any more. So a fork waits for running look-ups, and new
//! look-ups wait for the fork.
//!
//! Both waits have a limit. A look-up that takes longer than that is waiting for a name server and holds no lock.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::sys::fork::{ForkHandlers, PerProcess, at_fork};

/// The longest wait of one for the other. Everything but a name server takes far less.
const PATIENCE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_micros(200);

/// The numbers of running look-ups and forks in this process.
#[derive(Debug, Default)]
struct Gate {
    look_ups: AtomicUsize,
    forks: AtomicUsize,
}

static GATE: PerProcess<Gate> = PerProcess::empty();
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

fn gate() -> &'static Gate {
    match GATE.get_or_renew(|| Ok::<_, Infallible>(Gate::default())) {
        Ok(gate) => gate,
    }
}

/// Makes forks wait from now on. It acts only once, because each time would add another wait.
pub fn install() {
    if !IS_INSTALLED.swap(true, Ordering::AcqRel) {
        // The handlers must find the gate: to make it may register a handler, and musl would wait for its own lock
        // if that were done during a fork.
        gate();
        at_fork(ForkHandlers {
            before: Some(wait_for_look_ups),
            in_parent: Some(let_look_ups_go),
            in_child: None,
        });
    }
}

/// A running look-up.
#[derive(Debug)]
pub struct CountedLookUp {
    counted_in: Option<&'static Gate>,
}

/// Starts a look-up, which lasts until the value is dropped. The calling thread must block all signals: a signal
/// handler that forks there would wait for its own thread.
pub fn enter() -> CountedLookUp {
    let gate = gate();
    let is_counted = wait_until(|| {
        gate.look_ups.fetch_add(1, Ordering::SeqCst);
        let is_free = gate.forks.load(Ordering::SeqCst) == 0;
        if !is_free {
            gate.look_ups.fetch_sub(1, Ordering::SeqCst);
        }
        is_free
    });
    CountedLookUp {
        counted_in: is_counted.then_some(gate),
    }
}

impl Drop for CountedLookUp {
    fn drop(&mut self) {
        if let Some(gate) = self.counted_in {
            gate.look_ups.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

extern "C" fn wait_for_look_ups() {
    let gate = gate();
    gate.forks.fetch_add(1, Ordering::SeqCst);
    wait_until(|| gate.look_ups.load(Ordering::SeqCst) == 0);
}

extern "C" fn let_look_ups_go() {
    gate().forks.fetch_sub(1, Ordering::SeqCst);
}

/// Waits for a limited time until the condition is true. Returns whether it is.
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
