//! `hookrail_call`: background calls.

use std::ffi::c_char;
use std::os::fd::AsRawFd;
use std::ptr;

use super::accepted::hookrail_accepted;
use super::argument;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::event_argument::EventArgument;
use super::event_status::hookrail_event_status;
use super::fallible::guard;
use super::guard::guard_value;
use super::handle;
use super::send_options::hookrail_send_options;
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::client::{BackgroundCall, Waited};
use crate::error::{Error, Status};

/// A background call: a thread of the library drives it, while the caller's thread waits on a descriptor,
/// handles signals or does something else. One thread drives all calls of a client.
///
/// This is for hosts such as Ruby and PHP, whose interpreters must keep running, and for event loops. A call has a
/// descriptor of its own only if hookrail_call_fd() or hookrail_call_wait() needs one. A loop with many calls gives
/// each a tag (hookrail_call_report()), watches the client's one descriptor for all calls (hookrail_calls_fd()), and
/// collects the tags of those that are done (hookrail_calls_collect()).
///
/// Thread-safety: hookrail_call_wait(), hookrail_call_fd(), hookrail_call_report() and hookrail_call_cancel() may be
/// called from any thread, the other functions from one thread at a time.
pub struct hookrail_call(BackgroundCall);

impl hookrail_call {
    /// Gives a call to C.
    pub fn into_raw(call: BackgroundCall) -> *mut Self {
        handle::into_raw(hookrail_call(call))
    }
}

/// Starts to send an event in the background, and returns at once.
///
/// The call goes to another thread and back: one at a time takes twice the CPU time of hookrail_send_event(), and one of
/// 64 under way 1.6 times. While it is under way it takes about 3 KB of memory besides the event, and the descriptor of
/// its connection.
///
/// @param topic,topic_len As for hookrail_send_event().
/// @param payload,payload_len As for hookrail_send_event().
/// @param options NULL for the defaults. They must not hold a cancel token: use hookrail_call_cancel().
/// @param out Set to the call; free it with hookrail_call_free().
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE; HOOKRAIL_OUT_OF_RESOURCES (no thread or
/// descriptor for the call). hookrail_call_finish_send() returns all others.
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
        let (event, out) = unsafe {
            (
                EventArgument::read(client, topic, topic_len, payload, payload_len, options)?,
                argument::out("out", out)?,
            )
        };
        let options = event.background_options()?;
        let prepared = event.client.prepare(event.topic, event.payload, options)?;
        let call = event.client.start_send(prepared, options.call.timeout)?;
        *out = hookrail_call::into_raw(call);
        Ok(())
    })
}

/// Starts to send a prepared event in the background, and returns at once.
///
/// @param blob,blob_len The blob of hookrail_prepared_blob().
/// @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
/// @param out Set to the call; free it with hookrail_call_free().
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
        let timeout = argument::sending_time(timeout_ms)?;
        let call = handle.client().start_send(event, timeout)?;
        *out = hookrail_call::into_raw(call);
        Ok(())
    })
}

/// Starts to ask for an event's status in the background, and returns at once.
///
/// @param event_id,event_id_len As for hookrail_get_event().
/// @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
/// @param out Set to the call; free it with hookrail_call_free().
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor for the call).
/// hookrail_call_finish_get_event() returns all others.
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
        let call = handle.client().start_get_event(event_id, timeout)?;
        *out = hookrail_call::into_raw(call);
        Ok(())
    })
}

/// Waits until a background call is done.
///
/// @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
///
/// Errors: HOOKRAIL_TIMEOUT (not done yet); HOOKRAIL_INTERRUPTED (a signal was delivered to this thread; the
/// call continues); HOOKRAIL_FORKED (the call belongs to the parent process); HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_wait(
    call: *const hookrail_call,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("call", call) }?;
        match handle.0.wait(argument::wait(timeout_ms))? {
            Waited::Done => Ok(()),
            Waited::TimedOut => Err(Error::new(Status::Timeout, "the call is not done yet")),
            Waited::Interrupted => Err(Error::new(
                Status::Interrupted,
                "a signal ended the wait; the call goes on",
            )),
        }
    })
}

/// Returns the descriptor that becomes readable when a background call is done; -1 for NULL, and if the process may
/// open no more file descriptors.
///
/// The first call of the function makes the descriptor.
///
/// Ownership: the descriptor belongs to the background call: neither read nor close it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_fd(call: *const hookrail_call) -> i32 {
    guard_value(-1, || {
        // SAFETY: the caller's contract.
        let call = unsafe { call.as_ref() };
        call.and_then(|call| call.0.fd().ok())
            .map_or(-1, |fd| fd.as_raw_fd())
    })
}

