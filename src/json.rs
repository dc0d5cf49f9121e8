//! JSON at the level of bytes: whether a payload is exactly one value that the service can store.
//!
//! The scanner is the library's own because no JSON crate answers this question: `serde_json` skips
//! values without looking at lone surrogates and reports lines and columns instead of offsets, and
//! its typed parsing stops at 128 levels. The scanner takes no longer than that skipping does (0.8 µs
//! for a dense kilobyte), and the tests hold the two against each other.

pub(crate) mod object;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::error::{Error, Result};

/// How many arrays and objects may be open inside each other.
pub const MAX_DEPTH: usize = 512;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Checks that `payload` is exactly one JSON value (RFC 8259) in UTF-8 that the service can store.
///
/// White space around the value is allowed. Refused, besides everything that is not JSON: a byte
/// order mark, the escape `\u0000`, lone surrogate escapes, and more than [`MAX_DEPTH`] levels. The
/// service takes such a payload for a failure of its own, so that it would be retried in vain.
pub fn check_payload(payload: &[u8]) -> Result<()> {
    check(payload).map_err(|fault| {
        Error::invalid_argument(format!(
            "the payload must be exactly one JSON value: {} at byte offset {}",
            fault.reason, fault.at
        ))
    })
}

fn check(payload: &[u8]) -> Scan {
    if payload.is_empty() {
        return fault(0, "it is empty,");
    }
    if payload.starts_with(BYTE_ORDER_MARK) {
        return fault(0, "a byte order mark, which JSON must not carry,");
    }
    if let Err(error) = std::str::from_utf8(payload) {
        return fault(error.valid_up_to(), "invalid UTF-8");
    }
    let mut scanner = Scanner {
        bytes: payload,
        at: 0,
    };
    scanner.document()
}

/// What was wrong, worded to stand before "at byte offset …".
struct Fault {
    at: usize,
    reason: Cow<'static, str>,
}

type Scan<T = ()> = std::result::Result<T, Fault>;

