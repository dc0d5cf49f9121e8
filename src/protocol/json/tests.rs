use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::fault::MAX_DEPTH;
use super::*;
use crate::error::Status;

fn refusal(payload: impl AsRef<[u8]>) -> String {
    let error = read_payload(payload.as_ref()).expect_err("the payload must be refused");
    assert_eq!(error.status(), Status::InvalidArgument);
    error.message().to_owned()
}

#[track_caller]
fn refused(payload: impl AsRef<[u8]>, offset: usize, reason: &str) {
    let message = refusal(payload);
    assert!(message.contains(reason), "{message}");
    assert!(
        message.ends_with(&format!("at byte offset {offset}")),
        "{message}"
    );
}

#[test]
fn the_ordering_key_of_a_payload_is_found() {
    for (payload, key) in [
        (r#"{"ordering_key":"k"}"#, Some("k")),
        (
            r#" { "a" : [{"ordering_key":"x"}] , "ordering_key" : "\u006b\"" } "#,
            Some("k\""),
        ),
        (r#"{"ordering\u005fkey":"k","b":1}"#, Some("k")),
        (r#"{"ordering_key":"other","ordering_key":"k"}"#, Some("k")),
        (r#"{"ordering_key":"k","ordering_key":7}"#, None),
        (r#"{"ordering_key":"k","ordering\u005Fkey":null}"#, None),
        (r#"{"ordering_key":""}"#, None),
        (
            r#"{"ordering_key ":"k","Ordering_key":"k","\\rdering_key":"k"}"#,
            None,
        ),
        (r#"{"a":{"ordering_key":"k"}}"#, None),
        (r#"[{"ordering_key":"k"}]"#, None),
        (r#""ordering_key""#, None),
    ] {
        let found = read_payload(payload.as_bytes()).unwrap();
        assert_eq!(found.as_deref(), key, "{payload}");
    }
}

#[test]
fn every_kind_of_value_is_accepted() {
    for payload in [
        "{}",
        "[]",
        "\"\"",
        "0",
        "-0",
        "12",
        "-1.5e+10",
        "1E400",
        "0.1",
        "10e-2",
        "true",
        "false",
        "null",
        " \t\r\n{ \"a\" : [ 1 , { } , [ ] , \"x\" ] , \"b\" : null }\n",
        "[[],[[]],{\"a\":{\"b\":{}}}]",
        "\"\u{7f}\u{80}é€😀\"",
    ] {
        assert!(read_payload(payload.as_bytes()).is_ok(), "{payload}");
    }
}

#[test]
fn the_offset_and_the_reason_are_named() {
    refused("", 0, "empty");
    refused("  ", 2, "expected a JSON value, found the end");
    refused("\u{feff}{}", 0, "byte order mark");
    refused(b"{\"a\":\"\xff\"}", 6, "invalid UTF-8");
    refused(b"\"\xed\xa0\x80\"", 1, "invalid UTF-8");
    refused("{} {}", 3, "more than one value: `{` after the first");
    refused("1 2", 2, "more than one value");
    refused("{}\u{0}", 2, "more than one value: U+0000");
    refused("[1,]", 2, "comma with no element");
    refused("{\"a\":1 , }", 7, "comma with no member");
    refused("[,1]", 1, "expected a JSON value, found `,`");
    refused("[1 2]", 3, "expected `,` or `]`, found `2`");
    refused("{\"a\":1 \"b\":2}", 7, "expected `,` or `}`, found `\"`");
    refused("{\"a\" 1}", 5, "expected `:`");
    refused("{\"a\":}", 5, "expected a JSON value, found `}`");
    refused("{a:1}", 1, "member name in double quotes, found `a`");
    refused("{'a':1}", 1, "member name in double quotes");
    refused("[1}", 2, "expected `,` or `]`, found `}`");
    refused("]", 0, "expected a JSON value");
    refused("NaN", 0, "NaN or Infinity");
    refused("[Infinity]", 1, "NaN or Infinity");
    refused("[-Infinity]", 2, "NaN or Infinity");
    refused("True", 0, "expected a JSON value, found `T`");
    refused("tru", 0, "expected a JSON value");
    refused("nulL", 0, "expected a JSON value");
    refused("truefalse", 4, "more than one value");
    refused("01", 0, "leading zero");
    refused("-01", 0, "leading zero");
    refused("-", 0, "minus sign");
    refused("+1", 0, "expected a JSON value, found `+`");
    refused("1.", 0, "after its decimal point");
    refused(".5", 0, "expected a JSON value");
    refused("1e", 0, "exponent");
    refused("1e+", 0, "exponent");
    refused("é", 0, "found U+00E9");
    refused("\"a\tb\"", 2, "must be written \\u0009");
    refused("[\"abc", 1, "no closing quote");
    refused("\"\\", 1, "begins no JSON escape");
    refused("\"\\x41\"", 1, "begins no JSON escape");
    refused("\"\\u12", 1, "four hexadecimal digits");
    refused("\"\\u12g4\"", 1, "four hexadecimal digits");
    refused("\"\\u+123\"", 1, "four hexadecimal digits");
    refused("/* c */ 1", 0, "expected a JSON value");
}

#[test]
fn escapes_the_service_cannot_store_are_refused_in_values_and_names() {
    refused(r#""a\u0000b""#, 2, "\\u0000");
    refused(r#"{"\u0000":1}"#, 2, "\\u0000");
    refused(r#""\\\u0000""#, 3, "\\u0000");
    refused(r#""\ud800""#, 1, "high surrogate");
    refused(r#""\ud800x""#, 1, "high surrogate");
    refused(r#""\ud800\n""#, 1, "high surrogate");
    refused(r#""\ud800\u0041""#, 1, "high surrogate");
    refused(r#""\uDBFF\ud800\udc00""#, 1, "high surrogate");
    refused(r#""\udc00""#, 1, "low surrogate");
    refused(r#"{"\uDFFF":1}"#, 2, "low surrogate");
    for payload in [
        r#""\\u0000""#,
        r#"{"\\u0000":"\\\\u0000"}"#,
        r#""\\ud800""#,
        r#""\ud83d\ude00""#,
        r#""\uD83D\uDE00\uDBFF\udfff""#,
        r#""\u0001\ud7ff\ue000\uffff""#,
        r#""\"\\\/\b\f\n\r\t""#,
    ] {
        assert!(read_payload(payload.as_bytes()).is_ok(), "{payload}");
    }
}

#[test]
fn numbers_the_service_cannot_store_are_refused() {
    refused("1e131072", 0, "10^131072 or more");
    refused("[1, -1E+131072]", 4, "10^131072 or more");
    refused(r#"{"a":{"b":1e-16384}}"#, 10, "16383 decimal places");
    refused(format!("[0.{}]", "0".repeat(16_384)), 1, "16383 decimal");
    refused("9".repeat(131_073), 0, "10^131072 or more");
    // A wrong form is reported before the size, and whatever follows the number after it.
    refused("1e131072e", 0, "10^131072 or more");
    refused("01e131072", 0, "leading zero");
    for payload in ["1e131071", "[1e-16383]", "0e131072", &"9".repeat(131_072)] {
        assert!(read_payload(payload.as_bytes()).is_ok(), "{:.40}", payload);
    }
}

#[test]
fn nesting_is_limited_without_recursion() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read_payload(nested(MAX_DEPTH).as_bytes()).is_ok());
    refused(nested(MAX_DEPTH + 1), MAX_DEPTH, "deeper than 512 levels");
    refused("[".repeat(1_000_000), MAX_DEPTH, "deeper than 512 levels");
    let objects = |levels: usize| "{\"a\":".repeat(levels) + "1" + &"}".repeat(levels);
    assert!(read_payload(objects(MAX_DEPTH).as_bytes()).is_ok());
    refused(objects(MAX_DEPTH + 1), MAX_DEPTH * 5, "deeper than 512");
    let siblings = format!("[{}[]]", "[[]],".repeat(10_000));
    assert!(read_payload(siblings.as_bytes()).is_ok());
}

#[test]
fn arrays_and_objects_are_told_apart_at_every_level() {
    let open: String = "[{\"a\":".repeat(MAX_DEPTH / 2);
    let close: String = "}]".repeat(MAX_DEPTH / 2);
    assert!(read_payload(format!("{open}1{close}").as_bytes()).is_ok());
    for level in 0..MAX_DEPTH {
        let mut swapped = close.clone().into_bytes();
        swapped[level] = if swapped[level] == b'}' { b']' } else { b'}' };
        let payload = [open.as_bytes(), b"1", &swapped].concat();
        refused(payload, open.len() + 1 + level, "expected `,` or");
    }
}

#[test]
fn special_bytes_are_found_at_every_offset_of_a_long_string() {
    for before in 0..40 {
        let plain = "é".repeat(before / 2) + &"x".repeat(before % 2);
        let head = format!("\"{plain}");
        let at = head.len();
        let tail = "y".repeat(20);
        assert!(read_payload(format!("{head}\\n{tail}\"").as_bytes()).is_ok());
        refused(format!("{head}\n{tail}\""), at, "\\u000a");
        refused(format!("{head}\u{1f}{tail}\""), at, "\\u001f");
        refused(format!("{head}\\q{tail}\""), at, "begins no JSON escape");
        refused(format!("{head}\"{tail}\""), at + 1, "more than one value");
    }
}

/// Returns `serde_json`'s verdict. It differs from the scanner's only for surrogates, `\u0000`, depth and the size
/// of numbers.
fn reference(payload: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(payload) else {
        return false;
    };
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Returns whether the scanner agrees with `serde_json` on a payload. Numbers that cannot be stored are left out.
fn agrees(payload: &[u8]) -> bool {
    match scan(payload) {
        Err(fault) if matches!(fault.reason, Reason::NumberTooLarge | Reason::NumberTooFine) => {
            true
        }
        verdict => verdict.is_ok() == reference(payload),
    }
}

fn json_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just("\"a\""),
        Just("\"a\":"),
        Just("\\n"),
        Just("\\u0041"),
        Just("0"),
        Just("1"),
        Just("-"),
        Just("."),
        Just("e"),
        Just("+"),
        Just("true"),
        Just("false"),
        Just("null"),
        Just(" "),
        Just("\n"),
        Just("é"),
        Just("\u{0}"),
        Just("nul"),
        Just("12345678"),
    ];
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat().into_bytes())
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC*".prop_map(Into::into),
        "[\\x01-\\x1f\"\\\\a]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::hash_map("\\PC{0,10}", inner, 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_serde_json_on_tokens_in_any_order(payload in json_like()) {
        prop_assert!(agrees(&payload));
    }

    #[test]
    fn agrees_with_serde_json_on_any_bytes(payload in prop::collection::vec(any::<u8>(), 0..24)) {
        prop_assert!(agrees(&payload));
    }

    #[test]
    fn accepts_text_from_serde_json_and_agrees_on_damaged_text(
        value in json_value(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let mut payload = text.into_bytes();
            prop_assert!(read_payload(&payload).is_ok());
            let at = at.index(payload.len());
            prop_assert!(agrees(&payload[..at]));
            payload[at] = byte;
            // `serde_json` accepts this escape and the scanner refuses it; another test covers it.
            prop_assume!(!payload.windows(6).any(|escape| escape == b"\\u0000"));
            prop_assert!(agrees(&payload));
        }
    }

    #[test]
    fn escaped_code_units_are_accepted_if_they_decode_without_nul(
        units in prop::collection::vec(prop_oneof![0u16..4, 0x5bu16..0x5e, 0xd7feu16..0xe002], 0..6),
    ) {
        let payload: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let payload = format!("\"{payload}\"");
        let storable = String::from_utf16(&units).is_ok_and(|text| !text.contains('\0'));
        prop_assert_eq!(read_payload(payload.as_bytes()).is_ok(), storable);
    }
}
