//! `hookrail_verification`: a delivery whose body arrives in pieces.

use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::guard::{guard_computation, guard_value};
use super::status::hookrail_status;
use super::verifier::Places;
use crate::error::Error;
use crate::signing::Incremental;

/// A verification under way, begun by hookrail_verifier_begin().
///
/// Until hookrail_verification_finish() has returned HOOKRAIL_OK, nothing of the body may be acted on.
/// Thread-safety: one thread at a time.
pub struct hookrail_verification(Option<Incremental>);

impl hookrail_verification {
    /// A handle for the caller to free.
    pub fn into_raw(begun: Incremental) -> *mut Self {
        Box::into_raw(Box::new(hookrail_verification(Some(begun))))
    }
}

fn finished() -> Error {
    Error::invalid_argument("the verification is finished: begin another one")
}

/// Says how long the request's Content-Length says that the body is. It may be called at any time before
/// hookrail_verification_finish(), which then tells a body of which a part is missing from one that was
/// changed. A body that matches is accepted, whatever was announced.
///
/// Errors: HOOKRAIL_BODY_TOO_LARGE (that is over the body's limit: the body need not be read),
/// HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verification_set_content_length(
    verification: *mut hookrail_verification,
    content_length: u64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let verification = unsafe { argument::handle_mut("verification", verification) }?;
        let running = verification.0.as_mut().ok_or_else(finished)?;
        Ok(running.announce(content_length)?)
    })
}

/// Takes the next piece of the body; empty is fine.
///
/// Errors: HOOKRAIL_BODY_TOO_LARGE as soon as the body is over its limit, and from then on;
/// HOOKRAIL_INVALID_ARGUMENT (NULL, or after hookrail_verification_finish()).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verification_update(
    verification: *mut hookrail_verification,
    chunk: *const c_char,
    chunk_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (verification, chunk) = unsafe {
            (
                argument::handle_mut("verification", verification)?,
                argument::bytes("chunk", chunk, chunk_len)?,
            )
        };
        let running = verification.0.as_mut().ok_or_else(finished)?;
        Ok(running.update(chunk)?)
    })
}

/// The verdict, the body being complete. `secret_index`, `signed_at` and `skew_seconds` as for
/// hookrail_verifier_verify(). The handle is still to be freed.
///
/// Errors: HOOKRAIL_SIGNATURE_MISMATCH, HOOKRAIL_BODY_INCOMPLETE (no match, and fewer bytes than
/// hookrail_verification_set_content_length() was told: the connection was cut, or something else read
/// from the body before; answer 408, upon which the service sends the delivery again, which it does not
/// after 400 or 401), HOOKRAIL_BODY_TOO_LARGE (a piece was refused for that), HOOKRAIL_INVALID_ARGUMENT
/// (NULL, or a second time).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verification_finish(
    verification: *mut hookrail_verification,
    secret_index: *mut usize,
    signed_at: *mut i64,
    skew_seconds: *mut i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let verification = unsafe { argument::handle_mut("verification", verification) }?;
        let verified = verification.0.take().ok_or_else(finished)?.finish()?;
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

/// Frees a verification, finished or abandoned. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verification_free(verification: *mut hookrail_verification) {
    if !verification.is_null() {
        // SAFETY: the handle came from `into_raw`, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(verification) }));
    }
}
