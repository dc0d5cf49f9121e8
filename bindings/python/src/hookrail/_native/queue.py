"""The queue of a client: submitted events and their completions."""

from __future__ import annotations

import time
from ctypes import addressof, byref, c_int32, c_size_t, c_uint64, c_void_p, sizeof
from typing import Any, NamedTuple

from hookrail._native.client import NativeClient
from hookrail._native.declarations import (
    HOOKRAIL_INTERRUPTED,
    HOOKRAIL_PURGE_IN_FLIGHT,
    HOOKRAIL_PURGE_QUEUED,
    HOOKRAIL_QUEUE_FULL,
    HOOKRAIL_TIMEOUT,
    hookrail_completion,
)
from hookrail._native.errors import OUTCOMES, raise_error, take_error
from hookrail._native.loader import library
from hookrail._native.results import take_accepted
from hookrail.errors import HookrailError
from hookrail.models import EventAccepted


class Completion(NamedTuple):
    """The result of a submitted event."""

    tag: int
    result: EventAccepted | HookrailError
    outcome: str | None
    queued_time: float
    total_time: float
    topic: str
    idempotency_key: str
    ordering_key: str | None


class Pending(NamedTuple):
    """The state of a client's queue."""

    queued: int
    """The number of events that wait in the queue."""
    in_flight: int
    """The number of events that are being sent."""
    completions: int
    """The number of results that were not collected yet."""


def submit_event(
    client: NativeClient,
    topic: bytes,
    payload: bytes,
    options: int | None,
    tag: int,
    timeout_ms: int,
    token: c_uint64,
) -> None:
    """Queues an event.

    Args:
        client: The client.
        topic: The topic.
        payload: The payload.
        options: Options of a send.
        tag: The tag of the completion.
        timeout_ms: How long to wait for room in the queue; 0 does not wait.
        token: The place of the token for `cancel_submitted`. It stays 0 if a signal ends the wait.

    Raises:
        QueueFullError: There was no room.
    """
    error = c_void_p()
    event = (client.pointer, topic, len(topic), payload, len(payload), options, tag, 0)
    if timeout_ms:
        status = library().released.hookrail_submit_event_wait(
            *event, timeout_ms, byref(token), byref(error)
        )
    else:
        status = library().held.hookrail_submit_event(*event, byref(token), byref(error))
    if status == HOOKRAIL_INTERRUPTED:
        library().held.hookrail_error_free(error)
    elif status:
        raise_error(status, error)


def submit_prepared(
    client: NativeClient,
    blob: bytes,
    event_time_ms: int,
    tag: int,
    timeout_ms: int,
    token: c_uint64,
) -> None:
    """Queues a prepared event, like `submit_event`."""
    error = c_void_p()
    status = library().held.hookrail_submit_prepared(
        client.pointer, blob, len(blob), event_time_ms, tag, 0, byref(token), byref(error)
    )
    if status == HOOKRAIL_QUEUE_FULL and timeout_ms:
        # The library itself waits for room only for other events.
        time.sleep(timeout_ms / 1000)
    if status:
        raise_error(status, error)


def poll(client: NativeClient, capacity: int, timeout_ms: int) -> list[Completion]:
    """Waits for completions, and collects them. A signal or `wakeup` ends the wait."""
    batch, count, error = (hookrail_completion * capacity)(), c_size_t(), c_void_p()
    functions = library().released if timeout_ms else library().held
    status = functions.hookrail_poll(
        client.pointer,
        addressof(batch),
        sizeof(hookrail_completion),
        capacity,
        timeout_ms,
        byref(count),
        byref(error),
    )
    if status == HOOKRAIL_INTERRUPTED:
        library().held.hookrail_error_free(error)
    elif status:
        raise_error(status, error)
    return [_completion(batch[index]) for index in range(count.value)]


def _completion(native: Any) -> Completion:
    # Read before the handles are freed, to which they belong.
    names = (native.topic.decode(), native.idempotency_key.decode(), native.ordering_key)
    result: EventAccepted | HookrailError
    if native.accepted is not None:
        result = take_accepted(native.accepted)
    else:
        result = take_error(native.error, native.status)
    return Completion(
        native.tag,
        result,
        OUTCOMES[native.outcome],
        native.queued_us / 1e6,
        native.total_us / 1e6,
        names[0],
        names[1],
        names[2] and names[2].decode(),
    )


def wakeup(client: NativeClient) -> None:
    """Ends a wait of `poll`."""
    library().held.hookrail_wakeup(client.pointer)


def event_descriptor(client: NativeClient) -> int:
    """Returns the descriptor that is readable while there are completions to collect."""
    descriptor, error = c_int32(-1), c_void_p()
    status = library().held.hookrail_event_fd(client.pointer, byref(descriptor), byref(error))
    if status:
        raise_error(status, error)
    return descriptor.value


def cancel_submitted(client: NativeClient, token: int) -> None:
    """Gives up a submitted event."""
    error = c_void_p()
    status = library().held.hookrail_cancel_submitted(client.pointer, token, byref(error))
    if status:
        raise_error(status, error)


def flush(client: NativeClient, timeout_ms: int) -> int:
    """Waits until no event is queued or in flight. A signal ends the wait.

    Returns:
        The number of events that are still queued or in flight.
    """
    remaining, error = c_size_t(), c_void_p()
    status = library().released.hookrail_flush(
        client.pointer, timeout_ms, byref(remaining), byref(error)
    )
    if status in (HOOKRAIL_TIMEOUT, HOOKRAIL_INTERRUPTED):
        library().held.hookrail_error_free(error)
    elif status:
        raise_error(status, error)
    return remaining.value


def purge(client: NativeClient, *, queued: bool, in_flight: bool) -> int:
    """Gives up submitted events. Returns their number."""
    flags = (HOOKRAIL_PURGE_QUEUED if queued else 0) | (
        HOOKRAIL_PURGE_IN_FLIGHT if in_flight else 0
    )
    if not flags:
        return 0
    purged, error = c_size_t(), c_void_p()
    status = library().held.hookrail_purge(client.pointer, flags, byref(purged), byref(error))
    if status:
        raise_error(status, error)
    return purged.value


def pending(client: NativeClient) -> Pending:
    """Counts the submitted events and the completions."""
    queued, in_flight, completions = c_size_t(), c_size_t(), c_size_t()
    error = c_void_p()
    status = library().held.hookrail_pending(
        client.pointer, byref(queued), byref(in_flight), byref(completions), byref(error)
    )
    if status:
        raise_error(status, error)
    return Pending(queued.value, in_flight.value, completions.value)
