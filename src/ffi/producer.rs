//! The client as a producer: `hookrail_submit_event`, `hookrail_poll` and what belongs to them.

use std::ffi::c_char;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::argument;
use super::client::hookrail_client;
use super::completion::hookrail_completion;
use super::error::hookrail_error;
use super::guard::guard;
use super::send_options::{self, hookrail_send_options};
use super::status::hookrail_status;
use super::thread_cancellation::HeldOff;
use crate::client::SubmitOptions;
use crate::error::{Error, Result, Status};
use crate::producer::{Flushed, Purge};

/// What the `flags` of a submit may hold.
#[repr(C)]
pub enum hookrail_submit_flags {
    /// No completion is wanted: nobody will hear what became of the event.
    HOOKRAIL_SUBMIT_NO_COMPLETION = 1,
}

/// What the `flags` of hookrail_purge() may hold.
#[repr(C)]
pub enum hookrail_purge_flags {
    /// Events that wait.
    HOOKRAIL_PURGE_QUEUED = 1,
    /// Events on their way.
    HOOKRAIL_PURGE_IN_FLIGHT = 2,
}

const NO_COMPLETION: u32 = hookrail_submit_flags::HOOKRAIL_SUBMIT_NO_COMPLETION as u32;
const QUEUED: u32 = hookrail_purge_flags::HOOKRAIL_PURGE_QUEUED as u32;
const IN_FLIGHT: u32 = hookrail_purge_flags::HOOKRAIL_PURGE_IN_FLIGHT as u32;

/// Queues an event for the client's own threads to send, and returns at once.
///
/// Arguments as for hookrail_send_event(). `tag`: comes back with the completion. `flags`: 0 or
/// HOOKRAIL_SUBMIT_NO_COMPLETION. `token`: set to what hookrail_cancel_submitted() takes; NULL if of no
/// interest.
///
/// Everything that can be wrong with the arguments is said here; what becomes of the event, by exactly
/// one completion (hookrail_poll()). The event has the timeout of the options, or the client's delivery
/// timeout, for queueing and all its attempts; within it the number of retries is not limited. Events
/// with the same ordering key, be it from the options or the payload's member `ordering_key`, are sent one at
/// a time in the order of their submission.
///
/// Ownership: everything is copied.
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_QUEUE_FULL (collect completions, wait, or drop the event), HOOKRAIL_CLOSED,
/// HOOKRAIL_INVALID_ARGUMENT (also for a cancel token in the options), HOOKRAIL_PAYLOAD_TOO_LARGE,
/// HOOKRAIL_OUT_OF_RESOURCES (no thread or descriptor is to be had). Nothing was queued then.
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
        let (handle, topic, payload, options) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("topic", topic, topic_len)?,
                argument::bytes("payload", payload, payload_len)?,
                send_options::or_default(options),
            )
        };
        let submit = submit_options(tag, flags, None)?;
        let submitted = handle.client().submit(topic, payload, &options, &submit)?;
        // SAFETY: the caller's contract.
        unsafe { fill(token, submitted) };
        Ok(())
    })
}

/// Like hookrail_submit_event(), but waits up to `timeout_ms` milliseconds for room in the queue.
/// 0 or less does not wait.
///
/// Errors: those of hookrail_submit_event(); HOOKRAIL_INTERRUPTED when a signal came before there was
/// room: nothing was queued, call again.
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
        let (handle, topic, payload, options) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("topic", topic, topic_len)?,
                argument::bytes("payload", payload, payload_len)?,
                send_options::or_default(options),
            )
        };
        let wait = Duration::from_millis(u64::try_from(timeout_ms).unwrap_or(0));
        let submit = submit_options(tag, flags, Some(wait))?;
        let submitted = handle.client().submit(topic, payload, &options, &submit)?;
        // SAFETY: the caller's contract.
        unsafe { fill(token, submitted) };
        Ok(())
    })
}

/// Queues a prepared event. `timeout_ms`: its time; 0 or less for the client's delivery timeout. The
/// rest as for hookrail_submit_event().
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
        let timeout = argument::optional_milliseconds(timeout_ms)?;
        let submit = submit_options(tag, flags, None)?;
        let submitted = handle.client().submit_prepared(event, timeout, &submit)?;
        // SAFETY: the caller's contract.
        unsafe { fill(token, submitted) };
        Ok(())
    })
}

