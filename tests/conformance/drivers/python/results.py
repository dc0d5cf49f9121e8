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
        "message": value.message,
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
        "latency_ms": value.latency_ms,
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


def error(value: HookrailError) -> dict[str, Any]:
    problem = getattr(value, "problem", None)
    cause = value.__cause__
    return {
        "status": value.code,
        "message": str(value),
        "http_status": value.status if isinstance(value, HookrailAPIError) else None,
        "retry_after_ms": milliseconds(getattr(value, "retry_after", None)),
        "problem": {name: getattr(problem, name, None) for name in ("type", "title", "detail")},
        "body": write(value.body),
        "retryable": value.retryable,
        "attempts": value.attempts,
        "idempotency_key": value.idempotency_key,
        "outcome": value.outcome or "none",
        "cause": error(cause) if isinstance(cause, HookrailError) else None,
        **observed(value),
    }
