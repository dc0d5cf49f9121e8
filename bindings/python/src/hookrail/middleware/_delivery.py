"""A verified delivery, as a program finds it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hookrail.signing import Verified


class ReceivedDelivery(NamedTuple):
    """A verified delivery."""

    delivery_id: str
    """The key by which to recognise a repeated delivery; it is signed."""

    body: bytes
    """The bytes that were verified."""

    verified: Verified
    """Which secret matched, and when the service signed."""

    topic: str | None
    """The header ``hookrail-topic``, which is not signed."""

    event_id: str | None
    """The header ``hookrail-event-id``, which is not signed."""

    def json(self, **settings: Any) -> Any:
        """Returns the parsed body. ``settings`` are those of ``json.loads``."""
        return json.loads(self.body, **settings)
