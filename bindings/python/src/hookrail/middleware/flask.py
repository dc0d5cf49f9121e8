"""A decorator for the views of Flask.

    from hookrail.middleware.flask import verify_delivery

    @app.post("/webhooks")
    @verify_delivery(os.environ["WEBHOOK_SECRET"])
    def webhook():
        handle(g.hookrail_delivery.json())
        return "", 204

The view finds the ``ReceivedDelivery`` in ``g.hookrail_delivery``, and the body unread in
``request``.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import flask

from hookrail._received import Secrets
from hookrail.middleware._gate import Gate
from hookrail.middleware._refusal import Refused
from hookrail.middleware.wsgi import receive
from hookrail.signing import Verifier

__all__ = ["verify_delivery"]

View = TypeVar("View", bound=Callable[..., Any])


def verify_delivery(secrets: Secrets | Verifier, **settings: Any) -> Callable[[View], View]:
    """Makes a decorator that verifies requests before the view gets them. Views may be async.

    Args:
        secrets: The endpoint's secret, a list of secrets, or a ``Verifier``.
        settings: Those of ``hookrail.middleware.Gate``.
    """
    gate = Gate(secrets, **settings)

    def judge() -> flask.Response | None:
        request = flask.request
        read_before = getattr(request, "_cached_data", None)
        if read_before is not None:
            request.environ["wsgi.input"] = io.BytesIO(read_before)
        try:
            flask.g.hookrail_delivery = receive(gate, request.environ, request)
        except Refused as refused:
            refusal = refused.refusal
            return flask.Response(refusal.body, refusal.status, refusal.headers)
        # The view reads the body from the environment, and not from an earlier stream.
        request.__dict__.pop("stream", None)
        return None

    def decorate(view: View) -> View:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def guarded_async(*args: Any, **kwargs: Any) -> Any:
                refusal = judge()
                return await view(*args, **kwargs) if refusal is None else refusal

            return guarded_async  # type: ignore[return-value]

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refusal = judge()
            return view(*args, **kwargs) if refusal is None else refusal

        return guarded  # type: ignore[return-value]

    return decorate
