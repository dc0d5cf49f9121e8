"""The package's results in the form of answers."""

from __future__ import annotations

from typing import Any

from hookrail import DeliveryState, HookrailAPIError, HookrailError

from values import milliseconds, write


def record(value: Any) -> dict[str, Any]:
    return {
        "number": value.number,
        "status": value.status,
        "http_status": value.http_status,
        "new_connection": value.new_connection,
        "message": value.message or None,
        "request_id": value.request_id,
    }


def observed(value: Any) -> dict[str, Any]:
    return {
        "attempt_records": [record(one) for one in value.attempt_records],
        "request_id": value.request_id,
    }


def accepted(value: Any) -> dict[str, Any]:
    return {
        "event_id": value.event_id,
        "delivery_ids": value.delivery_ids,
        "replayed": value.replayed,
        "idempotency_key": value.idempotency_key,
        "attempts": value.attempts_made,
        "json": write(value.raw_json),
        **observed(value),
    }


def event(value: Any) -> dict[str, Any]:
    return {
        "event_id": value.event_id,
        "topic": value.topic,
        "json": write(value.raw_json),
        "deliveries": [delivery(one) for one in value.deliveries],
        **observed(value),
    }


def delivery(value: Any) -> dict[str, Any]:
    known = isinstance(value.state, DeliveryState)
    return {
        "id": value.delivery_id,
        "state": value.state.value if known else value.state,
        "state_known": known,
        "attempts_truncated": value.attempts_truncated,
        "attempts": [attempt(one) for one in value.attempts],
    }


def attempt(value: Any) -> dict[str, Any]:
    return {
        "number": value.attempt_no,
        "claim_version": value.claim_version,
        "status": value.status,
        "http_status": value.http_status,
        "error_class": value.error_class,
        "latency_ms": value.latency_ms if "latency_ms" in value.model_fields_set else None,
    }


def completion(submission: Any) -> dict[str, Any]:
    failure = submission.exception()
    result = failure or submission.result()
    return {
        "tag": submission.tag,
        "outcome": submission.outcome,
        "attempts": failure.attempts if failure else result.attempts_made,
        "accepted": None if failure else accepted(result),
        "error": error(failure) if failure else None,
    }


def error(value: HookrailError, is_cause: bool = False) -> dict[str, Any]:
    cause = value.__cause__ if isinstance(value.__cause__, HookrailError) else None
    # An error of exhausted retries leaves the service's answer to its cause.
    answered = cause or value
    problem = getattr(answered, "problem", None)
    return {
        "status": value.code,
        "message": value.message or str(value),
        "http_status": http_status(value, answered, is_cause),
        "retry_after_ms": milliseconds(getattr(answered, "retry_after", None)),
        "problem": {name: getattr(problem, name, None) for name in ("type", "title", "detail")},
        "body": write(value.body),
        "retryable": value.retryable,
        "attempts": value.attempts,
        "idempotency_key": value.idempotency_key,
        "outcome": value.outcome or "none",
        "cause": None if cause is None else error(cause, is_cause=True),
        **observed(value),
    }


def http_status(value: HookrailError, answered: HookrailError, is_cause: bool) -> int | None:
    if value.attempt_records:
        return value.attempt_records[-1].http_status
    # An event that the client itself has refused has the status that the service would have given.
    came = is_cause or answered is not value
    return answered.status if came and isinstance(answered, HookrailAPIError) else None
