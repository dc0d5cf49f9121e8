//! Finds the headers of a delivery among those of a request.

use std::borrow::Cow;

use super::limits::{DELIVERY_ID_HEADER, MAX_HEADER_LEN, SIGNATURE_HEADER};
use super::rejection::{Malformed, Rejection};

/// The headers that are needed to verify a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The value of the `hookrail-signature` header; owned if it was joined.
    pub signature: Cow<'a, [u8]>,
    /// The value of the `hookrail-delivery-id` header.
    pub delivery_id: &'a [u8],
}

/// Finds the signature and the delivery id among the name and value pairs of a request's headers.
///
/// Names are compared without regard to ASCII case. Spellings of adapters are known: `_` for `-`, and the prefix
/// `HTTP_` of CGI, Rack and PHP (`HTTP_HOOKRAIL_SIGNATURE`).
///
/// Gateways split a header at its commas, and servers hand it on as a list. So if the signature occurs several
/// times, the values are joined with commas, in their order: HTTP says that both forms mean the same. This does
/// not make one signature of two whole ones, as a second timestamp is malformed.
///
/// A delivery id that occurs twice is refused, even in two spellings: another part of the receiver could read the
/// other one.
///
/// # Errors
///
/// A [`Rejection`] with the status `signature_malformed` if the delivery id is repeated or the signature is longer
/// than [`MAX_HEADER_LEN`]; otherwise `signature_missing` if one of them is absent.
pub fn find<'n, 'v>(
    pairs: impl IntoIterator<Item = (&'n [u8], &'v [u8])>,
) -> Result<Found<'v>, Rejection> {
    let mut signature: Option<Cow<'v, [u8]>> = None;
    let mut delivery_id = None;
    for (name, value) in pairs {
        if names_header(name, SIGNATURE_HEADER) {
            let len = value.len()
                + signature
                    .as_ref()
                    .map_or(0, |before| before.len() + b",".len());
            if len > MAX_HEADER_LEN {
                return Err(Malformed::HeaderTooLong { len }.into());
            }
            signature = Some(match signature {
                None => Cow::Borrowed(value),
                Some(before) => Cow::Owned([&before, value].join(&b',')),
            });
        } else if names_header(name, DELIVERY_ID_HEADER) && delivery_id.replace(value).is_some() {
            let name = DELIVERY_ID_HEADER;
            return Err(Malformed::RepeatedHeader { name }.into());
        }
    }
    Ok(Found {
        signature: signature.ok_or(Rejection::MissingSignature)?,
        delivery_id: delivery_id.ok_or(Rejection::MissingDeliveryId)?,
    })
}

/// Returns whether `name` is `header` in one of its spellings.
fn names_header(name: &[u8], header: &str) -> bool {
    let plain = match name.split_at_checked(CGI_PREFIX.len()) {
        Some((prefix, rest)) if same_name(prefix, CGI_PREFIX) => rest,
        _ => name,
    };
    same_name(plain, header.as_bytes())
}

/// The prefix of a header's name in CGI.
const CGI_PREFIX: &[u8] = b"http-";

