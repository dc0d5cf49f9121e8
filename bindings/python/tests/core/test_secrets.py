"""No key, no secret and no value of a header gets where it could be seen."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hookrail import AsyncHookrail, Hookrail, HookrailError, RetryPolicy, Verifier, verify_signature
from hookrail.signing import explain
from tests.support.devserver import Devserver

KEY = "hk_0123456789abcdefghij"
SECRET = "whsec_zyxwvutsrqponmlkjihg"
HEADER = "a-token-for-the-gateway"
PASSWORD = "the-password-of-the-proxy"
HIDDEN = (KEY, SECRET, HEADER, PASSWORD)
ONCE = RetryPolicy(max_retries=0)


def assert_hidden(text: str) -> None:
    for one in HIDDEN:
        assert one not in text
        # Neither does a part of it that is long enough to be of use.
        assert one[5:-5] not in text


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("hookrail")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def everything_about(error: BaseException) -> str:
    """Returns what tools for errors show: the traceback with the variables of the package."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The frame of the test itself has the secrets, as that of any program has.
    of_package = [frame for frame in shown.stack if "/src/hookrail/" in frame.filename]
    frames = "\n".join(f"{frame.name} {frame.locals}" for frame in of_package)
    return f"{error!r} {error} {vars(error)} {pickle.dumps(error)!r} {frames}"


def settings(server: Devserver) -> dict[str, Any]:
    return {
        "api_key": KEY,
        "base_url": server.url,
        "headers": {"x-gateway": HEADER},
        "policy": ONCE,
    }


FAILURES: dict[str, Callable[[Hookrail], object]] = {
    "an answer": lambda client: client.send_event("a", {}),
    "a bad topic": lambda client: client.send_event("", {}),
    "a bad header": lambda client: client.send_event("a", {}, headers={"x-a": "b\n"}),
    "a bad payload": lambda client: client.send_event("a", b"no JSON"),
    "a bad idempotency key": lambda client: client.send_event("a", {}, idempotency_key="\n"),
    "a status": lambda client: client.get_event("no such event"),
    "a damaged event": lambda client: client.send_prepared(b"damaged"),
    "a submission": lambda client: client.submit("a", {}, total_timeout=0.2).result(),
}


@pytest.mark.parametrize("what", FAILURES)
def test_an_error_of_a_call(server: Devserver, what: str, log: io.StringIO) -> None:
    server.faults(*[{"status": 503}] * 20)
    with Hookrail(**settings(server)) as client:
        with pytest.raises(HookrailError) as caught:
            FAILURES[what](client)
        assert_hidden(everything_about(caught.value))
        assert_hidden(repr(client))
        assert_hidden(repr(client._cfg))
        assert_hidden(f"{client.stats()} {client.metrics()}")
    assert_hidden(log.getvalue())


def test_an_error_of_a_task(server: Devserver, log: io.StringIO) -> None:
    server.faults({"status": 503})

    async def send() -> None:
        async with AsyncHookrail(**settings(server)) as client:
            assert_hidden(repr(client))
            await client.send_event("a", {})

    with pytest.raises(HookrailError) as caught:
        asyncio.run(send())
    assert_hidden(everything_about(caught.value))
    assert_hidden(log.getvalue())


@pytest.mark.parametrize(
    "setting",
    [
        {"proxy": f"http://user:{PASSWORD}@127.0.0.1:1/path"},
        {"proxy": f"ftp://user:{PASSWORD}@127.0.0.1:1"},
        {"base_url": f"http://user:{PASSWORD}@127.0.0.1:1"},
        {"headers": {"x-gateway": f"{HEADER}\n"}},
        {"headers": {"authorization": HEADER}},
        {"api_key": f"{KEY}\n"},
        {"client_key": SECRET},
        {"workers": -1},
    ],
    ids=repr,
)
def test_an_error_of_a_setting(server: Devserver, setting: dict[str, Any]) -> None:
    with pytest.raises(HookrailError) as caught:
        Hookrail(**{**settings(server), **setting})
    assert_hidden(f"{caught.value!r} {caught.value} {vars(caught.value)}")


def test_an_error_of_a_proxy(server: Devserver, log: io.StringIO) -> None:
    proxy = f"http://user:{PASSWORD}@127.0.0.1:1"
    with (
        Hookrail(**settings(server), proxy=proxy) as client,
        pytest.raises(HookrailError) as caught,
    ):
        client.send_event("a", {})
    assert_hidden(everything_about(caught.value))
    assert_hidden(log.getvalue())


def test_an_error_of_a_signature() -> None:
    verifier = Verifier(SECRET)
    header = f"t=1,v1={'0' * 64}"
    for verify in (
        lambda: verifier.verify(header, "d", b"{}"),
        lambda: verifier.verify("forged", "d", b"{}"),
        lambda: verify_signature(SECRET.encode(), header, "d", b"{}", now=1),
    ):
        with pytest.raises(HookrailError) as caught:
            verify()
        assert_hidden(f"{caught.value!r} {caught.value} {vars(caught.value)}")
    with pytest.raises(HookrailError) as caught:
        Verifier(f"{SECRET}\n")
    assert_hidden(f"{caught.value!r} {vars(caught.value)}")
    assert_hidden(repr(verifier))
    assert_hidden(explain(SECRET, header, "d", b"{}"))


def test_what_holds_secrets_cannot_be_copied(server: Devserver) -> None:
    with Hookrail(**settings(server)) as client:
        for one in (client, Verifier(SECRET)):
            for copied in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(TypeError):
                    copied(one)


def test_a_prepared_event_shows_no_key(start_server: Callable[..., Devserver]) -> None:
    with Hookrail(**settings(start_server("--api-key", KEY))) as client:
        prepared = client.prepare_event("a", {}, headers={"x-other": "shown"})
        assert KEY.encode() not in prepared.blob
        submission = client.submit_prepared(prepared)
        assert_hidden(repr(submission))
        submission.result(timeout=10)
