"""Sends and requests for a status."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import hookrail
from hookrail import Hookrail, RetryPolicy
from tests.support.devserver import Devserver
from tests.support.scripted import ScriptedServer, SilentServer

ACCEPTED: tuple[int, Any, dict[str, str]] = (202, {"event_id": "ev1", "delivery_ids": ["d1"]}, {})


@pytest.fixture
def script() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts servers that answer as they are told."""
    servers: list[ScriptedServer] = []

    def start(*answers: Any) -> ScriptedServer:
        servers.append(ScriptedServer(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_an_event_is_recorded(client: Hookrail, server: Devserver) -> None:
    accepted = client.send_event("orders.created", {"id": 1}, idempotency_key="order 42")
    assert accepted.idempotency_key == "order 42"
    assert not accepted.replayed
    assert accepted.attempts_made == 1
    assert [record.status for record in accepted.attempt_records] == ["ok"]
    assert server.events()[0]["event_id"] == accepted.event_id
    assert client.send_event("orders.created", {"id": 1}, idempotency_key="order 42").replayed


def test_the_request_is_that_of_version_0_1_0(script: Callable[..., ScriptedServer]) -> None:
    service = script(ACCEPTED)
    with Hookrail("hk_x", service.url) as client:
        client.send_event("orders.created", {"id": 1, "name": "é"}, ordering_key="o1")
    request = service.requests[0]
    assert request.body == b'{"topic":"orders.created","payload":{"id":1,"name":"\\u00e9"}}'
    assert request.headers["authorization"] == "Bearer hk_x"
    assert "hookrail-python/" in request.headers["user-agent"]
    assert request.headers["x-hookrail-ordering-key"] == "o1"
    assert request.headers["idempotency-key"]


@pytest.mark.parametrize(
    "payload",
    [
        {"a": [1, 2.5, None, True], "ü": "é"},
        [],
        "text",
        "a \u2028 \U0001f600",
        3.14,
        1e300,
        10**40,
        True,
        None,
        {"z": 1, "a": 2, 3: "x", None: 0, True: 1},
        ("tuple", "too"),
    ],
    ids=repr,
)
def test_the_bytes_are_those_of_json_dumps(
    payload: object, script: Callable[..., ScriptedServer]
) -> None:
    service = script(ACCEPTED)
    with Hookrail("hk_x", service.url) as client:
        client.send_event("t", payload)
    body = json.dumps({"topic": "t", "payload": payload}, separators=(",", ":")).encode()
    assert service.requests[0].body == body


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_json_already(
    kind: Callable[[bytes], Any], script: Callable[..., ScriptedServer]
) -> None:
    service = script(ACCEPTED)
    with Hookrail("hk_x", service.url) as client:
        client.send_event("t", kind(b'{ "a":1 }'))
    assert service.requests[0].body == b'{"topic":"t","payload":{ "a":1 }}'


def cycle() -> list[Any]:
    """Returns a list that holds itself."""
    items: list[Any] = []
    items.append(items)
    return items


def deep() -> Any:
    """Returns lists nested deeper than Python can write."""
    items: list[Any] = []
    for _ in range(100_000):
        items = [items]
    return items


@pytest.mark.parametrize(
    "payload",
    [float("nan"), float("inf"), "\ud800", "a\0b", b"{", b"1 2", b"\xff", cycle(), deep()],
    ids=["nan", "infinity", "surrogate", "NUL", "cut off", "two", "no UTF-8", "cycle", "deep"],
)
def test_a_payload_that_is_no_json_is_a_value_error(client: Hookrail, payload: object) -> None:
    with pytest.raises(ValueError) as caught:
        client.send_event("t", payload)
    assert isinstance(caught.value, hookrail.HookrailConfigError)
    assert caught.value.outcome == "not_sent"


@pytest.mark.parametrize("payload", [object(), {1, 2}, {"a": b"x"}, time.localtime], ids=repr)
def test_objects_without_a_form_in_json_are_type_errors(client: Hookrail, payload: object) -> None:
    with pytest.raises(TypeError):
        client.send_event("t", payload)


@pytest.mark.parametrize("topic", ["", None, b"t", 1, "\ud800", "x" * 257], ids=repr)
def test_a_bad_topic_is_refused(client: Hookrail, topic: Any) -> None:
    with pytest.raises(hookrail.HookrailConfigError, match="topic") as caught:
        client.send_event(topic, {})
    assert caught.value.outcome == "not_sent"


@pytest.mark.parametrize("name", ["idempotency_key", "ordering_key"])
@pytest.mark.parametrize("key", [" a", "a\0b", "é", "a\nb", "x" * 300, 5, b"k"], ids=repr)
def test_a_bad_key_is_refused(client: Hookrail, name: str, key: Any) -> None:
    with pytest.raises(hookrail.HookrailConfigError) as caught:
        client.send_event("t", {}, **{name: key})
    assert caught.value.outcome == "not_sent"


def test_attempts_have_identical_bytes_and_keys(script: Callable[..., ScriptedServer]) -> None:
    service = script((503, {"title": "down"}, {}), ACCEPTED)
    with Hookrail("hk_x", service.url) as client:
        accepted = client.send_event("t", {"id": 1})
    first, second = service.requests
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert [record.status for record in accepted.attempt_records] == ["server_error", "ok"]


def test_a_null_list_of_deliveries_is_empty(script: Callable[..., ScriptedServer]) -> None:
    service = script((202, {"event_id": "ev1", "delivery_ids": None}, {}))
    with Hookrail("hk_x", service.url) as client:
        assert client.send_event("t", 1).delivery_ids == []


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (413, "PayloadTooLargeError"),
        (418, "HookrailAPIError"),
        (301, "HookrailAPIError"),
    ],
)
def test_a_final_answer_is_the_error_of_its_status(
    status: int, name: str, script: Callable[..., ScriptedServer]
) -> None:
    service = script((status, {"title": "No", "detail": "because"}, {"x-request-id": "r1"}))
    with (
        Hookrail("hk_x", service.url) as client,
        pytest.raises(hookrail.HookrailAPIError) as caught,
    ):
        client.send_event("t", 1, idempotency_key="k1")
    error = caught.value
    assert type(error).__name__ == name
    assert error.status == status
    assert str(error) == f"hookrail API error {status}: No because"
    assert error.problem is not None and error.problem.title == "No"
    assert error.idempotency_key == "k1"
    assert error.attempts == 1
    assert error.request_id == "r1"
    assert error.body == b'{"title": "No", "detail": "because"}'
    assert len(service.requests) == 1


