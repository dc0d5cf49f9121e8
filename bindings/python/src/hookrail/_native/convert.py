"""Checks values of Python for the native library.

ctypes does not check anything: it wraps integers that are too large.
"""

from __future__ import annotations

import math
from typing import Any

from hookrail.errors import HookrailConfigError

MAX_SECONDS = 86_400
"""The longest timeout that the library accepts."""

INFINITE = -1
"""The time of a wait without end, in milliseconds."""


def milliseconds(seconds: float, name: str, *, zero: bool = False) -> int:
    """Returns milliseconds for seconds: from 1 millisecond to a day, and with `zero` also 0."""
    if is_real(seconds) and (0 < seconds <= MAX_SECONDS or (zero and seconds == 0)):
        return max(round(seconds * 1000), 1) if seconds else 0
    raise HookrailConfigError(
        f"{name} must be a number of seconds above 0 and at most {MAX_SECONDS}, got {seconds!r}"
    )


def wait_milliseconds(seconds: float | None, name: str) -> int:
    """Returns milliseconds for a wait: -1 for None, which waits without end."""
    if seconds is None:
        return INFINITE
    if is_real(seconds) and seconds >= 0:
        return math.ceil(min(seconds, 10 * 365 * MAX_SECONDS) * 1000)
    raise HookrailConfigError(f"{name} must be None or a number of seconds from 0, got {seconds!r}")


def is_real(value: object) -> bool:
    """Returns whether the value is a finite number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def integer(value: int, name: str, low: int, high: int) -> int:
    """Returns the integer if it is in the range."""
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise HookrailConfigError(f"{name} must be a whole number from {low} to {high}, got {value!r}")


def function(value: object, name: str) -> None:
    """Refuses what is neither None nor a function: it would fail only when it is called."""
    if value is not None and not callable(value):
        raise HookrailConfigError(f"{name} must be a function, not {type(value).__name__}")


def text(value: str, name: str) -> bytes:
    """Returns text in UTF-8. The message of an error does not hold the text: it may be secret."""
    if not isinstance(value, str):
        raise HookrailConfigError(f"{name} must be a string, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise HookrailConfigError(
            f"{name} has half a surrogate pair at character {error.start}, which UTF-8 cannot hold"
        ) from None


def data(value: bytes | bytearray | memoryview, name: str) -> bytes:
    """Returns the bytes of a bytes-like object. `bytes(5)` would be five zeros."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise HookrailConfigError(f"{name} must be bytes, not {type(value).__name__}")


def text_or_data(value: Any, name: str) -> bytes:
    """Returns the bytes of text in UTF-8 or of a bytes-like object."""
    return text(value, name) if isinstance(value, str) else data(value, name)


def path(value: Any, name: str) -> bytes:
    """Returns the bytes of a path."""
    import os

    try:
        return os.fsencode(value)
    except TypeError:
        raise HookrailConfigError(f"{name} must be a path, not {type(value).__name__}") from None
