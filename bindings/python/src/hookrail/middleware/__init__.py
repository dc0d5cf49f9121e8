"""Lets only requests through that a Hookrail service has signed.

The modules ``wsgi``, ``asgi``, ``django``, ``flask`` and ``fastapi`` each serve one framework. All
take the same settings (see ``Gate``) and give the same answers (see ``Refusal``).

The signature covers the body and the delivery id. It covers neither the method nor the path, nor
the topic, nor the event's id: base no decision on them that the body allows as well.
"""

from __future__ import annotations

from hookrail.middleware._delivery import ReceivedDelivery
from hookrail.middleware._gate import DEFAULT_BODY_LIMIT, Gate, MethodNotAllowedError
from hookrail.middleware._refusal import Refusal, Refused

__all__ = [
    "DEFAULT_BODY_LIMIT",
    "Gate",
    "MethodNotAllowedError",
    "ReceivedDelivery",
    "Refusal",
    "Refused",
]
