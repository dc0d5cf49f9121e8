//! Signing and verifying webhook deliveries.
//!
//! A delivery carries `hookrail-signature: t=<unix seconds>,v1=<hex>`, where the hex digits are the
//! HMAC-SHA256 of `<t>.<delivery id>.<raw body>` under the endpoint's secret. The secret is the text
//! as the service shows it, taken as bytes: `whsec_` is part of it and nothing is base64-decoded.
//!
//! A [`Verifier`] holds up to [`MAX_SECRETS`] secrets, so that a rotation needs no downtime. It checks a delivery in a
//! fixed order: the form of the header and of the delivery id, then the timestamp, then the MACs. A delivery that
//! verifies has the right delivery id, time and body. The method, the path, the query and the other headers,
//! [`EVENT_ID_HEADER`] and [`TOPIC_HEADER`] among them, are not signed.

pub mod explain;
pub mod find_headers;
mod header;
mod incremental;
mod limits;
mod mac;
mod rejection;
pub(crate) mod secret;
mod sign;
mod tag;
mod verified;
mod verifier;

pub use explain::explain;
pub use incremental::Incremental;
pub use limits::{
    DEFAULT_TOLERANCE_SECONDS, DELIVERY_ID_HEADER, EVENT_ID_HEADER, MAX_CANDIDATES,
    MAX_DELIVERY_ID_LEN, MAX_HEADER_LEN, MAX_SECRETS, SIGNATURE_HEADER, TOPIC_HEADER,
};
pub use rejection::{DeliveryIdFault, Malformed, Rejection, SecretFault};
pub use sign::{MAX_SIGNATURE_LEN, sign};
pub use verified::Verified;
pub use verifier::{Verifier, verify_signature};
