//! The time of day where the caller does not give one.

use std::ptr;

use super::signature::hookrail_signature_constants::HOOKRAIL_NOW;

/// `now_unix` as it was passed, or the system's clock for `HOOKRAIL_NOW`.
pub fn resolve(now_unix: i64) -> i64 {
    if now_unix != HOOKRAIL_NOW as i64 {
        return now_unix;
    }
    // A reading in nanoseconds would cost a tenth of the verification of a short body.
    // SAFETY: the place for a copy of the result may be NULL.
    unsafe { libc::time(ptr::null_mut()) }
}
