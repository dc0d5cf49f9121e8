//! `hookrail_prepared`: an event whose key and bytes are fixed.

use std::ffi::c_char;
use std::ptr;

use zeroize::Zeroize;

use super::accepted::hookrail_accepted;
use super::argument;
use super::cancel::hookrail_cancel;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::event_argument::EventArgument;
use super::fallible::guard;
use super::guard::guard_read;
use super::handle;
use super::send_options::{call_options, hookrail_send_options};
use super::status::hookrail_status;
use super::text::Text;

/// An event with a fixed idempotency key and fixed bytes, as a blob to store and to send later.
///
/// Immutable; threads may share it. Free it with hookrail_prepared_free(). The getters accept NULL.
pub struct hookrail_prepared {
    blob: Vec<u8>,
    has_headers: bool,
    idempotency_key: Text,
}

/// Wipes the values of headers.
impl Drop for hookrail_prepared {
    fn drop(&mut self) {
        if self.has_headers {
            self.blob.zeroize();
        }
    }
}

/// Checks an event and fixes its idempotency key and its bytes, without sending it.
///
/// Store the blob in a file, or in a table of your database in the same transaction as the change that
/// the event reports. Send it with hookrail_send_prepared(), from any process and in any language: the service
/// treats every such send as a retry of the first. The blob holds neither the API key nor the client's own headers, but
/// it holds the headers of `options`.
///
/// @param topic,topic_len As for hookrail_send_event().
/// @param payload,payload_len As for hookrail_send_event().
/// @param options NULL for the defaults. Only the idempotency key, the ordering key and the headers count.
/// @param out Set to the prepared event; free it with hookrail_prepared_free().
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE (the client's limit).
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
        let (event, out) = unsafe {
            (
                EventArgument::read(client, topic, topic_len, payload, payload_len, options)?,
                argument::out("out", out)?,
            )
        };
        let prepared = event
            .client
            .prepare(event.topic, event.payload, &event.options)?;
        *out = handle::into_raw(hookrail_prepared {
            blob: prepared.encode(),
            has_headers: !prepared.headers().is_empty(),
            idempotency_key: Text::new(prepared.idempotency_key()),
        });
        Ok(())
    })
}

/// Returns the blob: hookrail_prepared_blob_len() binary bytes without a NUL behind them; NULL for NULL.
/// docs/prepared-events.md describes the format.
///
/// Ownership: the bytes belong to the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_blob(
    prepared: *const hookrail_prepared,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, ptr::null(), |p| p.blob.as_ptr().cast()) }
}

/// Returns the length of the blob in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_blob_len(prepared: *const hookrail_prepared) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, 0, |p| p.blob.len()) }
}

/// Returns the idempotency key of the event; "" for NULL.
///
/// Ownership: the string belongs to the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_idempotency_key(
    prepared: *const hookrail_prepared,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(prepared, c"".as_ptr(), |p| p.idempotency_key.as_ptr()) }
}

/// Frees the handle. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_prepared_free(prepared: *mut hookrail_prepared) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(prepared) };
}

/// Sends a prepared event, and waits until the service has recorded it.
///
/// The service records the event once, however often and from however many processes it is sent with the same
/// producer key, as long as it remembers the idempotency key (a day by default).
///
/// @param blob,blob_len The blob of hookrail_prepared_blob().
/// @param cancel NULL, or a token that ends the call early.
/// @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
/// @param out Set to the service's promise; free it with hookrail_accepted_free().
///
/// Thread-safety: any thread, any number of calls at the same time.
///
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
                call_options(cancel, argument::sending_time(timeout_ms)?),
                argument::out("out", out)?,
            )
        };
        let event = argument::prepared_event(blob)?;
        let accepted = handle.client().send_prepared(&event, &options)?;
        *out = hookrail_accepted::into_raw(accepted);
        Ok(())
    })
}
