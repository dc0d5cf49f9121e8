//! `hookrail_explain_signature`.

use std::ffi::c_char;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::fallible::guard;
use super::status::hookrail_status;
use super::text::write_text;
use super::verifier::hookrail_verifier_options;
use crate::signing::explain::{ReceivedDelivery, explain};

/// Writes a text that says why a verification fails. For development only.
///
/// The function tries the usual mistakes: a secret without its prefix or with a newline behind it, a
/// re-serialised body, the event id instead of the delivery id, a clock that is wrong or in milliseconds, a
/// header that is cut off or doubled. The text holds neither a secret nor a MAC, but parts of the request: do
/// not show it to the sender.
///
/// @param options The secrets and the tolerance.
/// @param header,header_len The value of hookrail-signature.
/// @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
/// @param event_id,event_id_len The value of hookrail-event-id; NULL with 0 if it is not available.
/// @param body,body_len The body as received, byte for byte.
/// @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
/// @param buffer,buffer_size Take the text and a NUL. NULL with 0 only asks for the size.
/// @param needed NULL, or set to the size of the text with the NUL, also when the buffer is too small.
///
/// Thread-safety: any thread. The function is slow and not constant-time: it computes many MACs.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_explain_signature(
    options: *const hookrail_verifier_options,
    header: *const c_char,
    header_len: usize,
    delivery_id: *const c_char,
    delivery_id_len: usize,
    event_id: *const c_char,
    event_id_len: usize,
    body: *const c_char,
    body_len: usize,
    now_unix: i64,
    buffer: *mut c_char,
    buffer_size: usize,
    needed: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (options, header, delivery_id, event_id, body) = unsafe {
            (
                argument::handle("options", options)?,
                argument::bytes("header", header, header_len)?,
                argument::bytes("delivery_id", delivery_id, delivery_id_len)?,
                argument::optional_bytes("event_id", event_id, event_id_len)?,
                argument::bytes("body", body, body_len)?,
            )
        };
        let secrets: Vec<&[u8]> = options.secrets().collect();
        let text = explain(&ReceivedDelivery {
            secrets: &secrets,
            header,
            delivery_id,
            event_id,
            body,
            tolerance: options.tolerance(),
            now: clock::resolve(now_unix),
        });
        // SAFETY: the caller's contract for the buffer and `needed`.
        unsafe { write_text(text.as_bytes(), buffer, buffer_size, needed) }
    })
}
