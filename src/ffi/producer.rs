//! The producer: `hookrail_submit_event`, `hookrail_poll` and the functions that belong to them.

use std::ffi::c_char;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::argument;
use super::client::hookrail_client;
use super::completion::hookrail_completion;
use super::error::hookrail_error;
use super::event_argument::EventArgument;
use super::fallible::guard;
use super::send_options::hookrail_send_options;
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::client::SubmitOptions;
use crate::error::{Error, Result, Status};
use crate::producer::{Flushed, Purge};

/// Flags of hookrail_submit_event(), hookrail_submit_event_wait() and hookrail_submit_prepared().
#[repr(C)]
pub enum hookrail_submit_flags {
    /// The event gets no completion: its result is not reported.
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
}

/// Flags of hookrail_purge().
#[repr(C)]
pub enum hookrail_purge_flags {
    /// Events that wait in the queue.
    HOOKRAIL_PURGE_QUEUED = 1,
    /// Events that are being sent.
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
}

const NO_COMPLETION: u32 = hookrail_submit_flags::HOOKRAIL_SUBMIT_NO_COMPLETION as u32;
const QUEUED: u32 = hookrail_purge_flags::HOOKRAIL_PURGE_QUEUED as u32;
const IN_FLIGHT: u32 = hookrail_purge_flags::HOOKRAIL_PURGE_IN_FLIGHT as u32;

/// Queues an event for the client's own threads to send, and returns at once.
///
/// The function checks all arguments. The event's result comes in exactly one completion (hookrail_poll()).
/// The event has the timeout of the options, or the client's delivery timeout, for its time in the queue and all
/// its attempts; within it the number of retries is not limited. Events with the same ordering key, from the
/// options or from the payload's member `ordering_key`, are sent one at a time in the order of their submission.
///
/// @param topic,topic_len As for hookrail_send_event().
/// @param payload,payload_len As for hookrail_send_event().
/// @param options NULL for the defaults. They must not hold a cancel token: use hookrail_cancel_submitted().
/// @param tag Any number; the completion has it.
/// @param flags 0 or HOOKRAIL_SUBMIT_NO_COMPLETION.
/// @param token NULL, or set to the event's number for hookrail_cancel_submitted().
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_QUEUE_FULL (collect completions, wait, or drop the event); HOOKRAIL_CLOSED;
/// HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_PAYLOAD_TOO_LARGE; HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor).
/// After an error nothing was queued.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_submit_event(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    tag: u64,
    flags: u32,
    token: *mut u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let event = unsafe {
            EventArgument::read(client, topic, topic_len, payload, payload_len, options)
        }?;
        let submitted = submit(&event, &submit_options(tag, flags, None)?)?;
        // SAFETY: the caller's contract.
        unsafe { argument::fill(token, submitted) };
        Ok(())
    })
}

/// Queues an event like hookrail_submit_event(), but waits for room in a full queue.
///
/// @param topic,topic_len As for hookrail_send_event().
/// @param payload,payload_len As for hookrail_send_event().
/// @param options As for hookrail_submit_event().
/// @param tag As for hookrail_submit_event().
/// @param flags As for hookrail_submit_event().
/// @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
/// @param token As for hookrail_submit_event().
///
/// Thread-safety: any thread.
///
/// Errors: those of hookrail_submit_event(); HOOKRAIL_INTERRUPTED (a signal came before there was room: nothing
/// was queued, call again).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_submit_event_wait(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    tag: u64,
    flags: u32,
    timeout_ms: i64,
    token: *mut u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let event = unsafe {
            EventArgument::read(client, topic, topic_len, payload, payload_len, options)
        }?;
        let wait = argument::wait(timeout_ms).unwrap_or(Duration::MAX);
        let submitted = submit(&event, &submit_options(tag, flags, Some(wait))?)?;
        // SAFETY: the caller's contract.
        unsafe { argument::fill(token, submitted) };
        Ok(())
    })
}

/// Queues a prepared event.
///
/// @param blob,blob_len The blob of hookrail_prepared_blob().
/// @param timeout_ms The event's time; 0 for the client's delivery timeout, less than 0 is refused.
/// @param tag As for hookrail_submit_event().
/// @param flags As for hookrail_submit_event().
/// @param token As for hookrail_submit_event().
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_DAMAGED_BLOB, and those of hookrail_submit_event().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_submit_prepared(
    client: *const hookrail_client,
    blob: *const c_char,
    blob_len: usize,
    timeout_ms: i64,
    tag: u64,
    flags: u32,
    token: *mut u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, blob) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("blob", blob, blob_len)?,
            )
        };
        let event = argument::prepared_event(blob)?;
        let timeout = argument::sending_time(timeout_ms)?;
        let submit = submit_options(tag, flags, None)?;
        let submitted = handle.client().submit_prepared(event, timeout, &submit)?;
        // SAFETY: the caller's contract.
        unsafe { argument::fill(token, submitted) };
        Ok(())
    })
}

