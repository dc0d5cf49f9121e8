//! `hookrail_cancel`.

use super::argument;
use super::error::hookrail_error;
use super::fallible::guard;
use super::handle;
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::sys::cancel::Cancel;
use crate::sys::out_of_resources::Shortage;

/// A token that ends calls early.
///
/// A fired token stays fired: a call that starts with it does nothing. Any number of calls may use a token at
/// the same time.
pub struct hookrail_cancel(Cancel);

impl hookrail_cancel {
    /// Returns the token itself.
    pub fn token(&self) -> Cancel {
        self.0.clone()
    }
}

/// Makes a token. It takes one file descriptor.
///
/// @param out Set to the token; free it with hookrail_cancel_free().
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`out` is NULL); HOOKRAIL_OUT_OF_RESOURCES (the process may open no more
/// file descriptors).
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
        *out = handle::into_raw(hookrail_cancel(token));
        Ok(())
    })
}

/// Fires a token: every call that uses it, now or later, ends with HOOKRAIL_CANCELLED within milliseconds. NULL
/// is allowed, and so is firing it again.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_fire(cancel: *const hookrail_cancel) {
    // SAFETY: the caller's contract. There is no guard around this: firing cannot panic, and a signal handler
    // must not unwind.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        let _held_off = HeldOff::new();
        cancel.0.fire();
    }
}

/// Returns whether the token was fired; false for NULL.
///
/// Thread-safety: any thread. Async-signal-safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_is_fired(cancel: *const hookrail_cancel) -> bool {
    // SAFETY: the caller's contract.
    unsafe { cancel.as_ref() }.is_some_and(|cancel| cancel.0.is_fired())
}

/// Frees a token. NULL is allowed. Calls and options may still use the token: they keep what they need.
///
/// Thread-safety: no other thread may still use this handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_free(cancel: *mut hookrail_cancel) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(cancel) };
}
