//! Knowing that this process is a fork of the one in which a value was made.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Counts the forks between the process that loaded the library and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);
static HANDLER_REGISTERED: AtomicBool = AtomicBool::new(false);

/// Which process this is. Two processes that are parent and child never have equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    forks: u32,
    /// The backstop for processes made by a raw `clone`, of which no fork handler hears.
    pid: u32,
}

impl Generation {
    /// That of this process.
    pub fn current() -> Self {
        Generation {
            forks: FORKS.load(Ordering::Relaxed),
            pid: std::process::id(),
        }
    }
}

/// The fork handler: all it may do in a child of a process with threads is touch an atomic.
extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Registers the fork handler once. Not a `Once`: a fork in the middle of one would leave it locked
/// in the child for ever.
fn register_handler() {
    if !HANDLER_REGISTERED.swap(true, Ordering::AcqRel) {
        // SAFETY: the handler is a function of this library, which is linked so that it is never
        // unloaded; it does nothing but an atomic addition. A failure (no memory) is covered by the
        // process id in `Generation`.
        unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
    }
}

/// A value that each process makes for itself.
///
/// After a fork the child finds the cell empty. The parent's value is neither locked nor dropped
/// there: its locks may be held by threads that do not exist in the child, its connections and its
/// queue belong to the parent.
#[derive(Debug)]
pub struct PerProcess<T> {
    /// NULL before the first value.
    current: AtomicPtr<Slot<T>>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: Generation,
    value: T,
}

impl<T> PerProcess<T> {
    /// A cell without a value, for a `static`. Not a `OnceLock` around a cell: a fork during its first use
    /// would leave it locked in the child for ever.
    pub const fn empty() -> Self {
        PerProcess {
            current: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// A cell that holds `value` for this process.
    pub fn new(value: T) -> Self {
        register_handler();
        let slot = Box::new(Slot {
            generation: Generation::current(),
            value,
        });
        PerProcess {
            current: AtomicPtr::new(Box::into_raw(slot)),
        }
    }

    /// This process's value, made by `make` when there is none or the cell came here by a fork.
    pub fn get_or_renew<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let seen = self.current.load(Ordering::Acquire);
        if seen.is_null() {
            register_handler();
        }
        let here = Generation::current();
        // SAFETY: `current` is NULL or points to a slot that came from a Box and that is freed only when
        // the cell itself is dropped, so the reference is good for as long as `&self` is.
        if let Some(slot) = unsafe { seen.as_ref() }
            && slot.generation == here
        {
            return Ok(&slot.value);
        }
        let fresh = Box::into_raw(Box::new(Slot {
            generation: here,
            value: make()?,
        }));
        let installed =
            match self
                .current
                .compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => fresh,
                Err(winner) => {
                    // SAFETY: `fresh` came from a Box just above and was not published.
                    drop(unsafe { Box::from_raw(fresh) });
                    winner
                }
            };
        // SAFETY: as for `slot`; a slot that another thread installed belongs to this process, too.
        Ok(unsafe { &(*installed).value })
    }

    /// This process's value, unless there is none yet or the cell came here by a fork and was not renewed.
    pub fn get(&self) -> Option<&T> {
        // SAFETY: as in `get_or_renew`.
        let slot = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (slot.generation == Generation::current()).then_some(&slot.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let slot = std::mem::replace(self.current.get_mut(), ptr::null_mut());
        // SAFETY: as in `get_or_renew`; `&mut self` says that no reference into the slot is left.
        let generation = unsafe { slot.as_ref() }.map(|slot| slot.generation);
        if generation == Some(Generation::current()) {
            // SAFETY: the slot came from a Box and is freed only here.
            drop(unsafe { Box::from_raw(slot) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cell_gets_one_value() {
        let cell = PerProcess::empty();
        assert_eq!(cell.get(), None);
        assert_eq!(cell.get_or_renew(|| Err("refused")), Err("refused"));
        assert_eq!(cell.get_or_renew(|| Ok::<_, ()>(1)), Ok(&1));
        assert_eq!(cell.get_or_renew(|| Ok::<_, ()>(2)), Ok(&1));
        assert_eq!(cell.get(), Some(&1));
        drop(PerProcess::<u8>::empty());
    }

    #[test]
    fn a_child_makes_its_own_value_and_leaves_the_parents_alone() {
        let cell = PerProcess::new(String::from("parent"));
        // SAFETY: the child only runs async-signal-safe code and this test's own cell, then leaves
        // by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let inherited = cell.get().is_none();
            let renewed = cell.get_or_renew(|| Ok::<_, ()>(String::from("child")));
            let good = inherited && renewed == Ok(&String::from("child"));
            // SAFETY: ends the child without running the test harness's exit handlers.
            unsafe { libc::_exit(i32::from(!good)) };
        }
        let mut status = 0;
        // SAFETY: waits for the child forked above; the pointer is to a live integer.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0);
        assert_eq!(cell.get().map(String::as_str), Some("parent"));
    }
}
