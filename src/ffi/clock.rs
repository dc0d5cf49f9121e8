//! The time of day where the caller does not give one.

use std::time::{SystemTime, UNIX_EPOCH};

use super::signature::hookrail_signature_constants::HOOKRAIL_NOW;

/// `now_unix` as it was passed, or the system's clock for `HOOKRAIL_NOW`.
pub fn resolve(now_unix: i64) -> i64 {
    if now_unix != HOOKRAIL_NOW as i64 {
        return now_unix;
    }
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    }
}