/// Collects completions.
///
/// Fills `completions` from its start with up to `capacity` of them and sets `*count`. Waits up to
/// `timeout_ms` milliseconds for the first one: 0 does not wait, less waits without end. When the time
/// is over `*count` is 0. `struct_size`: sizeof(hookrail_completion).
///
/// Ownership: the handles in what was filled in are the caller's to free.
/// Thread-safety: any thread; each completion goes to one caller.
/// Errors: HOOKRAIL_INTERRUPTED when a signal was delivered to this thread or hookrail_wakeup() was
/// called: `*count` is 0, call again; HOOKRAIL_INVALID_ARGUMENT.
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
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let collected = handle.client().poll(capacity, timeout)?;
        for (index, completion) in collected.into_iter().enumerate() {
            // SAFETY: the array has room for `capacity` elements by the caller's contract, and no more
            // than that were collected.
            unsafe { completions.add(index).write(completion.into()) };
            *count = index + 1;
        }
        Ok(())
    })
}

/// The descriptor that is readable exactly while completions wait, for poll(2), epoll and event loops.
///
/// Ownership: the library's: neither read nor close it. It lives as long as the client. After fork() the
/// child asks for its own.
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_OUT_OF_RESOURCES (the process is out of file descriptors), HOOKRAIL_INVALID_ARGUMENT.
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

/// Ends a hookrail_poll() with HOOKRAIL_INTERRUPTED: the one under way, or the next. NULL is fine.
///
/// Thread-safety: any thread. Async-signal-safe: a signal handler may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_wakeup(client: *const hookrail_client) {
    // SAFETY: the caller's contract. There is no guard around this: it cannot panic, and unwinding has
    // no place in a signal handler.
    if let Some(handle) = unsafe { client.as_ref() } {
        let _held_off = HeldOff::new();
        handle.client().wake_up();
    }
}

/// Gives a submitted event up. One that waits is completed at once with HOOKRAIL_CANCELLED; one that is
/// being sent is interrupted, and its completion says what is known (its outcome may be
/// HOOKRAIL_OUTCOME_MAYBE_SENT, and it may just have been delivered). Without effect on an event that is
/// completed, and on a token of a parent process.
///
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (NULL).
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

/// Waits until no event is queued or in flight, for up to `timeout_ms` milliseconds: 0 does not wait,
/// less waits without end. Whether completions were collected does not matter.
///
/// `remaining` (NULL if of no interest) is set to how many events are still queued or in flight, also
/// with HOOKRAIL_TIMEOUT and HOOKRAIL_INTERRUPTED.
///
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_TIMEOUT, HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again),
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
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let (left, failure) = match handle.client().flush(timeout)? {
            Flushed::All => (0, None),
            Flushed::TimedOut(left) => (left, Some((Status::Timeout, "the time is over"))),
            Flushed::Interrupted(left) => (left, Some((Status::Interrupted, "a signal came"))),
        };
        // SAFETY: the caller's contract.
        unsafe { fill(remaining, left) };
        match failure {
            None => Ok(()),
            Some((status, reason)) => Err(Error::new(
                status,
                format!("{reason}; {left} events are still queued or in flight"),
            )),
        }
    })
}

/// Gives submitted events up, as hookrail_cancel_submitted() does with one.
///
/// `flags`: HOOKRAIL_PURGE_QUEUED, HOOKRAIL_PURGE_IN_FLIGHT or both. `purged` (NULL if of no interest)
/// is set to how many events that were.
///
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (NULL, no flag or an unknown one).
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
        unsafe { fill(purged, count) };
        Ok(())
    })
}

/// Tells how many submitted events wait, how many are being sent, and how many completions were not
/// collected. Each place may be NULL.
///
/// Thread-safety: any thread.
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
            fill(queued, pending.queued);
            fill(in_flight, pending.in_flight);
            fill(completions, pending.completions);
        }
        Ok(())
    })
}

/// Closes the client: takes nothing more in, sends what is queued for up to `timeout_ms` milliseconds (0
/// does not wait, less waits without end), gives up the rest and ends the threads of the producer.
/// Afterwards calls give HOOKRAIL_CLOSED; completions can still be collected. hookrail_client_free() is
/// still due.
///
/// `unsent` (NULL if of no interest) is set to how many events were given up; each of them has its
/// completion.
///
/// Thread-safety: any thread. A second call is fine.
/// Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again to go on),
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_close(
    client: *const hookrail_client,
    timeout_ms: i64,
    unsent: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let count = handle.client().close(timeout)?;
        // SAFETY: the caller's contract.
        unsafe { fill(unsent, count) };
        Ok(())
    })
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

/// Writes to a place that may be NULL.
///
/// # Safety
/// `place` is NULL or valid for a write.
unsafe fn fill<T>(place: *mut T, value: T) {
    // SAFETY: the caller's contract.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = value;
    }
}
