"""Members of requests in the forms that the package takes, and the other way around."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any


def read(value: str) -> bytes:
    return b64decode(value)


def text(value: str | None) -> str | None:
    """Returns bytes labelled as text. Those that are not UTF-8 become lone surrogates."""
    return None if value is None else b64decode(value).decode("utf-8", "surrogateescape")


def write(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def milliseconds(value: float | None) -> int | None:
    return None if value is None else min(round(value * 1000), 2**63 - 1)


def given(**members: Any) -> dict[str, Any]:
    """Returns the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}
