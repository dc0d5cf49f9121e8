//! Verification of deliveries by the headers of their requests.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::verification::{Verification, Verified};
use crate::signing::find_headers::{Found, find};
use crate::signing::{self, DEFAULT_TOLERANCE_SECONDS, MAX_SECRETS, Rejection};

/// Verifies deliveries: that they come from the service, are fresh and unchanged.
///
/// The secrets are prepared once, and all that is kept of them is wiped when the verifier is dropped. Threads may share a
/// verifier; wrap it in an [`Arc`](std::sync::Arc).
///
/// ```
/// use std::time::SystemTime;
///
/// use hookrail::Verifier;
/// use hookrail::webhook::{DELIVERY_ID_HEADER, SIGNATURE_HEADER, sign};
///
/// // During a rotation the verifier has the new and the old secret.
/// let verifier = Verifier::new(["whsec_new", "whsec_old"])?;
///
/// // The headers of a request may be an `http::HeaderMap`, a map or pairs.
/// let mut headers = http::HeaderMap::new();
/// let signature = sign("whsec_old", SystemTime::now(), "d_1", b"{}")?;
/// headers.insert(SIGNATURE_HEADER, signature.parse().unwrap());
/// headers.insert(DELIVERY_ID_HEADER, "d_1".parse().unwrap());
///
/// let verified = verifier.verify(&headers, b"{}")?;
/// assert_eq!((verified.delivery_id.as_str(), verified.secret_index), ("d_1", 1));
/// assert!(verifier.verify(&headers, b"{ }").is_err());
/// # Ok::<(), hookrail::Rejection>(())
/// ```
#[derive(Debug)]
pub struct Verifier {
    core: signing::Verifier,
    tolerance: i64,
}

impl Verifier {
    /// Makes a verifier with 1 to 16 secrets, any of which may match. A secret is the text that the service shows: nothing
    /// is stripped, trimmed or decoded. The tolerance is five minutes.
    ///
    /// # Errors
    /// `InvalidArgument` if there are no secrets or more than 16, or if one of them cannot be a secret of the service.
    ///
    /// ```
    /// use hookrail::{Rejection, Verifier};
    ///
    /// assert!(Verifier::new(["whsec_abc"]).is_ok());
    /// // An empty variable must not become a secret that everybody knows.
    /// assert!(matches!(Verifier::new([""]), Err(Rejection::UnusableSecret { index: 0, .. })));
    /// ```
    pub fn new<S: AsRef<[u8]>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, Rejection> {
        // One more than are accepted, for the error.
        let secrets: Vec<S> = secrets.into_iter().take(MAX_SECRETS + 1).collect();
        Ok(Verifier {
            core: signing::Verifier::new(secrets.iter().map(AsRef::as_ref))?,
            tolerance: DEFAULT_TOLERANCE_SECONDS,
        })
    }

