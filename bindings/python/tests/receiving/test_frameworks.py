"""Every framework gives the same answers to the same requests."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Annotated, Any

import pytest
from django.test import override_settings
from fastapi import Body, Depends, FastAPI

from hookrail.middleware import ReceivedDelivery, asgi
from hookrail.models import EventAccepted, EventStatus
from hookrail.testing import signed_environ, signed_scope
from tests.receiving import applications as apps
from tests.receiving.requests import (
    BODY,
    CASES,
    SECRET,
    Pieces,
    Request,
    ask_asgi,
    ask_wsgi,
    chunked,
    delivery,
    forged,
)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("path", apps.WSGI_PATHS)
def test_wsgi(path: str, case: str) -> None:
    make, status = CASES[case]
    ask_wsgi(apps.wsgi, path, make()).check(make(), status)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("path", apps.ASGI_PATHS)
def test_asgi(path: str, case: str) -> None:
    make, status = CASES[case]
    answer = ask_asgi(apps.asgi, path, make())
    if path.startswith("/django") and case in ("cut off", "an announced length over the limit"):
        # The client sends less than announced, and Django itself drops such requests.
        assert answer is None
    else:
        assert answer is not None
        answer.check(make(), status)


def test_flask_finds_a_body_that_was_read_before() -> None:
    ask_wsgi(apps.wsgi, "/flask/read-before", delivery()).check(delivery(), 200)
    ask_wsgi(apps.wsgi, "/flask/read-before", forged()).check(forged(), 401)


def test_a_body_that_was_partly_read_before_is_not_a_whole_delivery() -> None:
    ask_wsgi(apps.wsgi, "/flask/parsed-before", delivery()).check(delivery(), 408)


def test_fastapi_parses_the_body_besides() -> None:
    request = delivery(b'{"order_id":"o_1"}')
    answer = ask_asgi(apps.asgi, "/fastapi/parsed", request)
    assert answer is not None
    answer.check(request, 200)
    answer = ask_asgi(apps.asgi, "/fastapi/parsed", forged())
    assert answer is not None
    answer.check(forged(), 401)


def test_without_the_handler_fastapi_writes_the_refusal() -> None:
    app = FastAPI()
    app.post("/")(fastapi_endpoint)
    answer = ask_asgi(app, "/", forged())
    assert answer is not None
    assert (answer.status, answer.body) == (401, b'{"detail":"Not a verified delivery"}')


def fastapi_endpoint(delivery: Annotated[ReceivedDelivery, Depends(apps.verified)]) -> None:
    raise AssertionError("the endpoint of a forged delivery ran")


def test_models_are_response_models_of_fastapi() -> None:
    app = FastAPI()

    @app.post("/", response_model=EventStatus)
    def endpoint() -> Any:
        return {"event_id": "e_1", "topic": "t", "deliveries": None, "region": "eu"}

    @app.get("/accepted")
    def accepted() -> EventAccepted:
        return EventAccepted(event_id="e_1", replayed=True)

    @app.put("/")
    def taken(status: Annotated[EventStatus, Body()]) -> int:
        return len(status.deliveries)

    answer = ask_asgi(app, "/", delivery())
    assert answer is not None
    whole = {"event_id": "e_1", "topic": "t", "deliveries": [], "region": "eu"}
    assert json.loads(answer.body) == whole
    request = Request(chunks=[], method="GET")
    answer = ask_asgi(app, "/accepted", request)
    assert answer is not None
    assert json.loads(answer.body) == {"event_id": "e_1", "delivery_ids": []}
    sent = Request([json.dumps(whole).encode()], [("content-type", "application/json")], "PUT")
    answer = ask_asgi(app, "/", sent)
    assert answer is not None
    assert answer.body == b"0"
    described = json.dumps(app.openapi()["paths"]["/accepted"])
    assert "delivery_ids" in described
    assert "replayed" not in described


def test_django_does_not_ask_deliveries_for_a_csrf_token() -> None:
    forged_form = Request([b"{}"], length=2)
    assert ask_wsgi(apps.wsgi, "/django/open", forged_form).status == 403
    assert ask_wsgi(apps.wsgi, "/django/middleware", delivery()).status == 200
    assert ask_wsgi(apps.wsgi, "/django", delivery()).status == 200


def test_paths_that_the_middleware_does_not_cover_pass() -> None:
    request = Request(chunks=[], method="GET")
    assert ask_wsgi(apps.wsgi, "/django/open", request).body == b"open, False"
    answer = ask_asgi(apps.asgi, "/django/open", request)
    assert answer is not None
    assert answer.body == b"open, False"


def test_django_refuses_bodies_over_its_own_limit() -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        ask_wsgi(apps.wsgi, "/django", delivery()).check(delivery(), 413)


def test_wsgi_reads_only_the_announced_length() -> None:
    request = delivery()
    request.chunks.append(b"the next request")
    ask_wsgi(apps.wsgi, "/wsgi", request).check(delivery(), 200)


def test_without_length_wsgi_reads_only_an_input_that_ends() -> None:
    class Endless:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the middleware would wait for ever")

    changes = {"wsgi.input_terminated": False, "wsgi.input": Endless()}
    request = chunked(delivery())
    ask_wsgi(apps.wsgi, "/wsgi", request, **changes).check(request, 408)


def test_a_client_that_breaks_off_is_not_a_whole_delivery() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError("reset by peer")

    for path in ("/wsgi", "/flask", "/django"):
        answer = ask_wsgi(apps.wsgi, path, delivery(), **{"wsgi.input": Broken()})
        answer.check(delivery(), 408)


def test_a_refused_body_is_not_read() -> None:
    class Watched(Pieces):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    for make in (lambda: delivery(timestamp=1), lambda: delivery(b"x" * 2000)):
        answer = ask_wsgi(apps.plain_wsgi, "/", make(), **{"wsgi.input": Watched([])})
        assert answer.status in (401, 413)


def test_asgi_passes_on_what_comes_after_the_body() -> None:
    messages = [
        {"type": "http.request", "body": BODY, "more_body": False},
        {"type": "http.disconnect"},
    ]
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([scope, await receive(), await receive()])

    async def receive() -> Any:
        return messages.pop(0)

    async def send(_message: Any) -> None:
        raise AssertionError("the middleware answered")

    scope = signed_scope(BODY, secret=SECRET, path="/x")
    asyncio.run(asgi.VerifyMiddleware(app, SECRET)(scope, receive, send))
    assert seen[0][asgi.SCOPE_KEY].body == BODY
    assert seen[1] == {"type": "http.request", "body": BODY, "more_body": False}
    assert seen[2] == {"type": "http.disconnect"}
    assert asgi.SCOPE_KEY not in scope


def test_asgi_closes_web_sockets_to_verified_paths() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    reached: list[str] = []
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = asgi.VerifyMiddleware(app, SECRET, paths=["/webhooks"])
    for kind, path in (("websocket", "/webhooks"), ("websocket", "/other"), ("lifespan", "")):
        asyncio.run(guarded({"type": kind, "path": path}, receive, send))
    assert reached == ["websocket", "lifespan"]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_delivery_of_the_testing_helpers_is_genuine() -> None:
    started: list[str] = []
    environ = signed_environ(BODY, secret=SECRET)
    apps.plain_wsgi(environ, lambda status, *_rest: started.append(status))
    assert started == ["200 OK"]
