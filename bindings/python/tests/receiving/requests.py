"""Requests to receivers, and how they are answered."""

from __future__ import annotations

import asyncio
import io
import json
import time
from dataclasses import dataclass, field
from typing import Any

from hookrail.testing import sign, signed_environ, signed_headers

SECRET, OLD = "whsec_of_the_tests", "whsec_of_last_year"
BODY = b'{"order_id":"o_1","note":"\xc3\xa9"}'
LIMIT = 1000

TITLES = {
    401: "Not a verified delivery",
    405: "Method not allowed",
    408: "Not a whole delivery",
    413: "Larger than the limit",
    503: "Not a verified delivery",
}


@dataclass
class Request:
    """A request. ``length`` is its Content-Length: None for none."""

    chunks: list[bytes] = field(default_factory=lambda: [BODY])
    headers: list[tuple[str, str]] = field(default_factory=list)
    method: str = "POST"
    length: int | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def without(self, name: str) -> Request:
        self.headers = [(n, v) for n, v in self.headers if n != name]
        return self

    def adding(self, name: str, value: str) -> Request:
        self.headers.append((name, value))
        return self


def delivery(body: bytes = BODY, *, secret: str = SECRET, **settings: Any) -> Request:
    """Returns a genuine delivery."""
    fields = signed_headers(body, secret=secret, delivery_id="d_1", **settings)
    return Request([body], list(fields.items()), length=len(body))


def forged() -> Request:
    """Returns a delivery whose body was changed."""
    request = delivery(BODY)
    request.chunks = [BODY.replace(b"o_1", b"o_2")]
    return request


def chunked(request: Request) -> Request:
    """Returns the request in pieces, and without a length."""
    body = request.body
    request.chunks = [body[i : i + 7] for i in range(0, len(body), 7)]
    request.length = None
    return request


def split_signature() -> Request:
    """Returns a delivery from behind a gateway that splits headers at commas."""
    request = delivery()
    signature = dict(request.headers)["hookrail-signature"]
    request.without("hookrail-signature")
    for part in signature.split(","):
        request.adding("hookrail-signature", part)
    return request


def cut_off() -> Request:
    """Returns a delivery of which the last bytes are missing."""
    request = delivery()
    request.chunks = [BODY[:-3]]
    return request


def with_method(method: str) -> Request:
    request = delivery()
    request.method = method
    return request


def no_body() -> Request:
    request = delivery()
    request.chunks, request.length = [], None
    return request


def announced_too_long() -> Request:
    request = delivery()
    request.length = LIMIT + 1
    return request


OLD_TIME = time.time() - 1000
CASES = {
    "genuine": (delivery, 200),
    "genuine, with last year's secret": (lambda: delivery(secret=OLD), 200),
    "genuine, in pieces": (lambda: chunked(delivery()), 200),
    "genuine, as long as the limit": (lambda: delivery(b'"' + b"x" * (LIMIT - 2) + b'"'), 200),
    "the signature split at its comma": (split_signature, 200),
    "a changed body": (forged, 401),
    "a changed body in pieces": (lambda: chunked(forged()), 401),
    "another secret": (lambda: delivery(secret="whsec_other"), 401),
    "an old signature": (lambda: delivery(timestamp=OLD_TIME), 401),
    "no signature": (lambda: delivery().without("hookrail-signature"), 401),
    "no delivery id": (lambda: delivery().without("hookrail-delivery-id"), 401),
    "no headers of a delivery": (lambda: Request(length=len(BODY)), 401),
    "garbage": (
        lambda: delivery().without("hookrail-signature").adding("hookrail-signature", "x"),
        401,
    ),
    "the signature twice": (
        lambda: delivery().adding(
            "hookrail-signature", sign(BODY, secret=SECRET, delivery_id="d_1")
        ),
        401,
    ),
    "the delivery id twice": (lambda: delivery().adding("hookrail-delivery-id", "d_2"), 401),
    "GET": (lambda: with_method("GET"), 405),
    "PUT": (lambda: with_method("PUT"), 405),
    "cut off": (cut_off, 408),
    "no body": (no_body, 408),
    "an announced length over the limit": (announced_too_long, 413),
    "over the limit": (lambda: delivery(b'"' + b"x" * LIMIT + b'"'), 413),
    "over the limit, in pieces": (lambda: chunked(delivery(b'"' + b"x" * LIMIT + b'"')), 413),
}


@dataclass
class Answer:
    """An answer of a receiver."""

    status: int
    headers: dict[str, str]
    body: bytes

    def check(self, request: Request, status: int) -> None:
        """Asserts that it is the right answer."""
        assert self.status == status, self
        if status == 200:
            facts = json.loads(self.body)
            assert facts["delivery_id"] == "d_1"
            assert (facts["topic"], facts["event_id"]) == ("test.event", "test_event")
            assert facts["json"] == json.loads(request.body)
            assert facts["body"] == request.body.decode()
            return
        problem = {"title": TITLES[status], "status": status}
        assert self.body == json.dumps(problem, separators=(",", ":")).encode()
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["content-length"] == str(len(self.body))
        assert self.headers.get("allow") == ("POST" if status == 405 else None)


class Pieces(io.RawIOBase):
    """A body that arrives in pieces, and cannot be rewound."""

    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = [chunk for chunk in chunks if chunk]

    def read(self, size: int = -1) -> bytes:
        if not self.chunks:
            return b""
        chunk = self.chunks.pop(0)
        if 0 <= size < len(chunk):
            self.chunks.insert(0, chunk[size:])
            chunk = chunk[:size]
        return chunk


def ask_wsgi(app: Any, path: str, request: Request, **changes: Any) -> Answer:
    """Lets a WSGI application answer a request."""
    environ = signed_environ(b"", path=path, secret=SECRET)
    environ = {name: value for name, value in environ.items() if "HOOKRAIL" not in name}
    environ.update(REQUEST_METHOD=request.method, CONTENT_TYPE="application/json")
    environ["wsgi.input"] = Pieces(request.chunks)
    environ["wsgi.input_terminated"] = True
    del environ["CONTENT_LENGTH"]
    if request.length is not None:
        environ["CONTENT_LENGTH"] = str(request.length)
    for name, value in request.headers:
        key = f"HTTP_{name.upper().replace('-', '_')}"
        # As servers do it.
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ.update(changes)
    started: list[Any] = []
    result = app(environ, lambda status, headers, *_rest: started.extend((status, headers)))
    body = b"".join(result)
    status, headers = started
    return Answer(int(status[:3]), {n.lower(): v for n, v in headers}, body)


def ask_asgi(app: Any, path: str, request: Request, **changes: Any) -> Answer | None:
    """Lets an ASGI application answer a request. Returns None if it gives no answer."""
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers]
    if request.length is not None:
        fields.append((b"content-length", str(request.length).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": fields,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        **changes,
    }
    chunks = request.chunks or [b""]
    whole = request.length is None or len(request.body) >= request.length
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if whole:
        messages[-1]["more_body"] = False
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages and whole:
            await asyncio.Event().wait()
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    if not sent:
        return None
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))
