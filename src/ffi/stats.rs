//! `hookrail_client_stats`.

use std::ffi::c_char;

use super::argument;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::guard::guard;
use super::status::hookrail_status;
use super::text::write_text;

/// Writes the client's counters as a JSON object with a NUL behind it. All of them only grow, and a
/// forked child counts from 0:
///
/// "requests" (calls), "attempts", "successes", "replays", "connections_opened",
/// "connections_reused", "bytes_sent", "bytes_received", and two objects by status name: "retries" (why
/// attempts were repeated) and "failures" (what calls ended with). Later versions may add members.
///
/// `buffer` of `buffer_size` bytes takes it; NULL with 0 only asks for the size. `needed` (NULL if of no
/// interest) is set to the size it takes with the NUL, also when the buffer is too small; the counters
/// may grow in between, so allow for some more.
///
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
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
