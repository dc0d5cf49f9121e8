"""``FakeHookrail`` and ``FakeAsyncHookrail``: they behave as real clients do."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from hookrail import AsyncHookrail, Hookrail, RetryPolicy, errors
from hookrail.models import DeliveryState, EventAccepted, EventStatus
from hookrail.testing import (
    FakeAsyncHookrail,
    FakeHookrail,
    RecordedEvent,
    accepted,
    attempt_record,
    event_status,
)
from tests.support.devserver import Devserver

PAYLOAD = {"order_id": "o_1", "note": "é\u2028"}


def test_it_records_what_would_have_been_sent() -> None:
    client = FakeHookrail(headers={"X-Gateway": "g", "X-Tenant": "t"})
    result = client.send_event(
        "order.påid",
        PAYLOAD,
        idempotency_key="order 42",
        ordering_key="o_1",
        headers={"x-tenant": "other"},
    )
    assert isinstance(result, EventAccepted)
    assert result.idempotency_key == "order 42"
    assert (result.replayed, result.delivery_ids, result.attempts_made) == (False, [], 1)
    (event,) = client.events
    assert event == RecordedEvent(
        topic="order.påid",
        body=json.dumps(PAYLOAD, separators=(",", ":")).encode(),
        idempotency_key="order 42",
        ordering_key="o_1",
        headers={"x-gateway": "g", "x-tenant": "other"},
        submitted=False,
        event_id=result.event_id,
    )
    assert event.payload == PAYLOAD


def test_it_is_a_client_for_the_program() -> None:
    assert isinstance(FakeHookrail(), Hookrail)
    assert isinstance(FakeAsyncHookrail(), AsyncHookrail)


@pytest.mark.parametrize(
    ("fake", "real"), [(FakeHookrail, Hookrail), (FakeAsyncHookrail, AsyncHookrail)]
)
def test_it_has_the_signatures_of_a_real_client(fake: type, real: type) -> None:
    for name, method in inspect.getmembers(real, inspect.isfunction):
        if name.startswith("_"):
            continue
        own = getattr(fake, name)
        ours = [(p.name, p.kind, p.default) for p in inspect.signature(own).parameters.values()]
        theirs = [
            (p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()
        ]
        assert ours == theirs, name
        assert inspect.iscoroutinefunction(own) == inspect.iscoroutinefunction(method), name


def test_keys_are_recognised() -> None:
    client = FakeHookrail()
    first = client.send_event("t", {"a": 1}, idempotency_key="k")
    again = client.send_event("t", {"a": 1}, idempotency_key="k")
    assert (again.event_id, again.replayed) == (first.event_id, True)
    assert len(client.events) == 1
    for change in ({"payload": {"a": 2}}, {"topic": "u"}, {"ordering_key": "o"}):
        arguments = {"topic": "t", "payload": {"a": 1}, **change}
        with pytest.raises(errors.ConflictError) as caught:
            client.send_event(**arguments, idempotency_key="k")  # type: ignore[arg-type]
        assert (caught.value.status, caught.value.outcome) == (409, "rejected")
    assert client.send_event("t", {}).idempotency_key != client.send_event("t", {}).idempotency_key


BAD: list[tuple[str, Callable[[Any], Any]]] = [
    ("an empty topic", lambda c: c.send_event("", {})),
    ("a topic that is no text", lambda c: c.send_event(5, {})),
    ("NaN", lambda c: c.send_event("t", {"a": float("nan")})),
    ("a lone surrogate", lambda c: c.send_event("t", "\ud800")),
    ("a NUL", lambda c: c.send_event("t", "\0")),
    ("an object", lambda c: c.send_event("t", object())),
    ("bytes that are no JSON", lambda c: c.send_event("t", b"{")),
    ("a key with a line break", lambda c: c.send_event("t", {}, idempotency_key="a\nb")),
    ("a long ordering key", lambda c: c.send_event("t", {}, ordering_key="x" * 300)),
    ("a bad header", lambda c: c.send_event("t", {}, headers={"a b": "c"})),
    ("a header of the library", lambda c: c.send_event("t", {}, headers={"authorization": "x"})),
    ("a payload over the limit", lambda c: c.send_event("t", "x" * 300_000)),
    ("a bad timeout", lambda c: c.send_event("t", {}, timeout=-1)),
    ("a bad total timeout", lambda c: c.send_event("t", {}, total_timeout=0)),
    ("a damaged blob", lambda c: c.send_prepared(b"HKRLPREP")),
    ("a blob that is no blob", lambda c: c.send_prepared("text")),
    ("an empty event id", lambda c: c.get_event("")),
    ("an event id that is no text", lambda c: c.get_event(5)),
    ("a damaged blob, submitted", lambda c: c.submit_prepared(b"x")),
    ("a bad submission", lambda c: c.submit("", {})),
]


@pytest.mark.parametrize("action", [pytest.param(action, id=name) for name, action in BAD])
def test_it_refuses_what_a_real_client_refuses(action: Callable[[Any], Any]) -> None:
    raised: list[Exception] = []
    for client in (FakeHookrail(), Hookrail("hk_dev", "http://127.0.0.1:9")):
        with pytest.raises(Exception) as caught:
            action(client)
        raised.append(caught.value)
        client.close(0)
    fake, real = raised
    assert type(fake) is type(real)
    assert str(fake) == str(real)
    for one in raised:
        # By default it is a random one.
        vars(one).pop("idempotency_key", None)
    assert vars(fake) == vars(real)


@pytest.mark.parametrize(
    "settings",
    [{"api_key": ""}, {"base_url": "ftp://x"}, {"timeout": -1}, {"headers": {"a b": "c"}}],
)
def test_it_refuses_settings_that_a_real_client_refuses(settings: dict[str, Any]) -> None:
    for kind in (FakeHookrail, FakeAsyncHookrail):
        with pytest.raises(errors.HookrailConfigError):
            kind(**settings)


SAME: list[tuple[type[errors.HookrailError], dict[str, Any]]] = [
    (errors.BadRequestError, {"status": 400}),
    (errors.AuthenticationError, {"status": 401}),
    (errors.PermissionDeniedError, {"status": 403}),
    (errors.NotFoundError, {"status": 404}),
    (errors.ConflictError, {"status": 409}),
    (errors.PayloadTooLargeError, {"status": 413}),
    (errors.RateLimitError, {"status": 429}),
    (errors.ServerError, {"status": 503}),
    (errors.HookrailConnectionError, {"reset": "before_reading"}),
]


@pytest.mark.parametrize(("kind", "fault"), SAME, ids=lambda value: str(value))
def test_errors_are_those_of_a_real_client(
    server: Devserver, kind: type[errors.HookrailError], fault: dict[str, Any]
) -> None:
    server.faults({**fault, "times": "always"})
    policy = RetryPolicy(max_retries=2, base=0.001, cap=0.001)
    with Hookrail("hk_dev", server.url, policy=policy) as real:
        with pytest.raises(errors.HookrailError) as theirs:
            real.send_event("t", {}, idempotency_key="k")
    fake = FakeHookrail(policy=policy)
    fake.fail_next(kind)
    with pytest.raises(errors.HookrailError) as ours:
        fake.send_event("t", {}, idempotency_key="k")
    found, expected = ours.value, theirs.value
    assert type(found) is type(expected)
    assert type(found.__cause__) is type(expected.__cause__)
    for name in ("code", "idempotency_key", "attempts", "retryable"):
        assert getattr(found, name) == getattr(expected, name), name
    if kind is not errors.HookrailConnectionError:
        assert found.outcome == expected.outcome
        records = [(r.number, r.status, r.http_status) for r in found.attempt_records]
        assert records == [(r.number, r.status, r.http_status) for r in expected.attempt_records]
    assert fake.failed_events[0].error is found


def test_a_retryable_error_is_that_of_the_last_attempt() -> None:
    client = FakeHookrail(retries=4)
    client.fail_next(errors.RateLimitError(429, None, 2.5), times=2)
    for _ in range(2):
        with pytest.raises(errors.RetryError) as caught:
            client.send_event("t", {})
        cause = caught.value.__cause__
        assert isinstance(cause, errors.RateLimitError)
        assert cause.retry_after == 2.5
        assert caught.value.attempts == 5
        assert len(caught.value.attempt_records) == 5
    assert client.send_event("t", {}).event_id
    assert (len(client.events), len(client.failed_events)) == (1, 2)


def test_the_answers_can_be_scripted() -> None:
    client = FakeHookrail()
    client.answer_next(replayed=True, delivery_ids=["d_1"], region="eu").fail_next(ValueError)
    first = client.send_event("t", {})
    assert (first.replayed, first.delivery_ids, first.model_extra) == (
        True,
        ["d_1"],
        {"region": "eu"},
    )
    with pytest.raises(ValueError):
        client.send_event("t", {})
    assert client.send_event("t", {}).replayed is False
    client.fail_next(errors.ServerError, times=None)
    for _ in range(3):
        with pytest.raises(errors.RetryError):
            client.send_event("t", {})
    client.clear()
    assert client.events == client.failed_events == []
    assert client.send_event("t", {}).event_id


def test_a_function_can_answer() -> None:
    def answer(event: RecordedEvent) -> Any:
        if event.topic == "forbidden":
            raise errors.PermissionDeniedError(403, None)
        return {"delivery_ids": [event.topic]} if event.topic == "a" else None

    client = FakeHookrail().respond(answer)
    assert client.send_event("a", {}).delivery_ids == ["a"]
    assert client.send_event("b", {}).delivery_ids == []
    with pytest.raises(errors.PermissionDeniedError) as caught:
        client.send_event("forbidden", {}, idempotency_key="k")
    assert (caught.value.idempotency_key, caught.value.outcome) == ("k", "rejected")
    client.respond(lambda event: 5)  # type: ignore[arg-type, return-value]
    with pytest.raises(TypeError, match="an answer must be"):
        client.send_event("t", {})


@pytest.mark.parametrize("times", [0, -1, 1.5, "2"])
def test_times_are_checked(times: Any) -> None:
    with pytest.raises(errors.HookrailConfigError, match="times"):
        FakeHookrail().fail_next(errors.ServerError, times=times)
    with pytest.raises(TypeError, match="exception"):
        FakeHookrail().fail_next(503)  # type: ignore[arg-type]


def test_the_status_of_an_event() -> None:
    client = FakeHookrail()
    event_id = client.send_event("t", {}).event_id
    status = client.get_event(event_id)
    assert (status.event_id, status.topic, status.deliveries) == (event_id, "t", [])
    deliveries = [{"state": "dead_lettered", "attempts": [{"http_status": 404}]}, {}]
    client.answer_status(event_status("e_9", deliveries=deliveries))
    status = client.get_event("e_9")
    assert isinstance(status, EventStatus)
    states = [one.state for one in status.deliveries]
    assert states == [DeliveryState.dead_lettered, DeliveryState.succeeded]
    assert status.deliveries[0].attempts[0].http_status == 404
    with pytest.raises(errors.NotFoundError) as caught:
        client.get_event("e_10")
    assert caught.value.outcome is None
    client.fail_next(errors.ServerError)
    with pytest.raises(errors.RetryError):
        client.get_event("e_9")


def test_prepared_events_are_sent() -> None:
    client = FakeHookrail()
    prepared = client.prepare_event("t", {"a": 1}, ordering_key="o", headers={"X-A": "b"})
    result = client.send_prepared(prepared)
    assert result.idempotency_key == prepared.idempotency_key
    assert client.send_prepared(bytearray(prepared.blob)).replayed
    (event,) = client.events
    assert (event.topic, event.payload, event.ordering_key) == ("t", {"a": 1}, "o")
    assert event.headers == {"x-a": "b"}


def test_submissions_are_done_at_once() -> None:
    failed: list[Any] = []
    client = FakeHookrail(on_error=failed.append)
    one = client.submit("t", {}, tag="one")
    assert one.result(0).event_id == client.events[0].event_id
    assert (one.outcome, client.events[0].submitted) == ("delivered", True)
    client.fail_next(errors.ServerError)
    two = client.submit_prepared(client.prepare_event("u", {}), tag="two")
    error = two.exception(0)
    assert isinstance(error, errors.HookrailTimeoutError)
    assert isinstance(error.__cause__, errors.ServerError)
    assert (two.outcome, two.topic) == ("maybe_sent", "u")
    assert failed == [two]
    assert [done.tag for done in client.completions()] == ["one", "two"]
    assert client.flush() == 0
    assert client.pending() == (0, 0, 0)
    assert client.close() == 0


def test_submit_itself_raises_that_the_queue_is_full() -> None:
    client = FakeHookrail().fail_next(errors.QueueFullError)
    with pytest.raises(errors.QueueFullError):
        client.submit("t", {})
    assert client.submit("t", {}).result(0)


def test_the_queue_can_be_held() -> None:
    client = FakeHookrail().hold_queue()
    held = [client.submit("t", {}, tag=number) for number in range(4)]
    assert (client.pending().queued, client.flush(), client.events) == (4, 4, [])
    assert held[0].cancel()
    assert isinstance(held[0].exception(0), errors.HookrailCancelledError)
    client.release_queue()
    assert all(one.result(0) for one in held[1:])
    client.hold_queue()
    late = client.submit("t", {})
    assert client.purge() == 1
    assert late.outcome == "not_sent"
    last = client.submit("t", {})
    assert client.close() == 1
    assert isinstance(last.exception(0), errors.HookrailCancelledError)


def test_a_closed_client_is_closed() -> None:
    client = FakeHookrail()
    prepared = client.prepare_event("t", {})
    with client:
        pass
    for action in (
        lambda: client.send_event("t", {}, idempotency_key="k"),
        lambda: client.send_prepared(prepared),
        lambda: client.get_event("e_1"),
        lambda: client.submit("t", {}),
        lambda: client.submit_prepared(prepared),
    ):
        with pytest.raises(errors.HookrailClosedError):
            action()


def test_the_hook_and_the_log_work(caplog: pytest.LogCaptureFixture) -> None:
    reports: list[Any] = []
    client = FakeHookrail(on_call=reports.append)
    with caplog.at_level(logging.DEBUG, "hookrail"):
        client.send_event("t", {}, idempotency_key="k")
        client.fail_next(errors.ServerError)
        with pytest.raises(errors.RetryError):
            client.send_event("t", {})
        client.submit("t", {})
        client.get_event(client.events[0].event_id or "")
    operations = ["send_event", "send_event", "submit", "get_event"]
    assert [report.operation for report in reports] == operations
    assert reports[0].idempotency_key == "k"
    assert any("succeeded" in record.getMessage() for record in caplog.records)
    assert any("failed" in record.getMessage() for record in caplog.records)


def test_nothing_leaves_the_process(server: Devserver) -> None:
    client = FakeHookrail("hk_dev", server.url)
    client.send_event("t", {}, timeout=3)
    client.submit("t", {}).result(0)
    client.get_event(client.events[0].event_id or "", timeout=(1, 2, 3, 4))
    client.close()
    assert server.summary()["connections"] <= 1, "the connection of this request"


def test_threads_share_a_fake_client() -> None:
    client = FakeHookrail()

    def work() -> None:
        for number in range(50):
            client.send_event("t", {}, idempotency_key=f"k{number}")
            client.submit("u", {}).result(0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(client.events) == 50 + 4 * 50


def test_the_async_client_does_the_same() -> None:
    async def story() -> None:
        async with FakeAsyncHookrail() as client:
            result = await client.send_event("t", PAYLOAD, idempotency_key="k")
            assert client.events[0].payload == PAYLOAD
            assert (await client.send_event("t", PAYLOAD, idempotency_key="k")).replayed
            prepared = client.prepare_event("t", {})
            assert await client.send_prepared(prepared)
            assert (await client.get_event(result.event_id)).topic == "t"
            client.fail_next(errors.ServerError)
            with pytest.raises(errors.RetryError):
                await client.send_event("t", {})
            submission = client.submit("t", {}, tag=1)
            assert await submission
            assert await client.flush() == 0
            assert [done.tag async for done in client.completions()] == [1]
        with pytest.raises(errors.HookrailClosedError):
            await client.send_event("t", {})

    asyncio.run(story())


def test_the_values_of_tests_are_models() -> None:
    assert accepted(replayed=True).replayed
    assert accepted(attempts=3).attempts_made == 3
    assert accepted().raw_json == b'{"event_id": "01TEST00000000000000000000", "delivery_ids": []}'
    record = attempt_record(number=2, status="server_error")
    assert (record.number, record.ok) == (2, False)
