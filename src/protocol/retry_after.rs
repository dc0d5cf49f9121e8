//! The `Retry-After` header (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

/// The longest wait, in seconds: far beyond every budget, and adding it to another duration cannot overflow.
const LONGEST: u64 = i64::MAX as u64;

/// Returns the wait that `value` asks for: a number of seconds of any length, which saturates, or a date, where a
/// date in the past means 0.
///
/// Returns `None` for any other value.
pub fn parse(value: &[u8], now: SystemTime) -> Option<Duration> {
    let value = trim_optional_whitespace(value);
    if value.is_empty() {
        return None;
    }
    if value.iter().all(u8::is_ascii_digit) {
        let seconds = value.iter().fold(0_u64, |seconds, digit| {
            seconds
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        });
        return Some(Duration::from_secs(seconds.min(LONGEST)));
    }
    let date = parse_date(value)?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Reads a date strictly. `httpdate` alone ignores line breaks around it, and takes any byte for the space between
/// date and time in the form of RFC 850.
fn parse_date(value: &[u8]) -> Option<SystemTime> {
    const TIME_LEN: usize = "08:49:37 GMT".len();
    let space = value.len().checked_sub(TIME_LEN + 1).map(|at| value[at]);
    let is_plain = value.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain || (value.ends_with(b" GMT") && space != Some(b' ')) {
        return None;
    }
    httpdate::parse_http_date(std::str::from_utf8(value).ok()?).ok()
}

/// Removes the optional white space around a header's value, which is no part of it.
fn trim_optional_whitespace(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn seconds(value: &[u8]) -> Option<u64> {
        parse(value, UNIX_EPOCH).map(|duration| duration.as_secs())
    }

    #[test]
    fn digits_are_seconds() {
        assert_eq!(seconds(b"0"), Some(0));
        assert_eq!(seconds(b"120"), Some(120));
        assert_eq!(seconds(b"007"), Some(7));
        assert_eq!(seconds(b" \t5 "), Some(5));
    }

    #[test]
    fn large_numbers_saturate() {
        let largest = i64::MAX as u64;
        assert_eq!(seconds(b"9223372036854775807"), Some(largest));
        assert_eq!(seconds(b"9223372036854775808"), Some(largest));
        assert_eq!(seconds(b"99999999999999999999999"), Some(largest));
        assert_eq!(seconds(&[b'9'; 5000]), Some(largest));
        assert_eq!(seconds(&[&[b'0'; 5000][..], b"3"].concat()), Some(3));
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(
                parse(date.as_bytes(), now),
                Some(Duration::from_secs(7)),
                "{date}"
            );
        }
    }

    #[test]
    fn a_past_date_means_no_wait() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let date = b"Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(parse(date, now), Some(Duration::ZERO));
        assert_eq!(
            parse(date, now + Duration::from_secs(1)),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn any_other_value_is_ignored() {
        let values: [&[u8]; 20] = [
            b"",
            b" ",
            b"-1",
            b"+1",
            b"1.5",
            b"1e3",
            b"0x10",
            b"1 2",
            b"1,2",
            b"5s",
            b"\xb2",
            "\u{b2}".as_bytes(),
            "\u{665}".as_bytes(),
            b"\n5",
            b"soon",
            b"Sun, 06 Nov 1994 08:49:37 +0000",
            b"Sunday, 06-Nov-94#08:49:37 GMT",
            b"Sunday, 06-Nov-94-08:49:37 GMT",
            b"\x0bSun, 06 Nov 1994 08:49:37 GMT",
            b"Sun Nov  6 08:49:37 1994\n",
        ];
        for value in values {
            assert_eq!(seconds(value), None, "{}", value.escape_ascii());
        }
    }
}
