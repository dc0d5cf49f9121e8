//! `hookrail_call`: a call beside the caller's thread.

use std::ffi::c_char;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::accepted::hookrail_accepted;
use super::argument;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::event_status::hookrail_event_status;
use super::guard::{guard, guard_read, guard_value};
use super::send_options::{self, hookrail_send_options};
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::client::{BackgroundCall, BackgroundResult, Waited};
use crate::error::{Error, Status};

/// A call that runs on a thread of the library while the caller's waits on a descriptor, handles signals
/// or does something else. For hosts like Ruby and PHP, whose interpreters must get to run.
///
/// Thread-safety: hookrail_call_wait(), hookrail_call_fd() and hookrail_call_cancel() from any thread; the
/// rest from one thread at a time.
pub struct hookrail_call(BackgroundCall);

fn start(out: &mut *mut hookrail_call, call: BackgroundCall) {
    *out = Box::into_raw(Box::new(hookrail_call(call)));
}

/// Starts to send an event, and returns at once. Arguments as for hookrail_send_event().
///
/// Ownership: free `*out` with hookrail_call_free(). Everything is copied.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (also for a cancel token in the options: the call has its own),
/// HOOKRAIL_PAYLOAD_TOO_LARGE, HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor is to be had). Everything else
/// comes with hookrail_call_finish_send().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_send(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    out: *mut *mut hookrail_call,
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
        if options.call.cancel.is_some() {
            return Err(Error::invalid_argument(
                "a call of its own thread takes no cancel token: use hookrail_call_cancel()",
            ));
        }
        let client = handle.client();
        let event = client.prepare(topic, payload, &options)?;
        start(out, client.start_send(event, options.call.timeout)?);
        Ok(())
    })
}

/// Starts to send a prepared event, and returns at once. Arguments as for hookrail_send_prepared().
///
/// Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_call_send().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_send_prepared(
    client: *const hookrail_client,
    blob: *const c_char,
    blob_len: usize,
    timeout_ms: i64,
    out: *mut *mut hookrail_call,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, blob, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("blob", blob, blob_len)?,
                argument::out("out", out)?,
            )
        };
        let event = argument::prepared_event(blob)?;
        let timeout = argument::optional_milliseconds(timeout_ms)?;
        start(out, handle.client().start_send(event, timeout)?);
        Ok(())
    })
}

/// Starts to ask what became of an event, and returns at once. Arguments as for hookrail_get_event().
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_OUT_OF_RESOURCES; the rest comes with
/// hookrail_call_finish_get_event().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_get_event(
    client: *const hookrail_client,
    event_id: *const c_char,
    event_id_len: usize,
    timeout_ms: i64,
    out: *mut *mut hookrail_call,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, event_id, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("event_id", event_id, event_id_len)?,
                argument::out("out", out)?,
            )
        };
        let timeout = argument::optional_milliseconds(timeout_ms)?;
        start(out, handle.client().start_get_event(event_id, timeout)?);
        Ok(())
    })
}

/// Waits until the call is done, for up to `timeout_ms` milliseconds: 0 does not wait, less waits without
/// end.
///
/// Errors: HOOKRAIL_TIMEOUT (not done yet), HOOKRAIL_INTERRUPTED (a signal was delivered to this thread;
/// the call goes on), HOOKRAIL_FORKED (the call is the parent process's), HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_wait(
    call: *const hookrail_call,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("call", call) }?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        match handle.0.wait(timeout)? {
            Waited::Done => Ok(()),
            Waited::TimedOut => Err(Error::new(Status::Timeout, "the call is not done yet")),
            Waited::Interrupted => Err(Error::new(
                Status::Interrupted,
                "a signal ended the wait; the call goes on",
            )),
        }
    })
}

/// The descriptor that is readable once the call is done; -1 for NULL.
///
/// Ownership: the call's: neither read nor close it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_fd(call: *const hookrail_call) -> i32 {
    // SAFETY: the caller's contract.
    unsafe { guard_read(call, -1, |call| call.0.fd().as_raw_fd()) }
}

/// Ends the call early: it is done within milliseconds, with HOOKRAIL_CANCELLED and what is known about
/// the event, unless it was done already. NULL is fine.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_cancel(call: *const hookrail_call) {
    // SAFETY: the caller's contract. There is no guard around this: it cannot panic, and unwinding has
    // no place in a signal handler.
    if let Some(call) = unsafe { call.as_ref() } {
        let _held_off = HeldOff::new();
        call.0.cancel();
    }
}

/// The result of hookrail_call_send() or hookrail_call_send_prepared(); waits where the call is not done.
/// To be asked for once.
///
/// Ownership: free `*out` with hookrail_accepted_free(); the call is still to be freed.
/// Errors: those of hookrail_send_event(), HOOKRAIL_FORKED, HOOKRAIL_INVALID_ARGUMENT (a second time, or a
/// call of another kind).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_finish_send(
    call: *mut hookrail_call,
    out: *mut *mut hookrail_accepted,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, out) = unsafe {
            (
                argument::handle("call", call.cast_const())?,
                argument::out("out", out)?,
            )
        };
        if !handle.0.is_send() {
            return Err(other_kind());
        }
        match handle.0.take()? {
            BackgroundResult::Sent(result) => {
                *out = hookrail_accepted::into_raw(result?);
                Ok(())
            }
            BackgroundResult::Status(_) => Err(other_kind()),
        }
    })
}

/// The result of hookrail_call_get_event(); waits where the call is not done. To be asked for once.
///
/// Ownership: free `*out` with hookrail_event_status_free(); the call is still to be freed.
/// Errors: those of hookrail_get_event(), HOOKRAIL_FORKED, HOOKRAIL_INVALID_ARGUMENT (a second time, or a
/// call of another kind).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_finish_get_event(
    call: *mut hookrail_call,
    out: *mut *mut hookrail_event_status,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, out) = unsafe {
            (
                argument::handle("call", call.cast_const())?,
                argument::out("out", out)?,
            )
        };
        if handle.0.is_send() {
            return Err(other_kind());
        }
        match handle.0.take()? {
            BackgroundResult::Status(result) => {
                *out = hookrail_event_status::into_raw(&result?);
                Ok(())
            }
            BackgroundResult::Sent(_) => Err(other_kind()),
        }
    })
}

/// Frees a call. NULL is fine. One that is not done is cancelled; this does not wait for its end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_free(call: *mut hookrail_call) {
    if !call.is_null() {
        // SAFETY: the handle came from this module, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(call) }));
    }
}

fn other_kind() -> Error {
    Error::invalid_argument("the call is of another kind than this function finishes")
}
