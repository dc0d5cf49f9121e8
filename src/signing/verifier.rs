//! Verification of a delivery whose body is complete.

use std::fmt;

use super::header::{Candidates, DeliveryId, SignatureHeader};
use super::incremental::Incremental;
use super::limits::MAX_SECRETS;
use super::mac::{Key, MAC_STACK, Prefix};
use super::rejection::Rejection;
use super::secret;
use super::verified::{Verified, find_match};
use crate::wiped_stack::scrubbed;

/// Verifies deliveries with a fixed set of secrets.
///
/// The secrets are prepared once. Any number of threads can share a verifier. Verifying takes no lock and allocates
/// nothing. Everything that it keeps of the secrets is wiped when it is dropped.
pub struct Verifier {
    keys: Box<[Key]>,
}

impl Verifier {
    /// Makes a verifier with some secrets, any of which may match.
    ///
    /// A secret is bytes, exactly as the service shows it: nothing is stripped, trimmed or decoded.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] with the status `invalid_argument` if there are no secrets or more than [`MAX_SECRETS`], or
    /// if one of them cannot be a secret of the service: see [`SecretFault`].
    ///
    /// [`SecretFault`]: super::SecretFault
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Rejection> {
        let mut accepted: [&[u8]; MAX_SECRETS] = [&[]; MAX_SECRETS];
        let mut count = 0;
        for (index, secret) in secrets.into_iter().enumerate() {
            let slot = accepted.get_mut(index).ok_or(Rejection::TooManySecrets)?;
            secret::check(index, secret)?;
            *slot = secret;
            count += 1;
        }
        if count == 0 {
            return Err(Rejection::NoSecrets);
        }
        let keys = accepted[..count].iter().map(|secret| Key::new(secret));
        Ok(Verifier {
            keys: scrubbed::<MAC_STACK, _>(|| keys.collect()),
        })
    }

    /// Verifies a delivery: the values of its `hookrail-signature` and `hookrail-delivery-id` headers and its body,
    /// all as they were received.
    ///
    /// The signature may be up to `tolerance` seconds older or newer than `now`, a Unix time in seconds. With a
    /// tolerance of 0 it must be of the same second.
    ///
    /// # Errors
    ///
    /// The first that applies, by status: `invalid_argument` for a negative tolerance,
    /// `signature_malformed`, `timestamp_too_old` or `timestamp_too_new`, `signature_mismatch`.
    pub fn verify(
        &self,
        header: &[u8],
        delivery_id: &[u8],
        body: &[u8],
        tolerance: i64,
        now: i64,
    ) -> Result<Verified, Rejection> {
        let claim = Claim::judge(header, delivery_id, tolerance, now)?;
        let matched = scrubbed::<MAC_STACK, _>(|| {
            let macs = self.keys.iter().map(|key| key.mac(claim.prefix, body));
            find_match(macs, claim.candidates.tags())
        });
        Ok(Verified {
            secret_index: matched.ok_or(Rejection::Mismatch)?,
            signed_at: claim.signed_at,
            skew_seconds: claim.skew_seconds,
        })
    }

