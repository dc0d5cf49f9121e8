//! The topic of an event, as a number.

/// A topic as a number. Two topics may share one, which is rare and harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(u64);

/// The beginning of a request's body.
const BEFORE: &[u8] = b"{\"topic\":\"";

impl Topic {
    /// Returns the topic of a request's body.
    pub fn of(body: &[u8]) -> Self {
        let mut escaped = false;
        let text = body.iter().skip(BEFORE.len()).take_while(|byte| {
            let is_end = **byte == b'"' && !escaped;
            escaped = **byte == b'\\' && !escaped;
            !is_end
        });
        // FNV-1a.
        Topic(text.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::event::encode_envelope;

    #[test]
    fn the_number_depends_on_the_topic_only() {
        let topic = |topic, payload: &[u8]| Topic::of(&encode_envelope(topic, payload));
        assert_eq!(topic("a", b"1"), topic("a", b"{\"topic\":\"b\"}"));
        assert_eq!(topic("a\"b\\", b"1"), topic("a\"b\\", b"2"));
        let different = ["a", "b", "aa", "a\"", "a\"b", "a\\", "a\\\"", "\u{e9}"];
        for (index, one) in different.iter().enumerate() {
            for other in &different[..index] {
                assert_ne!(topic(one, b"1"), topic(other, b"1"), "{one} {other}");
            }
        }
        // Any body has a topic.
        Topic::of(b"");
        Topic::of(b"{\"topic\":\"a");
    }
}
