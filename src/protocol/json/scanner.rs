//! The scanner: one pass over the bytes, without recursion and without allocation.
//!
//! Each step takes the offset of its first byte and returns the offset behind its last one, so that the compiler
//! keeps the offset in a register: this code reads every byte that is sent.

use super::fault::{MAX_DEPTH, Reason, Scan, fault};
use super::numeric;

/// The byte that [`JsonText::at`] returns behind the end. No JSON token holds it, so a step that expects another
/// byte needs no case for the end.
const END: u8 = 0;

/// The surroundings of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Document,
    Array,
    Object,
}

/// The open containers, one bit each.
struct Open {
    innermost: Container,
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Open {
    fn push(&mut self, container: Container, at: usize) -> Scan {
        if self.depth == MAX_DEPTH {
            return fault(at, Reason::TooDeep);
        }
        let bit = 1 << (self.depth % 64);
        match container {
            Container::Object => self.objects[self.depth / 64] |= bit,
            _ => self.objects[self.depth / 64] &= !bit,
        }
        self.innermost = container;
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.depth -= 1;
        self.innermost = match self.depth.checked_sub(1) {
            None => Container::Document,
            Some(level) if self.objects[level / 64] >> (level % 64) & 1 == 1 => Container::Object,
            Some(_) => Container::Array,
        };
    }
}

/// The name of the member to look for, as JSON without escapes.
const ORDERING_KEY: &[u8] = b"\"ordering_key\"";

/// Checks that `text`, which is valid UTF-8, is exactly one value and the white space around it.
///
/// Returns the JSON of the outermost object's member `ordering_key`, if it is a string. If the name occurs twice, the
/// last one counts, as it does for the service.
pub(super) fn document(text: &[u8]) -> Scan<Option<&[u8]>> {
    let text = JsonText(text);
    let mut open = Open {
        innermost: Container::Document,
        objects: [0; MAX_DEPTH / 64],
        depth: 0,
    };
    let mut ordering_key = None;
    let mut at = text.skip_whitespace(0);
    loop {
        at = match text.at(at) {
            b'"' => text.string(at)?,
            b'{' => {
                open.push(Container::Object, at)?;
                at = text.skip_whitespace(at + 1);
                if text.at(at) != b'}' {
                    at = text.member(at, open.depth, &mut ordering_key)?;
                    continue;
                }
                open.pop();
                at + 1
            }
            b'[' => {
                open.push(Container::Array, at)?;
                at = text.skip_whitespace(at + 1);
                if text.at(at) != b']' {
                    continue;
                }
                open.pop();
                at + 1
            }
            b'-' | b'0'..=b'9' => text.number(at)?,
            b't' => text.literal(at, b"true")?,
            b'f' => text.literal(at, b"false")?,
            b'n' => text.literal(at, b"null")?,
            _ => return text.no_value(at),
        };
        // After a value: closing brackets and a comma, up to the next value.
        loop {
            at = text.skip_whitespace(at);
            match (text.at(at), open.innermost) {
                (b',', Container::Object) => {
                    let comma = at;
                    at = text.skip_whitespace(at + 1);
                    if text.at(at) == b'}' {
                        return fault(comma, Reason::NoMember);
                    }
                    at = text.member(at, open.depth, &mut ordering_key)?;
                    break;
                }
                (b',', Container::Array) => {
                    let comma = at;
                    at = text.skip_whitespace(at + 1);
                    if text.at(at) == b']' {
                        return fault(comma, Reason::NoElement);
                    }
                    break;
                }
                (b'}', Container::Object) | (b']', Container::Array) => {
                    at += 1;
                    open.pop();
                }
                (_, Container::Object) => return fault(at, Reason::NoEndOfObject),
                (_, Container::Array) => return fault(at, Reason::NoEndOfArray),
                (_, Container::Document) if at == text.0.len() => {
                    return Ok(ordering_key.and_then(|start| text.string_json(start)));
                }
                (_, Container::Document) => return fault(at, Reason::MoreThanOneValue),
            }
        }
    }
}

/// Bytes that are known to be valid UTF-8.
#[derive(Clone, Copy)]
struct JsonText<'a>(&'a [u8]);

