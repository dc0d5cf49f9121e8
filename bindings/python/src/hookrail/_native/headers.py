"""Finds the headers of a delivery, by the library's rules."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_char_p, c_size_t, c_void_p, create_string_buffer, string_at
from typing import Any

from hookrail._native.declarations import HOOKRAIL_SIGNATURE_SIZE
from hookrail._native.errors import raise_error
from hookrail._native.loader import library

Fields = Sequence[tuple[str, bytes]]


def find_headers(fields: Fields) -> tuple[bytes, bytes]:
    """Returns signature and delivery id; the signature must be one value."""
    signature, signature_size, delivery_id, id_size, error = _places(5)
    # The arrays must live until the strings that point into them are copied.
    arrays = _arrays(fields)
    status = library().held.hookrail_find_headers(
        *arrays,
        len(fields),
        byref(signature),
        byref(signature_size),
        byref(delivery_id),
        byref(id_size),
        byref(error),
    )
    if status:
        raise_error(status, error)
    return _copy(signature, signature_size), _copy(delivery_id, id_size)


def join_headers(fields: Fields) -> tuple[bytes, bytes]:
    """Returns signature and delivery id; a signature that arrived as a list is joined."""
    buffer = create_string_buffer(HOOKRAIL_SIGNATURE_SIZE)
    needed, delivery_id, id_size, error = _places(4)
    arrays = _arrays(fields)
    status = library().held.hookrail_join_headers(
        *arrays,
        len(fields),
        buffer,
        len(buffer),
        byref(needed),
        byref(delivery_id),
        byref(id_size),
        byref(error),
    )
    if status:
        raise_error(status, error)
    return string_at(buffer, (needed.value or 1) - 1), _copy(delivery_id, id_size)


def _places(count: int) -> list[c_void_p]:
    """Returns places for pointers and sizes, which are equally long."""
    return [c_void_p() for _ in range(count)]


def _copy(pointer: c_void_p, size: c_void_p) -> bytes:
    return string_at(pointer, size.value or 0)


def _arrays(fields: Fields) -> list[Any]:
    """Returns the names, their lengths, the values and their lengths."""
    pointers, sizes = c_char_p * len(fields), c_size_t * len(fields)
    names = [name.encode() for name, _ in fields]
    values = [value for _, value in fields]
    return [
        array for texts in (names, values) for array in (pointers(*texts), sizes(*map(len, texts)))
    ]