    /// Sets how much older or newer than now a signature may be, in whole seconds (default five minutes). With zero it must
    /// be of the same second.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let verifier = hookrail::Verifier::new(["whsec_abc"])?.with_tolerance(Duration::from_secs(60));
    /// # Ok::<(), hookrail::Rejection>(())
    /// ```
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = seconds(tolerance);
        self
    }

    /// Verifies a delivery by the headers and the raw body of its request.
    ///
    /// The names of the headers are compared without regard to case, and the spellings of CGI (`HTTP_HOOKRAIL_SIGNATURE`)
    /// are known. The body is the bytes as they were received: parsed and written again, they do not verify.
    ///
    /// # Errors
    /// By [status](Rejection::status): `SignatureMissing`, `SignatureMalformed`, `TimestampTooOld`, `TimestampTooNew` or
    /// `SignatureMismatch`.
    ///
    /// ```
    /// use hookrail::{Status, Verifier};
    ///
    /// let verifier = Verifier::new(["whsec_abc"])?;
    /// let headers = [("hookrail-signature", "t=1781092800,v1=00"), ("hookrail-delivery-id", "d_1")];
    /// let rejection = verifier.verify(headers, b"{}").unwrap_err();
    /// assert_eq!(rejection.status(), Status::SignatureMalformed);
    /// # Ok::<(), hookrail::Rejection>(())
    /// ```
    pub fn verify<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl AsRef<[u8]>,
    ) -> Result<Verified, Rejection> {
        self.verify_at(headers, body, SystemTime::now())
    }

    /// The same as [`Verifier::verify`] at another time than now, for tests and for stored deliveries.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`].
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// use hookrail::Verifier;
    /// use hookrail::webhook::sign;
    ///
    /// let then = UNIX_EPOCH + Duration::from_secs(1_781_092_800);
    /// let signature = sign("whsec_abc", then, "d_1", b"{}")?;
    /// let headers = [("hookrail-signature", signature.as_str()), ("hookrail-delivery-id", "d_1")];
    /// let verified = Verifier::new(["whsec_abc"])?.verify_at(headers, b"{}", then)?;
    /// assert_eq!(verified.skew_seconds, 0);
    /// # Ok::<(), hookrail::Rejection>(())
    /// ```
    pub fn verify_at<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl AsRef<[u8]>,
        now: SystemTime,
    ) -> Result<Verified, Rejection> {
        with_headers(headers, |found| {
            let verified = self.core.verify(
                &found.signature,
                found.delivery_id,
                body.as_ref(),
                self.tolerance,
                unix_seconds(now),
            )?;
            Ok(Verified::new(text(found.delivery_id), verified))
        })
    }

    /// Begins to verify a delivery whose body arrives in pieces. The headers and the time are checked at once, so that the
    /// body of a delivery that cannot verify need not be read. `body_limit` is the largest accepted body in bytes; `None`
    /// means no limit.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`] that do not depend on the body.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use hookrail::Verifier;
    /// use hookrail::webhook::sign;
    ///
    /// let signature = sign("whsec_abc", SystemTime::now(), "d_1", b"[1,2]")?;
    /// let headers = [("hookrail-signature", signature.as_str()), ("hookrail-delivery-id", "d_1")];
    /// let mut verification = Verifier::new(["whsec_abc"])?.begin(headers, 1 << 20)?;
    /// for piece in ["[1,", "2]"] {
    ///     verification.update(piece)?;
    /// }
    /// assert_eq!(verification.finish()?.delivery_id, "d_1");
    /// # Ok::<(), hookrail::Rejection>(())
    /// ```
    pub fn begin<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
        body_limit: impl Into<Option<u64>>,
    ) -> Result<Verification, Rejection> {
        self.begin_at(headers, body_limit, SystemTime::now())
    }

    /// The same as [`Verifier::begin`] at another time than now.
    ///
    /// # Errors
    /// Those of [`Verifier::begin`].
    ///
    /// ```
    /// use std::time::UNIX_EPOCH;
    ///
    /// let verifier = hookrail::Verifier::new(["whsec_abc"])?;
    /// assert!(verifier.begin_at([("host", "example.com")], None, UNIX_EPOCH).is_err());
    /// # Ok::<(), hookrail::Rejection>(())
    /// ```
    pub fn begin_at<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
        body_limit: impl Into<Option<u64>>,
        now: SystemTime,
    ) -> Result<Verification, Rejection> {
        with_headers(headers, |found| {
            let incremental = self.core.begin(
                &found.signature,
                found.delivery_id,
                body_limit.into(),
                self.tolerance,
                unix_seconds(now),
            )?;
            Ok(Verification {
                delivery_id: text(found.delivery_id),
                incremental,
            })
        })
    }
}

/// Finds the headers of a delivery.
pub(super) fn with_headers<T, N: AsRef<[u8]>, V: AsRef<[u8]>>(
    headers: impl IntoIterator<Item = (N, V)>,
    then: impl FnOnce(Found<'_>) -> Result<T, Rejection>,
) -> Result<T, Rejection> {
    let headers: Vec<(N, V)> = headers.into_iter().collect();
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()));
    then(find(pairs)?)
}

/// Returns the text of a delivery id that was verified, which is ASCII.
fn text(delivery_id: &[u8]) -> String {
    String::from_utf8_lossy(delivery_id).into_owned()
}

pub(super) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// Returns the second of a time.
pub(super) fn unix_seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(error) => {
            let before = error.duration();
            -seconds(before) - i64::from(before.subsec_nanos() > 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_time_is_the_one_before_it() {
        let at = |nanoseconds: i64| {
            let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
            unix_seconds(match nanoseconds {
                0.. => UNIX_EPOCH + distance,
                _ => UNIX_EPOCH - distance,
            })
        };
        for (nanoseconds, second) in [
            (0, 0),
            (1, 0),
            (1_999_999_999, 1),
            (-1, -1),
            (-1_000_000_000, -1),
            (-1_000_000_001, -2),
        ] {
            assert_eq!(at(nanoseconds), second, "{nanoseconds}");
        }
    }
}
