"""Turns topics and payloads into the bytes of an event."""

from __future__ import annotations

from json import JSONEncoder

from hookrail._native import convert
from hookrail.errors import HookrailConfigError

# The bytes of json.dumps(payload, separators=(",", ":")): the service compares them when an event
# is sent again, so another spelling would be a conflict.
_encode = JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode_topic(topic: str) -> bytes:
    """Returns the bytes of a topic."""
    if not isinstance(topic, str) or not topic:
        raise _not_sent(HookrailConfigError("topic must be a non-empty string"))
    try:
        return convert.text(topic, "topic")
    except HookrailConfigError as error:
        raise _not_sent(error) from None


def encode_payload(payload: object) -> bytes:
    """Returns the JSON of a payload. Bytes are JSON already.

    Raises:
        HookrailConfigError: The payload cannot be written as JSON: NaN, infinity, a cycle.
        TypeError: The payload holds an object that JSON has no form for.
    """
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload)
    try:
        return _encode(payload).encode("ascii")
    except ValueError as error:
        raise _not_sent(
            HookrailConfigError(f"payload cannot be written as JSON: {error}")
        ) from error
    except RecursionError:
        raise _not_sent(HookrailConfigError("payload is nested too deeply")) from None


def _not_sent(error: HookrailConfigError) -> HookrailConfigError:
    error.outcome = "not_sent"
    return error