#[cold]
fn fault<T>(at: usize, reason: impl Into<Cow<'static, str>>) -> Scan<T> {
    Err(Fault {
        at,
        reason: reason.into(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// The containers that are open, one bit each, so that nesting takes neither recursion nor memory.
struct Open {
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Open {
    fn push(&mut self, container: Container, at: usize) -> Scan {
        if self.depth == MAX_DEPTH {
            return fault(at, format!("nesting deeper than {MAX_DEPTH} levels"));
        }
        let bit = 1 << (self.depth % 64);
        match container {
            Container::Object => self.objects[self.depth / 64] |= bit,
            Container::Array => self.objects[self.depth / 64] &= !bit,
        }
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }

    fn innermost(&self) -> Option<Container> {
        let level = self.depth.checked_sub(1)?;
        Some(if self.objects[level / 64] >> (level % 64) & 1 == 1 {
            Container::Object
        } else {
            Container::Array
        })
    }
}

/// Reads bytes that are known to be valid UTF-8.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn document(&mut self) -> Scan {
        let mut open = Open {
            objects: [0; MAX_DEPTH / 64],
            depth: 0,
        };
        self.skip_whitespace();
        loop {
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(b'{') => {
                    open.push(Container::Object, self.at)?;
                    self.at += 1;
                    self.skip_whitespace();
                    if self.peek() != Some(b'}') {
                        self.member_name()?;
                        continue;
                    }
                    self.at += 1;
                    open.pop();
                }
                Some(b'[') => {
                    open.push(Container::Array, self.at)?;
                    self.at += 1;
                    self.skip_whitespace();
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.at += 1;
                    open.pop();
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.literal(b"true")?,
                Some(b'f') => self.literal(b"false")?,
                Some(b'n') => self.literal(b"null")?,
                _ => return self.no_value(),
            }
            if self.after_value(&mut open)? == Next::End {
                return Ok(());
            }
        }
    }

    /// Reads what follows a value: closing brackets and a comma, up to where the next value begins.
    fn after_value(&mut self, open: &mut Open) -> Scan<Next> {
        loop {
            self.skip_whitespace();
            match (open.innermost(), self.peek()) {
                (Some(Container::Object), Some(b',')) => {
                    let comma = self.at;
                    self.at += 1;
                    self.skip_whitespace();
                    if self.peek() == Some(b'}') {
                        return fault(comma, "a comma with no member after it");
                    }
                    self.member_name()?;
                    return Ok(Next::Value);
                }
                (Some(Container::Array), Some(b',')) => {
                    let comma = self.at;
                    self.at += 1;
                    self.skip_whitespace();
                    if self.peek() == Some(b']') {
                        return fault(comma, "a comma with no element after it");
                    }
                    return Ok(Next::Value);
                }
                (Some(Container::Object), Some(b'}')) | (Some(Container::Array), Some(b']')) => {
                    self.at += 1;
                    open.pop();
                }
                (Some(Container::Object), _) => return self.unexpected("`,` or `}`"),
                (Some(Container::Array), _) => return self.unexpected("`,` or `]`"),
                (None, None) => return Ok(Next::End),
                (None, Some(_)) => {
                    let found = self.found();
                    return fault(
                        self.at,
                        format!("more than one value: {found} after the first"),
                    );
                }
            }
        }
    }

    /// Reads a member's name, the colon and the white space up to the member's value.
    fn member_name(&mut self) -> Scan {
        if self.peek() != Some(b'"') {
            return self.unexpected("a member name in double quotes");
        }
        self.string()?;
        self.skip_whitespace();
        if self.peek() != Some(b':') {
            return self.unexpected("`:` after a member name");
        }
        self.at += 1;
        self.skip_whitespace();
        Ok(())
    }

    /// Reads a string whose opening quote is the next byte.
    fn string(&mut self) -> Scan {
        let opening = self.at;
        self.at += 1;
        loop {
            self.skip_plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(control) => {
                    return fault(
                        self.at,
                        format!("a control character that must be written \\u{control:04x}"),
                    );
                }
                None => return fault(opening, "a string with no closing quote"),
            }
        }
    }

    /// Moves to the next byte of a string that is a quote, a backslash or a control character.
    fn skip_plain(&mut self) {
        while let Some(chunk) = self.rest().first_chunk::<8>() {
            let special = special_bytes(u64::from_le_bytes(*chunk));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while let Some(byte) = self.peek() {
            if byte == b'"' || byte == b'\\' || byte < 0x20 {
                return;
            }
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Scan {
        let backslash = self.at;
        match self.bytes.get(backslash + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => match self.code_unit(backslash)? {
                0 => fault(
                    backslash,
                    "the escape \\u0000, which the service can never store,",
                ),
                0xD800..=0xDBFF => self.low_surrogate(backslash),
                0xDC00..=0xDFFF => fault(backslash, "a low surrogate escape without a high one"),
                _ => Ok(()),
            },
            _ => fault(
                backslash,
                "a backslash that begins no JSON escape (\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX)",
            ),
        }
    }

    /// Reads the second half of the pair whose first half, at `high`, was just read.
    fn low_surrogate(&mut self, high: usize) -> Scan {
        if self.rest().starts_with(b"\\u") && matches!(self.code_unit(self.at)?, 0xDC00..=0xDFFF) {
            return Ok(());
        }
        fault(high, "a high surrogate escape without a low one")
    }

    /// Reads `\uXXXX`, whose backslash is at `backslash`.
    fn code_unit(&mut self, backslash: usize) -> Scan<u16> {
        let unit = self
            .bytes
            .get(backslash + 2..backslash + 6)
            .and_then(|digits| {
                digits.iter().try_fold(0, |unit, &digit| {
                    Some(unit << 4 | char::from(digit).to_digit(16)? as u16)
                })
            });
        let Some(unit) = unit else {
            return fault(backslash, "a \\u without four hexadecimal digits");
        };
        self.at = backslash + 6;
        Ok(unit)
    }

    fn number(&mut self) -> Scan {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.peek(), Some(b'0'..=b'9')) {
                    return fault(start, "a number with a leading zero");
                }
            }
            Some(b'1'..=b'9') => self.skip_digits(),
            Some(b'I') => return self.no_value(),
            _ => return fault(start, "a minus sign with no digit after it"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(start, "a number with no digit after its decimal point")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits(start, "a number with no digit in its exponent")?;
        }
        Ok(())
    }

    fn digits(&mut self, start: usize, reason: &'static str) -> Scan {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return fault(start, reason);
        }
        self.skip_digits();
        Ok(())
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn literal(&mut self, word: &'static [u8]) -> Scan {
        if !self.rest().starts_with(word) {
            return self.no_value();
        }
        self.at += word.len();
        Ok(())
    }

    #[cold]
    fn no_value<T>(&self) -> Scan<T> {
        let rest = self.rest();
        if rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") {
            return fault(self.at, "NaN or Infinity, which JSON cannot express,");
        }
        self.unexpected("a JSON value")
    }

    #[cold]
    fn unexpected<T>(&self, expected: &str) -> Scan<T> {
        fault(
            self.at,
            format!("expected {expected}, found {}", self.found()),
        )
    }

    /// Names what stands at the current place.
    fn found(&self) -> Cow<'static, str> {
        let next = std::str::from_utf8(self.rest())
            .ok()
            .and_then(|rest| rest.chars().next());
        match next {
            None => "the end".into(),
            Some(visible @ '!'..='~') => format!("`{visible}`").into(),
            Some(other) => format!("U+{:04X}", u32::from(other)).into(),
        }
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }
}

#[derive(PartialEq, Eq)]
enum Next {
    Value,
    End,
}

/// Sets the top bit of the first byte (in little-endian order) that is a quote, a backslash or below
/// 0x20. Bits above the first one set may be wrong: a borrow runs upwards.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    let quote = zeros(word ^ (ONES * b'"' as u64));
    let backslash = zeros(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & TOPS
}
