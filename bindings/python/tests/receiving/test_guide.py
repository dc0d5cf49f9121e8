"""The programs of docs/python-frameworks.md do what the page says."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import override_settings

from hookrail.testing import signed_environ
from tests.receiving import applications
from tests.receiving.requests import BODY, ask_asgi, ask_wsgi, delivery, forged

PAGE = Path(__file__).parents[4] / "docs" / "python-frameworks.md"
SECRET = "whsec_test"
assert applications  # It configures Django.


class Program:
    """The block of a section, in a program that remembers the orders it was paid."""

    def __init__(self, heading: str) -> None:
        text = PAGE.read_text().split(f"\n## {heading}\n")[1]
        (block,) = re.findall(r"```python\n(.*?)```", text.split("\n## ")[0], re.DOTALL)
        self.orders: list[Any] = []
        self.names: dict[str, Any] = {
            "__name__": "program",
            "first_time": lambda delivery_id: delivery_id == "d_1",
            "order_paid": self.orders.append,
        }
        exec("import os\n" + block, self.names)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)


GENUINE = lambda: delivery(secret=SECRET)  # noqa: E731
ORDER = {"order_id": "o_1", "note": "é"}


def test_all_programs_of_the_page_are_here() -> None:
    headings = re.findall(r"^## (.*)$|^```python$", PAGE.read_text(), re.MULTILINE)
    tested = ["Django", "Flask", "FastAPI and Starlette", "WSGI", "ASGI", "Any other framework"]
    with_program = [heading for heading, after in pairwise(headings) if after == ""]
    assert with_program == [*tested, "Testing a receiver"]


def test_django() -> None:
    with override_settings(WEBHOOK_SECRET=SECRET):
        program = Program("Django")
    view = program["webhook"]
    assert (
        view(WSGIRequest(signed_environ(BODY, secret=SECRET, delivery_id="d_1"))).status_code == 204
    )
    assert program.orders == [ORDER]
    assert view(WSGIRequest(signed_environ(BODY, secret=SECRET))).status_code == 204
    assert view(WSGIRequest(signed_environ(BODY, secret="whsec_other"))).status_code == 401
    assert program.orders == [ORDER]


@pytest.mark.parametrize("heading", ["Flask", "WSGI"])
def test_wsgi(heading: str) -> None:
    program = Program(heading)
    app = program["app" if heading == "Flask" else "application"]
    assert ask_wsgi(app, "/webhooks", GENUINE()).status == 204
    ask_wsgi(app, "/webhooks", forged()).check(forged(), 401)
    assert program.orders == [ORDER]


@pytest.mark.parametrize("heading", ["FastAPI and Starlette", "ASGI"])
def test_asgi(heading: str) -> None:
    program = Program(heading)
    answer = ask_asgi(program["app"], "/webhooks", GENUINE())
    assert answer is not None
    assert answer.status == 204
    answer = ask_asgi(program["app"], "/webhooks", forged())
    assert answer is not None
    answer.check(forged(), 401)
    assert program.orders == [ORDER]


def test_any_other_framework() -> None:
    program = Program("Any other framework")
    request = GENUINE()
    length = str(request.length)
    assert program["receive"]("POST", request.headers, length, request.chunks)[0] == 204
    assert program["receive"]("GET", request.headers, length, request.chunks)[0] == 405
    assert program.orders == [ORDER]


def test_testing_a_receiver() -> None:
    client = Program("Flask")["app"].test_client()
    tests = Program("Testing a receiver")
    tests["test_a_paid_order"](client)
    tests["test_a_forged_order"](client)


def test_starlette_takes_the_middleware_and_the_dependency() -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request as StarletteRequest
    from starlette.responses import Response
    from starlette.routing import Route

    from hookrail.middleware.asgi import VerifyMiddleware
    from hookrail.middleware.fastapi import VerifyDelivery, add_refusal_handler

    verified = VerifyDelivery(SECRET)

    async def webhook(request: StarletteRequest) -> Response:
        return Response((await verified(request)).body)

    async def behind(request: StarletteRequest) -> Response:
        return Response(request.scope["hookrail.delivery"].body)

    app = Starlette(
        routes=[
            Route("/webhooks", webhook, methods=["POST"]),
            Route("/b", behind, methods=["POST"]),
        ]
    )
    add_refusal_handler(app)
    app.add_middleware(VerifyMiddleware, secrets=SECRET, paths=["/b"])
    for path in ("/webhooks", "/b"):
        answer = ask_asgi(app, path, GENUINE())
        assert answer is not None
        assert answer.body == BODY
        answer = ask_asgi(app, path, forged())
        assert answer is not None
        answer.check(forged(), 401)


def test_an_async_view_of_django_may_be_decorated() -> None:
    from hookrail.middleware.django import verify_delivery

    @verify_delivery(SECRET)
    async def view(request: Any) -> Any:
        return request.hookrail_delivery.json()

    request = WSGIRequest(signed_environ(BODY, secret=SECRET))
    assert asyncio.run(view(request)) == ORDER
