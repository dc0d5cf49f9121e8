//! `hookrail_send_options`.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use super::argument;
use super::cancel::hookrail_cancel;
use super::error::hookrail_error;
use super::fallible::guard;
use super::guard::guard_value;
use super::handle;
use super::status::hookrail_status;
use crate::client::{CallOptions, SendOptions};
use crate::error::Result;
use crate::protocol::keys::{IdempotencyKey, OrderingKey};

/// The settings of a send. Any number of sends may use one handle; but with a fixed idempotency key all of
/// them are the same event for the service.
///
/// Thread-safety: no other thread may use the handle during a setter; sends in several threads may share it.
#[derive(Default)]
pub struct hookrail_send_options(SendOptions);

/// Returns a copy of the options; the defaults for NULL.
///
/// # Safety
/// `options` is NULL or a live handle that no other thread changes.
pub unsafe fn or_default(options: *const hookrail_send_options) -> SendOptions {
    // SAFETY: the caller's contract.
    unsafe { options.as_ref() }.map_or_else(SendOptions::default, |handle| handle.0.clone())
}

/// Makes the options of a call that takes them as plain arguments.
///
/// # Safety
/// `cancel` is NULL or a live handle.
pub unsafe fn call_options(
    cancel: *const hookrail_cancel,
    timeout: Option<Duration>,
) -> CallOptions {
    CallOptions {
        timeout,
        // SAFETY: the caller's contract.
        cancel: unsafe { cancel.as_ref() }.map(hookrail_cancel::token),
    }
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

/// Makes options with the defaults. Free them with hookrail_send_options_free().
///
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_send_options_new() -> *mut hookrail_send_options {
    guard_value(ptr::null_mut(), || {
        handle::into_raw(hookrail_send_options::default())
    })
}

/// Frees options. NULL is allowed. A send that another thread has started with them may still be running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_free(options: *mut hookrail_send_options) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(options) };
}

/// Sets the idempotency key (default: a random UUID for each send).
///
/// The service records an event once, however often it is sent with the same key and the same bytes
/// (protocol section 1).
///
/// @param key,key_len 1 to 255 bytes of visible ASCII and spaces; no space at the start or the end.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
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

/// Sets the ordering key: ordered subscriptions deliver events with the same key in order (protocol
/// section 1).
///
/// @param key,key_len 1 to 256 bytes of visible ASCII and spaces; no space at the start or the end.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
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

/// Adds a header to the requests of the send, for example "traceparent". It replaces the client's header of the same name
/// (hookrail_client_options_add_header(), which has the rules).
///
/// The headers are no part of the event: two sends with the same idempotency key and different headers are the same
/// event. A prepared event and a queued event keep them.
///
/// @param name,name_len As for hookrail_client_options_add_header().
/// @param value,value_len As for hookrail_client_options_add_header().
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_options_add_header(
    options: *mut hookrail_send_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let (name, value) = unsafe { argument::header(name, name_len, value, value_len) }?;
        options.headers.add(name, value)
    })
}

/// Sets the time for the whole send, including retries and waits. It replaces the client's total timeout.
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
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

/// Sets the token that ends the send early.
///
/// @param cancel The token, or NULL for none. It may be freed at any time: the options keep what they need.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
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