def test_a_rate_limit_is_the_cause_of_the_retry_error(
    script: Callable[..., ScriptedServer],
) -> None:
    service = script((429, {"title": "rate limited"}, {"Retry-After": "2"}))
    with Hookrail("hk_x", service.url, retries=0) as client:
        with pytest.raises(hookrail.RetryError) as caught:
            client.send_event("t", 1)
    cause = caught.value.__cause__
    assert isinstance(cause, hookrail.RateLimitError)
    assert cause.retry_after == 2.0
    assert str(caught.value) == (
        "hookrail: giving up after retries: hookrail API error 429: rate limited"
    )
    assert caught.value.outcome == "rejected"
    assert caught.value.retryable


def test_an_answer_of_a_proxy_is_repeated(script: Callable[..., ScriptedServer]) -> None:
    service = script((502, b'{"status":"error"}', {}), ACCEPTED)
    with Hookrail("hk_x", service.url) as client:
        assert client.send_event("t", 1).event_id == "ev1"


def test_a_success_that_is_none_is_no_validation_error(
    script: Callable[..., ScriptedServer],
) -> None:
    service = script((202, {"status": "error"}, {}))
    with Hookrail("hk_x", service.url, retries=0) as client:
        with pytest.raises(hookrail.HookrailError) as caught:
            client.send_event("t", 1)
    assert caught.value.outcome == "maybe_sent"


def test_a_refused_connection_is_a_connection_error() -> None:
    listener = SilentServer()
    listener.close()
    with Hookrail("hk_x", listener.url, retries=1, policy=None) as client:
        with pytest.raises(hookrail.RetryError) as caught:
            client.send_event("t", 1)
    assert isinstance(caught.value.__cause__, hookrail.HookrailConnectionError)
    assert caught.value.outcome == "not_sent"
    assert caught.value.attempts == 2


