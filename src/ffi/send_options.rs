//! `hookrail_send_options`.

use std::ffi::c_char;
use std::ptr;

use super::argument;
use super::cancel::hookrail_cancel;
use super::error::hookrail_error;
use super::guard::{guard, guard_value};
use super::status::hookrail_status;
use crate::client::SendOptions;
use crate::error::Result;
use crate::protocol::keys::{IdempotencyKey, OrderingKey};

/// What may be said about a send. One handle may serve any number of sends, but mind that a fixed
/// idempotency key makes them all the same event.
///
/// Thread-safety: setters need the handle to themselves; sends in several threads may share it.
#[derive(Default)]
pub struct hookrail_send_options(SendOptions);

/// The options behind a pointer that may be NULL.
///
/// # Safety
/// `options` is NULL or a live handle that no other thread changes.
pub unsafe fn or_default(options: *const hookrail_send_options) -> SendOptions {
    // SAFETY: the caller's contract.
    unsafe { options.as_ref() }.map_or_else(SendOptions::default, |handle| handle.0.clone())
}

fn set(
    options: *mut hookrail_send_options,
    error: *mut *mut hookrail_error,
    change: impl FnOnce(&mut SendOptions) -> Result<()>,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the contract of every setter: NULL, or a live handle that no other thread uses.
        let handle = unsafe { argument::handle_mut("options", options) }?;
        change(&mut handle.0)
    })
}

/// Makes options that say nothing yet.
///
/// Ownership: free them with hookrail_send_options_free().
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_send_options_new() -> *mut hookrail_send_options {
    guard_value(ptr::null_mut(), || Box::into_raw(Box::default()))
}

/// Frees options. NULL is fine; so is doing it while a send that was given them is still under way
/// in another thread that has already entered the library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_free(options: *mut hookrail_send_options) {
    if !options.is_null() {
        // SAFETY: the handle came from hookrail_send_options_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(options) }));
    }
}

/// Sets the key under which the service recognises the event: sent again with the same key and the
/// same bytes it is not recorded a second time (protocol section 1). Without one, each send gets a
/// random UUID.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 255 bytes or not all visible ASCII and spaces,
/// or begins or ends with a space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_set_idempotency_key(
    options: *mut hookrail_send_options,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let key = unsafe { argument::bytes("key", key, key_len) }?;
        options.idempotency_key = Some(IdempotencyKey::new(key)?);
        Ok(())
    })
}

/// Sets the ordering key: events with the same one are delivered in order by ordered subscriptions
/// (protocol section 1).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 256 bytes or not all visible ASCII and spaces,
/// or begins or ends with a space.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_set_ordering_key(
    options: *mut hookrail_send_options,
    key: *const c_char,
    key_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let key = unsafe { argument::bytes("key", key, key_len) }?;
        options.ordering_key = Some(OrderingKey::new(key)?);
        Ok(())
    })
}

/// Sets the time for the whole send, retries and waits included, in milliseconds, in place of the
/// client's total timeout.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_set_timeout_ms(
    options: *mut hookrail_send_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.call.timeout = Some(argument::milliseconds("timeout_ms", timeout_ms)?);
        Ok(())
    })
}

/// Sets the token that ends the send early; NULL takes it away.
///
/// Ownership: the options keep what they need; `cancel` may be freed at any time.
/// Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_set_cancel(
    options: *mut hookrail_send_options,
    cancel: *const hookrail_cancel,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        options.call.cancel = unsafe { cancel.as_ref() }.map(hookrail_cancel::token);
        Ok(())
    })
}
