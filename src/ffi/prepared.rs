//! `hookrail_prepared`: an event whose key and bytes are fixed.

use std::ffi::c_char;
use std::ptr;

use super::accepted::hookrail_accepted;
use super::argument;
use super::cancel::hookrail_cancel;
use super::client::{call_options, hookrail_client};
use super::error::hookrail_error;
use super::guard::{guard, guard_read, guard_value};
use super::send_options::{self, hookrail_send_options};
use super::status::hookrail_status;
use super::text::Text;

/// An event whose idempotency key and bytes are fixed, as a blob to store and to send later.
///
/// Immutable; threads may share it. Free it with hookrail_prepared_free(). The getters accept NULL.
pub struct hookrail_prepared {
    blob: Vec<u8>,
    idempotency_key: Text,
}

/// Checks an event and fixes its key and its bytes, without sending it. Store the blob (in a file, in
/// a table of your database, in the same transaction as what it tells of) and send it with
/// hookrail_send_prepared(), from any process and in any language: it has the same outcome as a retry.
///
/// Arguments as for hookrail_send_event(); of the options the idempotency key and the ordering key
/// count. The blob does not hold the API key.
///
/// Ownership: free `*out` with hookrail_prepared_free().
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_PAYLOAD_TOO_LARGE (the client's limit).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_prepare(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    out: *mut *mut hookrail_prepared,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, topic, payload, options, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("topic", topic, topic_len)?,
                argument::bytes("payload", payload, payload_len)?,
                send_options::or_default(options),
                argument::out("out", out)?,
            )
        };
        let event = handle.client().prepare(topic, payload, &options)?;
        *out = Box::into_raw(Box::new(hookrail_prepared {
            blob: event.encode(),
            idempotency_key: Text::new(event.idempotency_key()),
        }));
        Ok(())
    })
}

/// The blob: binary, hookrail_prepared_blob_len() bytes, no NUL behind it; NULL for NULL. The format is
/// documented (docs/prepared-events.md).
///
/// Ownership: borrowed from the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_blob(
    prepared: *const hookrail_prepared,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, ptr::null(), |p| p.blob.as_ptr().cast()) }
}

/// The length of the blob in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_blob_len(prepared: *const hookrail_prepared) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, 0, |p| p.blob.len()) }
}

/// The idempotency key of the event; "" for NULL.
///
/// Ownership: borrowed from the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_idempotency_key(
    prepared: *const hookrail_prepared,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, c"".as_ptr(), |p| p.idempotency_key.as_ptr()) }
}

/// Frees the handle. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_free(prepared: *mut hookrail_prepared) {
    if !prepared.is_null() {
        // SAFETY: the handle came from hookrail_event_prepare, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(prepared) }));
    }
}

/// Sends a prepared event. However often and by whomever: with the same producer key the service
/// records it once, as long as it remembers the idempotency key (a day by default).
///
/// `cancel`: NULL for none. `timeout_ms`: the time for the whole call; 0 or less for the client's
/// total timeout.
///
/// Ownership: free `*out` with hookrail_accepted_free().
/// Thread-safety: any thread, any number at the same time.
/// Errors: HOOKRAIL_DAMAGED_BLOB (nothing was sent), and those of hookrail_send_event().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_prepared(
    client: *const hookrail_client,
    blob: *const c_char,
    blob_len: usize,
    cancel: *const hookrail_cancel,
    timeout_ms: i64,
    out: *mut *mut hookrail_accepted,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, blob, options, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("blob", blob, blob_len)?,
                call_options(cancel, timeout_ms)?,
                argument::out("out", out)?,
            )
        };
        let event = argument::prepared_event(blob)?;
        let accepted = handle.client().send_prepared(&event, &options)?;
        *out = hookrail_accepted::into_raw(accepted);
        Ok(())
    })
}
