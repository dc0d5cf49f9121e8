//! Runs the entry points that return a status: an error or a panic becomes a status and a `hookrail_error`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::hookrail_error;
use super::guard::catch;
use super::handle;
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::error::{Error, Result, Status};

/// Runs the body of an entry point, and hands over its error.
///
/// `error` is the caller's place for it: NULL, or valid for a write.
pub fn guard(
    error: *mut *mut hookrail_error,
    body: impl FnOnce() -> Result<()>,
) -> hookrail_status {
    let _held_off = HeldOff::new();
    guard_computation(error, body)
}

/// Like [`guard`], for a body that makes no system call. `pthread_cancel()` acts in system calls only, and
/// holding it off would take a tenth of the time of a verification.
pub fn guard_computation(
    error: *mut *mut hookrail_error,
    body: impl FnOnce() -> Result<()>,
) -> hookrail_status {
    match catch(body) {
        Ok(Ok(())) => Status::Ok,
        failed => fail(error, failed),
    }
}

/// A function of its own: each entry point has its own copy of `guard`.
#[cold]
fn fail(
    error: *mut *mut hookrail_error,
    failed: std::thread::Result<Result<()>>,
) -> hookrail_status {
    let failure = match failed {
        Ok(Ok(())) => return Status::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => Error::defect(&*panic),
    };
    let status = failure.status();
    // Building the handle may itself panic. The caller gets the status in any case.
    let made = catch_unwind(AssertUnwindSafe(|| hookrail_error::into_raw(failure)));
    if let Ok(made) = made {
        if error.is_null() {
            // SAFETY: the handle was made above, and C has not seen it.
            unsafe { handle::free(made) };
        } else {
            // SAFETY: the caller's contract: not NULL means valid for a write.
            unsafe { error.write(made) };
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_panic_becomes_an_internal_error_with_its_message() {
        let mut error = ptr::null_mut();
        let status = guard(&raw mut error, || panic!("deliberate {}", 1));
        assert_eq!(status, Status::Internal);
        // SAFETY: the guard has just made the handle.
        let error = unsafe { Box::from_raw(error) };
        assert!(error.message().contains("deliberate 1"));
    }

    #[test]
    fn an_error_without_a_place_is_dropped() {
        let status = guard(ptr::null_mut(), || Err(Error::invalid_argument("x")));
        assert_eq!(status, Status::InvalidArgument);
    }
}
