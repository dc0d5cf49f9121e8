//! Percent-encoding of one segment of a URL's path.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes any text so that it stays one segment of a path.
///
/// The caller must refuse `.` and `..` first: servers treat every encoding of them alike.
pub fn encode_path_segment(segment: &str) -> Cow<'_, str> {
    utf8_percent_encode(segment, RESERVED).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unreserved_characters_are_borrowed_unchanged() {
        let unreserved = "ABCXYZabcxyz0189-._~";
        assert!(
            matches!(encode_path_segment(unreserved), Cow::Borrowed(same) if same == unreserved)
        );
    }

    #[test]
    fn every_other_ascii_character_is_encoded() {
        for byte in 0..=0x7f_u8 {
            let char = char::from(byte);
            let encoded = encode_path_segment(char.encode_utf8(&mut [0; 4])).into_owned();
            if char.is_ascii_alphanumeric() || "-._~".contains(char) {
                assert_eq!(encoded, char.to_string());
            } else {
                assert_eq!(encoded, format!("%{byte:02X}"));
            }
        }
    }

    #[test]
    fn other_characters_are_encoded_as_utf8() {
        assert_eq!(
            encode_path_segment("../a?x=1#é😀"),
            "..%2Fa%3Fx%3D1%23%C3%A9%F0%9F%98%80"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_encoded_segment_decodes_to_the_original_only(segment: String, other: String) {
            let encoded = encode_path_segment(&segment);
            let mut bytes = Vec::new();
            let mut rest = encoded.bytes();
            while let Some(byte) = rest.next() {
                let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                prop_assert!(unreserved || byte == b'%', "{encoded}");
                bytes.push(match byte {
                    b'%' => {
                        let digits = [rest.next().unwrap(), rest.next().unwrap()];
                        let digits = std::str::from_utf8(&digits).unwrap();
                        prop_assert_eq!(digits.to_uppercase(), digits);
                        u8::from_str_radix(digits, 16).unwrap()
                    }
                    _ => byte,
                });
            }
            prop_assert_eq!(bytes, segment.as_bytes());
            prop_assert_eq!(encoded == encode_path_segment(&other), segment == other);
        }
    }
}
