//! Identifiers as the service makes them.

use std::time::{SystemTime, UNIX_EPOCH};

use ulid::Ulid;

/// A ULID of this instant.
pub(crate) fn new_ulid(now: SystemTime) -> String {
    let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    });
    Ulid::from_parts(millis, fastrand::u128(..)).to_string()
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
        assert!(early < late, "{early} should sort before {late}");
        assert_ne!(late, new_ulid(UNIX_EPOCH + Duration::from_millis(2)));
    }
}
