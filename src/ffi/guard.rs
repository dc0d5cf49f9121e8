//! The border that neither a panic nor a half-written output crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::hookrail_error;
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::error::{Error, Result};
use crate::panic_injection::{Site, pass};

/// Runs the body of an entry point and hands its error over.
///
/// `error` is the caller's place for it: NULL, or valid for a write.
pub fn guard(
    error: *mut *mut hookrail_error,
    body: impl FnOnce() -> Result<()>,
) -> hookrail_status {
    let _held_off = HeldOff::new();
    guard_computation(error, body)
}

/// Like [`guard`], for a body that makes no system call: where there is none, `pthread_cancel()` does nothing,
/// and holding it off would be a tenth of a verification.
pub fn guard_computation(
    error: *mut *mut hookrail_error,
    body: impl FnOnce() -> Result<()>,
) -> hookrail_status {
    let body = || {
        pass(Site::Entry);
        body()
    };
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => hookrail_status::HOOKRAIL_OK,
        failed => fail(error, failed),
    }
}

/// Apart from `guard`, of which each entry point has a copy of its own.
#[cold]
fn fail(
    error: *mut *mut hookrail_error,
    failed: std::thread::Result<Result<()>>,
) -> hookrail_status {
    let failure = match failed {
        Ok(Ok(())) => return hookrail_status::HOOKRAIL_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => Error::defect(&*panic),
    };
    let status = failure.status().into();
    // Building the handle may itself panic; the status is what counts.
    let handle = catch_unwind(AssertUnwindSafe(|| hookrail_error::into_raw(failure)));
    if let Ok(handle) = handle {
        if error.is_null() {
            // SAFETY: the handle was made above and is known to nobody else.
            drop(unsafe { Box::from_raw(handle) });
        } else {
            // SAFETY: the caller's contract: not NULL means valid for a write.
            unsafe { error.write(handle) };
        }
    }
    status
}

/// Runs the body of an entry point that has no status to return; `fallback` takes the place of a
/// panic.
pub fn guard_value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    let _held_off = HeldOff::new();
    guard_computed_value(fallback, body)
}

/// Like [`guard_value`], for a body that makes no system call.
fn guard_computed_value<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    let body = || {
        pass(Site::Entry);
        body()
    };
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// Reads something of a handle; `absent` is what there is to say of NULL, and takes the place of a
/// panic.
///
/// # Safety
/// `handle` is NULL or a live handle.
pub unsafe fn guard_read<T, V>(handle: *const T, absent: V, read: impl FnOnce(&T) -> V) -> V {
    // SAFETY: the caller's contract.
    match unsafe { handle.as_ref() } {
        Some(handle) => guard_computed_value(absent, || read(handle)),
        None => absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_panic_becomes_an_internal_error_with_its_message() {
        let mut error = ptr::null_mut();
        let status = guard(&raw mut error, || panic!("deliberate {}", 1));
        assert_eq!(status, hookrail_status::HOOKRAIL_INTERNAL);
        // SAFETY: the guard has just made the handle.
        let error = unsafe { Box::from_raw(error) };
        assert!(error.message().contains("deliberate 1"));
    }

    #[test]
    fn an_error_nobody_wants_is_dropped() {
        let status = guard(ptr::null_mut(), || Err(Error::invalid_argument("x")));
        assert_eq!(status, hookrail_status::HOOKRAIL_INVALID_ARGUMENT);
        assert_eq!(guard_value(7, || panic!("deliberate")), 7);
    }
}
