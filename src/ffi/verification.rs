//! `hookrail_verification`: verifies a delivery whose body arrives in pieces.

use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::fallible::guard_computation;
use super::handle;
use super::status::hookrail_status;
use super::verified::Places;
use crate::error::Error;
use crate::signing::Incremental;

/// A verification that hookrail_verifier_begin() has begun.
///
/// Do not act on any part of the body before hookrail_verification_finish() has returned HOOKRAIL_OK.
///
/// Thread-safety: one thread at a time.
pub struct hookrail_verification(Option<Incremental>);

impl hookrail_verification {
    /// Makes a handle for the caller to free.
    pub fn into_raw(begun: Incremental) -> *mut Self {
        handle::into_raw(hookrail_verification(Some(begun)))
    }
}

fn finished() -> Error {
    Error::invalid_argument("the verification is finished: begin another one")
}

/// Sets the length of the body that the request's Content-Length announces.
///
/// With it, hookrail_verification_finish() distinguishes an incomplete body from a changed one. It may be called
/// at any time before. A body that matches is accepted, whatever was announced.
///
/// @param content_length The length in bytes.
///
/// Errors: HOOKRAIL_BODY_TOO_LARGE (the length is over the body's limit: the body need not be read);
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

/// Adds the next piece of the body.
///
/// @param chunk,chunk_len The piece; it may be empty.
///
/// Errors: HOOKRAIL_BODY_TOO_LARGE (the body is over its limit; also for all further pieces);
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

/// Ends a verification after the last piece of the body, and returns whether the delivery is genuine.
///
/// The handle must still be freed.
///
/// @param secret_index NULL, or set to the index of the secret that matched.
/// @param signed_at NULL, or set to the signature's time in seconds since 1970.
/// @param skew_seconds NULL, or set to now minus `signed_at`.
///
/// Errors: HOOKRAIL_SIGNATURE_MISMATCH; HOOKRAIL_BODY_INCOMPLETE (no match, and fewer bytes than
/// hookrail_verification_set_content_length() announced: the connection was cut, or something else had read
/// from the body; answer 408, and the service sends the delivery again, which it does not after 400 or
/// 401); HOOKRAIL_BODY_TOO_LARGE (a piece was refused); HOOKRAIL_INVALID_ARGUMENT (NULL, or a second time).
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

/// Frees a verification, whether it was finished or not. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_verification_free(verification: *mut hookrail_verification) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(verification) };
}
