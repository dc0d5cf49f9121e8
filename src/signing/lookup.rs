//! Finding the headers of a delivery among those of a request.

use super::rejection::{Malformed, Rejection};
use super::{DELIVERY_ID_HEADER, SIGNATURE_HEADER};

/// The headers without which a delivery cannot be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The value of the `hookrail-signature` header.
    pub signature: &'a [u8],
    /// The value of the `hookrail-delivery-id` header.
    pub delivery_id: &'a [u8],
}

/// Finds the signature and the delivery id among the name and value pairs of a request's headers.
///
/// Names are compared without regard to ASCII case, both as they are on the wire
/// (`Hookrail-Signature`) and as CGI, Rack and PHP spell them (`HTTP_HOOKRAIL_SIGNATURE`). A header
/// that occurs twice, be it once in each spelling, is refused: which of the two another part of the
/// receiver would read is anybody's guess.
///
/// # Errors
///
/// A [`Rejection`] with the status `signature_malformed` if one of the two headers is repeated, and
/// otherwise `signature_missing` if one of them is absent.
pub fn find<'n, 'v>(
    pairs: impl IntoIterator<Item = (&'n [u8], &'v [u8])>,
) -> Result<Found<'v>, Rejection> {
    let mut signature = None;
    let mut delivery_id = None;
    for (name, value) in pairs {
        for (header, slot) in [
            (SIGNATURE_HEADER, &mut signature),
            (DELIVERY_ID_HEADER, &mut delivery_id),
        ] {
            if names_header(name, header) && slot.replace(value).is_some() {
                return Err(Malformed::RepeatedHeader { name: header }.into());
            }
        }
    }
    Ok(Found {
        signature: signature.ok_or(Rejection::MissingSignature)?,
        delivery_id: delivery_id.ok_or(Rejection::MissingDeliveryId)?,
    })
}

/// Whether `name` is `header` in either spelling.
fn names_header(name: &[u8], header: &str) -> bool {
    const CGI_PREFIX: &[u8] = b"HTTP_";

    if name.eq_ignore_ascii_case(header.as_bytes()) {
        return true;
    }
    let Some((prefix, rest)) = name.split_at_checked(CGI_PREFIX.len()) else {
        return false;
    };
    prefix.eq_ignore_ascii_case(CGI_PREFIX)
        && rest.len() == header.len()
        && rest
            .iter()
            .zip(header.bytes())
            .all(|(&byte, expected)| match expected {
                b'-' => byte == b'_',
                _ => byte.eq_ignore_ascii_case(&expected),
            })
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

    #[test]
    fn names_are_found_in_every_spelling() {
        for (signature, delivery_id) in [
            ("hookrail-signature", "hookrail-delivery-id"),
            ("Hookrail-Signature", "Hookrail-Delivery-Id"),
            ("HOOKRAIL-SIGNATURE", "HOOKRAIL-DELIVERY-ID"),
            ("HTTP_HOOKRAIL_SIGNATURE", "HTTP_HOOKRAIL_DELIVERY_ID"),
            ("http_hookrail_signature", "Http_Hookrail_Delivery_Id"),
            ("hookrail-signature", "HTTP_HOOKRAIL_DELIVERY_ID"),
        ] {
            let found = find_in(&[
                ("host", "example.com"),
                (signature, "t=1,v1=00"),
                ("content-type", "application/json"),
                (delivery_id, "d1"),
            ]);
            assert_eq!(
                found,
                Ok(Found {
                    signature: b"t=1,v1=00",
                    delivery_id: b"d1",
                }),
                "{signature}, {delivery_id}"
            );
        }
    }

    #[test]
    fn similar_names_are_not_taken() {
        for name in [
            "",
            "HTTP_",
            "hookrail-signatur",
            "hookrail-signature2",
            "x-hookrail-signature",
            "hookrail_signature",
            "HTTP_hookrail-signature",
            "HTTP-HOOKRAIL-SIGNATURE",
            "HTTP_HOOKRAIL_SIGNATURE_",
            "HTTP_HTTP_HOOKRAIL_SIGNATURE",
            "webhook-signature",
            "hookrail-signature ",
        ] {
            assert_eq!(
                find_in(&[(name, "t=1,v1=00"), ("hookrail-delivery-id", "d1")]),
                Err(Rejection::MissingSignature),
                "{name}"
            );
        }
    }

    #[test]
    fn an_absent_header_is_missing_and_an_empty_one_is_there() {
        assert_eq!(find_in(&[]), Err(Rejection::MissingSignature));
        assert_eq!(
            find_in(&[("hookrail-signature", "t=1,v1=00")]),
            Err(Rejection::MissingDeliveryId)
        );
        let found = find_in(&[("hookrail-signature", ""), ("hookrail-delivery-id", "")]);
        assert_eq!(
            found,
            Ok(Found {
                signature: b"",
                delivery_id: b"",
            })
        );
    }

    #[test]
    fn a_repeated_header_is_malformed_whatever_else_is_missing() {
        for (first, second, name) in [
            ("hookrail-signature", "Hookrail-Signature", SIGNATURE_HEADER),
            (
                "hookrail-signature",
                "HTTP_HOOKRAIL_SIGNATURE",
                SIGNATURE_HEADER,
            ),
            (
                "hookrail-delivery-id",
                "hookrail-delivery-id",
                DELIVERY_ID_HEADER,
            ),
            (
                "HTTP_HOOKRAIL_DELIVERY_ID",
                "hookrail-delivery-id",
                DELIVERY_ID_HEADER,
            ),
        ] {
            assert_eq!(
                find_in(&[(first, "same"), (second, "same")]),
                Err(Rejection::Malformed(Malformed::RepeatedHeader { name })),
                "{first}, {second}"
            );
        }
    }
}
