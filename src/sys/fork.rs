//! Detects that this process is a fork of the process in which a value was made.

mod wiped_page;

use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use wiped_page::WipedPage;

/// The place of this process's number; null before the first use.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
/// The mark on systems that cannot empty memory in a forked child: macOS, and Linux before 4.14.
static PLAIN_MARK: AtomicU32 = AtomicU32::new(0);
/// The last number that was given to this process or to one of its ancestors.
static LAST: AtomicU32 = AtomicU32::new(0);
static HANDLER_REGISTERED: AtomicBool = AtomicBool::new(false);

/// Identifies a process. Parent and child never have equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    number: u32,
    /// With the plain mark: the process id, for a child made by a raw `clone`, which runs no fork handler.
    /// Otherwise 0, because asking for the process id is a system call.
    pid: u32,
}

impl Generation {
    /// Returns the generation of this process.
    pub fn current() -> Self {
        let mark = mark();
        let number = match mark.load(Ordering::Relaxed) {
            0 => new_number(mark),
            number => number,
        };
        let is_plain = ptr::eq(mark, &PLAIN_MARK);
        Generation {
            number,
            pid: if is_plain { std::process::id() } else { 0 },
        }
    }
}

/// Gives this process a number after it found its mark empty. The number of its parent is no greater than the
/// last one given, which a fork copies.
#[cold]
fn new_number(mark: &AtomicU32) -> u32 {
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    match mark.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => number,
        Err(another_threads) => another_threads,
    }
}

fn mark() -> &'static AtomicU32 {
    let mark = MARK.load(Ordering::Acquire);
    if mark.is_null() {
        return new_mark();
    }
    // SAFETY: once set, the pointer is to a static or to a page that is never unmapped, and a page of
    // zeros is a valid integer.
    unsafe { &*mark }
}

/// Makes the mark. If two threads do so at the same time, one gives its page back.
#[cold]
fn new_mark() -> &'static AtomicU32 {
    let page = WipedPage::new();
    let mine = page
        .as_ref()
        .map_or((&raw const PLAIN_MARK).cast_mut(), WipedPage::address);
    let set = MARK.compare_exchange(ptr::null_mut(), mine, Ordering::AcqRel, Ordering::Acquire);
    if set.is_ok() {
        mem::forget(page);
    }
    mark()
}

/// The fork handler. In a child of a process with threads it may only touch atomics.
extern "C" fn forget_number() {
    mark().store(0, Ordering::Relaxed);
}

/// Registers the fork handler once. This is not a `Once`: a fork in the middle of one would leave it locked in the
/// child for ever.
fn register_handler() {
    if !HANDLER_REGISTERED.swap(true, Ordering::AcqRel) {
        // The handler must find a mark.
        mark();
        // A failure does no harm: the page is empty after a fork, or `Generation` has the process id.
        at_fork(ForkHandlers {
            in_child: Some(forget_number),
            ..ForkHandlers::default()
        });
    }
}

/// The functions to call whenever this process forks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForkHandlers {
    /// Called before the fork, by the thread that forks. It may not register handlers.
    pub before: Option<extern "C" fn()>,
    /// Called after the fork, by that thread.
    pub in_parent: Option<extern "C" fn()>,
    /// Called after the fork, by the only thread of the child. It may only touch atomics.
    pub in_child: Option<extern "C" fn()>,
}

/// Registers handlers for all later forks. If the system has no memory for them, forks run without handlers.
pub fn at_fork(handlers: ForkHandlers) {
    let [before, in_parent, in_child] = [handlers.before, handlers.in_parent, handlers.in_child]
        .map(|handler| handler.map(|handler| handler as unsafe extern "C" fn()));
    // SAFETY: the handlers are safe functions of this library, which is linked so that it is never unloaded.
    unsafe { libc::pthread_atfork(before, in_parent, in_child) };
}

/// A value that each process makes for itself.
///
/// After a fork, the child finds the cell empty. It neither locks nor drops the parent's value: threads that do not
/// exist in the child may hold the value's locks, and its connections and its queue belong to the parent.
#[derive(Debug)]
pub struct PerProcess<T> {
    /// NULL before the first value.
    current: AtomicPtr<ProcessSlot<T>>,
}

#[derive(Debug)]
struct ProcessSlot<T> {
    generation: Generation,
    value: T,
}

impl<T> PerProcess<T> {
    /// Makes a cell without a value, for a `static`. This is not a `OnceLock` around a cell: a fork during its
    /// first use would leave it locked in the child for ever.
    pub const fn empty() -> Self {
        PerProcess {
            current: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Makes a cell that holds `value` for this process.
    pub fn new(value: T) -> Self {
        register_handler();
        let slot = Box::new(ProcessSlot {
            generation: Generation::current(),
            value,
        });
        PerProcess {
            current: AtomicPtr::new(Box::into_raw(slot)),
        }
    }

    /// Returns this process's value. Makes it if there is none, or if the cell came here by a fork.
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
        let fresh = Box::into_raw(Box::new(ProcessSlot {
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

    /// Returns this process's value, if it was made in this process.
    pub fn get(&self) -> Option<&T> {
        // SAFETY: as in `get_or_renew`.
        let slot = unsafe { self.current.load(Ordering::Acquire).as_ref() }?;
        (slot.generation == Generation::current()).then_some(&slot.value)
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let slot = mem::replace(self.current.get_mut(), ptr::null_mut());
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

    /// Waits for a child and returns whether it exited with 0.
    fn has_succeeded(child: libc::pid_t) -> bool {
        let mut status = 0;
        // SAFETY: waits for a child of this process; the pointer is to a live integer.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        waited == child && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_that_runs_no_fork_handler_finds_the_cell_empty() {
        let cell = PerProcess::new(String::from("parent"));
        // SAFETY: without a stack of its own the child goes on here with a copy of everything, as after
        // a fork. It only reads memory, then leaves by `_exit`.
        let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
        if child == 0 {
            let inherited = cell.get().is_none();
            // SAFETY: ends the child without running the test harness's exit handlers.
            unsafe { libc::_exit(i32::from(!inherited)) };
        }
        assert!(has_succeeded(child as libc::pid_t));
        assert_eq!(cell.get().map(String::as_str), Some("parent"));
    }

    #[test]
    fn a_child_makes_its_own_value_and_keeps_the_parents_untouched() {
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
        assert!(has_succeeded(child));
        assert_eq!(cell.get().map(String::as_str), Some("parent"));
    }
}