/// Collects completions.
///
/// @param completions An array, filled from its start. The handles in it are the caller's to free.
/// @param struct_size sizeof(hookrail_completion).
/// @param capacity The length of the array, at least 1.
/// @param timeout_ms How long to wait for the first completion, in milliseconds; 0 does not wait, less than 0
///   waits without end.
/// @param count Set to the number of completions in the array; 0 after the time is over, and after
///   HOOKRAIL_INTERRUPTED.
///
/// Thread-safety: any thread. Each completion goes to one caller.
///
/// Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread, or hookrail_wakeup() was called: call
/// again); HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_poll(
    client: *const hookrail_client,
    completions: *mut hookrail_completion,
    struct_size: usize,
    capacity: usize,
    timeout_ms: i64,
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
        if completions.is_null() || capacity == 0 {
            return Err(Error::invalid_argument(
                "completions is NULL or capacity is 0: pass room for at least one",
            ));
        }
        if struct_size != size_of::<hookrail_completion>() {
            return Err(Error::invalid_argument(format!(
                "struct_size is {struct_size}: pass sizeof(hookrail_completion), which is {} for \
                 this library",
                size_of::<hookrail_completion>()
            )));
        }
        let collected = handle.client().poll(capacity, argument::wait(timeout_ms))?;
        for (index, completion) in collected.into_iter().enumerate() {
            // SAFETY: the array has room for `capacity` elements by the caller's contract, and at most
            // `capacity` were collected.
            unsafe { completions.add(index).write(completion.into()) };
            *count = index + 1;
        }
        Ok(())
    })
}

/// Gets the descriptor that is readable exactly while there are completions to collect, for poll(2), epoll and
/// event loops.
///
/// @param fd Set to the descriptor. It belongs to the library: neither read nor close it. It lives as long as
///   the client. After fork() the child gets its own from this function.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_OUT_OF_RESOURCES (the process may open no more file descriptors);
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_fd(
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
        *fd = handle.client().event_fd()?.as_raw_fd();
        Ok(())
    })
}

/// Ends a hookrail_poll() with HOOKRAIL_INTERRUPTED: the one that is waiting, or the next. NULL is allowed.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_wakeup(client: *const hookrail_client) {
    // SAFETY: the caller's contract. There is no guard around this: it cannot panic, and a signal handler must not
    // unwind.
    if let Some(handle) = unsafe { client.as_ref() } {
        let _held_off = HeldOff::new();
        handle.client().wake_up();
    }
}

/// Gives up a submitted event.
///
/// An event in the queue gets its completion at once, with HOOKRAIL_CANCELLED. An event that is being sent is
/// interrupted, and its completion has its outcome, which may be HOOKRAIL_OUTCOME_MAYBE_SENT or
/// HOOKRAIL_OUTCOME_DELIVERED. The function has no effect on a completed event and on a token of a parent
/// process.
///
/// @param token The token that the submit returned.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_cancel_submitted(
    client: *const hookrail_client,
    token: u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        handle.client().cancel_submitted(token);
        Ok(())
    })
}

/// Waits until no event is queued or in flight. Completions need not be collected.
///
/// @param timeout_ms How long to wait, in milliseconds; 0 does not wait, less than 0 waits without end.
/// @param remaining NULL, or set to the number of events that are still queued or in flight, also with
///   HOOKRAIL_TIMEOUT and HOOKRAIL_INTERRUPTED.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_TIMEOUT; HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again);
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_flush(
    client: *const hookrail_client,
    timeout_ms: i64,
    remaining: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let (left, failure) = match handle.client().flush(argument::wait(timeout_ms))? {
            Flushed::All => (0, None),
            Flushed::TimedOut(left) => (left, Some((Status::Timeout, "the time is over"))),
            Flushed::Interrupted(left) => (left, Some((Status::Interrupted, "a signal came"))),
        };
        // SAFETY: the caller's contract.
        unsafe { argument::fill(remaining, left) };
        match failure {
            None => Ok(()),
            Some((status, reason)) => Err(Error::new(
                status,
                format!("{reason}; {left} events are still queued or in flight"),
            )),
        }
    })
}

/// Gives up all submitted events of some kinds, each as hookrail_cancel_submitted() does.
///
/// @param flags HOOKRAIL_PURGE_QUEUED, HOOKRAIL_PURGE_IN_FLIGHT, or both.
/// @param purged NULL, or set to the number of these events.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL, no flag, or an unknown flag).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_purge(
    client: *const hookrail_client,
    flags: u32,
    purged: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        if flags == 0 || flags & !(QUEUED | IN_FLIGHT) != 0 {
            return Err(Error::invalid_argument(format!(
                "flags must be HOOKRAIL_PURGE_QUEUED (1), HOOKRAIL_PURGE_IN_FLIGHT (2) or both (3), \
                 not {flags}"
            )));
        }
        let count = handle.client().purge(Purge {
            queued: flags & QUEUED != 0,
            in_flight: flags & IN_FLIGHT != 0,
        });
        // SAFETY: the caller's contract.
        unsafe { argument::fill(purged, count) };
        Ok(())
    })
}

/// Counts the submitted events and the completions.
///
/// @param queued NULL, or set to the number of events in the queue.
/// @param in_flight NULL, or set to the number of events that are being sent.
/// @param completions NULL, or set to the number of completions that were not collected.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`client` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_pending(
    client: *const hookrail_client,
    queued: *mut usize,
    in_flight: *mut usize,
    completions: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let pending = handle.client().pending();
        // SAFETY: the caller's contract.
        unsafe {
            argument::fill(queued, pending.queued);
            argument::fill(in_flight, pending.in_flight);
            argument::fill(completions, pending.completions);
        }
        Ok(())
    })
}

fn submit(event: &EventArgument, submit: &SubmitOptions) -> Result<u64> {
    event
        .client
        .submit(event.topic, event.payload, &event.options, submit)
}

fn submit_options(tag: u64, flags: u32, wait: Option<Duration>) -> Result<SubmitOptions> {
    if flags & !NO_COMPLETION != 0 {
        return Err(Error::invalid_argument(format!(
            "flags must be 0 or HOOKRAIL_SUBMIT_NO_COMPLETION (1), not {flags}"
        )));
    }
    Ok(SubmitOptions {
        tag,
        wants_completion: flags & NO_COMPLETION == 0,
        wait,
    })
}
