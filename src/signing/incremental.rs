//! Verification of a delivery whose body arrives in pieces.

use std::fmt;

use super::mac::{MAC_STACK, RunningMac};
use super::rejection::Rejection;
use super::tag::Tag;
use super::verified::{Verified, find_match};
use crate::wiped_stack::scrubbed;

/// A running verification that was begun with [`Verifier::begin`](super::Verifier::begin).
///
/// It owns all that it needs and borrows neither the verifier nor the headers. Do not act on any part of the body
/// before [`finish`](Incremental::finish) has returned `Ok`.
pub struct Incremental {
    pub(super) macs: Vec<RunningMac>,
    pub(super) candidates: Vec<Tag>,
    pub(super) signed_at: i64,
    pub(super) skew_seconds: i64,
    pub(super) body_limit: Option<u64>,
    pub(super) announced: Option<u64>,
    pub(super) received: u64,
}

impl Incremental {
    /// Sets the length of the body according to the request's `Content-Length`.
    ///
    /// If a body does not match and is shorter than this, the error is `body_incomplete`, and the sender should
    /// send it again. A body that matches is accepted even if its length differs, since servers that decode a body
    /// leave the header unchanged.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `body_too_large` if the length is over the limit. Then the body need not be
    /// read.
    pub fn announce(&mut self, length: u64) -> Result<(), Rejection> {
        self.announced = Some(length);
        self.check_length(length)
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `body_too_large` as soon as the body is over its limit. From then on, every
    /// further piece and the end get the same error.
    pub fn update(&mut self, chunk: &[u8]) -> Result<(), Rejection> {
        self.received = self.received.saturating_add(chunk.len() as u64);
        self.check_length(self.received)?;
        scrubbed::<MAC_STACK, _>(|| self.macs.iter_mut().for_each(|mac| mac.update(chunk)));
        Ok(())
    }

    /// Returns the verdict on the delivery once its body is complete.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `signature_mismatch` if no secret matches, `body_incomplete` if no secret
    /// matches and the body is shorter than [announced](Incremental::announce), or `body_too_large` if a piece
    /// was refused with it.
    pub fn finish(self) -> Result<Verified, Rejection> {
        self.check_length(self.received)?;
        let mismatch = self.mismatch();
        let matched = scrubbed::<MAC_STACK, _>(|| {
            let macs = self.macs.into_iter().map(RunningMac::finish);
            find_match(macs, self.candidates.iter().copied())
        });
        Ok(Verified {
            secret_index: matched.ok_or(mismatch)?,
            signed_at: self.signed_at,
            skew_seconds: self.skew_seconds,
        })
    }

    fn check_length(&self, length: u64) -> Result<(), Rejection> {
        match self.body_limit {
            Some(limit) if length > limit => Err(Rejection::BodyTooLarge { limit }),
            _ => Ok(()),
        }
    }

    /// Returns the rejection of a body that no secret matches.
    fn mismatch(&self) -> Rejection {
        let received = self.received;
        match self.announced {
            Some(announced) if received < announced => Rejection::BodyIncomplete {
                received,
                announced,
            },
            _ => Rejection::Mismatch,
        }
    }
}

impl fmt::Debug for Incremental {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incremental")
            .field("received", &self.received)
            .field("body_limit", &self.body_limit)
            .field("announced", &self.announced)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Verifier, sign};
    use super::*;

    const NOW: i64 = 1_781_092_800;

    fn begin(body: &[u8], body_limit: Option<u64>) -> Incremental {
        let header = sign(b"whsec_a", NOW, b"d1", body).unwrap();
        let verifier = Verifier::new([b"whsec_a".as_slice()]).unwrap();
        verifier
            .begin(header.as_bytes(), b"d1", body_limit, 300, NOW)
            .unwrap()
    }

    #[test]
    fn a_body_at_its_limit_verifies() {
        let mut verification = begin(b"0123456789", Some(10));
        verification.update(b"01234").unwrap();
        verification.update(b"").unwrap();
        verification.update(b"56789").unwrap();
        verification.update(b"").unwrap();
        assert!(verification.finish().is_ok());
    }

    #[test]
    fn an_empty_body_verifies_under_a_limit_of_zero() {
        assert!(begin(b"", Some(0)).finish().is_ok());
    }

    #[test]
    fn a_body_over_its_limit_stays_refused() {
        let too_large = Err(Rejection::BodyTooLarge { limit: 10 });
        let mut verification = begin(b"0123456789", Some(10));
        verification.update(b"0123456789").unwrap();
        assert_eq!(verification.update(b"x"), too_large);
        assert_eq!(verification.update(b""), too_large);
        assert_eq!(verification.update(b"x"), too_large);
        assert_eq!(verification.finish().map(|_| ()), too_large);
    }

    #[test]
    fn a_limit_holds_when_the_count_would_overflow() {
        let mut verification = begin(b"", Some(u64::MAX - 1));
        verification.received = u64::MAX - 1;
        let too_large = Err(Rejection::BodyTooLarge {
            limit: u64::MAX - 1,
        });
        assert_eq!(verification.update(b"xx"), too_large);
        assert_eq!(verification.finish().map(|_| ()), too_large);
    }

    #[test]
    fn a_body_shorter_than_announced_is_incomplete() {
        for (pieces, received) in [(vec![], 0), (vec!["012345678"], 9), (vec!["01", "2"], 3)] {
            let mut verification = begin(b"0123456789", None);
            verification.announce(10).unwrap();
            for piece in pieces {
                verification.update(piece.as_bytes()).unwrap();
            }
            let incomplete = Rejection::BodyIncomplete {
                received,
                announced: 10,
            };
            assert_eq!(verification.finish(), Err(incomplete));
            assert_eq!(incomplete.status().name(), "body_incomplete");
        }
    }

    #[test]
    fn a_body_of_the_announced_length_or_more_mismatches() {
        for (body, announced) in [("0123456780", 10), ("01234567890", 10), ("", 0)] {
            let mut verification = begin(b"0123456789", None);
            verification.announce(announced).unwrap();
            verification.update(body.as_bytes()).unwrap();
            assert_eq!(verification.finish(), Err(Rejection::Mismatch), "{body}");
        }
    }

    #[test]
    fn a_body_that_matches_is_accepted_whatever_was_announced() {
        for announced in [0, 9, 10, 11, u64::MAX] {
            let mut verification = begin(b"0123456789", None);
            verification.announce(announced).unwrap();
            verification.update(b"0123456789").unwrap();
            assert!(verification.finish().is_ok(), "{announced}");
        }
    }

    #[test]
    fn an_announcement_over_the_limit_is_refused_before_the_body() {
        let mut verification = begin(b"0123456789", Some(10));
        assert_eq!(verification.announce(10), Ok(()));
        assert_eq!(
            verification.announce(11),
            Err(Rejection::BodyTooLarge { limit: 10 })
        );
    }

    #[test]
    fn it_borrows_nothing_and_can_move_to_another_thread() {
        fn owned<T: Send + Sync + 'static>(value: T) -> T {
            value
        }

        let mut verification = owned(begin(b"body", None));
        let verified = std::thread::spawn(move || {
            verification.update(b"body").unwrap();
            verification.finish()
        });
        assert!(verified.join().unwrap().is_ok());
    }

    #[test]
    fn its_debug_form_shows_only_counts() {
        let mut verification = begin(b"body", Some(8));
        verification.update(b"bo").unwrap();
        assert_eq!(
            format!("{verification:?}"),
            "Incremental { received: 2, body_limit: Some(8), announced: None, .. }"
        );
    }
}
