//! The limits of the scheme, and the names of its headers.

/// The default tolerance: how many seconds a signature may be away from now, in either direction.
pub const DEFAULT_TOLERANCE_SECONDS: i64 = 300;

/// The most secrets that a [`Verifier`](super::Verifier) takes.
pub const MAX_SECRETS: usize = 16;

/// The longest signature header that is read, in bytes.
pub const MAX_HEADER_LEN: usize = 4096;

/// The most well-formed `v1` signatures in one header.
pub const MAX_CANDIDATES: usize = 16;

/// The longest delivery id in bytes.
pub const MAX_DELIVERY_ID_LEN: usize = 128;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "hookrail-signature";

/// The header with the delivery id. It is signed. A receiver recognises a repeated delivery by it.
pub const DELIVERY_ID_HEADER: &str = "hookrail-delivery-id";

/// The header with the event id. It is not signed.
pub const EVENT_ID_HEADER: &str = "hookrail-event-id";

/// The header with the topic. It is not signed.
pub const TOPIC_HEADER: &str = "hookrail-topic";
