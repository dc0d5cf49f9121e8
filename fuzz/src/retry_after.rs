//! `Retry-After`: seconds or a date, and nothing else.

use std::time::{Duration, UNIX_EPOCH};

use crate::model::date;

/// Checks the header value that follows five bytes of the present time.
pub fn check(data: &[u8]) {
    let Some((now, value)) = data.split_at_checked(5) else {
        return;
    };
    let now = now.iter().fold(0, |now, byte| now << 8 | u64::from(*byte));
    let read = hookrail::internals::parse_retry_after(value, UNIX_EPOCH + Duration::from_secs(now));
    let expected = date::retry_after(value, now).map(Duration::from_secs);
    assert_eq!(read, expected, "{}", value.escape_ascii());
}
