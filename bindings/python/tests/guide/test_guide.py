"""Every program in docs/python.md, README.md and the package's README.md runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from tests.guide.blocks import ROOT, Block, blocks

from hookrail.testing import signed_headers

PAGE = ROOT / "docs/python.md"
SECRET = "whsec_the_old_one"


class Outbox:
    """A table of prepared events."""

    def __init__(self) -> None:
        self._blobs: list[bytes] = []

    def insert(self, blob: bytes) -> None:
        self._blobs.append(blob)

    def first(self) -> bytes:
        return self._blobs[0]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The names that the programs of the page share: each goes on where the last one ended."""
    received: list[bytes] = []
    seen: set[str] = set()
    return {
        "outbox": Outbox(),
        "received": received,
        "process": received.append,
        "first_time": lambda delivery_id: not (delivery_id in seen or seen.add(delivery_id)),
        "report_a_mistake": received.append,
        "send_again_later": lambda order, key: (order, key),
    }


@pytest.mark.usefixtures("examples_work")
@pytest.mark.parametrize("block", blocks(PAGE), ids=str)
def test_a_program_of_the_page_runs(block: Block, page: dict[str, Any]) -> None:
    block.run(page)


@pytest.mark.usefixtures("examples_work")
def test_the_functions_of_the_page_do_what_it_says(
    page: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hookrail import RateLimitError, RetryError

    assert page["announce"]({"id": "o_1"}).event_id
    monkeypatch.setitem(page, "client", refusing_client())
    assert page["announce"]({"id": "o_2"}) is None
    exhausted = RetryError("exhausted")
    exhausted.__cause__ = RateLimitError(429, None, 2.0)
    assert page["seconds_to_wait"](exhausted) == 2.0

    body = json.dumps({"order_id": "o_1"}).encode()
    headers = signed_headers(body, secret=SECRET)
    assert page["receive"](headers, body) == 204
    assert page["receive"](headers, body) == 204
    assert page["received"] == [body]
    assert page["receive"](headers, b"{}") == 401
    assert page["receive"]({}, body) == 401
    assert "secret" in page["why"](headers, body)
    pieces = [body[:5], body[5:]]
    assert page["receive_in_pieces"](headers, len(body), pieces).secret_index == 1

    page["test_an_order_is_announced"]()
    page["test_an_outage"]()
    page["test_a_retry_is_a_replay"]()


def refusing_client() -> Any:
    from hookrail import HookrailConnectionError

    def send_event(*_: object, **__: object) -> None:
        raise HookrailConnectionError("refused")

    return types.SimpleNamespace(send_event=send_event)


@pytest.mark.usefixtures("examples_work")
def test_the_traces_are_those_of_the_real_sdk(page: dict[str, Any], example_service: Any) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from hookrail import Hookrail

    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    example_service.server.faults({"status": 503})
    with Hookrail() as client:
        accepted = page["send_traced"](client, "orders.traced", {"order_id": "o_1"})
    first, second, send = spans.get_finished_spans()
    assert [span.name for span in (first, second, send)] == [
        "attempt 1", "attempt 2", "send orders.traced",
    ]  # fmt: skip
    assert (first.status.is_ok, first.attributes) == (False, {"http.response.status_code": 503})
    assert send.attributes == {"messaging.message.id": accepted.event_id}
    assert first.parent.span_id == second.parent.span_id == send.context.span_id
    request = example_service.server.requests()[-1]
    sent = {name.lower(): value for name, value in request["headers"]}
    assert format(send.context.trace_id, "032x") in sent["traceparent"]


def test_the_table_names_all_settings() -> None:
    import inspect

    from hookrail import AsyncHookrail, Hookrail

    text = PAGE.read_text()
    signatures = [inspect.signature(one).parameters for one in (Hookrail, AsyncHookrail)]
    settings = {*signatures[0], *signatures[1]} - {"settings"}
    assert {name for name in settings if f"`{name}`" not in text} <= {"http_client"}


def test_the_page_names_all_errors() -> None:
    from hookrail import errors

    text = PAGE.read_text()
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.HookrailError):
            assert f"`{name}`" in text, name


PROGRAMS = [
    *blocks(ROOT / "bindings/python/README.md"),
    *(block for block in blocks(ROOT / "README.md") if block.heading == "Python"),
]


@pytest.mark.usefixtures("examples_work")
@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: f"{block.page.parent.name}/{block}")
def test_a_program_of_a_readme_runs(block: Block) -> None:
    run(block.code)


EXAMPLES = sorted((ROOT / "bindings/python/examples").glob("*.py"))


@pytest.mark.usefixtures("examples_work")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs(example: Path) -> None:
    run(example.read_text())


def run(code: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bindings/python/src")}
    ended = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    assert ended.stdout != ""


def test_there_are_programs() -> None:
    assert len(blocks(PAGE)) > 20
    assert len(PROGRAMS) >= 2
    assert len(EXAMPLES) >= 3
