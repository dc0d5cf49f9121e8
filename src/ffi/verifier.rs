//! `hookrail_verifier` and its options.

use std::ffi::c_char;
use std::ptr;

use zeroize::Zeroizing;

use super::argument;
use super::clock;
use super::error::hookrail_error;
use super::guard::{guard_computation, guard_value};
use super::status::hookrail_status;
use super::verification::hookrail_verification;
use crate::signing::{
    DEFAULT_TOLERANCE_SECONDS, MAX_SECRETS, Rejection, Verified, Verifier, secret,
};

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

/// Verifies deliveries with secrets that were prepared once.
///
/// Thread-safety: threads may share a verifier without a lock.
pub struct hookrail_verifier {
    verifier: Verifier,
    tolerance: i64,
}

/// Makes options without a secret and with the default tolerance.
///
/// Ownership: free them with hookrail_verifier_options_free().
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_verifier_options_new() -> *mut hookrail_verifier_options {
    guard_value(ptr::null_mut(), || {
        Box::into_raw(Box::new(hookrail_verifier_options {
            secrets: Vec::new(),
            tolerance: DEFAULT_TOLERANCE_SECONDS,
        }))
    })
}

/// Frees options and wipes their secrets. NULL is fine. Verifiers made with them are not affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_options_free(options: *mut hookrail_verifier_options) {
    if !options.is_null() {
        // SAFETY: the handle came from hookrail_verifier_options_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(options) }));
    }
}

/// Adds a secret: the text of the endpoint's secret as it is, "whsec_" included. During a rotation add
/// the old and the new one; any may match.
///
/// Refused are secrets that are none, as a variable that is not set leaves them (empty, blank, nothing
/// but "whsec_"), and such as the service does not make: with white space at an end, as a file leaves it,
/// or with a control byte. The message names the secret by its number, counted from 1.
///
/// Ownership: copied.
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

/// Sets how far the signature's time may be from now, in seconds, either way, the boundary included
/// (default 300). 0 accepts that very second only.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative.
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
/// Ownership: free `*out` with hookrail_verifier_free(). Everything is copied.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (no secret was added).
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
        *out = Box::into_raw(Box::new(hookrail_verifier {
            verifier,
            tolerance: options.tolerance,
        }));
        Ok(())
    })
}

/// Frees a verifier and wipes its keys. NULL is fine.
///
/// Thread-safety: no other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verifier_free(verifier: *mut hookrail_verifier) {
    if !verifier.is_null() {
        // SAFETY: the handle came from hookrail_verifier_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(verifier) }));
    }
}

/// Where the details of a success go; each place is NULL or valid for a write.
pub struct Places {
    pub secret_index: *mut usize,
    pub signed_at: *mut i64,
    pub skew_seconds: *mut i64,
}

impl Places {
    /// Fills in the places that are there.
    ///
    /// # Safety
    /// Each place is NULL or valid for a write.
    pub unsafe fn fill(self, verified: Verified) {
        // SAFETY: the caller's contract.
        unsafe {
            if let Some(place) = self.secret_index.as_mut() {
                *place = verified.secret_index;
            }
            if let Some(place) = self.signed_at.as_mut() {
                *place = verified.signed_at;
            }
            if let Some(place) = self.skew_seconds.as_mut() {
                *place = verified.skew_seconds;
            }
        }
    }
}

/// Verifies a delivery (protocol section 5).
///
/// What verifies is the delivery id, the time and the body. The method, the path, the query and the other
/// headers are not signed: who sees one delivery can send it again to another path, or with another
/// hookrail-topic or hookrail-event-id. So decide on what the body says, or have a secret of its own for
/// each path; do not dispatch on hookrail-topic alone.
///
/// `header`: the value of hookrail-signature. `delivery_id`: the value of hookrail-delivery-id.
/// `body`: the body as received, byte for byte. `now_unix`: seconds since 1970, or HOOKRAIL_NOW.
/// `secret_index`, `signed_at` (seconds since 1970), `skew_seconds` (now minus signed_at): written on
/// success; NULL where of no interest. The index says when an old secret is out of use.
///
/// Thread-safety: any thread, any number at the same time.
/// Errors, in this order: HOOKRAIL_INVALID_ARGUMENT, HOOKRAIL_SIGNATURE_MALFORMED (header or delivery
/// id), HOOKRAIL_TIMESTAMP_TOO_OLD, HOOKRAIL_TIMESTAMP_TOO_NEW, HOOKRAIL_SIGNATURE_MISMATCH. Answer all
/// of them alike: the details are not for the sender.
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

/// Begins to verify a delivery whose body arrives in pieces. Header, delivery id and timestamp are
/// judged at once, so that a body need not be read for a delivery that cannot verify.
///
/// `body_limit`: the largest body in bytes that is taken; 0 for no limit. The rest as for
/// hookrail_verifier_verify().
///
/// Ownership: free `*out` with hookrail_verification_free(), finished or not. It needs the verifier no
/// more.
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