/// Returns whether two names differ at most in case and in `_` for `-`.
fn same_name(name: &[u8], expected: &[u8]) -> bool {
    let plain = |byte: u8| match byte {
        b'_' => b'-',
        _ => byte.to_ascii_lowercase(),
    };
    name.len() == expected.len()
        && name
            .iter()
            .zip(expected)
            .all(|(&byte, &expected)| plain(byte) == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_in(pairs: &[(&str, &'static str)]) -> Result<Found<'static>, Rejection> {
        find(
            pairs
                .iter()
                .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
        )
    }

    fn found(signature: &'static str, delivery_id: &'static str) -> Found<'static> {
        Found {
            signature: Cow::Borrowed(signature.as_bytes()),
            delivery_id: delivery_id.as_bytes(),
        }
    }

    #[test]
    fn names_are_found_in_every_spelling() {
        for (signature, delivery_id) in [
            ("hookrail-signature", "hookrail-delivery-id"),
            ("Hookrail-Signature", "Hookrail-Delivery-Id"),
            ("HOOKRAIL-SIGNATURE", "HOOKRAIL-DELIVERY-ID"),
            ("HTTP_HOOKRAIL_SIGNATURE", "HTTP_HOOKRAIL_DELIVERY_ID"),
            ("http_hookrail_signature", "Http_Hookrail_Delivery_Id"),
            ("hookrail_signature", "Hookrail_Delivery_Id"),
            ("HOOKRAIL_SIGNATURE", "hookrail-delivery_id"),
            ("http-hookrail-signature", "HTTP-HOOKRAIL-DELIVERY-ID"),
            ("HTTP_hookrail-signature", "Http-Hookrail_Delivery-Id"),
            ("hookrail-signature", "HTTP_HOOKRAIL_DELIVERY_ID"),
        ] {
            let outcome = find_in(&[
                ("host", "example.com"),
                (signature, "t=1,v1=00"),
                ("content-type", "application/json"),
                (delivery_id, "d1"),
            ]);
            assert_eq!(
                outcome,
                Ok(found("t=1,v1=00", "d1")),
                "{signature}, {delivery_id}"
            );
        }
    }

    #[test]
    fn similar_names_are_not_taken() {
        for name in [
            "",
            "HTTP_",
            "HTTP",
            "hookrail-signatur",
            "hookrail-signature2",
            "hookrailsignature",
            "hookrail.signature",
            "x-hookrail-signature",
            "_hookrail_signature",
            "HTTP_HOOKRAIL_SIGNATURE_",
            "HTTP_HTTP_HOOKRAIL_SIGNATURE",
            "HTTPHOOKRAIL_SIGNATURE",
            "webhook-signature",
            "hookrail-signature ",
            "hookrail-signature\0",
        ] {
            assert_eq!(
                find_in(&[(name, "t=1,v1=00"), ("hookrail-delivery-id", "d1")]),
                Err(Rejection::MissingSignature),
                "{name}"
            );
        }
    }

    #[test]
    fn an_absent_header_is_missing_and_an_empty_one_is_found() {
        assert_eq!(find_in(&[]), Err(Rejection::MissingSignature));
        assert_eq!(
            find_in(&[("hookrail-signature", "t=1,v1=00")]),
            Err(Rejection::MissingDeliveryId)
        );
        assert_eq!(
            find_in(&[("hookrail-signature", ""), ("hookrail-delivery-id", "")]),
            Ok(found("", ""))
        );
    }

    #[test]
    fn a_signature_that_arrives_as_a_list_is_joined_in_its_order() {
        let id = ("hookrail-delivery-id", "d1");
        for (list, joined) in [
            (vec!["t=1", "v1=00"], "t=1,v1=00"),
            (vec!["t=1", " v1=00", "v1=11"], "t=1, v1=00,v1=11"),
            (vec!["t=1,v1=00", "v1=11"], "t=1,v1=00,v1=11"),
            (vec!["v1=00", "t=1"], "v1=00,t=1"),
            (vec!["", "t=1,v1=00", ""], ",t=1,v1=00,"),
            (vec!["t=1,v1=00", "t=1,v1=00"], "t=1,v1=00,t=1,v1=00"),
        ] {
            let mut pairs = vec![id];
            pairs.extend(list.iter().map(|value| ("Hookrail-Signature", *value)));
            assert_eq!(find_in(&pairs), Ok(found(joined, "d1")), "{list:?}");
        }
        assert_eq!(
            find_in(&[
                ("hookrail-signature", "t=1"),
                id,
                ("HTTP_HOOKRAIL_SIGNATURE", "v1=00")
            ]),
            Ok(found("t=1,v1=00", "d1"))
        );
    }

    #[test]
    fn a_joined_signature_has_the_same_limit_as_a_single_one() {
        let half = "x".repeat(MAX_HEADER_LEN / 2).leak();
        let id = ("hookrail-delivery-id", "d1");
        let of = |last: &'static str| {
            find_in(&[
                id,
                ("hookrail-signature", half),
                ("hookrail-signature", last),
            ])
        };
        assert_eq!(
            of(&half[1..]).map(|found| found.signature.len()),
            Ok(MAX_HEADER_LEN)
        );
        let too_long = |len| Err(Malformed::HeaderTooLong { len }.into());
        assert_eq!(of(half), too_long(MAX_HEADER_LEN + 1));
        let long = "x".repeat(MAX_HEADER_LEN + 1).leak();
        assert_eq!(
            find_in(&[("hookrail-signature", long)]),
            too_long(MAX_HEADER_LEN + 1)
        );
    }

    #[test]
    fn a_repeated_delivery_id_is_malformed_even_without_a_signature() {
        let repeated = Err(Rejection::Malformed(Malformed::RepeatedHeader {
            name: DELIVERY_ID_HEADER,
        }));
        for (first, second) in [
            ("hookrail-delivery-id", "hookrail-delivery-id"),
            ("HTTP_HOOKRAIL_DELIVERY_ID", "hookrail-delivery-id"),
            ("hookrail_delivery_id", "Hookrail-Delivery-Id"),
        ] {
            for second_value in ["same", "other"] {
                assert_eq!(
                    find_in(&[(first, "same"), (second, second_value)]),
                    repeated,
                    "{first}, {second}"
                );
            }
        }
    }
}
