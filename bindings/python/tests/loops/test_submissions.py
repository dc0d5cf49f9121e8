"""Submitted events in event loops."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from tests.support.devserver import Devserver
from tests.support.loops import Main

from hookrail import AsyncHookrail
from hookrail.errors import (
    BadRequestError,
    HookrailCancelledError,
    HookrailClosedError,
    NotFoundError,
)

Run = Callable[[Main], Any]


def test_a_submission_can_be_awaited(
    run_everywhere: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({}, {"status": 400})

    async def main() -> None:
        accepted = await client.submit("order.paid", 1)
        assert accepted.event_id
        with pytest.raises(BadRequestError):
            await client.submit("order.paid", 2)
        submission = client.submit("order.paid", 3)
        await client.flush()
        # It is done already.
        assert await submission is await submission

    run_everywhere(main)


def test_a_cancelled_wait_does_not_cancel_the_event(
    run: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"delay_ms": 200})

    async def main() -> None:
        submission = client.submit("order.paid", 1)
        with anyio.move_on_after(0.05) as scope:
            await submission
        assert scope.cancelled_caught
        assert (await submission).event_id

    run(main)


def test_completions_are_iterated(run: Run, client: AsyncHookrail, server: Devserver) -> None:
    async def main() -> None:
        completions = client.completions()
        for number in range(100):
            client.submit("order.paid", number, tag=number)
        seen = {submission.tag async for submission in completions}
        assert seen == set(range(100))
        assert [one async for one in client.completions()] == []

    run(main)
    assert server.summary()["events"] == 100


def test_completions_until_the_client_is_closed(run: Run, client: AsyncHookrail) -> None:
    seen: list[int] = []

    async def take() -> None:
        async for submission in client.completions(until_closed=True):
            seen.append(submission.tag)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(take)
            await anyio.sleep(0.01)
            for number in range(10):
                client.submit("order.paid", number, tag=number)
            assert await client.flush() == 0
            await client.aclose()
        assert sorted(seen) == list(range(10))

    run(main)


def test_flush_has_a_timeout(run: Run, client: AsyncHookrail, server: Devserver) -> None:
    server.faults({"never_answer": True})

    async def main() -> None:
        assert await client.flush() == 0
        submission = client.submit("order.paid", 1)
        assert await client.flush(0.05) == 1
        submission.cancel()
        with pytest.raises(HookrailCancelledError) as cancelled:
            await submission
        assert cancelled.value.outcome in ("maybe_sent", "not_sent")
        assert await client.flush() == 0

    run(main)


def test_closing_sends_what_is_queued_while_the_loop_goes_on(
    run: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"delay_ms": 200})
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await anyio.sleep(0.01)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(tick)
            submission = client.submit("order.paid", 1)
            assert await client.aclose() == 0
            group.cancel_scope.cancel()
        assert submission.result().event_id
        with pytest.raises(HookrailClosedError):
            client.submit("order.paid", 2)
        assert await client.aclose() == 0

    run(main)
    assert len(ticks) > 2


def test_closing_gives_up_what_is_not_sent_in_time(
    run: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"never_answer": True})

    async def main() -> None:
        submission = client.submit("order.paid", 1)
        assert await client.aclose(0.05) == 1
        assert isinstance(submission.exception(), HookrailCancelledError)

    run(main)


def test_calls_that_are_under_way_outlast_the_closing(
    run: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"delay_ms": 100})
    accepted = []

    async def send() -> None:
        accepted.append(await client.send_event("order.paid", {}))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send)
            await anyio.sleep(0.05)
            await client.aclose()
        assert accepted[0].event_id

    run(main)


def test_prepared_events(run: Run, client: AsyncHookrail, server: Devserver) -> None:
    async def main() -> None:
        prepared = client.prepare_event("order.paid", {"id": 1})
        first = await client.send_prepared(prepared)
        again = await client.submit_prepared(prepared)
        assert again.replayed
        assert first.event_id == again.event_id
        assert first.idempotency_key == prepared.idempotency_key

    run(main)


def test_the_hook_is_told_of_awaited_calls(make_async: Callable[..., AsyncHookrail]) -> None:
    reports: list[Any] = []
    threads: set[str] = set()

    def on_call(report: Any) -> None:
        reports.append(report)
        threads.add(threading.current_thread().name)

    client = make_async(on_call=on_call)

    async def main() -> None:
        accepted = await client.send_event("order.paid", {})
        await client.get_event(accepted.event_id)
        await client.send_prepared(client.prepare_event("order.paid", {}))
        with pytest.raises(NotFoundError):
            await client.get_event("01HZZZZZZZZZZZZZZZZZZZZZZZ")

    asyncio.run(main())
    assert [(report.operation, report.outcome) for report in reports] == [
        ("send_event", "delivered"),
        ("get_event", None),
        ("send_prepared", "delivered"),
        ("get_event", None),
    ]
    assert isinstance(reports[-1].error, NotFoundError)
    assert threads == {"MainThread"}
