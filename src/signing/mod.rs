//! Signing and verifying webhook deliveries.
//!
//! A delivery carries `hookrail-signature: t=<unix seconds>,v1=<hex>`, where the hex digits are the
//! HMAC-SHA256 of `<t>.<delivery id>.<raw body>` under the endpoint's secret. The secret is the text
//! as the service shows it, taken as bytes: `whsec_` is part of it and nothing is base64-decoded.
//!
//! A [`Verifier`] holds up to [`MAX_SECRETS`] secrets, so that a rotation needs no downtime, and
//! judges a delivery in a fixed order: first the form of the header and the delivery id, then the
//! timestamp, then the MACs. What verifies is the delivery id, the time and the body. The method,
//! the path, the query and the other headers of a delivery, [`EVENT_ID_HEADER`] and [`TOPIC_HEADER`] among
//! them, are not signed.

pub mod explain;
pub mod find_headers;
mod header;
mod incremental;
mod mac;
mod rejection;
pub(crate) mod secret;
mod sign;
mod tag;
mod verifier;
mod wiped_stack;

pub use explain::explain;
pub use incremental::Incremental;
pub use rejection::{DeliveryIdFault, Malformed, Rejection};
pub use secret::SecretFault;
pub use sign::{MAX_SIGNATURE_LEN, sign};
pub use verifier::{Verified, Verifier};

/// How many seconds a signature may be away from now, in either direction, unless the caller says
/// otherwise.
pub const DEFAULT_TOLERANCE_SECONDS: i64 = 300;

/// How many secrets a [`Verifier`] takes.
pub const MAX_SECRETS: usize = 16;

/// The longest signature header, in bytes, that is looked at.
pub const MAX_HEADER_LEN: usize = 4096;

/// How many well-formed `v1` signatures one header may carry.
pub const MAX_CANDIDATES: usize = 16;

/// The longest delivery id in bytes.
pub const MAX_DELIVERY_ID_LEN: usize = 128;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "hookrail-signature";

/// The header with the delivery id, by which a receiver recognises a repeated delivery. It is signed.
pub const DELIVERY_ID_HEADER: &str = "hookrail-delivery-id";

/// The header with the event id. It is not signed.
pub const EVENT_ID_HEADER: &str = "hookrail-event-id";

/// The header with the topic. It is not signed.
pub const TOPIC_HEADER: &str = "hookrail-topic";

/// Verifies one delivery with secrets that are not kept.
///
/// A receiver that verifies more than one delivery is better served by a [`Verifier`], which
/// prepares the secrets once.
///
/// # Errors
///
/// Those of [`Verifier::new`], then those of [`Verifier::verify`].
pub fn verify_signature<'a>(
    secrets: impl IntoIterator<Item = &'a [u8]>,
    header: &[u8],
    delivery_id: &[u8],
    body: &[u8],
    tolerance: i64,
    now: i64,
) -> Result<Verified, Rejection> {
    Verifier::new(secrets)?.verify(header, delivery_id, body, tolerance, now)
}
