//! The body of the request that sends an event.

use super::hex::hex;
use super::json::{self, object::Object};
use super::keys::OrderingKey;
use super::validate;
use crate::error::{Error, Result, Status};

/// The beginning of a body that this library has made.
const BEFORE_TOPIC: &[u8] = b"{\"topic\":\"";

/// A request's body, with the ordering key that is in its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// `{"topic":…,"payload":…}`.
    pub body: Vec<u8>,
    /// The value of the payload's member `ordering_key`, which has the same meaning as the header.
    pub ordering_key: Option<String>,
}

impl Envelope {
    /// Checks a topic and a payload and builds the request's body from them.
    ///
    /// `limit` is the largest payload in bytes; 0 means no limit.
    pub fn new(topic: &[u8], payload: &[u8], limit: usize) -> Result<Self> {
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
        let ordering_key = json::read_payload(payload)?;
        Ok(Envelope {
            body: encode_envelope(topic, payload),
            ordering_key,
        })
    }

    /// Returns the topic.
    pub fn topic(&self) -> String {
        let plain = self.body.strip_prefix(BEFORE_TOPIC).and_then(|text| {
            let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            (text[end] == b'"').then(|| String::from_utf8_lossy(&text[..end]).into_owned())
        });
        plain.unwrap_or_else(|| {
            // A topic with escapes, or a body of another library.
            let body = String::from_utf8_lossy(&self.body);
            let object = Object::parse(&body).ok();
            object
                .and_then(|object| object.text("topic"))
                .unwrap_or_default()
        })
    }

    /// Refuses an ordering key that differs from the one in the payload: the service would answer 400.
    pub fn check_ordering_key(&self, key: Option<&OrderingKey>) -> Result<()> {
        match (&self.ordering_key, key) {
            (Some(other), Some(key)) if other != key.as_str() => Err(Error::invalid_argument(
                "the ordering key differs from the payload's member `ordering_key`: give one of \
                 them, or the same in both",
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the request's body: `{"topic":…,"payload":…}`, with the payload's bytes unchanged.
pub fn encode_envelope(topic: &str, payload: &[u8]) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_topic_is_read_from_the_body() {
        for topic in ["t", "\u{e9}", "a\"b\\", "a\\\"", "\\"] {
            let payload = br#"{"topic":"other","payload":1}"#;
            let envelope = Envelope::new(topic.as_bytes(), payload, 0).unwrap();
            assert_eq!(envelope.topic(), topic);
            let foreign = Envelope {
                body: format!(r#"{{ "payload": {{"topic":"x"}}, "topic": {topic:?} }}"#).into(),
                ordering_key: None,
            };
            assert_eq!(foreign.topic(), topic);
        }
    }

    #[test]
    fn the_payload_is_kept_byte_for_byte() {
        let payload = b" {\"b\":1.0, \"a\":\"\\u00e9\"}\n";
        let envelope = Envelope::new(b"orders.created", payload, 0).unwrap();
        assert_eq!(
            envelope.body,
            b"{\"topic\":\"orders.created\",\"payload\": {\"b\":1.0, \"a\":\"\\u00e9\"}\n}"
        );
    }

    #[test]
    fn the_limit_counts_the_bytes_of_the_payload() {
        let payload = b"\"1234567\"";
        assert!(Envelope::new(b"t", payload, 9).is_ok());
        assert!(Envelope::new(b"t", payload, 0).is_ok());
        let error = Envelope::new(b"t", payload, 8).unwrap_err();
        assert_eq!(error.status(), Status::PayloadTooLarge);
        assert!(error.message().contains("9 bytes"), "{error}");
        assert!(error.message().contains("limit is 8"), "{error}");
    }

    #[test]
    fn a_topic_or_payload_that_cannot_be_sent_is_refused() {
        let invalid: [(&[u8], &[u8], &str); 3] = [
            (b"", b"{}", "topic"),
            (b"a\nb", b"{}", "topic"),
            (b"t", b"{} {}", "payload"),
        ];
        for (topic, payload, named) in invalid {
            let error = Envelope::new(topic, payload, 0).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().contains(named), "{error}");
        }
    }

    fn check(payload: &str, key: &str) -> Result<()> {
        let envelope = Envelope::new(b"t", payload.as_bytes(), 0)?;
        envelope.check_ordering_key(Some(&OrderingKey::new(key)?))
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
            assert!(check(payload, "k").is_ok(), "{payload}");
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
            let error = check(payload, "k").expect_err(payload);
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().contains("ordering_key"), "{error}");
        }
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
