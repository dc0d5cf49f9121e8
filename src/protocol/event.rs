//! The parts of an event on the wire: its body, its ordering key and a generated idempotency key.

use memchr::memchr_iter;
use memchr::memmem::Finder;

use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::json::{self, object::Object};
use crate::protocol::validate;

/// Checks a topic and a payload and builds the request's body from them.
///
/// `limit` is the largest payload in bytes; 0 means no limit.
pub fn prepare(topic: &[u8], payload: &[u8], limit: usize) -> Result<Vec<u8>> {
    checked(topic, payload, limit)
        .map(|topic| encode_envelope(topic, payload))
        .map_err(|error| error.with_outcome(Outcome::NotSent))
}

fn checked<'a>(topic: &'a [u8], payload: &[u8], limit: usize) -> Result<&'a str> {
    let topic = validate::topic(topic)?;
    if limit != 0 && payload.len() > limit {
        return Err(Error::new(
            Status::PayloadTooLarge,
            format!(
                "the payload is {} bytes long: the limit is {limit}",
                payload.len()
            ),
        ));
    }
    json::check_payload(payload)?;
    Ok(topic)
}

/// The member of a payload with the same meaning as the ordering key's header.
const ORDERING_KEY: &str = "ordering_key";

/// Refuses an ordering key that differs from the one in the payload: the service would answer 400.
///
/// `payload` is a valid JSON value. To the service, an empty member is no ordering key.
pub fn check_ordering_key(payload: &[u8], key: &str) -> Result<()> {
    match std::str::from_utf8(payload).ok().and_then(ordering_key) {
        Some(other) if !other.is_empty() && other != key => Err(Error::invalid_argument(
            "the ordering key differs from the payload's member `ordering_key`: give one of them, \
             or the same in both",
        )
        .with_outcome(Outcome::NotSent)),
        _ => Ok(()),
    }
}

/// Returns the payload's own ordering key (protocol §1).
fn ordering_key(payload: &str) -> Option<String> {
    Object::parse(payload).ok()?.text(ORDERING_KEY)
}

/// Finds the payload's ordering key in the body of a request.
///
/// Few payloads have one, and reading every payload would take longer than the rest of a submit. A payload is
/// read only if it holds the member's name or a `\u` escape, which may spell the name.
#[derive(Debug)]
pub struct OrderingKeyFinder {
    name: Finder<'static>,
}

impl Default for OrderingKeyFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl OrderingKeyFinder {
    /// Prepares the search. This takes longer than a search, so keep the finder.
    pub fn new() -> Self {
        OrderingKeyFinder {
            name: Finder::new(ORDERING_KEY),
        }
    }

    /// Returns the ordering key of the payload in `body`.
    pub fn find(&self, body: &[u8]) -> Option<String> {
        if self.name.find(body).is_none() && !has_escape(body) {
            return None;
        }
        let body = Object::parse(std::str::from_utf8(body).ok()?).ok()?;
        ordering_key(body.raw("payload")?).filter(|key| !key.is_empty())
    }
}

fn has_escape(body: &[u8]) -> bool {
    memchr_iter(b'\\', body).any(|backslash| body.get(backslash + 1) == Some(&b'u'))
}

/// Returns the request's body: `{"topic":…,"payload":…}`, with the payload's bytes unchanged.
pub fn encode_envelope(topic: &str, payload: &[u8]) -> Vec<u8> {
    const BEFORE_TOPIC: &[u8] = b"{\"topic\":\"";
    const BEFORE_PAYLOAD: &[u8] = b"\",\"payload\":";
    const END: &[u8] = b"}";

    let escaping: usize = topic.bytes().map(|byte| escaped_len(byte) - 1).sum();
    let length = BEFORE_TOPIC.len()
        + topic.len()
        + escaping
        + BEFORE_PAYLOAD.len()
        + payload.len()
        + END.len();
    let mut body = Vec::with_capacity(length);
    body.extend_from_slice(BEFORE_TOPIC);
    if escaping == 0 {
        body.extend_from_slice(topic.as_bytes());
    } else {
        escape_into(&mut body, topic);
    }
    body.extend_from_slice(BEFORE_PAYLOAD);
    body.extend_from_slice(payload);
    body.extend_from_slice(END);
    body
}