/// Gives a background call a tag, which hookrail_calls_collect() returns once when the call is done.
///
/// If the call is done already, its tag can be collected at once: another thread may collect it, and free the call,
/// before this function has returned. After hookrail_call_free() the tag is not returned any more.
///
/// @param tag Any number: an index, or a pointer of the host.
///
/// Errors: HOOKRAIL_FORKED (the call belongs to the parent process); HOOKRAIL_INVALID_ARGUMENT (also if the call has
/// a tag already).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_report(
    call: *const hookrail_call,
    tag: u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("call", call) }?;
        handle.0.report(tag)
    })
}

/// Gets the descriptor that is readable while there are tags for hookrail_calls_collect(), for poll(2), epoll
/// and event loops. One descriptor tells of all background calls of a client.
///
/// @param fd Set to the descriptor. It belongs to the library: neither read nor close it. It lives as long as
///   the client. After fork() the child gets its own from this function.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_OUT_OF_RESOURCES (the process may open no more file descriptors);
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_calls_fd(
    client: *const hookrail_client,
    fd: *mut i32,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, fd) = unsafe {
            (
                argument::handle("client", client)?,
                argument::place("fd", fd)?,
            )
        };
        *fd = handle.client().calls_fd()?.as_raw_fd();
        Ok(())
    })
}

/// Collects the tags of background calls that are done, in the order of their ends. Never waits.
///
/// Each tag of hookrail_call_report() is returned once. hookrail_call_finish_send() and
/// hookrail_call_finish_get_event() return the result of such a call without a wait.
///
/// @param tags An array, filled from its start.
/// @param capacity The length of the array, at least 1.
/// @param count Set to the number of tags in the array; 0 if there are none.
///
/// Thread-safety: any thread. Each tag goes to one caller.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_calls_collect(
    client: *const hookrail_client,
    tags: *mut u64,
    capacity: usize,
    count: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, count) = unsafe {
            (
                argument::handle("client", client)?,
                argument::place("count", count)?,
            )
        };
        *count = 0;
        if tags.is_null() || capacity == 0 {
            return Err(Error::invalid_argument(
                "tags is NULL or capacity is 0: pass room for at least one",
            ));
        }
        let collected = handle.client().collect_calls(capacity);
        // SAFETY: the array has room for `capacity` elements by the caller's contract, and at most `capacity` were
        // collected.
        unsafe { ptr::copy_nonoverlapping(collected.as_ptr(), tags, collected.len()) };
        *count = collected.len();
        Ok(())
    })
}

/// Ends a background call early: within milliseconds it is done, with HOOKRAIL_CANCELLED and the event's
/// outcome. It has no effect on a call that was done already. NULL is allowed.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_cancel(call: *const hookrail_call) {
    // SAFETY: the caller's contract. There is no guard around this: it cannot panic, and a signal handler must not
    // unwind.
    if let Some(call) = unsafe { call.as_ref() } {
        let _held_off = HeldOff::new();
        call.0.cancel();
    }
}

/// Waits until a send in the background is done, and returns its result. May be called once per call.
///
/// The call must still be freed.
///
/// @param out Set to the service's promise; free it with hookrail_accepted_free().
///
/// Errors: those of hookrail_send_event(); HOOKRAIL_FORKED; HOOKRAIL_INVALID_ARGUMENT (also for a second time
/// and for a call that hookrail_call_get_event() started).
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
        *out = hookrail_accepted::into_raw(handle.0.take_sent()?);
        Ok(())
    })
}

/// Waits until a hookrail_call_get_event() is done, and returns its result. May be called once per call.
///
/// The call must still be freed.
///
/// @param out Set to the service's answer; free it with hookrail_event_status_free().
///
/// Errors: those of hookrail_get_event(); HOOKRAIL_FORKED; HOOKRAIL_INVALID_ARGUMENT (also for a second time
/// and for a call that sends).
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
        *out = hookrail_event_status::into_raw(handle.0.take_status()?);
        Ok(())
    })
}

/// Frees a background call. NULL is allowed. A call that is not done is cancelled; the function does not wait
/// for its end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_call_free(call: *mut hookrail_call) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(call) };
}
