//! Why a delivery does not verify, for whoever sets up a receiver.
//!
//! [`explain`] tries what usually goes wrong, one or two mistakes at a time, and says which of them
//! would account for the failure.

mod body;
mod clock;
mod header;
mod json;
mod search;
mod secret;
#[cfg(test)]
mod tests;

use super::header::DeliveryId;
use super::rejection::Rejection;
use super::verifier::Verified;
use super::{MAX_DELIVERY_ID_LEN, verify_signature};
use crate::error::escaped;
use crate::signing::wiped_stack::scrubbed;
use search::{Form, Match, Search};

/// More stack than explaining takes in an optimised build.
const EXPLAIN_STACK: usize = 16 * 1024;

/// A verification to explain: what was, or would have been, given to [`verify_signature`].
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The secrets of the receiver.
    pub secrets: &'a [&'a [u8]],
    /// The value of the `hookrail-signature` header.
    pub header: &'a [u8],
    /// The value of the `hookrail-delivery-id` header.
    pub delivery_id: &'a [u8],
    /// The body of the request.
    pub body: &'a [u8],
    /// The tolerance in seconds.
    pub tolerance: i64,
    /// Now, in Unix seconds.
    pub now: i64,
    /// The value of the `hookrail-event-id` header, where it is at hand. It is not verified, but it
    /// is easily taken for the delivery id.
    pub event_id: Option<&'a [u8]>,
}

/// Says in a few lines of English whether the delivery verifies and, if not, what is to blame.
///
/// The text never contains a secret, a part of one, a MAC, or bytes of the header, the ids or the
/// body. It does tell whoever reads it which changed input *would* verify, so it is for development:
/// log it, and never send it to the other side. It may try thousands of MACs and takes accordingly
/// long for a large body.
///
/// ```
/// use hookrail::signing::{explain, explain::Attempt, sign};
///
/// let header = sign(b"whsec_abc", 1_781_092_800, b"01JXAMPLEDELIVERYID0000000", b"{}")?;
/// let text = explain(&Attempt {
///     secrets: &[b"whsec_abc\n"],
///     header: header.as_bytes(),
///     delivery_id: b"01JXAMPLEDELIVERYID0000000",
///     body: b"{}",
///     tolerance: 300,
///     now: 1_781_092_800,
///     event_id: None,
/// });
/// assert!(text.contains("white space is removed from the ends of the secret"));
/// # Ok::<(), hookrail::signing::Rejection>(())
/// ```
pub fn explain(attempt: &Attempt<'_>) -> String {
    scrubbed::<EXPLAIN_STACK, _>(|| verdict_and_causes(attempt))
}

fn verdict_and_causes(attempt: &Attempt<'_>) -> String {
    let verdict = verify_signature(
        attempt.secrets.iter().copied(),
        attempt.header,
        attempt.delivery_id,
        attempt.body,
        attempt.tolerance,
        attempt.now,
    );
    match verdict {
        Ok(verified) => describe_success(&verified, attempt.secrets.len()),
        Err(rejection) => {
            let mut lines = vec![format!(
                "The delivery does not verify ({}): {rejection}.",
                rejection.status()
            )];
            lines.extend(diagnose(attempt, rejection));
            let lines: Vec<_> = lines.into_iter().map(|line| escaped(line.into())).collect();
            lines.join("\n- ") + "\n"
        }
    }
}

fn describe_success(verified: &Verified, secrets: usize) -> String {
    let number = verified.secret_index + 1;
    format!(
        "The delivery verifies with secret {number} of {secrets}. It was signed at {}, {}.\n",
        verified.signed_at,
        clock::relative_to_now(verified.skew_seconds)
    )
}

fn diagnose(attempt: &Attempt<'_>, rejection: Rejection) -> Vec<String> {
    let mut findings = header::observations(attempt);
    let readings = header::readings(attempt.header);
    if let Some(reading) = readings.first() {
        findings.extend(clock::observations(
            reading.signed_at,
            attempt.tolerance,
            attempt.now,
        ));
    }
    let search = Search {
        readings,
        secrets: secret::forms(attempt.secrets),
        delivery_ids: delivery_id_forms(attempt),
        bodies: body::forms(attempt.body),
    };
    let matches = search.fewest_changes();
    if matches.is_empty() {
        findings.extend(delivery_id_observations(attempt));
        findings.extend(secret::observations(attempt.secrets));
        findings.extend(body::observations(attempt.body));
        if search.can_be_tried() {
            findings.push(
                "None of the usual mistakes, nor two of them together, accounts for the signature. \
                 Most likely the secret is not this endpoint's, or the body was changed on its way: \
                 verify the raw bytes received, before anything parses them."
                    .to_owned(),
            );
        }
    }
    findings.extend(
        matches
            .iter()
            .map(|found| describe_match(found, attempt.secrets.len(), rejection)),
    );
    findings
}

fn describe_match(found: &Match<'_>, secrets: usize, rejection: Rejection) -> String {
    let secret = match secrets {
        1 => "the secret".to_owned(),
        _ => format!("secret {} of {secrets}", found.secret_number),
    };
    if found.changes.is_empty() {
        let fault = match rejection {
            Rejection::TooOld { .. } | Rejection::TooNew { .. } => "only the time is at fault",
            _ => "nothing else is at fault",
        };
        return format!("The signature itself matches {secret}: {fault}.");
    }
    let changes: Vec<&str> = found.changes.iter().map(AsRef::as_ref).collect();
    format!(
        "The signature matches {secret} if {}.",
        changes.join(", and if ")
    )
}

/// The delivery ids that may be signed among those that may be meant.
fn delivery_id_forms<'a>(attempt: &Attempt<'a>) -> Vec<Form<DeliveryId<'a>>> {
    let trimmed = trim_wrapping(attempt.delivery_id);
    let candidates = [
        (Some(attempt.delivery_id), None),
        (
            Some(trimmed),
            Some("white space and quotes are removed from the ends of the delivery id"),
        ),
        (
            attempt.event_id,
            Some("what was given as the event id is taken as the delivery id (they are exchanged)"),
        ),
    ];
    let mut forms: Vec<Form<DeliveryId<'a>>> = Vec::new();
    for (id, change) in candidates {
        if let Some(Ok(id)) = id.map(DeliveryId::parse)
            && forms
                .iter()
                .all(|form| form.value.as_bytes() != id.as_bytes())
        {
            forms.push(Form::new(id, change));
        }
    }
    forms
}

fn delivery_id_observations(attempt: &Attempt<'_>) -> Option<String> {
    if attempt.event_id == Some(attempt.delivery_id) {
        return Some(
            "The event id was given as the delivery id. They differ: an event has one delivery for \
             each endpoint. Give the value of the hookrail-delivery-id header."
                .to_owned(),
        );
    }
    (attempt.delivery_id.len() > MAX_DELIVERY_ID_LEN).then(|| {
        "The delivery id is far longer than the service's, which have 26 characters: was another \
         value given in its place?"
            .to_owned()
    })
}

/// Without the white space, quotes and brackets that files, shells and printed lists put around a
/// value.
fn trim_wrapping(mut value: &[u8]) -> &[u8] {
    while let [b'"' | b'\'' | b'[' | b']', rest @ ..] | [rest @ .., b'"' | b'\'' | b'[' | b']'] =
        value.trim_ascii()
    {
        value = rest;
    }
    value.trim_ascii()
}
