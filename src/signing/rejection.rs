//! The reasons why a delivery or a signing argument is refused.

use thiserror::Error;

use super::limits::{MAX_CANDIDATES, MAX_DELIVERY_ID_LEN, MAX_HEADER_LEN, MAX_SECRETS};
use crate::error::{Error, Status};

/// The reason why a delivery does not verify, or why it could not be verified at all.
///
/// No variant and no message holds a secret or a computed MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// There is no secret for verifying.
    #[error(
        "no signing secret was given; give the endpoint's secret, and during a rotation the old one too"
    )]
    NoSecrets,
    /// A secret can be guessed, or cannot be one that the service shows.
    #[error("signing secret {} {fault}; give the endpoint's secret as the service shows it", .index + 1)]
    UnusableSecret {
        /// The position of the secret, counted from 0.
        index: usize,
        /// The fault of the secret.
        fault: SecretFault,
    },
    /// There are more secrets than a verifier takes.
    #[error("more than {MAX_SECRETS} signing secrets were given; give at most {MAX_SECRETS}")]
    TooManySecrets,
    /// The tolerance is below zero, so no delivery could verify.
    #[error(
        "the tolerance is {tolerance} s; it must be 0 or more seconds (0 accepts only the very second)"
    )]
    NegativeTolerance {
        /// The tolerance that was given.
        tolerance: i64,
    },
    /// The time to sign for lies before 1970.
    #[error("the timestamp to sign is {timestamp}; it must be a Unix time in seconds, 0 or later")]
    NegativeTimestamp {
        /// The timestamp that was given.
        timestamp: i64,
    },
    /// The delivery id to sign is not one that receivers accept.
    #[error("cannot sign: {0}")]
    UnsignableDeliveryId(DeliveryIdFault),
    /// The body of an incremental verification is over its limit.
    #[error(
        "the body is larger than the limit of {limit} bytes set for it; raise the limit if such bodies are expected"
    )]
    BodyTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The body of an incremental verification does not match, and is shorter than was announced.
    #[error(
        "only {received} of the {announced} bytes of the body that Content-Length announces arrived; the connection was cut, or something read from the body before it was verified"
    )]
    BodyIncomplete {
        /// How many bytes were received.
        received: u64,
        /// How many were announced.
        announced: u64,
    },
    /// The request has no signature header.
    #[error(
        "the request has no hookrail-signature header; it is not a delivery, or something in between removed the header"
    )]
    MissingSignature,
    /// The request has no delivery id header.
    #[error(
        "the request has no hookrail-delivery-id header; the signature cannot be checked without it"
    )]
    MissingDeliveryId,
    /// The signature header or the delivery id does not have the required form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The signature is older than the tolerance allows.
    #[error(
        "the signature is {skew_seconds} s old; at most {tolerance} s are allowed (signed at {signed_at})"
    )]
    TooOld {
        /// The Unix time in the header.
        signed_at: i64,
        /// How many seconds the signature is older than now.
        skew_seconds: i64,
        /// The tolerance in seconds.
        tolerance: i64,
    },
    /// The signature is further in the future than the tolerance allows.
    #[error("the signature is {} s in the future; at most {tolerance} s are allowed (signed at {signed_at})", .skew_seconds.unsigned_abs())]
    TooNew {
        /// The Unix time in the header.
        signed_at: i64,
        /// Now less `signed_at`: negative.
        skew_seconds: i64,
        /// The tolerance in seconds.
        tolerance: i64,
    },
    /// No secret matches any of the signatures.
    #[error(
        "no signing secret matches the signature; check that the secret is the endpoint's own, unchanged, and that the body is the raw bytes received"
    )]
    Mismatch,
}

