//! `hookrail_explain_signature`.

use std::ffi::c_char;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::guard::guard;
use super::status::hookrail_status;
use super::text::write_text;
use super::verifier::hookrail_verifier_options;
use crate::signing::explain::{Attempt, explain};

/// For development only: says in a text why a verification fails, by trying what usually goes wrong:
/// the secret without its prefix or with a newline behind it, the body re-serialised, the event id in
/// place of the delivery id, a clock that is off or in milliseconds, a header that is cut off or
/// doubled. The text holds neither a secret nor a MAC, but parts of the request: not for its sender.
///
/// `options`: the secrets and the tolerance. `event_id`: the value of hookrail-event-id; NULL with 0 if
/// it is not at hand. The other arguments as for hookrail_verifier_verify(). `buffer`, `buffer_size` and
/// `needed` as for hookrail_sign().
///
/// Thread-safety: any thread. Not constant-time, and slow: it computes many MACs.
/// Errors: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
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
        let text = explain(&Attempt {
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
