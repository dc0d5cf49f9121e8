"""Turns errors of the native library into exceptions."""

from __future__ import annotations

import json
from ctypes import string_at
from typing import TYPE_CHECKING, Final, NoReturn

from hookrail import errors
from hookrail._native import declarations as d
from hookrail._native.loader import library
from hookrail._native.records import attempt_records

if TYPE_CHECKING:
    from ctypes import c_void_p

    from hookrail.models import Problem

OUTCOMES: Final = (None, "delivered", "not_sent", "rejected", "maybe_sent")
"""The outcomes by their numbers."""

CLASSES: Final[dict[int, type[errors.HookrailError]]] = {
    d.HOOKRAIL_INVALID_ARGUMENT: errors.HookrailConfigError,
    d.HOOKRAIL_CONFIGURATION: errors.HookrailConfigError,
    d.HOOKRAIL_CLOSED: errors.HookrailClosedError,
    d.HOOKRAIL_FORKED: errors.HookrailForkedError,
    d.HOOKRAIL_QUEUE_FULL: errors.QueueFullError,
    d.HOOKRAIL_INTERRUPTED: errors.HookrailError,
    d.HOOKRAIL_CANCELLED: errors.HookrailCancelledError,
    d.HOOKRAIL_BUFFER_TOO_SMALL: errors.InternalError,
    d.HOOKRAIL_BODY_TOO_LARGE: errors.BodyTooLargeError,
    d.HOOKRAIL_DAMAGED_BLOB: errors.DamagedBlobError,
    d.HOOKRAIL_OUT_OF_RESOURCES: errors.OutOfResourcesError,
    d.HOOKRAIL_BODY_INCOMPLETE: errors.BodyIncompleteError,
    d.HOOKRAIL_CONNECTION: errors.HookrailConnectionError,
    d.HOOKRAIL_TIMEOUT: errors.HookrailTimeoutError,
    d.HOOKRAIL_TLS: errors.HookrailTLSError,
    d.HOOKRAIL_PROTOCOL: errors.HookrailProtocolError,
    d.HOOKRAIL_BAD_REQUEST: errors.BadRequestError,
    d.HOOKRAIL_AUTHENTICATION: errors.AuthenticationError,
    d.HOOKRAIL_PERMISSION_DENIED: errors.PermissionDeniedError,
    d.HOOKRAIL_NOT_FOUND: errors.NotFoundError,
    d.HOOKRAIL_CONFLICT: errors.ConflictError,
    d.HOOKRAIL_PAYLOAD_TOO_LARGE: errors.PayloadTooLargeError,
    d.HOOKRAIL_RATE_LIMITED: errors.RateLimitError,
    d.HOOKRAIL_UNEXPECTED_STATUS: errors.HookrailAPIError,
    d.HOOKRAIL_SERVER_ERROR: errors.ServerError,
    d.HOOKRAIL_RETRIES_EXHAUSTED: errors.RetryError,
    d.HOOKRAIL_SIGNATURE_MALFORMED: errors.MalformedSignatureError,
    d.HOOKRAIL_TIMESTAMP_TOO_OLD: errors.TimestampTooOldError,
    d.HOOKRAIL_TIMESTAMP_TOO_NEW: errors.TimestampTooNewError,
    d.HOOKRAIL_SIGNATURE_MISMATCH: errors.SignatureMismatchError,
    d.HOOKRAIL_SIGNATURE_MISSING: errors.MissingSignatureError,
    d.HOOKRAIL_INTERNAL: errors.InternalError,
}
"""The classes by their statuses."""

# The classes of unknown statuses of later libraries, by their hundreds.
_FAMILIES: Final[dict[int, type[errors.HookrailError]]] = {
    2: errors.HookrailConnectionError,
    4: errors.HookrailAPIError,
    5: errors.ServerError,
    7: errors.SignatureError,
}


def raise_error(status: int, place: c_void_p) -> NoReturn:
    """Raises the error of a function that has failed, and frees it.

    Args:
        status: The status that the function has returned.
        place: The place for the error that the function got.
    """
    pointer, place.value = place.value, None
    raise take_error(pointer, status)


def take_error(pointer: int | None, status: int = d.HOOKRAIL_INTERNAL) -> errors.HookrailError:
    """Returns the exception for a native error, and frees the native error.

    Args:
        pointer: The error; None if the function gave none.
        status: The status for that case.
    """
    try:
        return read_error(pointer, status)
    finally:
        library().held.hookrail_error_free(pointer)


def read_error(pointer: int | None, status: int = d.HOOKRAIL_INTERNAL) -> errors.HookrailError:
    """Returns the exception for a native error, which the caller still owns."""
    held = library().held
    if pointer is None:
        name: bytes = held.hookrail_status_name(status)
        return _error_class(status)(f"the library failed with the status {name.decode()}")
    status = held.hookrail_error_status(pointer)
    message = string_at(
        held.hookrail_error_message(pointer), held.hookrail_error_message_len(pointer)
    ).decode()
    cause_pointer = held.hookrail_error_cause(pointer)
    cause = read_error(cause_pointer) if cause_pointer else None
    body_pointer = held.hookrail_error_body(pointer)
    body = body_pointer and string_at(body_pointer, held.hookrail_error_body_len(pointer))
    error = _new_error(pointer, status, message, body, cause)
    error.message = message
    error.code = held.hookrail_status_name(status).decode()
    error.outcome = OUTCOMES[held.hookrail_error_outcome(pointer)]
    error.idempotency_key = _text(held.hookrail_error_idempotency_key(pointer))
    error.attempts = held.hookrail_error_attempts(pointer)
    error.retryable = held.hookrail_error_retryable(pointer)
    error.request_id = _text(held.hookrail_error_request_id(pointer))
    error.body = body
    error.attempt_records = attempt_records(
        held.hookrail_error_attempt_record_count, held.hookrail_error_attempt_record, pointer
    )
    if cause is not None:
        error.__cause__ = cause
    return error


def _new_error(
    pointer: int,
    status: int,
    message: str,
    body: bytes | None,
    cause: errors.HookrailError | None,
) -> errors.HookrailError:
    """Returns an error with the text that the package has given it since its version 0.1.0."""
    held = library().held
    cls = _error_class(status)
    if cls is errors.RetryError:
        return cls(f"hookrail: giving up after retries: {cause}" if cause else message)
    if not issubclass(cls, errors.HookrailAPIError):
        return cls(message)
    http_status: int = held.hookrail_error_http_status(pointer)
    error: errors.HookrailAPIError = cls(http_status or status, _problem(body))
    wait: int = held.hookrail_error_retry_after_ms(pointer)
    if wait >= 0:
        error.retry_after = wait / 1000
    if not http_status:
        # No answer of the service: the client itself has refused the event.
        error.args = (message,)
    return error


def _error_class(status: int) -> type[errors.HookrailError]:
    return CLASSES.get(status) or _FAMILIES.get(status // 100, errors.HookrailError)


def _problem(body: bytes | None) -> Problem | None:
    """Returns the problem in the body of an answer; None if the body is no JSON object."""
    try:
        data = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    from hookrail.models import Problem

    return Problem._from_service(data)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
