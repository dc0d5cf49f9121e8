//! Parts for receivers of webhooks besides [`Verifier`](crate::Verifier): the names of the headers, signing for tests, and
//! explanations for developers.
//!
//! A delivery carries `hookrail-signature: t=<unix seconds>,v1=<hex>`, where the hex digits are the HMAC-SHA256 of
//! `<t>.<delivery id>.<raw body>` under the endpoint's secret.

use std::time::{Duration, SystemTime};

use super::verifier::{seconds, unix_seconds, with_headers};
use crate::signing::explain::ReceivedDelivery;
use crate::signing::{self, Rejection};

pub use crate::signing::{
    DELIVERY_ID_HEADER, DeliveryIdFault, EVENT_ID_HEADER, Malformed, SIGNATURE_HEADER, SecretFault,
    TOPIC_HEADER,
};

/// Returns the value of the [`SIGNATURE_HEADER`] of a delivery, as the service makes it.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let then = UNIX_EPOCH + Duration::from_secs(1_781_092_800);
/// let header = hookrail::webhook::sign("whsec_abc", then, "d_1", b"{}")?;
/// assert!(header.starts_with("t=1781092800,v1="));
/// # Ok::<(), hookrail::Rejection>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if a [`Verifier`](crate::Verifier) does not accept the secret or the delivery id, or if the time is
/// before 1970.
pub fn sign(
    secret: impl AsRef<[u8]>,
    signed_at: SystemTime,
    delivery_id: impl AsRef<[u8]>,
    body: impl AsRef<[u8]>,
) -> Result<String, Rejection> {
    let (secret, delivery_id) = (secret.as_ref(), delivery_id.as_ref());
    signing::sign(secret, unix_seconds(signed_at), delivery_id, body.as_ref())
}

/// Returns a few lines of English: whether a delivery verifies and, if not, which mistake accounts for the failure, such as a
/// secret with a line break or a body that was parsed and written again.
///
/// The text contains no secret, no signature, and no bytes of the headers or the body. It tells its reader which changed
/// input *would* verify: log it while you develop, and never send it to the other side. Explaining may take long for a
/// large body.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use hookrail::webhook::{explain, sign};
///
/// let now = SystemTime::now();
/// let signature = sign("whsec_abc", now, "d_1", b"{}")?;
/// let headers = [("hookrail-signature", signature.as_str()), ("hookrail-delivery-id", "d_1")];
/// let text = explain(["whsec_abc\n"], headers, b"{}", Duration::from_secs(300), now);
/// assert!(text.contains("white space is removed from the ends of the secret"));
/// # Ok::<(), hookrail::Rejection>(())
/// ```
#[must_use]
pub fn explain<S: AsRef<[u8]>, N: AsRef<[u8]>, V: AsRef<[u8]>>(
    secrets: impl IntoIterator<Item = S>,
    headers: impl IntoIterator<Item = (N, V)>,
    body: impl AsRef<[u8]>,
    tolerance: Duration,
    now: SystemTime,
) -> String {
    let secrets: Vec<S> = secrets.into_iter().collect();
    let secrets: Vec<&[u8]> = secrets.iter().map(AsRef::as_ref).collect();
    let headers: Vec<(N, V)> = headers.into_iter().collect();
    let named = |(name, _): &&(N, V)| {
        name.as_ref()
            .eq_ignore_ascii_case(EVENT_ID_HEADER.as_bytes())
    };
    let event_id = headers.iter().find(named).map(|(_, value)| value.as_ref());
    let pairs = headers.iter().map(|(name, value)| (name, value));
    let explained = with_headers(pairs, |found| {
        Ok(signing::explain(&ReceivedDelivery {
            secrets: &secrets,
            header: &found.signature,
            delivery_id: found.delivery_id,
            body: body.as_ref(),
            tolerance: seconds(tolerance),
            now: unix_seconds(now),
            event_id,
        }))
    });
    explained.unwrap_or_else(|rejection| {
        let status = rejection.status();
        format!("The delivery does not verify ({status}): {rejection}.\n")
    })
}
