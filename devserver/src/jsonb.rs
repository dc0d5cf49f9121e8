//! The form of a payload in PostgreSQL's `jsonb`. The service stores payloads in such a column, so deliveries
//! have this form, and the service cannot record a payload that `jsonb` cannot hold.

use std::collections::BTreeMap;

use thiserror::Error;

/// Digits before and after the decimal point in PostgreSQL's `numeric`, which holds jsonb numbers.
const MAX_INTEGER_DIGITS: i64 = 131_072;
const MAX_FRACTION_DIGITS: i64 = 16_383;
/// From this exponent on PostgreSQL refuses every number, also zero.
const EXPONENT_END: u64 = i32::MAX as u64 / 2;

/// The reason why a valid JSON text cannot become `jsonb`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Unstorable {
    #[error("the payload holds \\u0000, which jsonb cannot store")]
    Nul,
    #[error("the payload holds an unpaired UTF-16 surrogate, which jsonb cannot store")]
    Surrogate,
    #[error("the payload holds a number outside the range of numeric")]
    Number,
}

enum Frame {
    Array(Vec<String>),
    Object {
        // jsonb orders keys by length, then by bytes, and keeps the last of duplicates.
        members: BTreeMap<(usize, String), String>,
        key: Option<String>,
    },
}

/// Returns the text of `SELECT payload` for `raw`, which must be one valid JSON value.
pub(crate) fn normalise(raw: &str) -> Result<String, Unstorable> {
    let bytes = raw.as_bytes();
    let mut stack: Vec<Frame> = Vec::new();
    let mut at = 0;
    // An explicit stack, because recursion to the permitted depth could overflow the thread's stack.
    while at < bytes.len() {
        let value = match bytes[at] {
            b'{' | b'[' => {
                stack.push(if bytes[at] == b'[' {
                    Frame::Array(Vec::new())
                } else {
                    Frame::Object {
                        members: BTreeMap::new(),
                        key: None,
                    }
                });
                at += 1;
                continue;
            }
            b'}' | b']' => {
                at += 1;
                match stack.pop() {
                    Some(frame) => render(frame),
                    None => continue,
                }
            }
            b'"' => {
                let end = string_end(bytes, at);
                let text = decode(&raw[at..end])?;
                at = end;
                if let Some(Frame::Object { key, .. }) = stack.last_mut()
                    && key.is_none()
                {
                    *key = Some(text);
                    continue;
                }
                quote(&text)
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                at += 1;
                continue;
            }
            _ => {
                let end = literal_end(bytes, at);
                let token = &raw[at..end];
                at = end;
                match token {
                    "true" | "false" | "null" => token.to_owned(),
                    number => numeric(number)?,
                }
            }
        };
        match stack.last_mut() {
            None => return Ok(value),
            Some(Frame::Array(items)) => items.push(value),
            Some(Frame::Object { members, key }) => {
                let key = key.take().unwrap_or_default();
                members.insert((key.len(), key), value);
            }
        }
    }
    Ok(String::new())
}

