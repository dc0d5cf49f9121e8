"""Completes the errors that a test asks for, so that they are those of a real client."""

from __future__ import annotations

import copy
from http import HTTPStatus
from typing import TypeVar

from hookrail import errors
from hookrail._attempts import AttemptRecord
from hookrail.models import Problem
from hookrail.testing._values import attempt_record

_STATUSES: dict[type[errors.HookrailError], int] = {
    errors.BadRequestError: 400,
    errors.AuthenticationError: 401,
    errors.PermissionDeniedError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.PayloadTooLargeError: 413,
    errors.RateLimitError: 429,
    errors.ServerError: 503,
    errors.HookrailAPIError: 302,
}

Value = TypeVar("Value")

# What is known about the event after an error, and whether an attempt was made.
_OUTCOMES: dict[type[errors.HookrailError], tuple[str, int]] = {
    errors.ServerError: ("maybe_sent", 1),
    errors.HookrailAPIError: ("rejected", 1),
    errors.HookrailTimeoutError: ("maybe_sent", 1),
    errors.HookrailTLSError: ("not_sent", 1),
    errors.HookrailProtocolError: ("maybe_sent", 1),
    errors.HookrailConnectionError: ("not_sent", 1),
    errors.HookrailCancelledError: ("maybe_sent", 1),
    errors.RetryError: ("maybe_sent", 4),
    errors.HookrailError: ("not_sent", 0),
}

_MESSAGES: dict[type[errors.HookrailError], str] = {
    errors.HookrailTimeoutError: "the time for the whole call ran out",
    errors.HookrailTLSError: "TLS: the handshake failed",
    errors.HookrailProtocolError: "the answer is not a valid HTTP response",
    errors.HookrailConnectionError: "cannot connect to the service: Connection refused",
    errors.HookrailCancelledError: "the call was cancelled",
    errors.HookrailClosedError: "the client is closed",
    errors.QueueFullError: "the queue is full",
    errors.OutOfResourcesError: "the process may open no more descriptors",
}

# Errors after which a client makes no further attempt, although the call can be repeated.
_FINAL = (errors.RetryError, errors.QueueFullError, errors.AuthenticationError)


def new_error(error: BaseException | type[BaseException]) -> BaseException:
    """Returns a new error like the given one, or of the given class."""
    if not isinstance(error, type):
        return copy.copy(error)
    if issubclass(error, errors.HookrailAPIError):
        status = _of(_STATUSES, error)
        return error(status, Problem(title=HTTPStatus(status).phrase, status=status))
    if issubclass(error, errors.HookrailError):
        return error(_MESSAGES.get(error, f"a {error.__name__} that the test asked for"))
    return error()


def completed(
    error: BaseException, key: str | None, attempts: int, *, submitted: bool = False
) -> BaseException:
    """Returns the error as a client would have raised it.

    Args:
        error: The error of the last attempt.
        key: The event's idempotency key; None if the call sends no event.
        attempts: How many attempts a client makes.
        submitted: Whether the event was submitted: then its time runs out.
    """
    if not isinstance(error, errors.HookrailError):
        return error
    outcome, made = _of(_OUTCOMES, type(error))
    error.attempts = error.attempts or made
    if key is not None:
        error.outcome = error.outcome or outcome
        error.idempotency_key = key
    if not error.retryable or error.__cause__ is not None or isinstance(error, _FINAL):
        error.attempt_records = error.attempt_records or _records(error, error.attempts)
        return error
    whole: errors.HookrailError
    if submitted:
        whole = errors.HookrailTimeoutError(
            f"the time for delivering the event ran out while it waited; the last error: {error}"
        )
    else:
        whole = errors.RetryError(f"hookrail: giving up after retries: {error}")
    whole.__cause__ = error
    whole.outcome, whole.idempotency_key = error.outcome, error.idempotency_key
    whole.attempts = attempts
    whole.attempt_records = _records(error, attempts)
    return whole


def _records(error: errors.HookrailError, attempts: int) -> tuple[AttemptRecord, ...]:
    status = getattr(error, "status", None)
    return tuple(
        attempt_record(number=number, status=error.code, http_status=status, message=str(error))
        for number in range(max(attempts - 15, 1), attempts + 1)
    )


def _of(table: dict[type[errors.HookrailError], Value], cls: type) -> Value:
    return next(table[one] for one in cls.__mro__ if one in table)
