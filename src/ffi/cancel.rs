//! `hookrail_cancel`.

use super::argument;
use super::error::hookrail_error;
use super::guard::{guard, guard_value};
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::sys::cancel::Cancel;
use crate::sys::shortage::Shortage;

/// A token that ends calls early.
///
/// Sticky: once fired it stays fired, and a call that starts with a fired token does nothing. Any
/// number of calls may use it, at the same time, too.
pub struct hookrail_cancel(Cancel);

impl hookrail_cancel {
    /// The token itself.
    pub fn token(&self) -> Cancel {
        self.0.clone()
    }
}

/// Makes a token.
///
/// Ownership: free `*out` with hookrail_cancel_free().
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`out` is NULL), HOOKRAIL_OUT_OF_RESOURCES (the process is out
/// of file descriptors: a token takes one).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_new(
    out: *mut *mut hookrail_cancel,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let out = unsafe { argument::out("out", out) }?;
        let token =
            Cancel::new().map_err(|error| Shortage::descriptor("for the cancel token", error))?;
        *out = Box::into_raw(Box::new(hookrail_cancel(token)));
        Ok(())
    })
}

/// Fires the token: every call that uses it, now or later, ends with HOOKRAIL_CANCELLED, within
/// milliseconds and wherever it is. NULL is fine, a second time as well.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_fire(cancel: *const hookrail_cancel) {
    // SAFETY: the caller's contract. There is no guard around this: firing cannot panic, and
    // unwinding has no place in a signal handler.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        let _held_off = HeldOff::new();
        cancel.0.fire();
    }
}

/// Whether the token was fired; false for NULL.
///
/// Thread-safety: any thread. Async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_is_fired(cancel: *const hookrail_cancel) -> bool {
    // SAFETY: the caller's contract.
    unsafe { cancel.as_ref() }.is_some_and(|cancel| cancel.0.is_fired())
}

/// Frees a token. NULL is fine. Calls and options that were given the token keep what they need of
/// it: it may be freed while they use it.
///
/// Thread-safety: no other thread may use this handle any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_free(cancel: *mut hookrail_cancel) {
    if !cancel.is_null() {
        // SAFETY: the handle came from hookrail_cancel_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(cancel) }));
    }
}