/// Returns how many bytes `byte` takes inside a JSON string.
const fn escaped_len(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

fn escape_into(body: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match escaped_len(byte) {
            2 => body.extend_from_slice(&[b'\\', byte]),
            6 => {
                let [high, low] = hex(byte);
                body.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
            _ => body.push(byte),
        }
    }
}

/// Returns the version 4 UUID (RFC 9562) of the given random bytes.
pub fn uuid_v4(random: [u8; 16]) -> String {
    let mut bytes = random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = [b'-'; 36];
    // The position of each byte's two digits: hyphens divide the digits 8-4-4-4-12.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (byte, place) in bytes.into_iter().zip(PLACES) {
        [uuid[place], uuid[place + 1]] = hex(byte);
    }
    // Digits and hyphens are always UTF-8.
    std::str::from_utf8(&uuid).unwrap_or_default().to_owned()
}

fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 0x0f].map(|digit| DIGITS[usize::from(digit)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_payload_is_kept_byte_for_byte() {
        let payload = b" {\"b\":1.0, \"a\":\"\\u00e9\"}\n";
        let body = prepare(b"orders.created", payload, 0).unwrap();
        assert_eq!(
            body,
            b"{\"topic\":\"orders.created\",\"payload\": {\"b\":1.0, \"a\":\"\\u00e9\"}\n}"
        );
    }

    #[test]
    fn the_limit_counts_the_bytes_of_the_payload() {
        let payload = b"\"1234567\"";
        assert!(prepare(b"t", payload, 9).is_ok());
        assert!(prepare(b"t", payload, 0).is_ok());
        let error = prepare(b"t", payload, 8).unwrap_err();
        assert_eq!(error.status(), Status::PayloadTooLarge);
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.message().contains("9 bytes"), "{error}");
        assert!(error.message().contains("limit is 8"), "{error}");
    }

    #[test]
    fn a_refused_event_has_the_outcome_not_sent() {
        let invalid: [(&[u8], &[u8], &str); 3] = [
            (b"", b"{}", "topic"),
            (b"a\nb", b"{}", "topic"),
            (b"t", b"{} {}", "payload"),
        ];
        for (topic, payload, named) in invalid {
            let error = prepare(topic, payload, 0).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert_eq!(error.outcome(), Outcome::NotSent);
            assert!(error.message().contains(named), "{error}");
        }
    }

    #[test]
    fn an_ordering_key_may_be_given_once_or_twice_alike() {
        for payload in [
            r#"{"ordering_key":"k"}"#,
            r#"{"ordering\u005fkey":"\u006b"}"#,
            r#"{"ordering_key":"other","ordering_key":"k"}"#,
            r#"{"ordering_key":""}"#,
            r#"{"ordering_key":null}"#,
            r#"{"ordering_key":7}"#,
            r#"{"inner":{"ordering_key":"other"}}"#,
            r#"{"Ordering_Key":"other"}"#,
            r#"["ordering_key","other"]"#,
            r#""ordering_key""#,
            "{}",
        ] {
            assert!(
                check_ordering_key(payload.as_bytes(), "k").is_ok(),
                "{payload}"
            );
        }
    }

    #[test]
    fn two_different_ordering_keys_are_refused() {
        for payload in [
            r#"{"ordering_key":"other"}"#,
            r#"{"ordering_key":" "}"#,
            r#"{"ordering\u005Fkey":"K"}"#,
            r#" {"a":[1,{"ordering_key":"k"}],"ordering_key":"k2"} "#,
            r#"{"ordering_key":"k","ordering_key":"other"}"#,
        ] {
            let error = check_ordering_key(payload.as_bytes(), "k").expect_err(payload);
            assert_eq!(error.status(), Status::InvalidArgument);
            assert_eq!(error.outcome(), Outcome::NotSent);
            assert!(error.message().contains("ordering_key"), "{error}");
        }
    }

    #[test]
    fn uuids_have_their_version_and_variant() {
        assert_eq!(uuid_v4([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_v4([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            uuid_v4(std::array::from_fn(|index| index as u8 * 0x11)),
            "00112233-4455-4677-8899-aabbccddeeff"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_topic_is_encoded_in_one_exact_allocation(topic in any::<String>()) {
            let body = encode_envelope(&topic, b"[1]");
            prop_assert_eq!(body.capacity(), body.len());
            let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
            prop_assert_eq!(parsed, serde_json::json!({"topic": topic, "payload": [1]}));
        }
    }
}
