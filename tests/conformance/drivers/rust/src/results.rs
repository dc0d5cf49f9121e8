//! The library's results in the form of the line protocol.

use hookrail::{
    Accepted, AttemptRecord, Completion, Delivery, DeliveryAttempt, DeliveryState, Error,
    EventStatus, Outcome, Problem, Rejection, Verified,
};
use serde_json::{Value, json};

use crate::request::encode;

/// Writes an error.
pub fn error(error: &Error) -> Value {
    let problem = error.problem();
    let milliseconds =
        |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    json!({
        "status": error.status().name(),
        "message": error.message(),
        "http_status": error.http_status(),
        "retry_after_ms": error.retry_after().map(milliseconds),
        "problem": {
            "type": problem.and_then(Problem::problem_type),
            "title": problem.and_then(Problem::title),
            "detail": problem.and_then(Problem::detail),
        },
        "body": problem.map(|problem| encode(problem.raw_body())),
        "retryable": error.is_retryable(),
        "attempts": error.attempts(),
        "idempotency_key": error.idempotency_key(),
        "outcome": error.outcome().name(),
        "attempt_records": records(error.attempt_records()),
        "request_id": error.request_id(),
        "cause": error.cause().map(self::error),
    })
}

/// Writes the rejection of a delivery.
pub fn rejection(rejection: &Rejection) -> Value {
    json!({
        "status": rejection.status().name(),
        "message": rejection.to_string(),
        "http_status": null,
        "retry_after_ms": null,
        "problem": {"type": null, "title": null, "detail": null},
        "body": null,
        "retryable": false,
        "attempts": 0,
        "idempotency_key": null,
        "outcome": Outcome::None.name(),
        "attempt_records": [],
        "request_id": null,
        "cause": null,
    })
}

fn records(records: &[AttemptRecord]) -> Value {
    let records = records.iter().map(|record| {
        json!({
            "number": record.number,
            "status": record.status.name(),
            "http_status": record.http_status,
            "new_connection": record.new_connection,
            "message": record.message.as_deref(),
            "request_id": record.request_id.as_deref(),
        })
    });
    records.collect()
}

/// Writes the result of a successful verification.
pub fn verified(verified: &Verified) -> Value {
    json!({
        "secret_index": verified.secret_index,
        "signed_at": verified.signed_at,
        "skew_seconds": verified.skew_seconds,
    })
}

/// Writes the service's promise.
pub fn accepted(accepted: &Accepted) -> Value {
    json!({
        "event_id": accepted.event_id,
        "delivery_ids": accepted.delivery_ids,
        "replayed": accepted.replayed,
        "idempotency_key": accepted.idempotency_key,
        "attempts": accepted.attempts,
        "attempt_records": records(&accepted.attempt_records),
        "request_id": accepted.request_id(),
        "json": encode(accepted.raw_json.as_bytes()),
    })
}

/// Writes the status of an event.
pub fn event(event: &EventStatus) -> Value {
    json!({
        "event_id": event.event_id,
        "topic": event.topic,
        "attempt_records": records(&event.attempt_records),
        "request_id": event.request_id(),
        "json": encode(event.raw_json.as_bytes()),
        "deliveries": event.deliveries.iter().map(delivery).collect::<Vec<_>>(),
    })
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.delivery_id,
        "state": delivery.state_name,
        "state_known": delivery.state != DeliveryState::Unknown,
        "attempts_truncated": delivery.attempts_truncated,
        "attempts": delivery.attempts.iter().map(attempt).collect::<Vec<_>>(),
    })
}

fn attempt(attempt: &DeliveryAttempt) -> Value {
    json!({
        "number": attempt.attempt_no,
        "claim_version": attempt.claim_version,
        "status": attempt.status,
        "http_status": attempt.http_status,
        "error_class": attempt.error_class,
        "latency_ms": attempt.latency_ms,
    })
}

/// Writes the completion of a submitted event.
pub fn completion(completion: &Completion) -> Value {
    let (accepted, error) = match &completion.result {
        Ok(promise) => (Some(self::accepted(promise)), None),
        Err(failure) => (None, Some(self::error(failure))),
    };
    json!({
        "tag": completion.tag,
        "outcome": completion.outcome().name(),
        "attempts": completion.attempts(),
        "accepted": accepted,
        "error": error,
    })
}
