//! The time of day for callers that do not give one.

use std::ptr;

use super::signature_constants::hookrail_signature_constants::HOOKRAIL_NOW;

/// Returns `now_unix`, or the time of the system's clock for `HOOKRAIL_NOW`.
pub fn resolve(now_unix: i64) -> i64 {
    if now_unix != HOOKRAIL_NOW as i64 {
        return now_unix;
    }
    // Reading nanoseconds would take a tenth of the time of verifying a short body.
    // SAFETY: the place for a copy of the result may be NULL.
    unsafe { libc::time(ptr::null_mut()) }
}
