//! JSON by RFC 8259, read lazily: a value stays a slice of the text until it is used.

/// A slice of JSON text that is exactly one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a>(&'a str);

/// The properties of a whole value after its end was found.
struct Extent {
    end: usize,
    /// The greatest number of arrays and objects that are open inside each other.
    depth: usize,
    /// Whether every string in it can be stored (whole surrogate pairs, no NUL), and every number fits into
    /// `numeric`.
    storable: bool,
}

impl<'a> Value<'a> {
    /// Reads a text that is one value, possibly with white space around it.
    pub fn parse(text: &'a str) -> Option<Self> {
        let start = skip_space(text.as_bytes(), 0);
        let extent = extent(text, start)?;
        let rest = skip_space(text.as_bytes(), extent.end);
        (rest == text.len()).then(|| Value(&text[start..extent.end]))
    }

    /// Returns whether the service can store the value.
    pub fn is_storable(self, max_depth: usize) -> bool {
        extent(self.0, 0).is_some_and(|extent| extent.storable && extent.depth <= max_depth)
    }

    /// Returns the members of an object by name, of which the last counts; `None` for any other value.
    pub fn members(self) -> Option<Vec<(String, Value<'a>)>> {
        let mut members: Vec<(String, Value<'a>)> = Vec::new();
        for (name, value) in self.children(b'{')? {
            let name = Value(name?).string()?;
            members.retain(|(other, _)| *other != name);
            members.push((name, value));
        }
        Some(members)
    }

    /// Returns the elements of an array; `None` for any other value.
    pub fn elements(self) -> Option<Vec<Value<'a>>> {
        let elements = self.children(b'[')?;
        Some(elements.into_iter().map(|(_, value)| value).collect())
    }

    /// Returns the direct content of an array or an object that begins with `opening`.
    fn children(self, opening: u8) -> Option<Vec<(Option<&'a str>, Value<'a>)>> {
        let (text, bytes) = (self.0, self.0.as_bytes());
        if bytes[0] != opening {
            return None;
        }
        let mut children = Vec::new();
        let mut at = skip_space(bytes, 1);
        while !matches!(bytes[at], b']' | b'}') {
            let mut name = None;
            if opening == b'{' {
                let end = extent(text, at)?.end;
                name = Some(&text[at..end]);
                at = skip_space(bytes, skip_space(bytes, end) + 1);
            }
            let end = extent(text, at)?.end;
            children.push((name, Value(&text[at..end])));
            at = skip_space(bytes, end);
            if bytes[at] == b',' {
                at = skip_space(bytes, at + 1);
            }
        }
        Some(children)
    }

    /// Returns the text of a string; `None` for any other value, or for half a surrogate pair.
    pub fn string(self) -> Option<String> {
        let quoted = self.0.strip_prefix('"')?.strip_suffix('"')?;
        let mut units: Vec<u16> = Vec::new();
        let mut chars = quoted.chars();
        while let Some(char) = chars.next() {
            let mut buffer = [0; 2];
            if char != '\\' {
                units.extend_from_slice(char.encode_utf16(&mut buffer));
                continue;
            }
            units.push(match chars.next()? {
                'b' => 8,
                't' => 9,
                'n' => 10,
                'f' => 12,
                'r' => 13,
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    u16::from_str_radix(&digits, 16).ok()?
                }
                same => same as u16,
            });
        }
        String::from_utf16(&units).ok()
    }

    /// Returns a boolean.
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// Returns a whole number.
    pub fn integer(self) -> Integer {
        if !matches!(self.0.as_bytes()[0], b'-' | b'0'..=b'9') {
            return Integer::None;
        }
        if !self.0.contains(['.', 'e', 'E']) {
            return self.0.parse().map_or(Integer::None, Integer::Some);
        }
        let mantissa = self.0.split(['e', 'E']).next().unwrap_or_default();
        let digits = mantissa.trim_start_matches(['-', '0', '.']);
        let significant = digits.bytes().filter(u8::is_ascii_digit).count();
        match self.0.parse::<f64>() {
            Ok(float) if significant > 15 || float.abs() >= 2_f64.powi(53) => Integer::Imprecise,
            Ok(float) if float.fract() == 0.0 => Integer::Some(float as i64),
            _ => Integer::None,
        }
    }
}

