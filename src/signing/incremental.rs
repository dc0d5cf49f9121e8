//! Verifying a delivery whose body arrives in pieces.

use std::fmt;

use super::mac::{MAC_STACK, RunningMac};
use super::rejection::Rejection;
use super::tag::Tag;
use super::verifier::{Verified, find_match};
use crate::stack::scrubbed;

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
        scrubbed::<MAC_STACK, _>(|| self.macs.iter_mut().for_each(|mac| mac.update(chunk)));
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
        let matched = scrubbed::<MAC_STACK, _>(|| {
            let macs = self.macs.into_iter().map(RunningMac::finish);
            find_match(macs, self.candidates.iter().copied())
        });
        Ok(Verified {
            secret_index: matched.ok_or(Rejection::Mismatch)?,
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
    fn an_empty_body_verifies_under_a_limit_of_nothing() {
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
    fn a_limit_is_held_however_much_was_received() {
        let mut verification = begin(b"", Some(u64::MAX - 1));
        verification.received = u64::MAX - 1;
        let too_large = Err(Rejection::BodyTooLarge {
            limit: u64::MAX - 1,
        });
        assert_eq!(verification.update(b"xx"), too_large);
        assert_eq!(verification.finish().map(|_| ()), too_large);
    }

    #[test]
    fn it_owns_what_it_needs_and_can_move_to_another_thread() {
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
    fn its_debug_form_tells_only_counts() {
        let mut verification = begin(b"body", Some(8));
        verification.update(b"bo").unwrap();
        assert_eq!(
            format!("{verification:?}"),
            "Incremental { received: 2, body_limit: Some(8), .. }"
        );
    }
}
