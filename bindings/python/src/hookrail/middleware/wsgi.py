"""Middleware for WSGI applications.

    from hookrail.middleware.wsgi import VerifyMiddleware

    application = VerifyMiddleware(application, os.environ["WEBHOOK_SECRET"], paths=["/webhooks"])

The application finds the ``ReceivedDelivery`` in ``environ["hookrail.delivery"]``, and the body
unread in ``wsgi.input``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from hookrail._received import Secrets
from hookrail.middleware._delivery import ReceivedDelivery
from hookrail.middleware._gate import CHUNK, Gate
from hookrail.middleware._refusal import Refusal, Refused
from hookrail.signing import Verifier

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["ENVIRON_KEY", "VerifyMiddleware", "receive"]

ENVIRON_KEY = "hookrail.delivery"
"""Where the application finds the delivery."""


class VerifyMiddleware:
    """Verifies requests before the application gets them.

    Args:
        app: The application.
        secrets: The endpoint's secret, a list of secrets, or a ``Verifier``.
        settings: Those of ``hookrail.middleware.Gate``.
    """

    def __init__(self, app: WSGIApplication, secrets: Secrets | Verifier, **settings: Any) -> None:
        self.app = app
        self._gate = Gate(secrets, **settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request."""
        if self._gate.covers(_path(environ)):
            try:
                receive(self._gate, environ)
            except Refused as refused:
                return _answer(refused.refusal, start_response)
        return self.app(environ, start_response)


def receive(gate: Gate, environ: WSGIEnvironment, request: Any = None) -> ReceivedDelivery:
    """Verifies a request, and puts the delivery and the body into its environment.

    Args:
        gate: The judge.
        environ: The request.
        request: What ``on_refusal`` gets; None for the environment.

    Raises:
        Refused: The request is no verified delivery.
    """
    method, length = environ.get("REQUEST_METHOD", ""), environ.get("CONTENT_LENGTH")
    request = environ if request is None else request
    with gate.begin(method, environ, length, request) as reading:
        try:
            for chunk in pieces(environ):
                reading.take(chunk)
        except OSError as error:
            # The client has gone, or a chunk was cut off.
            reading.cut_off(f"the body ended early: {error}")
        delivery = reading.finish()
    environ["wsgi.input"] = io.BytesIO(delivery.body)
    environ["CONTENT_LENGTH"] = str(len(delivery.body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ[ENVIRON_KEY] = delivery
    return delivery


def pieces(environ: WSGIEnvironment) -> Iterator[bytes]:
    """Reads the body. Beyond the announced length many servers would wait for ever."""
    stream = environ["wsgi.input"]
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isdigit():
        left = int(length)
    elif environ.get("wsgi.input_terminated"):
        left = None
    else:
        return
    while left is None or left > 0:
        chunk = stream.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        yield chunk


def _path(environ: WSGIEnvironment) -> str:
    return f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"


def _answer(refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    try:
        phrase = HTTPStatus(refusal.status).phrase
    except ValueError:
        phrase = refusal.title
    start_response(f"{refusal.status} {phrase}", list(refusal.headers.items()))
    return [refusal.body]
