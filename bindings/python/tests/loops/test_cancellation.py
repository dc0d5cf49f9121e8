"""A cancelled task ends its call, and the exception says what is known of the event."""

from __future__ import annotations

import asyncio
import random
import select
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import pytest
import trio
from tests.support.devserver import Devserver
from tests.support.loops import PATIENCE, RUNNERS, Main, together

from hookrail import AsyncHookrail, EventAccepted
from hookrail._native import calls
from hookrail.errors import BadRequestError, HookrailCancelledError, HookrailError

Run = Callable[[Main], Any]
Make = Callable[..., AsyncHookrail]

CANCELLATIONS = (asyncio.CancelledError, trio.Cancelled)


@pytest.fixture(autouse=True)
def no_leaks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Checks that each call that a test begins is freed once."""
    begun: list[int] = []
    freed: list[int] = []
    begin, free = calls.begin_send, calls.free

    def begin_send(*arguments: Any) -> int:
        call = begin(*arguments)
        begun.append(call)
        return call

    def free_call(call: int) -> None:
        freed.append(call)
        free(call)

    monkeypatch.setattr(calls, "begin_send", begin_send)
    monkeypatch.setattr(calls, "free", free_call)
    yield
    assert Counter(freed) == Counter(begun)


def known(exception: BaseException) -> HookrailError:
    """Returns what is known of the event."""
    error = HookrailError.find(exception)
    assert error is not None
    return error


def wait_for_end(client: AsyncHookrail) -> None:
    """Blocks until a call of the client is done."""
    readable, _, _ = select.select([calls.calls_descriptor(client._native)], [], [], PATIENCE)
    assert readable


def test_the_cause_has_the_outcome(
    run_everywhere: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"never_answer": True, "times": "always"})
    causes = []
    ends = []

    async def send() -> None:
        try:
            await client.send_event("order.paid", {}, idempotency_key="order 7")
        except CANCELLATIONS as cancellation:
            ends.append(time.monotonic())
            causes.append(cancellation.__cause__)
            raise

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send)
            await anyio.sleep(0.05)
            await anyio.to_thread.run_sync(partial(server.wait, requests=1))
            ends.append(time.monotonic())
            group.cancel_scope.cancel()

    # The machine may be busy: the fastest of a few counts.
    times = []
    for _ in range(5):
        run_everywhere(main)
        server.reset()
        times.append(ends[-1] - ends[-2])
    assert min(times) < 0.05
    for cause in causes:
        assert isinstance(cause, HookrailCancelledError)
        assert cause.outcome == "maybe_sent"
        assert cause.idempotency_key == "order 7"


def test_a_call_that_waits_for_its_turn_was_not_sent(
    run: Run, make_async: Make, server: Devserver
) -> None:
    server.faults({"never_answer": True, "times": "always"})
    client = make_async(max_concurrency=1)
    outcomes = {}

    async def send(key: str) -> None:
        try:
            await client.send_event("order.paid", {}, idempotency_key=key)
        except CANCELLATIONS as cancellation:
            cause = known(cancellation)
            outcomes[cause.idempotency_key] = cause.outcome
            raise

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(send, "first")
            await anyio.sleep(0.05)
            await anyio.to_thread.run_sync(partial(server.wait, requests=1))
            group.start_soon(send, "second")
            await anyio.sleep(0.05)
            group.cancel_scope.cancel()
        # Both turns came back.
        server.reset()
        await client.send_event("order.paid", {})

    run(main)
    assert outcomes == {"first": "maybe_sent", "second": "not_sent"}


def test_many_cancellations_at_once(
    run_everywhere: Run, make_async: Make, server: Devserver
) -> None:
    server.faults({"never_answer": True, "times": "always"})
    client = make_async(max_concurrency=100)
    outcomes: Counter[str | None] = Counter()

    async def send() -> None:
        try:
            await client.send_event("order.paid", {})
        except CANCELLATIONS as cancellation:
            outcomes[known(cancellation).outcome] += 1
            raise

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(300):
                group.start_soon(send)
            await anyio.sleep(0.05)
            await anyio.to_thread.run_sync(partial(server.wait, requests=100))
            group.cancel_scope.cancel()

    run_everywhere(main)
    # A turn that comes back may begin one more call before its task is cancelled, too.
    assert outcomes["maybe_sent"] >= 100
    assert outcomes["maybe_sent"] + outcomes["not_sent"] == 300


def test_no_result_is_lost_whenever_the_cancellation_comes(
    run_everywhere: Run, client: AsyncHookrail, server: Devserver
) -> None:
    outcomes: dict[str, str | None] = {}

    async def send(key: str) -> None:
        try:
            accepted = await client.send_event("order.paid", {}, idempotency_key=key)
            outcomes[key] = "returned"
            assert accepted.event_id
        except CANCELLATIONS as cancellation:
            cause = cancellation.__cause__
            assert isinstance(cause, HookrailError)
            assert cause.idempotency_key == key
            outcomes[key] = cause.outcome
            raise

    async def main() -> None:
        randomness = random.Random(7)
        await client.send_event("order.paid", {}, idempotency_key="connects")
        for number in range(150):
            with anyio.move_on_after(randomness.random() * 0.003):
                await send(f"k{number}")
            if number % 3 == 0:
                async with anyio.create_task_group() as group:
                    group.start_soon(send, f"t{number}")
                    for _ in range(randomness.randrange(30)):
                        await anyio.sleep(0)
                    group.cancel_scope.cancel()

    run_everywhere(main)
    recorded = {event["idempotency_key"] for event in server.events()}
    for key, outcome in outcomes.items():
        if outcome in ("returned", "delivered"):
            assert key in recorded
        elif outcome == "not_sent":
            assert key not in recorded
        else:
            assert outcome == "maybe_sent"
    # Some tasks are cancelled before they begin.
    assert 150 <= len(outcomes) <= 200


def test_a_cancellation_after_the_end_of_the_call_has_its_result(
    client: AsyncHookrail, server: Devserver
) -> None:
    async def main() -> None:
        task = asyncio.create_task(client.send_event("order.paid", {}, idempotency_key="k"))
        await asyncio.sleep(0)
        # The loop does not run until the call is done.
        wait_for_end(client)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancellation:
            await task
        cause = known(cancellation.value)
        assert cause.outcome == "delivered"
        assert cause.idempotency_key == "k"
        assert isinstance(cause, HookrailCancelledError)
        assert isinstance(cause.accepted, EventAccepted)
        assert cause.accepted.event_id

    asyncio.run(main())


def test_a_cancellation_after_the_failure_of_the_call_has_its_error(
    client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"status": 400})

    async def main() -> None:
        task = asyncio.create_task(client.send_event("order.paid", {}, idempotency_key="k"))
        await asyncio.sleep(0)
        wait_for_end(client)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancellation:
            await task
        cause = known(cancellation.value)
        assert isinstance(cause, BadRequestError)
        assert cause.outcome == "rejected"
        assert cause.idempotency_key == "k"

    asyncio.run(main())


async def _with_wait_for(send: Callable[[], Awaitable[Any]]) -> None:
    await asyncio.wait_for(send(), 0.1)


async def _with_anyio(send: Callable[[], Awaitable[Any]]) -> None:
    with anyio.fail_after(0.1):
        await send()


async def _with_trio(send: Callable[[], Awaitable[Any]]) -> None:
    with trio.fail_after(0.1):
        await send()


_ASYNCIO_TIMEOUT = []

if sys.version_info >= (3, 11):

    async def _with_timeout(send: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(0.1):
            await send()

    _ASYNCIO_TIMEOUT.append(("asyncio", _with_timeout))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("asyncio", _with_wait_for),
        ("uvloop", _with_wait_for),
        ("asyncio", _with_anyio),
        ("trio", _with_anyio),
        ("trio", _with_trio),
        *_ASYNCIO_TIMEOUT,
    ],
)
def test_timeouts_of_the_loops_keep_the_outcome(
    name: str, limit: Any, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"never_answer": True, "times": "always"})
    seen = []

    async def send() -> None:
        try:
            await client.send_event("order.paid", {}, idempotency_key="k")
        except CANCELLATIONS as cancellation:
            seen.append(known(cancellation).outcome)
            raise

    async def main() -> None:
        with pytest.raises((TimeoutError, asyncio.TimeoutError, trio.TooSlowError)) as ended:
            await limit(send)
        if limit is _with_wait_for or limit.__name__ == "_with_timeout":
            assert known(ended.value).idempotency_key == "k"

    RUNNERS[name](main)
    # The request may have been sent in the time.
    assert seen in (["maybe_sent"], ["not_sent"])


if sys.version_info >= (3, 11):

    def test_a_task_group_that_fails_keeps_the_outcome(
        client: AsyncHookrail, server: Devserver
    ) -> None:
        server.faults({"never_answer": True, "times": "always"})
        tasks: list[asyncio.Task[Any]] = []

        async def main() -> None:
            with pytest.raises(BaseException, match="unhandled errors"):
                async with asyncio.TaskGroup() as group:
                    tasks.append(group.create_task(client.send_event("order.paid", {})))
                    await asyncio.sleep(0.05)
                    raise ValueError
            with pytest.raises(asyncio.CancelledError) as cancellation:
                tasks[0].result()
            assert known(cancellation.value).outcome in ("maybe_sent", "not_sent")

        asyncio.run(main())


def test_a_cancelled_task_counts_one_cancellation(client: AsyncHookrail, server: Devserver) -> None:
    """Two cancellations while the call ends are one exception."""
    server.faults({"never_answer": True, "times": "always"})

    seen: list[BaseException] = []

    async def send() -> None:
        try:
            await client.send_event("order.paid", {})
        except asyncio.CancelledError as cancellation:
            seen.append(cancellation)
            raise

    async def main() -> None:
        task = asyncio.create_task(send())
        await asyncio.sleep(0.05)
        task.cancel("first")
        await asyncio.sleep(0)
        task.cancel("second")
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert str(seen[0]) == "first"
    assert known(seen[0]).outcome in ("maybe_sent", "not_sent")


def test_a_closed_coroutine_ends_its_call(client: AsyncHookrail, server: Devserver) -> None:
    server.faults({"never_answer": True, "times": "always"})

    async def main() -> None:
        coroutine = client.send_event("order.paid", {})

        coroutine.send(None)
        server.wait(requests=1)
        coroutine.close()
        await anyio.to_thread.run_sync(partial(server.wait, finished=1))

    asyncio.run(main())


def test_the_loop_goes_on_while_calls_end(client: AsyncHookrail, server: Devserver) -> None:
    """The descriptor is watched while a task waits, and not longer."""
    server.faults({"never_answer": True, "nth": 1}, {})

    async def main() -> None:
        task = asyncio.create_task(client.send_event("order.paid", 1))
        await asyncio.sleep(0.05)
        await together(*[partial(client.send_event, "order.paid", n) for n in range(5)])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.send_event("order.paid", 2)

    asyncio.run(main())
