"""Middleware for ASGI applications.

    from hookrail.middleware.asgi import VerifyMiddleware

    app = VerifyMiddleware(app, os.environ["WEBHOOK_SECRET"], paths=["/webhooks"])

The application finds the ``ReceivedDelivery`` in ``scope["hookrail.delivery"]``, and ``receive``
gives the body again. A WebSocket cannot carry a delivery, so those to verified paths are closed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hookrail._received import Secrets
from hookrail.middleware._delivery import ReceivedDelivery
from hookrail.middleware._gate import Gate
from hookrail.middleware._refusal import Refusal, Refused
from hookrail.signing import Verifier

__all__ = ["SCOPE_KEY", "VerifyMiddleware"]

SCOPE_KEY = "hookrail.delivery"
"""Where the application finds the delivery."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY_VIOLATION = 1008


class VerifyMiddleware:
    """Verifies requests before the application gets them.

    Args:
        app: The application.
        secrets: The endpoint's secret, a list of secrets, or a ``Verifier``.
        settings: Those of ``hookrail.middleware.Gate``.
    """

    def __init__(self, app: Application, secrets: Secrets | Verifier, **settings: Any) -> None:
        self.app = app
        self._gate = Gate(secrets, **settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] not in ("http", "websocket") or not self._gate.covers(scope["path"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            try:
                delivery = await self._read(scope, receive)
            except Refused as refused:
                await _answer(refused.refusal, send)
                return
            scope = {**scope, SCOPE_KEY: delivery}
            await self.app(scope, _replayed(delivery.body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> ReceivedDelivery:
        fields = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
        length = dict(fields).get(b"content-length", b"").decode("latin-1")
        with self._gate.begin(scope["method"], fields, length, scope) as reading:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    reading.cut_off("the client has gone")
                reading.take(message.get("body", b""))
                more = message.get("more_body", False)
            return reading.finish()


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Returns a ``receive`` that gives the whole body first."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _answer(refusal: Refusal, send: Send) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in refusal.headers.items()
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.body})
