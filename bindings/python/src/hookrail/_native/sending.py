"""Calls to the service that this thread waits for.

The library waits without the GIL. Python runs the handlers of signals in the main thread, and only
when the library has returned. Therefore a send of the main thread goes on in the background, and is
waited for in slices, as soon as a signal comes; and from the start, if the client's last send took
long: a signal that comes just before a wait does not end it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from ctypes import addressof, c_void_p, sizeof
from time import monotonic
from typing import Any, Final, TypeVar

from hookrail._deadline import SLICE_MS
from hookrail._greenlets import is_cooperative
from hookrail._native import calls
from hookrail._native.client import NativeClient
from hookrail._native.errors import take_error
from hookrail._native.loader import library
from hookrail._native.results import read_accepted, take_status
from hookrail.errors import HookrailCancelledError, HookrailError
from hookrail.models import EventAccepted, EventStatus

Result = TypeVar("Result", EventAccepted, EventStatus)

CANCELLING_MS: Final = 1000
"""How long to wait for the end of a call that was cancelled; it takes milliseconds."""

PROMPT: Final = 0.02
"""A client whose last send took less than this, in seconds, is expected to be so quick again."""

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
    return _send(client, "event", topic, len(topic), payload, len(payload), options)


def send_prepared(client: NativeClient, blob: bytes, timeout_ms: int) -> EventAccepted:
    """Sends a prepared event, and waits until the service has recorded it."""
    return _send(client, "prepared", blob, len(blob), timeout_ms)


def get_event(client: NativeClient, event_id: bytes, timeout_ms: int) -> EventStatus:
    """Asks the service for an event's deliveries and their attempts."""
    if not _waits_beside():
        return _get_event_here(client, event_id, timeout_ms)
    call = calls.begin_get_event(client, event_id, timeout_ms)
    try:
        _wait(client, call)
        return calls.finish_get_event(call)
    finally:
        calls.free(call)


def _get_event_here(client: NativeClient, event_id: bytes, timeout_ms: int) -> EventStatus:
    places = _Places()
    at = addressof(places)
    status = library().released.hookrail_get_event(
        client.pointer, event_id, len(event_id), None, timeout_ms, at, at + _SIZE
    )
    if status:
        raise take_error(places[1], status)
    return take_status(_pointer(places, _RESULT))


def _waits_beside() -> bool:
    """Returns whether calls must be in the background: for signals, or for other greenlets."""
    return threading.current_thread() is threading.main_thread() or is_cooperative()


def _wait(client: NativeClient, call: int) -> None:
    """Waits for a call, and lets Python run the handlers of signals, and other greenlets."""
    if is_cooperative():
        from hookrail._gevent import wait_for

        wait_for(call, client)
        return
    while not calls.wait(call, SLICE_MS):
        pass


def _send(client: NativeClient, kind: str, *arguments: Any) -> EventAccepted:
    places = _Places()
    at = addressof(places)
    started = monotonic()
    prompt = client.prompt
    client.prompt = False
    try:
        if (prompt and not is_cooperative()) or not _waits_beside():
            status = (
                library().released.hookrail_send_event_interruptible
                if kind == "event"
                else library().released.hookrail_send_prepared_interruptible
            )(client.pointer, *arguments, at, at + _SIZE, at + 2 * _SIZE)
        else:
            status = (
                library().held.hookrail_call_send
                if kind == "event"
                else library().held.hookrail_call_send_prepared
            )(client.pointer, *arguments, at + _SIZE, at + 2 * _SIZE)
        call = places[_CALL]
        if call is not None:
            _free(places, _ERROR)
            _wait(client, call)
            status = library().released.hookrail_call_finish_send(call, at, at + 2 * _SIZE)
        if status:
            error, places[_ERROR] = places[_ERROR], None
            raise take_error(error, status)
        accepted = read_accepted(_pointer(places, _RESULT))
    except HookrailError:
        raise
    except BaseException as interruption:
        explain(interruption, _end(places))
        raise
    finally:
        for index in (_RESULT, _CALL, _ERROR):
            _free(places, index)
    client.prompt = monotonic() - started < PROMPT
    return accepted


def _pointer(places: Any, index: int) -> int:
    """Returns the pointer that the library has written."""
    pointer: int = places[index]
    return pointer


def _free(places: Any, index: int) -> None:
    pointer = places[index]
    if pointer is not None:
        places[index] = None
        held = library().held
        if index == _RESULT:
            held.hookrail_accepted_free(pointer)
        elif index == _CALL:
            held.hookrail_call_free(pointer)
        else:
            held.hookrail_error_free(pointer)


def _end(places: Any) -> EventAccepted | HookrailError | None:
    """Ends a send. Returns its result; None if it had not begun."""
    if places[_RESULT] is not None:
        return read_accepted(places[_RESULT])
    if places[_CALL] is not None:
        return end(places[_CALL], calls.finish_send)
    if places[_ERROR] is not None:
        error, places[_ERROR] = places[_ERROR], None
        return take_error(error)
    return None


def end(call: int, finish: Callable[[int], Result]) -> Result | HookrailError:
    """Cancels a call, unless it is done. Returns its result."""
    calls.cancel(call)
    if not calls.wait(call, CANCELLING_MS):
        unknown = HookrailCancelledError("the send was cancelled, and has not ended yet")
        unknown.outcome = "maybe_sent"
        return unknown
    try:
        return finish(call)
    except HookrailError as failure:
        return failure


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
        known = HookrailCancelledError("the send was interrupted before it began")
        known.outcome = "not_sent"
    if interruption.__cause__ is None:
        interruption.__cause__ = known
    if sys.version_info >= (3, 11):
        interruption.add_note(
            f"hookrail: the event is {known.outcome}, idempotency key {known.idempotency_key}"
        )
