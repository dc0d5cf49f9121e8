//! Verified deliveries, and the verification of a body that arrives in pieces.

use crate::signing::{self, Incremental, Rejection};

/// A delivery that is authentic and fresh.
///
/// The delivery id, the time and the body are signed. The method, the path and all other headers are not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// The id of the delivery. The service repeats a delivery until it is acknowledged: a receiver recognises it by this id.
    pub delivery_id: String,
    /// The position of the secret that matched, counted from 0; the first one if several are equal.
    pub secret_index: usize,
    /// The time of the signature, in Unix seconds.
    pub signed_at: i64,
    /// The age of the signature in seconds. It is negative if the signer's clock is ahead.
    pub skew_seconds: i64,
}

impl Verified {
    pub(super) fn new(delivery_id: String, verified: signing::Verified) -> Self {
        Verified {
            delivery_id,
            secret_index: verified.secret_index,
            signed_at: verified.signed_at,
            skew_seconds: verified.skew_seconds,
        }
    }
}

/// A running verification that [`Verifier::begin`](crate::Verifier::begin) has begun.
///
/// It borrows nothing. Do not act on any part of the body before [`Verification::finish`] has returned `Ok`.
#[derive(Debug)]
#[must_use = "the verdict is that of `finish`"]
pub struct Verification {
    pub(super) delivery_id: String,
    pub(super) incremental: Incremental,
}

impl Verification {
    /// Sets the length of the body according to the request's `Content-Length`. If a body does not match and is shorter than
    /// this, the error is `BodyIncomplete`, and the sender should send it again.
    ///
    /// # Errors
    /// `BodyTooLarge` if the length is over the limit. Then the body need not be read.
    pub fn announce(&mut self, length: u64) -> Result<(), Rejection> {
        self.incremental.announce(length)
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    /// `BodyTooLarge` as soon as the body is over its limit. From then on, each further piece and the end get the same error.
    pub fn update(&mut self, piece: impl AsRef<[u8]>) -> Result<(), Rejection> {
        self.incremental.update(piece.as_ref())
    }

    /// Returns the verdict on the delivery once its body is complete.
    ///
    /// # Errors
    /// `SignatureMismatch` if no secret matches; `BodyIncomplete` if the body is also shorter than
    /// [announced](Verification::announce); `BodyTooLarge` if a piece was refused with it.
    pub fn finish(self) -> Result<Verified, Rejection> {
        let verified = self.incremental.finish()?;
        Ok(Verified::new(self.delivery_id, verified))
    }
}
