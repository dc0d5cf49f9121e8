//! Explains why a delivery does not verify, for developers who set up a receiver.
//!
//! [`explain`] tries the usual mistakes, one or two at a time, and names those that account for the failure.

mod body;
mod clock;
mod header;
mod json;
mod received_delivery;
mod search;
mod secret;
#[cfg(test)]
mod tests;
mod wrapping;

use super::header::DeliveryId;
use super::limits::MAX_DELIVERY_ID_LEN;
use super::rejection::Rejection;
use super::verified::Verified;
use super::verifier::verify_signature;
use crate::error::escaped;
use crate::wiped_stack::scrubbed;
use search::{Form, Match, Search};
use wrapping::trim_wrapping;

pub use received_delivery::ReceivedDelivery;

/// More stack than an optimised build needs to explain.
const EXPLAIN_STACK: usize = 16 * 1024;

/// Returns a few lines of English: whether the delivery verifies and, if not, what causes the failure.
///
/// The text never contains a secret, a part of one, a MAC, or bytes of the header, the ids or the body. It does tell
/// its reader which changed input *would* verify, so it is for development: log it, and never send it to the other
/// side. Explaining may compute thousands of MACs, which takes long for a large body.
pub fn explain(attempt: &ReceivedDelivery<'_>) -> String {
    scrubbed::<EXPLAIN_STACK, _>(|| verdict_and_causes(attempt))
}

fn verdict_and_causes(attempt: &ReceivedDelivery<'_>) -> String {
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

fn diagnose(attempt: &ReceivedDelivery<'_>, rejection: Rejection) -> Vec<String> {
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

/// Returns the valid delivery ids among those that may be meant.
fn delivery_id_forms<'a>(attempt: &ReceivedDelivery<'a>) -> Vec<Form<DeliveryId<'a>>> {
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

fn delivery_id_observations(attempt: &ReceivedDelivery<'_>) -> Option<String> {
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
