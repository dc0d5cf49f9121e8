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