impl<'a> JsonText<'a> {
    /// Returns the byte at an offset; [`END`] behind the last one.
    fn at(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(END)
    }

    fn rest(self, at: usize) -> &'a [u8] {
        self.0.get(at..).unwrap_or_default()
    }

    /// Reads a member's name, the colon and the white space up to the member's value. Notes the offset of that value
    /// if the member is `ordering_key` of the outermost object.
    #[inline(always)]
    fn member(self, at: usize, depth: usize, ordering_key: &mut Option<usize>) -> Scan<usize> {
        if self.at(at) != b'"' {
            return fault(at, Reason::NoMemberName);
        }
        let end = self.string(at)?;
        let colon = self.skip_whitespace(end);
        if self.at(colon) != b':' {
            return fault(colon, Reason::NoColon);
        }
        let value = self.skip_whitespace(colon + 1);
        if depth == 1 && is_ordering_key(&self.0[at..end]) {
            *ordering_key = Some(value);
        }
        Ok(value)
    }

    /// Returns the JSON of the value that begins at `start`, if it is a string. The value was already checked.
    fn string_json(self, start: usize) -> Option<&'a [u8]> {
        if self.at(start) != b'"' {
            return None;
        }
        let end = self.string(start).ok()?;
        self.0.get(start..end)
    }

    /// Reads a string from its opening quote on. A short one without escapes, as most names are, is read at once.
    #[inline(always)]
    fn string(self, opening: usize) -> Scan<usize> {
        let start = opening + 1;
        if let Some(chunk) = self.rest(start).first_chunk() {
            let end = start + plain_bytes(*chunk);
            if self.at(end) == b'"' {
                return Ok(end + 1);
            }
        }
        self.any_string(opening)
    }

    #[inline(never)]
    fn any_string(self, opening: usize) -> Scan<usize> {
        let mut at = opening + 1;
        loop {
            at = self.skip_plain(at);
            match self.at(at) {
                b'"' => return Ok(at + 1),
                b'\\' => at = self.escape(at)?,
                _ if at == self.0.len() => return fault(opening, Reason::OpenString),
                _ => return fault(at, Reason::ControlCharacter),
            }
        }
    }

    /// Moves to the next byte of a string that is a quote, a backslash or a control character.
    fn skip_plain(self, mut at: usize) -> usize {
        while let Some(chunk) = self.rest(at).first_chunk::<32>()
            // No early exit: the compiler turns this into vector instructions.
            && chunk.iter().fold(true, |all, byte| all & is_plain(*byte))
        {
            at += chunk.len();
        }
        while let Some(chunk) = self.rest(at).first_chunk() {
            let plain = plain_bytes(*chunk);
            at += plain;
            if plain < chunk.len() {
                return at;
            }
        }
        while is_plain(self.at(at)) {
            at += 1;
        }
        at
    }

    fn escape(self, backslash: usize) -> Scan<usize> {
        match self.at(backslash + 1) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(backslash + 2),
            b'u' => match self.code_unit(backslash)? {
                (0, _) => fault(backslash, Reason::NulEscape),
                (0xD800..=0xDBFF, end) => self.low_surrogate(backslash, end),
                (0xDC00..=0xDFFF, _) => fault(backslash, Reason::LoneLowSurrogate),
                (_, end) => Ok(end),
            },
            _ => fault(backslash, Reason::UnknownEscape),
        }
    }

    /// Reads the second half of the surrogate pair whose first half is at `high`.
    fn low_surrogate(self, high: usize, low: usize) -> Scan<usize> {
        if self.rest(low).starts_with(b"\\u")
            && let (0xDC00..=0xDFFF, end) = self.code_unit(low)?
        {
            return Ok(end);
        }
        fault(high, Reason::LoneHighSurrogate)
    }

    /// Reads `\uXXXX`. Returns the code unit and the offset behind it.
    fn code_unit(self, backslash: usize) -> Scan<(u16, usize)> {
        let end = backslash + 6;
        let digits = self.0.get(backslash + 2..end).unwrap_or_default();
        let unit = digits.iter().try_fold(0, |unit, &digit| {
            Some(unit << 4 | char::from(digit).to_digit(16)? as u16)
        });
        match unit {
            Some(unit) if !digits.is_empty() => Ok((unit, end)),
            _ => fault(backslash, Reason::UnfinishedEscape),
        }
    }

    fn number(self, start: usize) -> Scan<usize> {
        let mut at = start + usize::from(self.at(start) == b'-');
        match self.at(at) {
            b'0' => {
                at += 1;
                if self.at(at).is_ascii_digit() {
                    return fault(start, Reason::LeadingZero);
                }
            }
            b'1'..=b'9' => at = self.skip_digits(at + 1),
            b'I' => return self.no_value(at),
            _ => return fault(start, Reason::LoneMinus),
        }
        if self.at(at) == b'.' {
            at = self.digits(at + 1, start, Reason::NoFraction)?;
        }
        if matches!(self.at(at), b'e' | b'E') {
            let sign = usize::from(matches!(self.at(at + 1), b'+' | b'-'));
            let exponent = at + 1 + sign;
            at = self.digits(exponent, start, Reason::NoExponent)?;
            if at - exponent > numeric::SHORT_EXPONENT {
                return self.wide_number(start, at);
            }
        }
        if at - start > numeric::SHORT {
            return self.wide_number(start, at);
        }
        Ok(at)
    }

    /// Checks that the service can store the number from `start` to `end`.
    #[cold]
    #[inline(never)]
    fn wide_number(self, start: usize, end: usize) -> Scan<usize> {
        match numeric::check(&self.0[start..end]) {
            Ok(()) => Ok(end),
            Err(reason) => fault(start, reason),
        }
    }

    /// Reads at least one digit. Without one, the number at `start` has the fault `missing`.
    fn digits(self, at: usize, start: usize, missing: Reason) -> Scan<usize> {
        if !self.at(at).is_ascii_digit() {
            return fault(start, missing);
        }
        Ok(self.skip_digits(at + 1))
    }

    fn skip_digits(self, mut at: usize) -> usize {
        while self.at(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn literal<const N: usize>(self, at: usize, word: &[u8; N]) -> Scan<usize> {
        if self.rest(at).first_chunk() != Some(word) {
            return self.no_value(at);
        }
        Ok(at + N)
    }

    #[cold]
    fn no_value<T>(self, at: usize) -> Scan<T> {
        let rest = self.rest(at);
        if rest.starts_with(b"NaN") || rest.starts_with(b"Infinity") {
            return fault(at, Reason::NotFinite);
        }
        fault(at, Reason::NoValue)
    }

    fn skip_whitespace(self, mut at: usize) -> usize {
        while matches!(self.at(at), b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
        }
        at
    }
}

/// Returns whether a member's name, in JSON, is `ordering_key`. An escape makes it longer.
#[inline(always)]
fn is_ordering_key(name: &[u8]) -> bool {
    name == ORDERING_KEY || name.len() > ORDERING_KEY.len() && is_escaped_ordering_key(name)
}

#[inline(never)]
fn is_escaped_ordering_key(name: &[u8]) -> bool {
    name.contains(&b'\\')
        && serde_json::from_slice::<String>(name).is_ok_and(|name| name == "ordering_key")
}

/// Returns whether a byte stands for itself in a string.
fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Returns how many plain bytes come before the first other one.
#[inline(always)]
fn plain_bytes(bytes: [u8; 8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    // Sets the top bit of the first byte that is zero. Bits above it may be wrong: a borrow runs upwards.
    const fn zeros(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    let word = u64::from_le_bytes(bytes);
    let quote = zeros(word ^ (ONES * b'"' as u64));
    let backslash = zeros(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    ((quote | backslash | control) & TOPS).trailing_zeros() as usize / 8
}
