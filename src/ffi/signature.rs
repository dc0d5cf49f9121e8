//! `hookrail_verify_signature`, `hookrail_sign`: verifying and signing without a handle.

use std::ffi::c_char;
use std::ptr;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::fallible::guard_computation;
use super::status::hookrail_status;
use super::text::write_text;
use crate::signing;

/// Verifies the signature of a delivery (protocol section 5).
///
/// A receiver of more than a few deliveries should use a hookrail_verifier, which prepares the secrets once.
/// This function takes no place for an error.
///
/// @param secrets,secret_lens,secret_count 1 to 16 secrets, of which any may match. Each is the text of the
///   endpoint's secret, with its "whsec_".
/// @param header,header_len The value of hookrail-signature.
/// @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
/// @param body,body_len The body as received, byte for byte.
/// @param tolerance_seconds The largest difference between the signature's time and now, in both directions;
///   usually HOOKRAIL_DEFAULT_TOLERANCE.
/// @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
///
/// Thread-safety: any thread.
///
/// Errors, in this order: HOOKRAIL_INVALID_ARGUMENT (no secret, a secret that
/// hookrail_verifier_options_add_secret() refuses, more than 16, a negative tolerance, NULL with a length);
/// HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id); HOOKRAIL_TIMESTAMP_TOO_OLD;
/// HOOKRAIL_TIMESTAMP_TOO_NEW; HOOKRAIL_SIGNATURE_MISMATCH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verify_signature(
    secrets: *const *const c_char,
    secret_lens: *const usize,
    secret_count: usize,
    header: *const c_char,
    header_len: usize,
    delivery_id: *const c_char,
    delivery_id_len: usize,
    body: *const c_char,
    body_len: usize,
    tolerance_seconds: i64,
    now_unix: i64,
) -> hookrail_status {
    guard_computation(ptr::null_mut(), || {
        if secret_count > signing::MAX_SECRETS {
            return Err(signing::Rejection::TooManySecrets.into());
        }
        // SAFETY: the caller's contract.
        let (secrets, header, delivery_id, body) = unsafe {
            (
                argument::byte_list(
                    ("secrets", "secret_lens"),
                    secrets,
                    secret_lens,
                    secret_count,
                )?,
                argument::bytes("header", header, header_len)?,
                argument::bytes("delivery_id", delivery_id, delivery_id_len)?,
                argument::bytes("body", body, body_len)?,
            )
        };
        let now = clock::resolve(now_unix);
        signing::verify_signature(secrets, header, delivery_id, body, tolerance_seconds, now)?;
        Ok(())
    })
}

/// Signs a delivery as the service does, for tests and for servers that replace the service.
///
/// Writes the value of the hookrail-signature header, "t=<timestamp>,v1=<hex>".
///
/// @param secret,secret_len The text of the endpoint's secret, with its "whsec_".
/// @param timestamp Seconds since 1970.
/// @param delivery_id,delivery_id_len 1 to 128 of A-Z, a-z, 0-9, _ and -.
/// @param body,body_len The body.
/// @param buffer,buffer_size Take the header and a NUL; 128 bytes are always enough. NULL with 0 only asks for
///   the size.
/// @param needed NULL, or set to the size of the header with the NUL, also when the buffer is too small.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (a secret that hookrail_verifier_options_add_secret() refuses, a negative
/// timestamp, another delivery id); HOOKRAIL_BUFFER_TOO_SMALL (only `needed` was written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_sign(
    secret: *const c_char,
    secret_len: usize,
    timestamp: i64,
    delivery_id: *const c_char,
    delivery_id_len: usize,
    body: *const c_char,
    body_len: usize,
    buffer: *mut c_char,
    buffer_size: usize,
    needed: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (secret, delivery_id, body) = unsafe {
            (
                argument::bytes("secret", secret, secret_len)?,
                argument::bytes("delivery_id", delivery_id, delivery_id_len)?,
                argument::bytes("body", body, body_len)?,
            )
        };
        let header = signing::sign(secret, timestamp, delivery_id, body)?;
        // SAFETY: the caller's contract for the buffer and `needed`.
        unsafe { write_text(header.as_bytes(), buffer, buffer_size, needed) }
    })
}
