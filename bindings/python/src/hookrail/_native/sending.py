"""Calls to the service that this thread waits for.

A send runs in this thread, without the GIL, until a signal comes; then it goes on in the
background, so that Python can run the signal's handler.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from ctypes import addressof, c_void_p, sizeof
from typing import Any, Final

from hookrail._deadline import SLICE_MS
from hookrail._native import calls
from hookrail._native.client import NativeClient
from hookrail._native.declarations import HOOKRAIL_INTERRUPTED
from hookrail._native.errors import take_error
from hookrail._native.loader import library
from hookrail._native.results import read_accepted, take_status
from hookrail.errors import HookrailCancelledError, HookrailError
from hookrail.models import EventAccepted, EventStatus

CANCELLING_MS: Final = 1000
"""How long to wait for the end of a call that was cancelled; it takes milliseconds."""

# The places for the result of a send, for the call that goes on in the background, and for the
# error. They exist before the library writes to them: an exception of a signal handler may come
# between any two steps.
_Places: Final = c_void_p * 3
_RESULT, _CALL, _ERROR = range(3)
_SIZE: Final = sizeof(c_void_p)


def send_event(
    client: NativeClient, topic: bytes, payload: bytes, options: int | None
) -> EventAccepted:
    """Sends an event, and waits until the service has recorded it."""
    return _send(
        library().released.hookrail_send_event_interruptible,
        client.pointer,
        topic,
        len(topic),
        payload,
        len(payload),
        options,
    )


def send_prepared(client: NativeClient, blob: bytes, timeout_ms: int) -> EventAccepted:
    """Sends a prepared event, and waits until the service has recorded it."""
    return _send(
        library().released.hookrail_send_prepared_interruptible,
        client.pointer,
        blob,
        len(blob),
        timeout_ms,
    )


def get_event(client: NativeClient, event_id: bytes, timeout_ms: int) -> EventStatus:
    """Asks the service for an event's deliveries and their attempts."""
    if threading.current_thread() is not threading.main_thread():
        return _get_event_here(client, event_id, timeout_ms)
    call = calls.begin_get_event(client, event_id, timeout_ms)
    try:
        wait(call)
        return calls.finish_get_event(call)
    finally:
        calls.free(call)


def wait(call: int) -> None:
    """Waits for a call, and lets Python run the handlers of signals."""
    while not calls.wait(call, SLICE_MS):
        pass


def _get_event_here(client: NativeClient, event_id: bytes, timeout_ms: int) -> EventStatus:
    places = _Places()
    at = addressof(places)
    status = library().released.hookrail_get_event(
        client.pointer, event_id, len(event_id), None, timeout_ms, at, at + _SIZE
    )
    if status:
        raise take_error(places[1], status)
    return take_status(_pointer(places, _RESULT))


def _send(function: Callable[..., int], *arguments: Any) -> EventAccepted:
    places = _Places()
    at = addressof(places)
    try:
        status = function(*arguments, at, at + _SIZE, at + 2 * _SIZE)
        if status == HOOKRAIL_INTERRUPTED:
            call = _pointer(places, _CALL)
            wait(call)
            return calls.finish_send(call)
        if status:
            error, places[_ERROR] = places[_ERROR], None
            raise take_error(error, status)
        return read_accepted(_pointer(places, _RESULT))
    except HookrailError:
        raise
    except BaseException as interruption:
        _explain(interruption, places)
        raise
    finally:
        _free(places)


def _pointer(places: Any, index: int) -> int:
    """Returns the pointer that the library has written."""
    pointer: int = places[index]
    return pointer


def _free(places: Any) -> None:
    held = library().held
    for index, function in (
        (_RESULT, held.hookrail_accepted_free),
        (_CALL, held.hookrail_call_free),
        (_ERROR, held.hookrail_error_free),
    ):
        pointer = places[index]
        if pointer is not None:
            places[index] = None
            function(pointer)


def _explain(interruption: BaseException, places: Any) -> None:
    """Adds what is known of the event to an exception of a signal handler."""
    explain(interruption, _end(places))


def _end(places: Any) -> EventAccepted | HookrailError | None:
    """Ends a send. Returns its result; None if it had not begun, or does not end."""
    call = places[_CALL]
    if call is not None:
        calls.cancel(call)
        if not calls.wait(call, CANCELLING_MS):
            return None
        try:
            return calls.finish_send(call)
        except HookrailError as failure:
            return failure
    if places[_RESULT] is not None:
        return read_accepted(places[_RESULT])
    if places[_ERROR] is not None:
        error, places[_ERROR] = places[_ERROR], None
        return take_error(error)
    return None


def explain(
    interruption: BaseException, result: EventAccepted | EventStatus | HookrailError | None
) -> None:
    """Adds what is known of an event to the exception that ended its send.

    It becomes the `__cause__` of the exception, and a note of it.
    """
    if isinstance(result, EventStatus):
        # The call sent no event.
        return
    if isinstance(result, HookrailError):
        known = result
    elif result is not None:
        known = HookrailCancelledError(
            f"the send was interrupted when the event was recorded already: {result.event_id}"
        )
        known.accepted = result
        known.outcome = "delivered"
        known.idempotency_key = result.idempotency_key
        known.attempts = result.attempts_made
        known.attempt_records = result.attempt_records
        known.request_id = result.request_id
    else:
        known = HookrailCancelledError("the send was interrupted before the event was sent")
        known.outcome = "not_sent"
    if interruption.__cause__ is None:
        interruption.__cause__ = known
    if hasattr(interruption, "add_note"):
        interruption.add_note(
            f"hookrail: the event is {known.outcome}, idempotency key {known.idempotency_key}"
        )
