"""Prepares events."""

from __future__ import annotations

from ctypes import byref, c_void_p, string_at

from hookrail._native.client import NativeClient
from hookrail._native.errors import raise_error
from hookrail._native.loader import library


def prepare(
    client: NativeClient, topic: bytes, payload: bytes, options: int | None
) -> tuple[bytes, str]:
    """Checks an event and fixes its key and its bytes. Returns the blob and the key."""
    held = library().held
    prepared, error = c_void_p(), c_void_p()
    status = held.hookrail_event_prepare(
        client.pointer,
        topic,
        len(topic),
        payload,
        len(payload),
        options,
        byref(prepared),
        byref(error),
    )
    if status:
        raise_error(status, error)
    try:
        blob = string_at(
            held.hookrail_prepared_blob(prepared), held.hookrail_prepared_blob_len(prepared)
        )
        return blob, held.hookrail_prepared_idempotency_key(prepared).decode()
    finally:
        held.hookrail_prepared_free(prepared)
