"""Signed requests, to test receivers."""

from __future__ import annotations

import io
import time
import uuid
from typing import Any

from hookrail import _received
from hookrail._received import Body, Text


def new_delivery_id() -> str:
    """Returns a unique delivery id."""
    return f"test_{uuid.uuid4().hex[:16]}"


def sign(
    body: Body | str, *, secret: Text, delivery_id: Text, timestamp: float | None = None
) -> str:
    """Signs a delivery as the service does.

    Args:
        body: The body, byte for byte; a text is its UTF-8.
        secret: The endpoint's secret.
        delivery_id: The value of ``hookrail-delivery-id``.
        timestamp: The signed time in seconds since 1970; None for now.

    Returns:
        The value of ``hookrail-signature``.

    Raises:
        HookrailConfigError: The secret, the time or the delivery id cannot be the service's.
    """
    from hookrail._native import verifier

    (key,) = _received.secret_list(secret)
    ident = delivery_id.encode() if isinstance(delivery_id, str) else delivery_id
    at = _received.clamped(_received.finite(_now(timestamp), "timestamp"))
    return verifier.sign(key, at, ident, _bytes(body)).decode()


def signed_headers(
    body: Body | str,
    *,
    secret: Text,
    topic: str = "test.event",
    event_id: str = "test_event",
    delivery_id: str | None = None,
    timestamp: float | None = None,
) -> dict[str, str]:
    """Returns the headers of a delivery, as the service sends them.

    client.post("/webhooks", content=body, headers=signed_headers(body, secret="whsec_test"))
    """
    ident = new_delivery_id() if delivery_id is None else delivery_id
    return {
        "content-type": "application/json",
        "user-agent": "hookrail/0.1",
        "hookrail-event-id": event_id,
        "hookrail-delivery-id": ident,
        "hookrail-topic": topic,
        "hookrail-signature": sign(body, secret=secret, delivery_id=ident, timestamp=timestamp),
    }


def signed_environ(body: Body | str, *, path: str = "/", **settings: Any) -> dict[str, Any]:
    """Returns the WSGI environment of a delivery. ``settings`` are those of ``signed_headers``."""
    content = _bytes(body)
    fields = signed_headers(content, **settings)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": fields.pop("content-type"),
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in fields.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


def signed_scope(body: Body | str, *, path: str = "/", **settings: Any) -> dict[str, Any]:
    """Returns the ASGI scope of a delivery. ``settings`` are those of ``signed_headers``."""
    content = _bytes(body)
    fields = {**signed_headers(content, **settings), "content-length": str(len(content))}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 80),
    }


def _now(timestamp: float | None) -> float:
    return time.time() if timestamp is None else timestamp


def _bytes(body: Body | str) -> bytes:
    return body.encode() if isinstance(body, str) else _received.body_bytes(body)
