//! The faults of a payload and their messages.

use std::borrow::Cow;

/// The most arrays and objects that may be open inside each other.
pub const MAX_DEPTH: usize = 512;

/// The first fault of a payload. It fits two registers: every step of the scanner returns a result with one, and
/// almost never an error.
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) reason: Reason,
}

pub(super) type Scan<T = ()> = Result<T, Fault>;

#[cold]
pub(super) fn fault<T>(at: usize, reason: Reason) -> Scan<T> {
    Err(Fault { at, reason })
}

/// The kind of a fault.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    Empty,
    ByteOrderMark,
    InvalidUtf8,
    TooDeep,
    NoValue,
    NotFinite,
    MoreThanOneValue,
    NoMember,
    NoElement,
    NoEndOfObject,
    NoEndOfArray,
    NoMemberName,
    NoColon,
    ControlCharacter,
    OpenString,
    NulEscape,
    UnknownEscape,
    UnfinishedEscape,
    LoneHighSurrogate,
    LoneLowSurrogate,
    LeadingZero,
    LoneMinus,
    NoFraction,
    NoExponent,
    NumberTooLarge,
    NumberTooFine,
}

impl Reason {
    /// Returns the words before "at byte offset …".
    pub(super) fn describe(self, payload: &[u8], at: usize) -> Cow<'static, str> {
        let rest = payload.get(at..).unwrap_or_default();
        let expected = |what: &str| format!("expected {what}, found {}", first_of(rest)).into();
        match self {
            Reason::Empty => "it is empty,".into(),
            Reason::ByteOrderMark => "a byte order mark, which JSON must not carry,".into(),
            Reason::InvalidUtf8 => "invalid UTF-8".into(),
            Reason::TooDeep => format!("nesting deeper than {} levels", MAX_DEPTH).into(),
            Reason::NoValue => expected("a JSON value"),
            Reason::NotFinite => "NaN or Infinity, which JSON cannot express,".into(),
            Reason::MoreThanOneValue => {
                format!("more than one value: {} after the first", first_of(rest)).into()
            }
            Reason::NoMember => "a comma with no member after it".into(),
            Reason::NoElement => "a comma with no element after it".into(),
            Reason::NoEndOfObject => expected("`,` or `}`"),
            Reason::NoEndOfArray => expected("`,` or `]`"),
            Reason::NoMemberName => expected("a member name in double quotes"),
            Reason::NoColon => expected("`:` after a member name"),
            Reason::ControlCharacter => {
                let control = rest.first().copied().unwrap_or_default();
                format!("a control character that must be written \\u{control:04x}").into()
            }
            Reason::OpenString => "a string with no closing quote".into(),
            Reason::NulEscape => "the escape \\u0000, which the service can never store,".into(),
            Reason::UnknownEscape => "a backslash that begins no JSON escape \
                                      (\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX)"
                .into(),
            Reason::UnfinishedEscape => "a \\u without four hexadecimal digits".into(),
            Reason::LoneHighSurrogate => "a high surrogate escape without a low one".into(),
            Reason::LoneLowSurrogate => "a low surrogate escape without a high one".into(),
            Reason::LeadingZero => "a number with a leading zero".into(),
            Reason::LoneMinus => "a minus sign with no digit after it".into(),
            Reason::NoFraction => "a number with no digit after its decimal point".into(),
            Reason::NoExponent => "a number with no digit in its exponent".into(),
            Reason::NumberTooLarge => {
                "a number of 10^131072 or more, which the service can never store,".into()
            }
            Reason::NumberTooFine => {
                "a number with more than 16383 decimal places, which the service can never store,"
                    .into()
            }
        }
    }
}

/// Names the first character of a text.
fn first_of(text: &[u8]) -> Cow<'static, str> {
    let next = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.chars().next());
    match next {
        None => "the end".into(),
        Some(visible @ '!'..='~') => format!("`{visible}`").into(),
        Some(other) => format!("U+{:04X}", u32::from(other)).into(),
    }
}
