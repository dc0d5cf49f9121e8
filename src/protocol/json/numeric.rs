//! The numbers that the service can store. PostgreSQL keeps the numbers of `jsonb` as `numeric`, which has wide
//! bounds. They were tried with PostgreSQL 15, and the tests hold them.

use super::fault::Reason;

/// The most digits before the decimal point.
const MAX_INTEGER_DIGITS: i64 = 131_072;
/// The most digits after the decimal point. Zeros at the end count: `numeric` keeps them.
const MAX_DECIMAL_PLACES: i64 = 16_383;
/// An exponent of this size or more is refused even behind a zero.
const EXPONENT_LIMIT: i64 = (i32::MAX / 2) as i64;

/// A number of at most this many bytes, with an exponent of at most [`SHORT_EXPONENT`] digits, always fits.
pub(super) const SHORT: usize = 4096;
/// See [`SHORT`].
pub(super) const SHORT_EXPONENT: usize = 4;

/// Checks that a JSON number can be stored.
pub(super) fn check(number: &[u8]) -> Result<(), Reason> {
    let unsigned = number.strip_prefix(b"-").unwrap_or(number);
    let (mantissa, exponent) = split_at_any(unsigned, b"eE");
    let (integer, fraction) = split_at_any(mantissa, b".");
    let exponent = exponent.map_or(0, parse_exponent);
    let fraction = fraction.unwrap_or_default();

    if length(fraction) - exponent > MAX_DECIMAL_PLACES {
        return Err(Reason::NumberTooFine);
    }
    let leading_zeros = integer
        .iter()
        .chain(fraction)
        .position(|digit| *digit != b'0');
    let fits = match leading_zeros {
        Some(zeros) => length(integer) - zeros as i64 + exponent <= MAX_INTEGER_DIGITS,
        None => exponent < EXPONENT_LIMIT,
    };
    if fits {
        Ok(())
    } else {
        Err(Reason::NumberTooLarge)
    }
}

/// Returns the text before and after the first of some bytes.
fn split_at_any<'a>(text: &'a [u8], bytes: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    match text.iter().position(|byte| bytes.contains(byte)) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Returns the value of an exponent. A huge one is cut, and stays far out of range.
fn parse_exponent(text: &[u8]) -> i64 {
    const FAR: i64 = 1 << 40;
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    let magnitude = digits.fold(0, |value: i64, digit| {
        (value * 10 + i64::from(digit - b'0')).min(FAR)
    });
    if text.starts_with(b"-") {
        -magnitude
    } else {
        magnitude
    }
}

/// Returns a length as a signed number. No slice is longer than `i64::MAX`.
fn length(digits: &[u8]) -> i64 {
    digits.len() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zeros(count: usize) -> String {
        "0".repeat(count)
    }

    /// Tried with PostgreSQL 15: `select '...'::jsonb` accepts each of these.
    #[test]
    fn numbers_that_postgresql_accepts_are_accepted() {
        for number in [
            "1e131071",
            "-9.99E+131071",
            "0.1e131072",
            "0.01e131073",
            "0.00009e131076",
            &format!("0.{}1e262144", zeros(131_072)),
            &"9".repeat(131_072),
            &format!("{}e-1", "9".repeat(131_073)),
            &format!("{}e-8928", "9".repeat(140_000)),
            "1e-16383",
            "1.0e-16382",
            "0e-16383",
            &format!("1.{}", zeros(16_383)),
            &format!("0.{}1e1", zeros(16_383)),
            &format!("1.{}e3617", zeros(20_000)),
            "0e131072",
            "0.0e999999",
            "0e1073741822",
            "1e-00000000000000000000000000001",
            "1e+000000000000000000000000000000005",
        ] {
            assert!(check(number.as_bytes()).is_ok(), "{:.40}", number);
        }
    }

    /// Tried with PostgreSQL 15, which answers "value overflows numeric format" to each of these.
    #[test]
    fn numbers_that_postgresql_refuses_are_refused() {
        for number in [
            "1e131072",
            "-1E+131072",
            "10e131071",
            "0.1e131073",
            "0.01e131074",
            "0.00009e131077",
            &format!("0.{}1e262145", zeros(131_072)),
            &"9".repeat(131_073),
            &format!("{}e-8927", "9".repeat(140_000)),
            "1e99999999999999999999",
            "0e1073741823",
            "0e99999999999999999999",
        ] {
            let refused = check(number.as_bytes());
            assert!(
                matches!(refused, Err(Reason::NumberTooLarge)),
                "{:.40}",
                number
            );
        }
        for number in [
            "1e-16384",
            "10e-16384",
            "1.0e-16383",
            "0e-16384",
            &format!("1.{}", zeros(16_384)),
            &format!("0.{}1", zeros(16_383)),
            &format!("1.{}e3616", zeros(20_000)),
            "1e-99999999999999999999",
            "0e-99999999999999999999",
        ] {
            let refused = check(number.as_bytes());
            assert!(
                matches!(refused, Err(Reason::NumberTooFine)),
                "{:.40}",
                number
            );
        }
    }

    #[test]
    fn every_short_number_fits() {
        let exponent = "9".repeat(SHORT_EXPONENT);
        let largest = format!("{}e{exponent}", "9".repeat(SHORT - 1 - SHORT_EXPONENT));
        let finest = format!("0.{}e-{exponent}", "9".repeat(SHORT - 4 - SHORT_EXPONENT));
        for number in [largest, finest] {
            assert!(check(number.as_bytes()).is_ok());
        }
    }
}
