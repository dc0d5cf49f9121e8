//! `hookrail_verifier` and its options.

use std::ffi::c_char;
use std::ptr;

use zeroize::Zeroizing;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::fallible::guard_computation;
use super::guard::guard_value;
use super::handle;
use super::status::hookrail_status;
use super::verification::hookrail_verification;
use super::verified::Places;
use crate::signing::{DEFAULT_TOLERANCE_SECONDS, MAX_SECRETS, Rejection, Verifier, secret};

/// The settings of a verifier: 1 to 16 secrets and the tolerance.
///
/// Thread-safety: one thread at a time.
pub struct hookrail_verifier_options {
    secrets: Vec<Zeroizing<Vec<u8>>>,
    tolerance: i64,
}

impl hookrail_verifier_options {
    pub fn tolerance(&self) -> i64 {
        self.tolerance
    }

    pub fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secret| secret.as_slice())
    }
}

/// A verifier of deliveries. It prepares its secrets once.
///
/// Thread-safety: threads may share a verifier without a lock.
pub struct hookrail_verifier {
    verifier: Verifier,
    tolerance: i64,
}

/// Makes options without a secret and with the default tolerance. Free them with
/// hookrail_verifier_options_free().
///
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_verifier_options_new() -> *mut hookrail_verifier_options {
    guard_value(ptr::null_mut(), || {
        handle::into_raw(hookrail_verifier_options {
            secrets: Vec::new(),
            tolerance: DEFAULT_TOLERANCE_SECONDS,
        })
    })
}

/// Frees options and wipes their secrets. NULL is allowed. Verifiers that were made with them are not affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_options_free(options: *mut hookrail_verifier_options) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(options) };
}

/// Adds a secret. During a rotation add the old and the new secret: any of them may match.
///
/// The service makes no secret that is empty, blank or only "whsec_", none with white space at an end, and none
/// with a control byte. They come from a variable that is not set, or from a file, and are refused.
/// The message names the secret by its number, counted from 1.
///
/// @param secret,secret_len The text of the endpoint's secret, with its "whsec_".
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (such a secret, or the 17th).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_options_add_secret(
    options: *mut hookrail_verifier_options,
    secret: *const c_char,
    secret_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (options, secret) = unsafe {
            (
                argument::handle_mut("options", options)?,
                argument::bytes("secret", secret, secret_len)?,
            )
        };
        let index = options.secrets.len();
        secret::check(index, secret)?;
        if index == MAX_SECRETS {
            return Err(Rejection::TooManySecrets.into());
        }
        options.secrets.push(Zeroizing::new(secret.to_vec()));
        Ok(())
    })
}

/// Sets the tolerance: the largest difference between the signature's time and now (default 300 seconds).
///
/// @param tolerance_seconds 0 or more, in both directions; a difference of exactly this is accepted.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_options_set_tolerance(
    options: *mut hookrail_verifier_options,
    tolerance_seconds: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let options = unsafe { argument::handle_mut("options", options) }?;
        if tolerance_seconds < 0 {
            let tolerance = tolerance_seconds;
            return Err(Rejection::NegativeTolerance { tolerance }.into());
        }
        options.tolerance = tolerance_seconds;
        Ok(())
    })
}

/// Makes a verifier.
///
/// @param options The secrets and the tolerance.
/// @param out Set to the verifier; free it with hookrail_verifier_free().
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (also if no secret was added).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_new(
    options: *const hookrail_verifier_options,
    out: *mut *mut hookrail_verifier,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (options, out) = unsafe {
            (
                argument::handle("options", options)?,
                argument::out("out", out)?,
            )
        };
        let verifier = Verifier::new(options.secrets())?;
        *out = handle::into_raw(hookrail_verifier {
            verifier,
            tolerance: options.tolerance,
        });
        Ok(())
    })
}

/// Frees a verifier and wipes its keys. NULL is allowed.
///
/// Thread-safety: no other thread may still use the verifier.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_free(verifier: *mut hookrail_verifier) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(verifier) };
}

/// Verifies a delivery (protocol section 5).
///
/// The signature covers the delivery id, the time and the body. It does not cover the method, the path, the query
/// and the other headers: anyone who has seen a delivery can send it again to another path, or with another
/// hookrail-topic or hookrail-event-id. So decide by the content of the body, or use a different secret for each
/// path; do not dispatch on hookrail-topic alone.
///
/// @param header,header_len The value of hookrail-signature.
/// @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
/// @param body,body_len The body as received, byte for byte.
/// @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
/// @param secret_index NULL, or set to the index of the secret that matched. It shows when an old secret is no
///   longer used.
/// @param signed_at NULL, or set to the signature's time in seconds since 1970.
/// @param skew_seconds NULL, or set to now minus `signed_at`.
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors, in this order: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_SIGNATURE_MALFORMED (header or delivery id);
/// HOOKRAIL_TIMESTAMP_TOO_OLD; HOOKRAIL_TIMESTAMP_TOO_NEW; HOOKRAIL_SIGNATURE_MISMATCH. Give the sender the same
/// answer for all of them: the details are not for it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_verify(
    verifier: *const hookrail_verifier,
    header: *const c_char,
    header_len: usize,
    delivery_id: *const c_char,
    delivery_id_len: usize,
    body: *const c_char,
    body_len: usize,
    now_unix: i64,
    secret_index: *mut usize,
    signed_at: *mut i64,
    skew_seconds: *mut i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (handle, header, delivery_id, body) = unsafe {
            (
                argument::handle("verifier", verifier)?,
                argument::bytes("header", header, header_len)?,
                argument::bytes("delivery_id", delivery_id, delivery_id_len)?,
                argument::bytes("body", body, body_len)?,
            )
        };
        let now = clock::resolve(now_unix);
        let verified = handle
            .verifier
            .verify(header, delivery_id, body, handle.tolerance, now)?;
        let places = Places {
            secret_index,
            signed_at,
            skew_seconds,
        };
        // SAFETY: the caller's contract.
        unsafe { places.fill(verified) };
        Ok(())
    })
}

/// Begins to verify a delivery whose body arrives in pieces.
///
/// The function checks the header, the delivery id and the timestamp at once: after an error the body need not be
/// read.
///
/// @param header,header_len The value of hookrail-signature.
/// @param delivery_id,delivery_id_len The value of hookrail-delivery-id.
/// @param body_limit The largest body that is accepted, in bytes; 0 for no limit.
/// @param now_unix Seconds since 1970, or HOOKRAIL_NOW.
/// @param out Set to the verification; free it with hookrail_verification_free(). The verifier may be freed
///   before it.
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors: those of hookrail_verifier_verify() that do not depend on the body.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_begin(
    verifier: *const hookrail_verifier,
    header: *const c_char,
    header_len: usize,
    delivery_id: *const c_char,
    delivery_id_len: usize,
    body_limit: u64,
    now_unix: i64,
    out: *mut *mut hookrail_verification,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (handle, header, delivery_id, out) = unsafe {
            (
                argument::handle("verifier", verifier)?,
                argument::bytes("header", header, header_len)?,
                argument::bytes("delivery_id", delivery_id, delivery_id_len)?,
                argument::out("out", out)?,
            )
        };
        let limit = (body_limit > 0).then_some(body_limit);
        let now = clock::resolve(now_unix);
        let begun = handle
            .verifier
            .begin(header, delivery_id, limit, handle.tolerance, now)?;
        *out = hookrail_verification::into_raw(begun);
        Ok(())
    })
}
