//! The result of a successful verification, and the comparison that leads to it.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::tag::Tag;

/// The result of a successful verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The position of the secret that matched, counted from 0; the first one if several are equal.
    pub secret_index: usize,
    /// The time of the signature, in Unix seconds.
    pub signed_at: i64,
    /// The age of the signature in seconds: now less `signed_at`. It is negative if the signer's clock is ahead.
    pub skew_seconds: i64,
}

/// Returns the index of the first MAC that is among the candidates. Compares every MAC with every candidate, even
/// after a match.
pub(super) fn find_match(
    macs: impl Iterator<Item = Tag>,
    candidates: impl Iterator<Item = Tag> + Clone,
) -> Option<usize> {
    let mut found = Choice::from(0);
    let mut first = 0_u64;
    for (index, mac) in (0..).zip(macs) {
        let matches = candidates.clone().fold(Choice::from(0), |any, candidate| {
            any | mac.ct_eq(&candidate)
        });
        first.conditional_assign(&index, matches & !found);
        found |= matches;
    }
    bool::from(found).then_some(first as usize)
}