/// Returns the depth of nested arrays and objects in `raw`, which must be one valid JSON value.
pub(crate) fn depth(raw: &str) -> usize {
    let bytes = raw.as_bytes();
    let (mut level, mut deepest, mut at) = (0_usize, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                level += 1;
                deepest = deepest.max(level);
            }
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

fn render(frame: Frame) -> String {
    match frame {
        Frame::Array(items) => format!("[{}]", items.join(", ")),
        Frame::Object { members, .. } => {
            let members: Vec<String> = members
                .into_iter()
                .map(|((_, key), value)| format!("{}: {value}", quote(&key)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serialises")
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

fn literal_end(bytes: &[u8], start: usize) -> usize {
    let delimiter = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}');
    start
        + bytes[start..]
            .iter()
            .position(delimiter)
            .unwrap_or(bytes.len() - start)
}

fn decode(token: &str) -> Result<String, Unstorable> {
    // The text is valid JSON, so only a lone surrogate can fail.
    let text: String = serde_json::from_str(token).map_err(|_| Unstorable::Surrogate)?;
    if text.contains('\0') {
        return Err(Unstorable::Nul);
    }
    Ok(text)
}

/// A JSON number as `numeric` prints it: no exponent, the trailing zeros of the fraction kept.
fn numeric(token: &str) -> Result<String, Unstorable> {
    let (sign, unsigned) = match token.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", token),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let exponent: i64 = exponent.parse().map_err(|_| Unstorable::Number)?;
    if exponent.unsigned_abs() >= EXPONENT_END {
        return Err(Unstorable::Number);
    }
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let length = |part: &str| i64::try_from(part.len()).unwrap_or(i64::MAX);

    let scale = length(fraction).saturating_sub(exponent).max(0);
    if scale > MAX_FRACTION_DIGITS {
        return Err(Unstorable::Number);
    }
    let digits = format!("{integer}{fraction}");
    let significant = digits.trim_start_matches('0');
    let scale_digits = usize::try_from(scale).unwrap_or(0);
    if significant.is_empty() {
        return Ok(with_point("0", &"0".repeat(scale_digits)));
    }
    let leading_zeros = length(&digits) - length(significant);
    let point = length(integer)
        .saturating_add(exponent)
        .saturating_sub(leading_zeros);
    if point > MAX_INTEGER_DIGITS {
        return Err(Unstorable::Number);
    }
    let magnitude = if point <= 0 {
        let zeros = "0".repeat(usize::try_from(-point).unwrap_or(0));
        with_point("0", &format!("{zeros}{significant}"))
    } else {
        let point = usize::try_from(point).unwrap_or(0);
        if point >= significant.len() {
            let padded = format!("{significant}{}", "0".repeat(point - significant.len()));
            with_point(&padded, &"0".repeat(scale_digits))
        } else {
            with_point(&significant[..point], &significant[point..])
        }
    };
    Ok(format!("{sign}{magnitude}"))
}

fn with_point(integer: &str, fraction: &str) -> String {
    if fraction.is_empty() {
        integer.to_owned()
    } else {
        format!("{integer}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_by_length_then_bytes_and_the_last_duplicate_stays() {
        let stored = normalise(r#"{"bb":1,"a":[1,2 , {}],"c":null,"a":{"z":true,"y":[]}}"#);
        assert_eq!(
            stored.unwrap(),
            r#"{"a": {"y": [], "z": true}, "c": null, "bb": 1}"#
        );
    }

    #[test]
    fn strings_are_unescaped_as_far_as_json_allows() {
        let stored = normalise(r#"["\u00e9\/\u0007\n\"", "\ud83d\ude00"]"#);
        assert_eq!(stored.unwrap(), "[\"é/\\u0007\\n\\\"\", \"😀\"]");
    }

    #[test]
    fn numbers_lose_their_exponent_and_keep_their_scale() {
        for (given, stored) in [
            ("1.50", "1.50"),
            ("1e2", "100"),
            ("15e-3", "0.015"),
            ("1.50e1", "15.0"),
            ("1.5e3", "1500"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("0e9", "0"),
            ("0.001e3", "1"),
            ("100e-2", "1.00"),
            ("12345678901234567890123", "12345678901234567890123"),
        ] {
            assert_eq!(normalise(given).as_deref(), Ok(stored), "{given}");
        }
    }

    #[test]
    fn what_jsonb_cannot_hold_is_named() {
        for (given, why) in [
            (r#"{"a":"\u0000"}"#, Unstorable::Nul),
            (r#"{"\u0000":1}"#, Unstorable::Nul),
            (r#""\ud800""#, Unstorable::Surrogate),
            (r#""\udc00x""#, Unstorable::Surrogate),
            ("1e131072", Unstorable::Number),
            ("-10e131071", Unstorable::Number),
            ("1e-16384", Unstorable::Number),
            ("0.0e-16383", Unstorable::Number),
            ("1e99999999999999999999", Unstorable::Number),
            ("0e1073741823", Unstorable::Number),
            ("0e-1073741823", Unstorable::Number),
        ] {
            assert_eq!(normalise(given), Err(why), "{given}");
        }
        for (given, length) in [("1e131071", 131_072), ("1e-16383", 16_385)] {
            assert_eq!(
                normalise(given).map(|stored| stored.len()),
                Ok(length),
                "{given}"
            );
        }
        assert_eq!(normalise("0e1073741822").as_deref(), Ok("0"));
    }

    #[test]
    fn payloads_grow_as_much_as_they_were_measured_to() {
        let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
        for (given, bytes, stored) in [
            (list("1", 131_071), 262_143, 393_213),
            (list("1e300", 4_000), 24_001, 1_212_000),
        ] {
            assert_eq!(given.len(), bytes);
            assert_eq!(normalise(&given).map(|text| text.len()), Ok(stored));
        }
    }

    #[test]
    fn the_depth_is_that_of_arrays_and_objects_outside_of_texts() {
        for (given, levels) in [
            ("1", 0),
            (r#""[[{""#, 0),
            (r#"["\"[[", {"a[": [[]]}, []]"#, 4),
            (r#"{"a": {}, "b": {"c": 1}}"#, 2),
        ] {
            assert_eq!(depth(given), levels, "{given}");
        }
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        assert_eq!(depth(&deep), 20_000);
        assert_eq!(normalise(&deep), Ok(deep));
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_text() {
        assert_eq!(normalise(r#""\\u0000""#).as_deref(), Ok(r#""\\u0000""#));
    }
}
