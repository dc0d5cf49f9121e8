//! `hookrail_client_stats`.

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
/// attempts were repeated) and "failures" (how calls ended). Later versions may add members.
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
