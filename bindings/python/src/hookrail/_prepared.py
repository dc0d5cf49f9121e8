"""Events that are stored now and sent later."""

from __future__ import annotations

from typing import NamedTuple

from hookrail._native import convert


class PreparedEvent(NamedTuple):
    """An event with a fixed idempotency key and fixed bytes, from `prepare_event`.

    Store the blob, for example in the same transaction as the change that the event reports. Any
    process may send it any number of times: the service records it once.
    """

    blob: bytes
    """The event in the format that every language reads. It does not hold the API key."""
    idempotency_key: str
    """The key with which the event is sent."""

    def __repr__(self) -> str:
        # The blob holds the payload and the headers.
        return f"<PreparedEvent {len(self.blob)} bytes, idempotency_key={self.idempotency_key!r}>"


PreparedTypes = PreparedEvent | bytes | bytearray | memoryview
"""A prepared event, or its blob."""


def blob_of(prepared: PreparedTypes) -> bytes:
    """Returns the blob of a prepared event."""
    return convert.data(
        prepared.blob if isinstance(prepared, PreparedEvent) else prepared, "prepared"
    )
