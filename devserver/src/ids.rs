//! Identifiers as the service makes them.

use std::time::{SystemTime, UNIX_EPOCH};

use ulid::Ulid;

/// Returns a ULID of the present time.
pub(crate) fn new_ulid(now: SystemTime) -> String {
    let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    Ulid::from_parts(millis, fastrand::u128(..)).to_string()
}

/// Returns the time in a ULID in Unix milliseconds, or 0 if the text is no ULID.
pub(crate) fn unix_ms(ulid: &str) -> u64 {
    Ulid::from_string(ulid).map_or(0, |ulid| ulid.timestamp_ms())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ulids_are_26_characters_that_sort_by_time() {
        let early = new_ulid(UNIX_EPOCH + Duration::from_millis(1));
        let late = new_ulid(UNIX_EPOCH + Duration::from_millis(2));
        assert_eq!(early.len(), 26);
        assert_eq!((unix_ms(&early), unix_ms(&late)), (1, 2));
        assert_eq!(unix_ms("no ULID"), 0);
        assert!(early < late, "{early} should sort before {late}");
        assert_ne!(late, new_ulid(UNIX_EPOCH + Duration::from_millis(2)));
    }
}