/// A number without a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    Some(i64),
    /// It is no number, has a fraction, or is too large.
    None,
    /// Written with a fraction or an exponent, and so large or long that readers differ.
    Imprecise,
}

impl Integer {
    /// Returns whether a reader may report `read`.
    pub fn agrees(self, read: Option<i64>) -> bool {
        match self {
            Integer::Some(value) => read == Some(value),
            Integer::None => read.is_none(),
            Integer::Imprecise => true,
        }
    }
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Finds the end of the value that begins at `start`. An object is read as an array whose elements are, in
/// turn, a string before a colon and any value.
fn extent(text: &str, start: usize) -> Option<Extent> {
    let bytes = text.as_bytes();
    let mut open: Vec<u8> = Vec::new();
    let mut extent = Extent {
        end: start,
        depth: 0,
        storable: true,
    };
    let mut at = start;
    let mut may_close = false;
    loop {
        let expects_name = open.last() == Some(&b'{');
        let mut is_value = true;
        match *bytes.get(at)? {
            b'"' => {
                let (end, storable) = string_end(bytes, at)?;
                extent.storable &= storable;
                at = end;
                if expects_name {
                    at = skip_space(bytes, at);
                    if bytes.get(at) != Some(&b':') {
                        return None;
                    }
                    at = skip_space(bytes, at + 1);
                    *open.last_mut()? = b':';
                    is_value = false;
                    may_close = false;
                }
            }
            closing @ (b'}' | b']') if may_close => {
                let opening = open.pop()?;
                if (opening == b'[') != (closing == b']') {
                    return None;
                }
                at += 1;
            }
            _ if expects_name => return None,
            opening @ (b'{' | b'[') => {
                open.push(opening);
                extent.depth = extent.depth.max(open.len());
                at = skip_space(bytes, at + 1);
                is_value = false;
                may_close = true;
            }
            _ => {
                let start = at;
                at = scalar_end(bytes, at)?;
                extent.storable &= is_numeric(&text[start..at]);
            }
        }
        if !is_value {
            continue;
        }
        // A value has ended; the values around it may have ended, too.
        loop {
            extent.end = at;
            let Some(container) = open.last_mut() else {
                return Some(extent);
            };
            at = skip_space(bytes, at);
            match (*container, *bytes.get(at)?) {
                (b'[', b',') => {}
                (b':', b',') => *container = b'{',
                (b'[', b']') | (b':', b'}') => {
                    open.pop();
                    at += 1;
                    continue;
                }
                _ => return None,
            }
            at = skip_space(bytes, at + 1);
            may_close = false;
            break;
        }
    }
}

/// Returns the end of the string that begins at `start`, and whether the service can store it.
fn string_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut storable = true;
    let mut high_before = false;
    let mut at = start + 1;
    loop {
        let mut unit = None;
        match *bytes.get(at)? {
            b'"' => return Some((at + 1, storable && !high_before)),
            b'\\' => {
                let escape = *bytes.get(at + 1)?;
                at += 2;
                if escape == b'u' {
                    let digits = bytes.get(at..at + 4)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    let digits = std::str::from_utf8(digits).ok()?;
                    unit = u16::from_str_radix(digits, 16).ok();
                    at += 4;
                } else if !b"\"\\/bfnrt".contains(&escape) {
                    return None;
                }
            }
            0..0x20 => return None,
            _ => at += 1,
        }
        let is_low = matches!(unit, Some(0xdc00..=0xdfff));
        storable &= unit != Some(0) && is_low == high_before;
        high_before = matches!(unit, Some(0xd800..=0xdbff));
    }
}

/// Returns the end of the literal or the number that begins at `start`.
fn scalar_end(bytes: &[u8], start: usize) -> Option<usize> {
    for word in [b"true".as_slice(), b"false", b"null"] {
        if bytes[start..].starts_with(word) {
            return Some(start + word.len());
        }
    }
    let digits = |from: usize| {
        let count = bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (count > 0).then_some(from + count)
    };
    let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|byte| set.contains(byte));
    let first = start + usize::from(is(start, b"-"));
    let mut at = digits(first)?;
    if is(first, b"0") && at > first + 1 {
        return None;
    }
    if is(at, b".") {
        at = digits(at + 1)?;
    }
    if is(at, b"eE") {
        at += 1;
        at += usize::from(is(at, b"+-"));
        at = digits(at)?;
    }
    Some(at)
}

