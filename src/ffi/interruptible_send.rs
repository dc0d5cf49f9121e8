//! `hookrail_send_event_interruptible`: sends whose waits end with a signal.

use std::ffi::c_char;

use super::accepted::hookrail_accepted;
use super::argument;
use super::background_call::hookrail_call;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::event_argument::EventArgument;
use super::fallible::guard;
use super::send_options::hookrail_send_options;
use super::status::hookrail_status;
use crate::client::InterruptibleResult;
use crate::error::{Error, Result, Status};

/// Sends one event as hookrail_send_event() does, until a signal is delivered to this thread: then the send goes on
/// in the background, and the function returns HOOKRAIL_INTERRUPTED.
///
/// This is for hosts such as Ruby, whose signal handlers run between calls. A send without a signal passes through no
/// other thread, so it takes less time than hookrail_call_send() and a wait. After a signal the host handles it, and
/// waits for the call or frees it. A signal that comes while the function does not wait has no effect.
///
/// @param topic,topic_len As for hookrail_send_event().
/// @param payload,payload_len As for hookrail_send_event().
/// @param options NULL for the defaults. They must not hold a cancel token: use hookrail_call_cancel().
/// @param out Set to the service's promise; free it with hookrail_accepted_free().
/// @param call Set to the call that goes on if the function returns HOOKRAIL_INTERRUPTED; free it with
///   hookrail_call_free().
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors: HOOKRAIL_INTERRUPTED, and those of hookrail_send_event(). If the process may make no thread or descriptor
/// for the background, a signal has no effect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_event_interruptible(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    out: *mut *mut hookrail_accepted,
    call: *mut *mut hookrail_call,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (event, out, call) = unsafe {
            (
                EventArgument::read(client, topic, topic_len, payload, payload_len, options)?,
                argument::out("out", out)?,
                argument::out("call", call)?,
            )
        };
        let options = event.background_options()?;
        let prepared = event.client.prepare(event.topic, event.payload, options)?;
        let timeout = options.call.timeout;
        finish(
            event.client.send_interruptible(prepared, timeout)?,
            out,
            call,
        )
    })
}

/// Sends a prepared event as hookrail_send_prepared() does, until a signal is delivered to this thread: then the send
/// goes on in the background, and the function returns HOOKRAIL_INTERRUPTED.
///
/// @param blob,blob_len The blob of hookrail_prepared_blob().
/// @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
/// @param out Set to the service's promise; free it with hookrail_accepted_free().
/// @param call As for hookrail_send_event_interruptible().
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_send_event_interruptible().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_prepared_interruptible(
    client: *const hookrail_client,
    blob: *const c_char,
    blob_len: usize,
    timeout_ms: i64,
    out: *mut *mut hookrail_accepted,
    call: *mut *mut hookrail_call,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, blob, out, call) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("blob", blob, blob_len)?,
                argument::out("out", out)?,
                argument::out("call", call)?,
            )
        };
        let event = argument::prepared_event(blob)?;
        let timeout = argument::sending_time(timeout_ms)?;
        finish(
            handle.client().send_interruptible(event, timeout)?,
            out,
            call,
        )
    })
}

fn finish(
    result: InterruptibleResult,
    out: &mut *mut hookrail_accepted,
    call: &mut *mut hookrail_call,
) -> Result<()> {
    match result {
        InterruptibleResult::Accepted(accepted) => {
            *out = hookrail_accepted::into_raw(accepted);
            Ok(())
        }
        InterruptibleResult::Interrupted(background) => {
            *call = hookrail_call::into_raw(background);
            Err(Error::new(
                Status::Interrupted,
                "a signal ended the wait; the send goes on in the background",
            ))
        }
    }
}
