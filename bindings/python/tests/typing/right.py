"""A program of a user, which type checkers accept. It is not executed."""

from __future__ import annotations

import logging
from concurrent.futures import Future

from typing_extensions import assert_type

from hookrail import (
    AsyncHookrail,
    ConflictError,
    DeliveryState,
    EventAccepted,
    EventStatus,
    Hookrail,
    HookrailError,
    RateLimitError,
    RetryError,
    RetryPolicy,
    Verifier,
    verify_signature,
)
from hookrail.signing import HEADER, SignatureError, Verified, explain, find_headers


def send(order: dict[str, object]) -> str | None:
    policy = RetryPolicy(max_retries=10, respect_retry_after=False)
    with Hookrail(timeout=(1.0, 2.0, 2.0, 1.0), policy=policy, proxy=False) as client:
        try:
            accepted = client.send_event(
                "order.paid", order, ordering_key="o_1", headers={"a": "b"}
            )
        except ConflictError as error:
            logging.error("%s %s", error.status, error.problem and error.problem.detail)
            return None
        except RetryError as error:
            if isinstance(error.__cause__, RateLimitError):
                assert_type(error.__cause__.retry_after, "float | None")
            return error.idempotency_key
        except HookrailError as error:
            assert_type(error.outcome, "str | None")
            raise
        assert_type(accepted, EventAccepted)
        assert_type(accepted.delivery_ids, "list[str]")
        status = client.get_event(accepted.event_id, total_timeout=2)
        assert_type(status, EventStatus)
        for delivery in status.deliveries:
            if delivery.state is DeliveryState.succeeded:
                return delivery.delivery_id
        return accepted.event_id


def submit(client: Hookrail) -> None:
    submission = client.submit("order.paid", {})
    future: Future[EventAccepted] = submission
    assert_type(future.result(timeout=1), EventAccepted)
    prepared = client.prepare_event("order.paid", b"{}")
    blob: bytes = prepared.blob
    assert_type(client.send_prepared(blob), EventAccepted)
    assert_type(client.flush(timeout=5), int)


async def send_async() -> None:
    async with AsyncHookrail("hk_x", "https://hooks.example.com", max_concurrency=10) as client:
        assert_type(await client.send_event("order.paid", [1, "a"]), EventAccepted)
        assert_type(await client.get_event("e"), EventStatus)


def receive(headers: dict[str, str], body: bytes) -> str:
    verifier = Verifier(["whsec_new", "whsec_old"], tolerance=60)
    try:
        verified = verifier.verify_request(headers, body)
        assert_type(verified, Verified)
        verify_signature(b"whsec_new", headers[HEADER], verified.delivery_id, body)
    except SignatureError:
        return explain("whsec_new", *find_headers(headers), body)
    return verified.delivery_id
