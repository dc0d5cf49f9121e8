//! `hookrail_verify_signature`, `hookrail_sign`: signatures without a handle.

use std::ffi::c_char;
use std::ptr;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::guard::guard_computation;
use super::status::hookrail_status;
use super::text::write_text;
use crate::signing;

/// What may be passed in place of a number.
#[repr(C)]
#[allow(dead_code, reason = "constants for C, which Rust has elsewhere")]
pub enum hookrail_signature_constants {
    /// `tolerance_seconds`: what the service recommends, 5 minutes.
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    /// `now_unix`: the system's clock.
    HOOKRAIL_NOW = -1,
    /// The most secrets that may be given at once.
    HOOKRAIL_MAX_SECRETS = 16,
    /// The size of a buffer that any value of hookrail-signature fits into, with the NUL.
    HOOKRAIL_SIGNATURE_SIZE = 4097,
}

/// Verifies the signature of a delivery (protocol section 5).
///
/// `secrets`, `secret_lens`, `secret_count`: 1 to 16 secrets, of which any may match; each is the text
/// of the endpoint's secret as it is, "whsec_" included. `header`: the value of hookrail-signature.
/// `delivery_id`: the value of hookrail-delivery-id. `body`: the body as received, byte for byte.
/// `tolerance_seconds`: how far the signature's time may be from now, either way, the boundary
/// included; HOOKRAIL_DEFAULT_TOLERANCE. `now_unix`: seconds since 1970, or HOOKRAIL_NOW.
///
/// The one fallible function without a place for an error: its status says it all.
///
/// Receivers of more than a few deliveries use a hookrail_verifier, which prepares the secrets once.
///
/// Thread-safety: any thread.
/// Errors, in this order: HOOKRAIL_INVALID_ARGUMENT (no secret, one that
/// hookrail_verifier_options_add_secret() refuses, more than 16, a negative tolerance, NULL with a length),
/// HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id),
/// HOOKRAIL_TIMESTAMP_TOO_OLD, HOOKRAIL_TIMESTAMP_TOO_NEW, HOOKRAIL_SIGNATURE_MISMATCH.
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

/// Signs a delivery the way the service does, for tests and servers that stand in for it.
///
/// Writes the value of the hookrail-signature header, "t=<timestamp>,v1=<hex>", with a NUL behind it.
/// `buffer` of `buffer_size` bytes takes it; 128 are always enough. NULL with 0 only asks for the size.
/// `needed` (NULL if of no interest) is set to the size it takes with the NUL, also when the buffer is
/// too small.
///
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (a secret that hookrail_verifier_options_add_secret() refuses, a
/// negative timestamp, a delivery id that is not 1 to 128 of A-Z a-z 0-9 _ -), HOOKRAIL_BUFFER_TOO_SMALL (nothing was written but `needed`).
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
