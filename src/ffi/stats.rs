//! `hookrail_client_stats` and `hookrail_client_metrics`.

use std::ffi::c_char;

use super::argument;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::fallible::guard;
use super::status::hookrail_status;
use super::text::write_text;

/// Writes the client's counters as a JSON object. The counters only grow; in a forked child they start at 0.
///
/// The members are "requests" (calls), "attempts", "successes", "replays", "connections_opened",
/// "connections_reused", "bytes_sent", "bytes_received", and two objects by status name: "retries" (why
/// attempts were repeated) and "failures" (how calls ended). "attempt_duration" is a histogram in seconds: "count" and
/// "sum" of all attempts, and "buckets", a list of pairs of a bound and the number of attempts that took at most so
/// long. Later versions may add members.
///
/// @param buffer,buffer_size Take the object and a NUL. NULL with 0 only asks for the size.
/// @param needed NULL, or set to the size of the object with the NUL, also when the buffer is too small. The
///   counters may grow before the next call, so add some room.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_stats(
    client: *const hookrail_client,
    buffer: *mut c_char,
    buffer_size: usize,
    needed: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let json = handle.client().stats().to_json();
        // SAFETY: the caller's contract for the buffer and `needed`.
        unsafe { write_text(json.as_bytes(), buffer, buffer_size, needed) }
    })
}

/// Writes the client's counters and the state of its queue in the text format of Prometheus (version 0.0.4).
///
/// The metrics are those of hookrail_client_stats(), with the prefix `hookrail_client_` and the suffix of a counter
/// (`_total`); the histogram `hookrail_client_attempt_duration_seconds`; the gauge `hookrail_client_queue_events` with
/// the label `state` ("queued", "in_flight", "completed"), as of hookrail_pending(); and
/// `hookrail_client_info` with the library's version. A program with several clients adds a label of its own to tell
/// them apart. Later versions may add metrics.
///
/// @param buffer,buffer_size Take the text and a NUL. NULL with 0 only asks for the size.
/// @param needed NULL, or set to the size of the text with the NUL, also when the buffer is too small. The counters
///   may grow before the next call, so add some room.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_metrics(
    client: *const hookrail_client,
    buffer: *mut c_char,
    buffer_size: usize,
    needed: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let text = handle.client().metrics();
        // SAFETY: the caller's contract for the buffer and `needed`.
        unsafe { write_text(text.as_bytes(), buffer, buffer_size, needed) }
    })
}