/// Returns whether a scalar that is a number fits into PostgreSQL's `numeric`: written without its exponent,
/// it has a limited number of digits on both sides of the point.
fn is_numeric(scalar: &str) -> bool {
    if scalar.starts_with(char::is_alphabetic) {
        return true;
    }
    let (mantissa, exponent) = scalar.split_once(['e', 'E']).unwrap_or((scalar, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut whole = whole.trim_start_matches('-').to_owned();
    let mut fraction = fraction.to_owned();
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent.abs() < i32::MAX / 2 && exponent >= 0 => {
            // Beyond the last digit the exponent only moves zeros, so a limited number of them decides.
            let moved = (exponent as usize).min(fraction.len() + 131_073);
            let padding = moved.saturating_sub(fraction.len());
            fraction.push_str(&"0".repeat(padding));
            whole.extend(fraction.drain(..moved));
        }
        Ok(exponent) if exponent.abs() < i32::MAX / 2 => {
            let moved = (exponent.unsigned_abs() as usize).min(16_384);
            let padding = moved.saturating_sub(whole.len());
            whole.insert_str(0, &"0".repeat(padding));
            fraction.insert_str(0, &whole.split_off(whole.len() - moved));
        }
        _ => return false,
    }
    whole.trim_start_matches('0').len() <= 131_072 && fraction.len() <= 16_383
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_values_are_read_to_their_end() {
        for text in [
            "{}",
            "[]",
            "[[],{}]",
            "{\"a\":{\"b\":[1,2]},\"c\":-0.5e+7}",
            "\"\\u00e9\\n\"",
            "null",
            "0",
            " [ 1 , { \"a\" : true } ] ",
        ] {
            assert_eq!(
                Value::parse(text).map(|value| value.0),
                Some(text.trim()),
                "{text}"
            );
        }
    }

    #[test]
    fn bad_values_are_none() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{1:2}",
            "[}",
            "{]",
            "{\"a\":1]",
            "[1}",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "+1",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "tru",
            "1 2",
            "[\"a\":1]",
            "{\"a\",1}",
            "{\"a\":1:2}",
            "{\"a\":\"b\":1}",
            "{\"a\" \"b\"}",
            "{[]:1}",
            "{:1}",
            "{\"a\":1,]",
        ] {
            assert_eq!(Value::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_inside_can_be_asked_for() {
        let value = Value::parse(r#"{"a":1,"b":[true,"x\ud83d\ude00"],"\u0061":2.0}"#).unwrap();
        let members = value.members().unwrap();
        assert_eq!(members[1].0, "a");
        assert_eq!(members[1].1.integer(), Integer::Some(2));
        let elements = members[0].1.elements().unwrap();
        assert_eq!(elements[0].boolean(), Some(true));
        assert_eq!(elements[1].string().as_deref(), Some("x\u{1f600}"));
        assert!(value.is_storable(2) && !value.is_storable(1));
        for text in [r#""\u0000""#, r#"["\ud800"]"#, r#""\udc00\ud800""#] {
            assert!(!Value::parse(text).unwrap().is_storable(9), "{text}");
        }
    }

    #[test]
    fn numbers_are_as_wide_as_numeric() {
        let zeros = "0".repeat(16_383);
        for (text, expected) in [
            ("-9.9e131071", true),
            ("1E+131072", false),
            ("[0.01e131073]", true),
            ("[0.01e131074]", false),
            ("1e-16383", true),
            ("[true, 10e-16384]", false),
            ("0.0e999999", true),
            ("0e-16384", false),
            ("0e1073741823", false),
            ("0e99999999999999999999", false),
            (&format!("1.{zeros}"), true),
            (&format!("1.{zeros}0"), false),
            (&format!("1.{zeros}0e1"), true),
        ] {
            assert_eq!(
                Value::parse(text).unwrap().is_storable(9),
                expected,
                "{text:.40}"
            );
        }
    }
}
