"""The arguments of verifications: conversions and checks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeAlias

from hookrail.errors import HookrailConfigError, MalformedSignatureError, MissingSignatureError

Text: TypeAlias = str | bytes
Body: TypeAlias = bytes | bytearray | memoryview
Secrets: TypeAlias = Text | bytearray | Sequence[Text | bytearray]
Headers: TypeAlias = Mapping[Any, Any] | Iterable[tuple[Any, Any]]

_LARGEST = 2**63 - 1


def secret_list(secrets: Secrets) -> tuple[bytes, ...]:
    """Returns one secret, or several, as a tuple of bytes."""
    if isinstance(secrets, (str, bytes, bytearray, memoryview)):
        return (_secret(secrets),)
    if isinstance(secrets, Iterable) and not isinstance(secrets, Mapping):
        return tuple(map(_secret, secrets))
    raise TypeError(f"secrets must be bytes or a list of bytes, not {type(secrets).__name__}")


def _secret(secret: Any) -> bytes:
    if isinstance(secret, str):
        return secret.encode(errors="surrogateescape")
    # Not bytes(secret): of 5 it makes five zeros.
    if isinstance(secret, (bytes, bytearray, memoryview)):
        return bytes(secret)
    raise TypeError(f"a secret must be bytes or str, not {type(secret).__name__}")


def body_bytes(body: Body) -> bytes:
    """Returns the body as bytes."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"body must be the bytes of the request as received, not {type(body).__name__}")


def header_bytes(value: Text | Sequence[Text] | None, name: str) -> bytes:
    """Returns the value of a header. A list, as gateways make it, is joined."""
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise MalformedSignatureError(f"{name} holds a character that is not ASCII") from None
    if isinstance(value, bytes):
        return value
    if value is None:
        raise MissingSignatureError(f"the request has no header {name}")
    if isinstance(value, (list, tuple)):
        return b",".join(header_bytes(part, name) for part in value)
    raise TypeError(f"{name} must be a str, not {type(value).__name__}")


def finite(value: float, name: str) -> float:
    """Returns the number if it is one, and finite."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not isinstance(value, int) and not math.isfinite(value):
        raise HookrailConfigError(f"{name} must be a finite number, not {value!r}")
    return value


def clamped(value: float) -> int:
    """Returns the whole number below, cut to 64 bits: ctypes would wrap it."""
    return max(-_LARGEST, min(_LARGEST, math.floor(value)))


def unix_time(now: float) -> int:
    """Returns the time in whole seconds for the library, for which -1 is the system's clock."""
    seconds = clamped(now)
    return -2 if seconds == -1 else seconds


def header_fields(headers: Headers) -> list[tuple[str, bytes]]:
    """Returns the header fields of Hookrail: each value with its name, in lower case."""
    if headers is None:
        raise MissingSignatureError("the request has no headers: they are None")
    pairs: Any = headers
    # The second method of Starlette's and httpx's headers gives repeated ones once only.
    for method in ("multi_items", "items"):
        if hasattr(pairs, method):
            pairs = getattr(pairs, method)()
            break
    if isinstance(pairs, (str, bytes, bytearray)) or not isinstance(pairs, Iterable):
        raise TypeError(
            f"headers must be a mapping or a list of pairs, not {type(headers).__name__}"
        )
    fields = []
    for name, value in pairs:
        text = (name.decode("latin-1") if isinstance(name, bytes) else str(name)).lower()
        if "hookrail" not in text:
            continue
        plain = text.replace("_", "-").removeprefix("http-")
        if plain.startswith("hookrail-"):
            values = value if isinstance(value, (list, tuple)) else (value,)
            fields += [(plain, _bytes(one)) for one in values]
    return fields


def _bytes(text: Any) -> bytes:
    if isinstance(text, bytes):
        return text
    return str(text).encode("utf-8", "surrogateescape")
