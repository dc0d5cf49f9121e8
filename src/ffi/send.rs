//! `hookrail_send_event`.

use std::ffi::c_char;

use super::accepted::hookrail_accepted;
use super::argument;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::event_argument::EventArgument;
use super::fallible::guard;
use super::send_options::hookrail_send_options;
use super::status::hookrail_status;

/// Sends one event and waits until the service has recorded it (protocol section 1).
///
/// Failed attempts are repeated with the same key and the same bytes (protocol section 3), within the
/// total timeout. A signal neither ends nor repeats the call. After a 429 for the API key the whole client
/// slows down: then the call waits for its turn, within the same time.
///
/// @param topic,topic_len 1 to 256 characters, UTF-8.
/// @param payload,payload_len Exactly one JSON value in UTF-8; the service gets the same bytes. A payload is
///   refused, and the message tells the offset, if it nests more than 512 arrays and objects, or holds anything
///   that the service can never store: `\u0000`, half a surrogate pair, or a number of 10^131072 or more
///   or with more than 16383 decimal places.
/// @param options NULL for the defaults.
/// @param out Set to the service's promise; free it with hookrail_accepted_free().
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors: each has its outcome, the idempotency key and the number of attempts.
///
/// - Nothing was sent: HOOKRAIL_INVALID_ARGUMENT (topic, payload or key), HOOKRAIL_PAYLOAD_TOO_LARGE (the
///   client's limit), HOOKRAIL_RATE_LIMITED (the call's turn would come after its time:
///   hookrail_error_retry_after_ms() tells the wait), HOOKRAIL_CLOSED.
/// - The service's final answer: HOOKRAIL_BAD_REQUEST (400), HOOKRAIL_AUTHENTICATION (401),
///   HOOKRAIL_PERMISSION_DENIED (403), HOOKRAIL_NOT_FOUND (404), HOOKRAIL_CONFLICT (409),
///   HOOKRAIL_PAYLOAD_TOO_LARGE (413), HOOKRAIL_UNEXPECTED_STATUS (any other, also a redirect),
///   HOOKRAIL_PROTOCOL (a success that is not what the protocol promises).
/// - HOOKRAIL_TLS: the certificate is not accepted, which is final.
/// - HOOKRAIL_CANCELLED, and HOOKRAIL_CLOSED during the call.
/// - HOOKRAIL_RETRIES_EXHAUSTED with the last attempt's error as its cause: HOOKRAIL_CONNECTION,
///   HOOKRAIL_TIMEOUT, HOOKRAIL_TLS, HOOKRAIL_PROTOCOL, HOOKRAIL_RATE_LIMITED, HOOKRAIL_SERVER_ERROR,
///   HOOKRAIL_OUT_OF_RESOURCES (no socket, descriptor or thread for the attempt), or
///   HOOKRAIL_UNEXPECTED_STATUS (408 and 425).
///
/// hookrail_error_last() finds the last attempt's error in each case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_event(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    out: *mut *mut hookrail_accepted,
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
        let accepted = event
            .client
            .send(event.topic, event.payload, &event.options)?;
        *out = hookrail_accepted::into_raw(accepted);
        Ok(())
    })
}