/// A fault in the form of a delivery's signature headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The signature header is longer than [`MAX_HEADER_LEN`].
    #[error("the signature header is {len} bytes long; at most {MAX_HEADER_LEN} are allowed")]
    HeaderTooLong {
        /// The header's length in bytes.
        len: usize,
    },
    /// The signature header holds a byte that is not printable ASCII, space or tab.
    #[error(
        "the signature header holds the byte 0x{byte:02x} at offset {offset}; only printable ASCII, spaces and tabs are allowed"
    )]
    HeaderByte {
        /// The offset of the byte, counted from 0.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// The signature header has no `t=` part.
    #[error(
        "the signature header has no timestamp; its form must be t=<unix seconds>,v1=<64 hex digits>"
    )]
    MissingTimestamp,
    /// The `t` of the signature header is not a canonical number of seconds.
    #[error(
        "the timestamp of the signature header is not a Unix time in seconds; it must be 1 to 19 digits, without sign or leading zero, and at most {}",
        i64::MAX
    )]
    InvalidTimestamp,
    /// The signature header has two `t=` parts.
    #[error(
        "the signature header has more than one timestamp; it must have one, so two headers may have been joined"
    )]
    RepeatedTimestamp,
    /// The signature header has no `v1=` part.
    #[error(
        "the signature header has no v1 signature; its form must be t=<unix seconds>,v1=<64 hex digits>"
    )]
    MissingSignature,
    /// The signature header has `v1=` parts, but none of 64 hex digits.
    #[error("the signature header has no usable v1 signature; one must be exactly 64 hex digits")]
    UnusableSignature,
    /// The signature header has more well-formed signatures than [`MAX_CANDIDATES`].
    #[error(
        "the signature header has more than {MAX_CANDIDATES} v1 signatures; at most {MAX_CANDIDATES} are allowed"
    )]
    TooManyCandidates,
    /// The delivery id does not have the required form.
    #[error(transparent)]
    DeliveryId(#[from] DeliveryIdFault),
    /// The request has the header more than once.
    #[error("the request has more than one {name} header; it must have exactly one")]
    RepeatedHeader {
        /// The plain name of the header.
        name: &'static str,
    },
}

/// A fault of a delivery id.
///
/// A delivery id has 1 to [`MAX_DELIVERY_ID_LEN`] characters of `A-Z a-z 0-9 _ -`. With a dot in it, bytes could move
/// between the id and the body without changing the MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeliveryIdFault {
    /// It is empty.
    #[error("the delivery id is empty; it must be the value of the hookrail-delivery-id header")]
    Empty,
    /// It is longer than [`MAX_DELIVERY_ID_LEN`].
    #[error("the delivery id is {len} bytes long; at most {MAX_DELIVERY_ID_LEN} are allowed")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// It holds a byte outside its alphabet.
    #[error(
        "the delivery id holds the byte 0x{byte:02x} at offset {offset}; only letters, digits, '_' and '-' are allowed"
    )]
    Byte {
        /// The offset of the byte, counted from 0.
        offset: usize,
        /// The byte.
        byte: u8,
    },
}

/// A fault of a secret. It tells nothing of the secret's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecretFault {
    /// It is empty.
    #[error("is empty")]
    Empty,
    /// It has only white space.
    #[error("is nothing but white space")]
    Blank,
    /// It has only the prefix of the service's secrets.
    #[error("is nothing but the prefix whsec_, as a variable that is not set leaves it")]
    OnlyPrefix,
    /// It begins with white space.
    #[error("begins with white space; remove it, it is no part of the secret")]
    WhiteSpaceInFront,
    /// It ends with white space.
    #[error(
        "ends with white space; remove it, it is no part of the secret (a file that it was read from may end with a line break)"
    )]
    WhiteSpaceBehind,
    /// It holds a control byte: one below 0x20, or 0x7f.
    #[error(
        "holds a control byte at offset {offset}; a secret is one line of text: give each secret of a list on its own, and nothing that was decoded"
    )]
    ControlByte {
        /// The offset of the byte, counted from 0.
        offset: usize,
    },
}

impl Rejection {
    /// Returns the status of this rejection, the same in every language.
    pub fn status(&self) -> Status {
        match self {
            Rejection::NoSecrets
            | Rejection::UnusableSecret { .. }
            | Rejection::TooManySecrets
            | Rejection::NegativeTolerance { .. }
            | Rejection::NegativeTimestamp { .. }
            | Rejection::UnsignableDeliveryId(_) => Status::InvalidArgument,
            Rejection::BodyTooLarge { .. } => Status::BodyTooLarge,
            Rejection::BodyIncomplete { .. } => Status::BodyIncomplete,
            Rejection::MissingSignature | Rejection::MissingDeliveryId => Status::SignatureMissing,
            Rejection::Malformed(_) => Status::SignatureMalformed,
            Rejection::TooOld { .. } => Status::TimestampTooOld,
            Rejection::TooNew { .. } => Status::TimestampTooNew,
            Rejection::Mismatch => Status::SignatureMismatch,
        }
    }
}

impl From<DeliveryIdFault> for Rejection {
    fn from(fault: DeliveryIdFault) -> Self {
        Rejection::Malformed(Malformed::DeliveryId(fault))
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Error::new(rejection.status(), rejection.to_string())
    }
}
