"""A dependency for FastAPI and, as a function of a request, for Starlette.

    from hookrail.middleware.fastapi import VerifyDelivery, add_refusal_handler

    verified = VerifyDelivery(os.environ["WEBHOOK_SECRET"])
    add_refusal_handler(app)

    @app.post("/webhooks")
    async def webhook(delivery: Annotated[ReceivedDelivery, Depends(verified)]):
        await handle(delivery.json())

If the endpoint has a parameter for the body, FastAPI reads it before it asks dependencies. Then
``body_limit`` refuses the body only afterwards; ``hookrail.middleware.asgi`` refuses it before.
"""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hookrail._received import Secrets
from hookrail.middleware._delivery import ReceivedDelivery
from hookrail.middleware._gate import Gate
from hookrail.middleware._refusal import Refusal, Refused
from hookrail.signing import Verifier

__all__ = ["DeliveryRefused", "VerifyDelivery", "add_refusal_handler"]


class DeliveryRefused(HTTPException):
    """A request is no verified delivery. ``add_refusal_handler`` gives it the usual answer."""

    def __init__(self, refusal: Refusal) -> None:
        allow = {name: refusal.headers[name] for name in ("Allow",) if name in refusal.headers}
        super().__init__(refusal.status, refusal.title, allow)
        self.refusal = refusal


class VerifyDelivery:
    """Verifies a request, and returns its delivery. The body can be read again.

    Args:
        secrets: The endpoint's secret, a list of secrets, or a ``Verifier``.
        settings: Those of ``hookrail.middleware.Gate``.
    """

    def __init__(self, secrets: Secrets | Verifier, **settings: Any) -> None:
        self._gate = Gate(secrets, **settings)

    async def __call__(self, request: Request) -> ReceivedDelivery:
        """Returns the delivery of a request.

        Raises:
            DeliveryRefused: The request is no verified delivery.
        """
        try:
            return await self._read(request)
        except Refused as refused:
            raise DeliveryRefused(refused.refusal) from refused.__cause__

    async def _read(self, request: Request) -> ReceivedDelivery:
        length = request.headers.get("content-length")
        fields = request.headers.raw
        with self._gate.begin(request.method, fields, length, request) as reading:
            try:
                async for chunk in request.stream():
                    reading.take(chunk)
            except ClientDisconnect:
                reading.cut_off("the client has gone")
            except RuntimeError as error:
                # Something has consumed the stream before.
                reading.cut_off(str(error))
            delivery = reading.finish()
        # Where Starlette keeps a body that was read.
        request._body = delivery.body
        return delivery


def add_refusal_handler(app: Starlette) -> None:
    """Makes refusals answers with a problem (RFC 7807), as the other middleware gives them."""
    app.add_exception_handler(DeliveryRefused, _answer)


async def _answer(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DeliveryRefused)
    refusal = error.refusal
    return Response(refusal.body, refusal.status, refusal.headers)
