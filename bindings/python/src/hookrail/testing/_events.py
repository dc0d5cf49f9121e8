"""The events that a fake client was given."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

# The marks and lengths of a prepared event; docs/prepared-events.md describes the format.
_HEAD = 12
_WORD = 8


@dataclass(frozen=True)
class RecordedEvent:
    """An event that a program has passed to a fake client."""

    topic: str
    body: bytes
    """The payload's JSON, as it would have been sent."""
    idempotency_key: str
    """The key, also if the program gave none."""
    ordering_key: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """The headers of client and send, by their names in lower case."""
    submitted: bool = False
    """Whether it was passed to `submit` or `submit_prepared`."""
    event_id: str | None = None
    """The event's id; None if it failed."""
    error: BaseException | None = None
    """The error; None if it was recorded."""

    @property
    def payload(self) -> Any:
        """The parsed payload."""
        return json.loads(self.body)


def read_blob(blob: bytes, headers: dict[str, str], submitted: bool) -> RecordedEvent:
    """Returns the event of a blob that the library has checked."""
    count = 2 + int.from_bytes(blob[8:_HEAD], "big")
    place = _HEAD + count * _WORD
    fields = []
    for start in range(_HEAD, place, _WORD):
        length = int.from_bytes(blob[start : start + _WORD], "big")
        fields.append(blob[place : place + length])
        place += length
    key, ordering_key, body = fields[:3]
    own = b"".join(fields[3:]).decode().split("\r\n")
    pairs = (line.partition(": ") for line in own if line)
    # The body is {"topic":"...","payload":...}.
    topic, end = json.JSONDecoder().raw_decode(body.decode(), len('{"topic":'))
    start = len(body.decode()[:end].encode()) + len(',"payload":')
    return RecordedEvent(
        topic=topic,
        body=body[start:-1],
        idempotency_key=key.decode(),
        ordering_key=ordering_key.decode() or None,
        headers={**headers, **{name: value for name, _, value in pairs}},
        submitted=submitted,
    )
