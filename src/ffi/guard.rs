//! Stops panics at the border to C, for entry points that return no status.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::thread_cancellation::HeldOff;
use crate::panic_injection::{Site, pass};

/// Runs `body`, and catches its panic.
pub fn catch<T>(body: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(|| {
        pass(Site::Entry);
        body()
    }))
}

/// Runs the body of an entry point that returns no status. Returns `fallback` after a panic.
pub fn guard_value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    let _held_off = HeldOff::new();
    catch(body).unwrap_or(fallback)
}

/// Reads a handle with a body that makes no system call. Returns `absent` for NULL and after a panic.
///
/// # Safety
/// `handle` is NULL or a live handle.
pub unsafe fn guard_read<T, V>(handle: *const T, absent: V, read: impl FnOnce(&T) -> V) -> V {
    // SAFETY: the caller's contract.
    match unsafe { handle.as_ref() } {
        Some(handle) => catch(|| read(handle)).unwrap_or(absent),
        None => absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_the_fallback() {
        assert_eq!(guard_value(7, || panic!("deliberate")), 7);
        let handle = 1;
        // SAFETY: the handle is live.
        let read = unsafe { guard_read(&raw const handle, 7, |_| panic!("deliberate")) };
        assert_eq!(read, 7);
    }
}