    /// Begins to verify a delivery whose body arrives in pieces.
    ///
    /// The header, the delivery id and the timestamp are checked at once, so that the body of a delivery that
    /// cannot verify need not be read. `body_limit` is the largest accepted body in bytes; `None` means no limit.
    /// The verifier is not needed any longer.
    ///
    /// # Errors
    ///
    /// The errors of [`Verifier::verify`] that do not depend on the body.
    pub fn begin(
        &self,
        header: &[u8],
        delivery_id: &[u8],
        body_limit: Option<u64>,
        tolerance: i64,
        now: i64,
    ) -> Result<Incremental, Rejection> {
        let claim = Claim::judge(header, delivery_id, tolerance, now)?;
        let macs = self.keys.iter().map(|key| key.begin(claim.prefix));
        Ok(Incremental {
            macs: scrubbed::<MAC_STACK, _>(|| macs.collect()),
            candidates: claim.candidates.tags().collect(),
            signed_at: claim.signed_at,
            skew_seconds: claim.skew_seconds,
            body_limit,
            announced: None,
            received: 0,
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// Verifies one delivery with secrets that are not kept.
///
/// For more than one delivery use a [`Verifier`], which prepares the secrets once.
///
/// # Errors
///
/// The errors of [`Verifier::new`], then those of [`Verifier::verify`].
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

/// A delivery whose header, delivery id and timestamp are right and whose MAC is not checked yet.
struct Claim<'a> {
    prefix: Prefix<'a>,
    candidates: Candidates<'a>,
    signed_at: i64,
    skew_seconds: i64,
}

impl<'a> Claim<'a> {
    fn judge(
        header: &'a [u8],
        delivery_id: &'a [u8],
        tolerance: i64,
        now: i64,
    ) -> Result<Self, Rejection> {
        if tolerance < 0 {
            return Err(Rejection::NegativeTolerance { tolerance });
        }
        let header = SignatureHeader::parse(header)?;
        let delivery_id = DeliveryId::parse(delivery_id)?;
        let skew_seconds = judge_timestamp(header.timestamp.seconds, tolerance, now)?;
        Ok(Claim {
            prefix: Prefix::new(header.timestamp.digits, delivery_id),
            candidates: header.candidates,
            signed_at: header.timestamp.seconds,
            skew_seconds,
        })
    }
}

/// Returns the age of a signature if it is within the tolerance.
fn judge_timestamp(signed_at: i64, tolerance: i64, now: i64) -> Result<i64, Rejection> {
    // `signed_at` is never negative, so the difference can only overflow downwards, and the smallest value is
    // further in the future than any tolerance.
    let skew_seconds = now.saturating_sub(signed_at);
    if skew_seconds > tolerance {
        return Err(Rejection::TooOld {
            signed_at,
            skew_seconds,
            tolerance,
        });
    }
    if skew_seconds < -tolerance {
        return Err(Rejection::TooNew {
            signed_at,
            skew_seconds,
            tolerance,
        });
    }
    Ok(skew_seconds)
}

#[cfg(test)]
mod tests {
    use super::super::sign;
    use super::*;

    const NOW: i64 = 1_781_092_800;

    #[test]
    fn no_time_or_tolerance_overflows() {
        let extremes = [
            i64::MIN,
            i64::MIN + 1,
            -1,
            0,
            1,
            NOW,
            i64::MAX - 1,
            i64::MAX,
        ];
        for signed_at in extremes.into_iter().filter(|time| *time >= 0) {
            for tolerance in extremes.into_iter().filter(|tolerance| *tolerance >= 0) {
                for now in extremes {
                    let exact = i128::from(now) - i128::from(signed_at);
                    let verdict = judge_timestamp(signed_at, tolerance, now);
                    let case = format!("signed {signed_at}, tolerance {tolerance}, now {now}");
                    if exact > i128::from(tolerance) {
                        assert!(matches!(verdict, Err(Rejection::TooOld { .. })), "{case}");
                    } else if exact < -i128::from(tolerance) {
                        assert!(matches!(verdict, Err(Rejection::TooNew { .. })), "{case}");
                    } else {
                        assert_eq!(verdict.map(i128::from), Ok(exact), "{case}");
                    }
                }
            }
        }
    }

    #[test]
    fn negative_times_and_tolerances_have_no_special_meaning() {
        let header = sign(b"whsec_a", NOW, b"d1", b"").unwrap();
        let verifier = Verifier::new([b"whsec_a".as_slice()]).unwrap();
        for tolerance in [-1, i64::MIN] {
            assert_eq!(
                verifier.verify(header.as_bytes(), b"d1", b"", tolerance, NOW),
                Err(Rejection::NegativeTolerance { tolerance })
            );
        }
        for now in [-1, i64::MIN] {
            let verdict = verifier.verify(header.as_bytes(), b"d1", b"", 300, now);
            assert!(matches!(verdict, Err(Rejection::TooNew { .. })), "{now}");
        }
    }

    #[test]
    fn a_header_that_cannot_verify_is_refused_before_its_body() {
        let verifier = Verifier::new([b"whsec_a".as_slice()]).unwrap();
        let header = sign(b"whsec_a", NOW, b"d1", b"").unwrap();
        let begin = |header: &str, delivery_id: &[u8], tolerance, now| {
            verifier
                .begin(header.as_bytes(), delivery_id, None, tolerance, now)
                .map(|_| ())
                .map_err(|rejection| rejection.status().name())
        };
        assert_eq!(begin(&header, b"d1", 300, NOW), Ok(()));
        for (outcome, expected) in [
            (begin("garbage", b"d1", 300, NOW), "signature_malformed"),
            (begin(&header, b"d.1", 300, NOW), "signature_malformed"),
            (begin(&header, b"d1", 300, NOW + 301), "timestamp_too_old"),
            (begin(&header, b"d1", 300, NOW - 301), "timestamp_too_new"),
            (begin(&header, b"d1", -1, NOW), "invalid_argument"),
        ] {
            assert_eq!(outcome, Err(expected));
        }
    }

    #[test]
    fn threads_share_a_verifier() {
        let verifier = Verifier::new([b"whsec_b".as_slice(), b"whsec_a"]).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..16_i64 {
                let verifier = &verifier;
                scope.spawn(move || {
                    let body = thread.to_string().into_bytes();
                    for time in NOW..NOW + 50 {
                        let header = sign(b"whsec_a", time, b"d1", &body).unwrap();
                        let header = header.as_bytes();
                        let verified = verifier.verify(header, b"d1", &body, 0, time).unwrap();
                        assert_eq!((verified.secret_index, verified.signed_at), (1, time));
                        assert_eq!(
                            verifier.verify(header, b"d1", b"other", 0, time),
                            Err(Rejection::Mismatch)
                        );
                    }
                });
            }
        });
    }

    #[test]
    fn its_debug_form_shows_only_the_number_of_secrets() {
        let verifier = Verifier::new([b"whsec_a".as_slice(), b"whsec_b"]).unwrap();
        assert_eq!(format!("{verifier:?}"), "Verifier { secrets: 2, .. }");
    }

    #[test]
    fn the_error_names_the_position_of_an_empty_secret() {
        let rejection = Verifier::new([b"whsec_a".as_slice(), b""]).unwrap_err();
        assert_eq!(
            rejection.to_string(),
            "signing secret 2 is empty; give the endpoint's secret as the service shows it"
        );
    }
}
