//! Verifying a delivery whose body arrives in pieces.

use std::fmt;

use super::mac::{RunningMac, Tag};
use super::rejection::Rejection;
use super::verifier::{Verified, find_match};

/// A verification under way, begun with [`Verifier::begin`](super::Verifier::begin).
///
/// It owns all it needs and borrows neither the verifier nor the headers. Until
/// [`finish`](Incremental::finish) has returned `Ok`, nothing of the body may be acted on.
pub struct Incremental {
    pub(super) macs: Vec<RunningMac>,
    pub(super) candidates: Vec<Tag>,
    pub(super) signed_at: i64,
    pub(super) skew_seconds: i64,
    pub(super) body_limit: Option<u64>,
    pub(super) received: u64,
}

impl Incremental {
    /// Takes the next piece of the body.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `body_too_large` as soon as the body is over its limit. From
    /// then on every further piece, and the end, is refused in the same way.
    pub fn update(&mut self, chunk: &[u8]) -> Result<(), Rejection> {
        self.received = self.received.saturating_add(chunk.len() as u64);
        self.check_limit()?;
        for mac in &mut self.macs {
            mac.update(chunk);
        }
        Ok(())
    }

    /// The verdict on the delivery, its body being complete.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `signature_mismatch` if no secret matches, or
    /// `body_too_large` if a piece was refused for that.
    pub fn finish(self) -> Result<Verified, Rejection> {
        self.check_limit()?;
        let macs = self.macs.into_iter().map(RunningMac::finish);
        let secret_index =
            find_match(macs, self.candidates.iter().copied()).ok_or(Rejection::Mismatch)?;
        Ok(Verified {
            secret_index,
            signed_at: self.signed_at,
            skew_seconds: self.skew_seconds,
        })
    }

    fn check_limit(&self) -> Result<(), Rejection> {
        match self.body_limit {
            Some(limit) if self.received > limit => Err(Rejection::BodyTooLarge { limit }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Incremental {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incremental")
            .field("received", &self.received)
            .field("body_limit", &self.body_limit)
            .finish_non_exhaustive()
    }
}
