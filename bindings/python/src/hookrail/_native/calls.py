"""Calls to the service, in this thread and in the background."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_int32, c_void_p
from typing import Any

from hookrail._native.client import NativeClient
from hookrail._native.declarations import (
    HOOKRAIL_INTERRUPTED,
    HOOKRAIL_TIMEOUT,
)
from hookrail._native.errors import raise_error, take_error
from hookrail._native.loader import library
from hookrail._native.results import take_accepted, take_status
from hookrail.models import EventAccepted, EventStatus


def begin_send(client: NativeClient, topic: bytes, payload: bytes, options: int | None) -> int:
    """Begins to send an event in the background. Returns the call, for `free`."""
    return _begin(
        library().held.hookrail_call_send,
        client.pointer,
        topic,
        len(topic),
        payload,
        len(payload),
        options,
    )


def begin_send_prepared(client: NativeClient, blob: bytes, timeout_ms: int) -> int:
    """Begins to send a prepared event in the background. Returns the call, for `free`."""
    return _begin(
        library().held.hookrail_call_send_prepared, client.pointer, blob, len(blob), timeout_ms
    )


def begin_get_event(client: NativeClient, event_id: bytes, timeout_ms: int) -> int:
    """Begins to ask for an event's status in the background. Returns the call, for `free`."""
    return _begin(
        library().held.hookrail_call_get_event, client.pointer, event_id, len(event_id), timeout_ms
    )


def _begin(function: Callable[..., int], *arguments: Any) -> int:
    call, error = c_void_p(), c_void_p()
    status = function(*arguments, byref(call), byref(error))
    if status or call.value is None:
        raise_error(status, error)
    return call.value


def report(call: int, tag: int) -> None:
    """Gives a call a tag, which `collect` returns once when the call is done."""
    error = c_void_p()
    status = library().held.hookrail_call_report(call, tag, byref(error))
    if status:
        raise_error(status, error)


def calls_descriptor(client: NativeClient) -> int:
    """Returns the descriptor that is readable while there are tags to collect."""
    descriptor, error = c_int32(-1), c_void_p()
    status = library().held.hookrail_calls_fd(client.pointer, byref(descriptor), byref(error))
    if status:
        raise_error(status, error)
    return descriptor.value


def wait(call: int, timeout_ms: int) -> bool:
    """Waits for a call.

    Returns:
        Whether it is done. It may not be done before the time is over: a signal ends the wait.
    """
    if timeout_ms == 0:
        status = library().held.hookrail_call_wait(call, 0, None)
    else:
        status = library().released.hookrail_call_wait(call, timeout_ms, None)
    if status in (HOOKRAIL_TIMEOUT, HOOKRAIL_INTERRUPTED):
        return False
    if status:
        raise take_error(None, status)
    return True


def cancel(call: int) -> None:
    """Ends a call early: within milliseconds it is done."""
    library().held.hookrail_call_cancel(call)


def free(call: int) -> None:
    """Frees a call. One that is not done is cancelled."""
    library().held.hookrail_call_free(call)


def finish_send(call: int) -> EventAccepted:
    """Returns the result of a send, or raises its error. Waits for it. May be called once."""
    return take_accepted(_finish(library().released.hookrail_call_finish_send, call))


def finish_get_event(call: int) -> EventStatus:
    """Returns the result of a request for a status, like `finish_send`."""
    return take_status(_finish(library().released.hookrail_call_finish_get_event, call))


def _finish(function: Callable[..., int], call: int) -> int:
    result, error = c_void_p(), c_void_p()
    status = function(call, byref(result), byref(error))
    if status or result.value is None:
        raise_error(status, error)
    return result.value