@pytest.mark.parametrize("timeout", [0.1, (5, 0.1, 5, 5)], ids=repr)
def test_the_read_timeout_of_a_call_is_in_force(timeout: Any) -> None:
    silent = SilentServer()
    with Hookrail("hk_x", silent.url, retries=0) as client:
        started = time.monotonic()
        with pytest.raises(hookrail.RetryError) as caught:
            client.send_event("t", 1, timeout=timeout)
        assert time.monotonic() - started < 8
        assert isinstance(caught.value.__cause__, hookrail.HookrailTimeoutError)
        assert caught.value.outcome == "maybe_sent"
        with pytest.raises(hookrail.RetryError):
            client.get_event("ev1", timeout=timeout)
    assert client.stats()["requests"] == 2


def test_max_elapsed_bounds_attempts() -> None:
    policy = RetryPolicy(max_retries=3, base=0.01, cap=0.1, max_elapsed=0.2)
    silent = SilentServer()
    with Hookrail("hk_x", silent.url, policy=policy) as client:
        started = time.monotonic()
        with pytest.raises(hookrail.HookrailError):
            client.send_event("t", 1)
        assert time.monotonic() - started < 8


def test_the_total_timeout_of_a_call_is_in_force() -> None:
    silent = SilentServer()
    with Hookrail("hk_x", silent.url) as client:
        started = time.monotonic()
        with pytest.raises(hookrail.HookrailError) as caught:
            client.send_event("t", 1, total_timeout=0.2)
        with pytest.raises(hookrail.HookrailError):
            client.get_event("ev1", total_timeout=0.2)
        assert time.monotonic() - started < 8
        assert caught.value.outcome == "maybe_sent"


def test_at_most_eight_clients_for_other_timeouts_are_kept(client: Hookrail) -> None:
    for milliseconds in range(1000, 1012):
        client.send_event("t", 1, timeout=milliseconds / 100)
    assert len(client._variants) == 8
    assert client.send_event("t", 1).event_id


def test_a_header_of_a_send_replaces_that_of_the_client(
    script: Callable[..., ScriptedServer],
) -> None:
    service = script(ACCEPTED)
    with Hookrail("hk_x", service.url, headers={"X-A": "1", "X-B": "2", "X-C": None}) as client:
        client.send_event("t", 1, headers={"x-b": "3", "traceparent": "4"})
    headers = service.requests[0].headers
    assert (headers["x-a"], headers["x-b"], headers["traceparent"]) == ("1", "3", "4")
    assert "x-c" not in headers


@pytest.mark.parametrize("headers", [{"host": "x"}, {"a\n": "b"}, {"a": "b\r\nc"}, {"a": 1}, [1]])
def test_a_bad_header_is_refused(client: Hookrail, headers: Any) -> None:
    with pytest.raises(hookrail.HookrailConfigError) as caught:
        client.send_event("t", 1, headers=headers)
    assert caught.value.outcome == "not_sent"


def test_a_status_has_deliveries(script: Callable[..., ScriptedServer]) -> None:
    delivery = {"delivery_id": "d1", "state": "skipped", "attempts_truncated": False}
    answer = {"event_id": "ev1", "topic": "t", "deliveries": [{**delivery, "attempts": None}]}
    service = script((200, answer, {}))
    with Hookrail("hk_x", service.url) as client:
        status = client.get_event("ev1")
    assert status.deliveries[0].state is hookrail.DeliveryState.skipped
    assert status.deliveries[0].attempts == []
    assert service.requests[0].line == "GET /v1/events/ev1 HTTP/1.1"


@pytest.mark.parametrize("event_id", ["", ".", "..", "\ud800", None, "x" * 300], ids=repr)
def test_a_bad_event_id_is_refused(client: Hookrail, event_id: Any) -> None:
    with pytest.raises(hookrail.HookrailConfigError):
        client.get_event(event_id)


def test_a_closed_client_refuses_calls(client: Hookrail) -> None:
    assert client.close() == 0
    assert client.close() == 0
    for call in (
        lambda: client.send_event("t", 1),
        lambda: client.send_event("t", 1, timeout=1.5),
        lambda: client.get_event("ev1"),
        lambda: client.submit("t", 1),
    ):
        with pytest.raises(hookrail.HookrailClosedError):
            call()
    assert issubclass(hookrail.HookrailClosedError, RuntimeError)


def test_the_counters_are_those_of_all_calls(client: Hookrail) -> None:
    client.send_event("t", 1)
    client.send_event("t", 2, timeout=3)
    stats = client.stats()
    assert stats["requests"] == 2
    assert stats["attempt_duration"]["count"] == 2
    assert all(count <= 2 for _, count in stats["attempt_duration"]["buckets"])
    assert "hookrail_client_requests_total 1" in client.metrics()
