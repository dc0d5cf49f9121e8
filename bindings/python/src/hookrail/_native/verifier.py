"""The native verifier."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from ctypes import byref, c_int64, c_size_t, c_void_p, create_string_buffer
from typing import Any

from hookrail._native.declarations import HOOKRAIL_BUFFER_TOO_SMALL
from hookrail._native.errors import raise_error
from hookrail._native.loader import library

_CLOCK = c_int64(-1)

# A verification of more bytes takes so long that other threads should run meanwhile.
_LONG = 65_536

# ctypes checks arguments against declared types one by one, which takes as long as a verification.
# So the function has no declared types and gets objects of ctypes; the usual lengths exist already.
_LENGTHS: list[c_size_t] = []
_USUAL_LENGTHS = 2048


# The index of the secret (a size_t, of 64 bits here), the signed time and the skew.
_Result = c_int64 * 3


class NativeVerifier:
    """The owner of a native verifier and of its options. Threads may share it."""

    def __init__(self, secrets: Sequence[bytes], tolerance: int) -> None:
        held = library().held
        self._options: int = held.hookrail_verifier_options_new()
        _free_with(self, held.hookrail_verifier_options_free, self._options)
        for secret in secrets:
            _call("hookrail_verifier_options_add_secret", self._options, secret, len(secret))
        _call("hookrail_verifier_options_set_tolerance", self._options, tolerance)
        self._handle = c_void_p()
        _call("hookrail_verifier_new", self._options, byref(self._handle))
        _free_with(self, held.hookrail_verifier_free, self._handle.value)
        self._short = held.without_types("hookrail_verifier_verify")
        self._long = library().released.without_types("hookrail_verifier_verify")
        if not _LENGTHS:
            _LENGTHS.extend(map(c_size_t, range(_USUAL_LENGTHS)))

    def check(self, header: bytes, delivery_id: bytes, body: bytes, now: int | None) -> int:
        """Verifies a delivery, and returns only the status."""
        clock = _CLOCK if now is None else c_int64(now)
        lengths = _LENGTHS
        try:
            sizes = lengths[len(header)], lengths[len(delivery_id)], lengths[len(body)]
            function = self._short
        except IndexError:
            sizes = c_size_t(len(header)), c_size_t(len(delivery_id)), c_size_t(len(body))
            function = self._short if len(body) < _LONG else self._long
        one, two, three = sizes
        status: int = function(
            self._handle, header, one, delivery_id, two, body, three, clock, None, None, None, None
        )
        return status

    def verify(
        self, header: bytes, delivery_id: bytes, body: bytes, now: int | None
    ) -> tuple[int, int, int]:
        """Verifies a delivery.

        Returns:
            The index of the secret that matched, the signed time, and now minus this time.
        """
        found, error = _Result(), c_void_p()
        function = self._short if len(body) < _LONG else self._long
        status = function(
            self._handle,
            header,
            _length(len(header)),
            delivery_id,
            _length(len(delivery_id)),
            body,
            _length(len(body)),
            _CLOCK if now is None else c_int64(now),
            *_places(found),
            byref(error),
        )
        if status:
            raise_error(status, error)
        return found[0], found[1], found[2]

    def begin(
        self, header: bytes, delivery_id: bytes, body_limit: int, now: int | None
    ) -> NativeVerification:
        """Begins to verify a delivery whose body arrives in pieces. A limit of 0 is none."""
        place = c_void_p()
        _call(
            "hookrail_verifier_begin",
            self._handle,
            header,
            len(header),
            delivery_id,
            len(delivery_id),
            body_limit,
            _CLOCK.value if now is None else now,
            byref(place),
        )
        return NativeVerification(place.value)

    def explain(
        self,
        header: bytes,
        delivery_id: bytes,
        event_id: bytes | None,
        body: bytes,
        now: int | None,
    ) -> bytes:
        """Returns a text that says why a verification fails."""
        needed = c_size_t(4096)
        while True:
            buffer, error = create_string_buffer(needed.value), c_void_p()
            status = library().released.hookrail_explain_signature(
                self._options,
                header,
                len(header),
                delivery_id,
                len(delivery_id),
                event_id,
                len(event_id or b""),
                body,
                len(body),
                _CLOCK.value if now is None else now,
                buffer,
                len(buffer),
                byref(needed),
                byref(error),
            )
            if not status:
                return buffer.raw[: needed.value - 1]
            if status != HOOKRAIL_BUFFER_TOO_SMALL:
                raise_error(status, error)
            library().held.hookrail_error_free(error)


class NativeVerification:
    """The owner of a running verification. One thread at a time may use it."""

    def __init__(self, pointer: int | None) -> None:
        self._pointer = pointer
        free = library().held.hookrail_verification_free
        self._finalizer = _free_with(self, free, pointer)

    def announce(self, content_length: int) -> None:
        """Sets the length that the request announces."""
        _call("hookrail_verification_set_content_length", self._pointer, content_length)

    def update(self, chunk: bytes) -> None:
        """Adds the next piece of the body."""
        _call("hookrail_verification_update", self._pointer, chunk, len(chunk))

    def finish(self) -> tuple[int, int, int]:
        """Ends the verification. Returns the same as ``NativeVerifier.verify``."""
        found = _Result()
        _call("hookrail_verification_finish", self._pointer, *_places(found))
        return found[0], found[1], found[2]

    def free(self) -> None:
        """Frees it. It may be called any number of times; the other methods fail afterwards."""
        self._pointer = None
        self._finalizer()


def sign(secret: bytes, timestamp: int, delivery_id: bytes, body: bytes) -> bytes:
    """Signs a delivery as the service does."""
    buffer, needed = create_string_buffer(128), c_size_t()
    _call(
        "hookrail_sign",
        secret,
        len(secret),
        timestamp,
        delivery_id,
        len(delivery_id),
        body,
        len(body),
        buffer,
        len(buffer),
        byref(needed),
    )
    return buffer.raw[: needed.value - 1]


def _places(found: Any) -> tuple[Any, Any, Any]:
    return byref(found), byref(found, 8), byref(found, 16)


def _length(size: int) -> c_size_t:
    return _LENGTHS[size] if size < _USUAL_LENGTHS else c_size_t(size)


def _free_with(owner: object, free: Any, pointer: int | None) -> weakref.finalize[..., Any]:
    finalizer = weakref.finalize(owner, free, pointer)
    # At the end of the program another thread may still be in a call.
    finalizer.atexit = False
    return finalizer


def _call(name: str, *arguments: Any) -> None:
    error = c_void_p()
    status = getattr(library().held, name)(*arguments, byref(error))
    if status:
        raise_error(status, error)
