//! Signing, for tests and for servers that act as the service.

use super::header::{DeliveryId, MAX_TIMESTAMP_LEN};
use super::mac::{Key, MAC_STACK, Prefix};
use super::rejection::Rejection;
use super::secret;
use super::tag::MAC_LEN;
use crate::wiped_stack::scrubbed;

/// The longest value that [`sign`] returns, in bytes.
pub const MAX_SIGNATURE_LEN: usize = "t=,v1=".len() + MAX_TIMESTAMP_LEN + 2 * MAC_LEN;

/// Returns the `hookrail-signature` header of a delivery: `t=<timestamp>,v1=<hex>`.
///
/// # Errors
///
/// A [`Rejection`] with the status `invalid_argument` if a [`Verifier`](super::Verifier) does not accept the secret or
/// the delivery id, or if the timestamp is before 1970.
pub fn sign(
    secret: &[u8],
    timestamp: i64,
    delivery_id: &[u8],
    body: &[u8],
) -> Result<String, Rejection> {
    secret::check(0, secret)?;
    if timestamp < 0 {
        return Err(Rejection::NegativeTimestamp { timestamp });
    }
    let delivery_id = DeliveryId::parse(delivery_id).map_err(Rejection::UnsignableDeliveryId)?;
    let digits = timestamp.to_string();
    let prefix = Prefix::new(digits.as_bytes(), delivery_id);
    let tag = scrubbed::<MAC_STACK, _>(|| Key::new(secret).mac(prefix, body));

    Ok(format!("t={timestamp},v1={tag:x}"))
}
