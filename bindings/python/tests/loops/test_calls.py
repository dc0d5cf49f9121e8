"""Calls in each kind of loop."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest
import trio
from tests.support.devserver import Devserver
from tests.support.loops import RUNNERS, Main, run_program, together

from hookrail import AsyncHookrail, RetryPolicy
from hookrail._native.options import send_options
from hookrail.errors import (
    ConflictError,
    HookrailClosedError,
    HookrailConfigError,
    HookrailError,
    HookrailTimeoutError,
    NotFoundError,
    RetryError,
)

Run = Callable[[Main], Any]
Make = Callable[..., AsyncHookrail]


def test_send_and_get(run_everywhere: Run, client: AsyncHookrail) -> None:
    async def main() -> None:
        async with client:
            accepted = await client.send_event("order.paid", {"id": 1}, idempotency_key="order 42")
            assert not accepted.replayed
            assert accepted.idempotency_key == "order 42"
            again = await client.send_event("order.paid", {"id": 1}, idempotency_key="order 42")
            assert again.replayed
            assert again.event_id == accepted.event_id
            status = await client.get_event(accepted.event_id)
            assert status.topic == "order.paid"

    run_everywhere(main)


def test_errors_are_raised_where_the_call_is_awaited(
    run: Run, client: AsyncHookrail, make_async: Make, server: Devserver
) -> None:
    impatient = make_async(retries=0)

    async def main() -> None:
        await client.send_event("order.paid", {"id": 1}, idempotency_key="k")
        with pytest.raises(ConflictError) as conflict:
            await client.send_event("order.paid", {"id": 2}, idempotency_key="k")
        assert conflict.value.outcome == "rejected"
        with pytest.raises(NotFoundError):
            await client.get_event("01HZZZZZZZZZZZZZZZZZZZZZZZ")
        with pytest.raises(HookrailConfigError):
            await client.send_event("", {})
        server.faults({"status": 503, "times": "always"})
        with pytest.raises(RetryError):
            await impatient.send_event("order.paid", {})
        await client.aclose()
        with pytest.raises(HookrailClosedError):
            await client.send_event("order.paid", {})

    run(main)


def test_calls_are_under_way_together(
    run_everywhere: Run, client: AsyncHookrail, server: Devserver
) -> None:
    server.faults({"delay_ms": 200, "times": "always"})

    async def main() -> None:
        start = time.monotonic()
        await together(*[partial(client.send_event, "order.paid", {"id": n}) for n in range(20)])
        assert time.monotonic() - start < 20 * 0.2 / 2

    run_everywhere(main)
    assert server.summary()["distinct_keys"] == 20


def test_a_send_has_all_options(client: AsyncHookrail, server: Devserver) -> None:
    async def main() -> None:
        await client.send_event(
            "order.paid",
            {},
            idempotency_key="k",
            ordering_key="customer-1",
            headers={"traceparent": "00-1"},
            timeout=(1, 2, 3, 4),
            total_timeout=5,
        )

    asyncio.run(main())
    request = server.requests()[-1]
    headers = dict(request["headers"])
    assert headers["x-hookrail-ordering-key"] == "customer-1"
    assert headers["traceparent"] == "00-1"


def test_the_total_timeout_ends_a_call(run: Run, client: AsyncHookrail, server: Devserver) -> None:
    server.faults({"never_answer": True, "times": "always"})

    async def main() -> None:
        with pytest.raises(RetryError) as ended:
            await client.send_event("order.paid", {}, total_timeout=0.4)
        assert isinstance(ended.value.__cause__, HookrailTimeoutError)
        assert ended.value.outcome == "maybe_sent"

    run(main)


def test_without_a_loop_the_error_says_what_to_do(client: AsyncHookrail) -> None:
    coroutine = client.send_event("order.paid", {})
    with pytest.raises(HookrailError, match="no event loop"):
        coroutine.send(None)


@pytest.mark.parametrize("name", ["asyncio", "uvloop", "trio"])
def test_a_thousand_awaits_take_no_threads_and_few_descriptors(
    name: str, make_async: Make, server: Devserver
) -> None:
    server.faults({"delay_ms": 20, "times": "always"})
    client = make_async(max_concurrency=50, idle_connections=50)
    tasks, descriptors = [0], [0]

    async def main() -> None:
        await client.send_event("order.paid", "first")
        # The connections of clients of other tests.
        gc.collect()
        before = _count("task"), _count("fd")

        async def sample() -> None:
            while len(service_done) < 1000:
                tasks.append(_count("task") - before[0])
                descriptors.append(_count("fd") - before[1])
                await anyio.sleep(0.01)

        service_done: list[None] = []

        async def send(number: int) -> None:
            await client.send_event("order.paid", {"id": number})
            service_done.append(None)

        await together(sample, *[partial(send, number) for number in range(1000)])

    RUNNERS[name](main)
    assert server.summary()["distinct_keys"] == 1001
    assert len(tasks) > 5
    # None but the library's one thread and a spare of it.
    assert max(tasks) <= 2
    # The connections and the one descriptor of all calls.
    assert 10 < max(descriptors) <= 50 + 4


def _count(kind: str) -> int:
    return len(os.listdir(f"/proc/self/{kind}"))


def test_awaits_beyond_the_limit_take_turns_within_their_time(
    run: Run, make_async: Make, server: Devserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults({"never_answer": True})
    client = make_async(max_concurrency=1, retries=0)
    times: list[int | None] = []

    def spy(key: Any, ordering_key: Any, headers: Any, timeout_ms: int | None) -> Any:
        times.append(timeout_ms)
        return send_options(key, ordering_key, headers, timeout_ms)

    async def fail(delay: float, timeout: float, outcome: str) -> None:
        await anyio.sleep(delay)
        with pytest.raises(HookrailError) as error:
            await client.send_event(
                "order.paid", 1, total_timeout=timeout, idempotency_key=f"k{timeout}"
            )
        assert error.value.outcome == outcome
        assert error.value.idempotency_key == f"k{timeout}"

    async def succeed(delay: float) -> None:
        await anyio.sleep(delay)
        monkeypatch.setattr("hookrail._async_client.send_options", spy)
        await client.send_event("order.paid", 3, total_timeout=20)

    async def main() -> None:
        # The second turn comes too late. The third comes in time, and its call has what is left.
        await together(
            partial(fail, 0, 0.5, "maybe_sent"),
            partial(fail, 0.2, 0.1, "not_sent"),
            partial(succeed, 0.2),
        )

    run(main)
    assert len(times) == 1
    assert 0 < (times[0] or 0) < 20_000 - 200
    assert server.summary()["requests"] == 2


@pytest.mark.parametrize("names", [("asyncio", "asyncio"), ("trio", "trio"), ("asyncio", "trio")])
def test_loops_in_threads_share_a_client(
    names: tuple[str, str], client: AsyncHookrail, server: Devserver
) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        async def main() -> None:
            for _ in range(10):
                await together(*[partial(client.send_event, "order.paid", n) for n in range(20)])

        try:
            RUNNERS[name](main)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=[name], daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a call was lost"
    assert not failures
    assert server.summary()["distinct_keys"] == 400


def test_loops_follow_one_another(client: AsyncHookrail, server: Devserver) -> None:
    async def main() -> None:
        await client.send_event("order.paid", {})

    for runner in [*RUNNERS.values(), *RUNNERS.values()]:
        runner(main)
    assert server.summary()["distinct_keys"] == 2 * len(RUNNERS)


def test_turns_pass_between_loops(make_async: Make, server: Devserver) -> None:
    test_loops_in_threads_share_a_client(("asyncio", "trio"), make_async(max_concurrency=2), server)


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_tasks_that_nothing_else_refers_to_go_on(
    name: str, make_async: Make, server: Devserver
) -> None:
    server.faults({"delay_ms": 50, "times": "always"})
    client = make_async(max_concurrency=1)
    sent: list[int] = []

    async def send(number: int) -> None:
        await client.send_event("order.paid", number)
        sent.append(number)

    async def main() -> None:
        for number in range(3):
            asyncio.ensure_future(send(number))  # noqa: RUF006
        await asyncio.sleep(0.02)
        gc.collect()
        with anyio.fail_after(10):
            while len(sent) < 3:
                await asyncio.sleep(0.01)

    RUNNERS[name](main)


def test_a_coroutine_without_a_task(client: AsyncHookrail, server: Devserver) -> None:
    """Some frameworks run coroutines in a loop of asyncio themselves."""

    async def main() -> None:
        coroutine = client.send_event("order.paid", 1)
        done = asyncio.Event()

        def step(_: Any = None) -> None:
            try:
                future = coroutine.send(None)
            except StopIteration as end:
                assert end.value.event_id
                done.set()
            else:
                future.add_done_callback(step)

        asyncio.get_running_loop().call_soon(step)
        await asyncio.wait_for(done.wait(), 10)

    asyncio.run(main())


def test_trio_as_a_guest_of_asyncio(client: AsyncHookrail, server: Devserver) -> None:
    async def guest() -> str | None:
        return (await client.send_event("order.paid", "guest")).event_id

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=done.set_result,
        )
        await client.send_event("order.paid", "host")
        assert (await done).unwrap()

    asyncio.run(main())
    assert server.summary()["events"] == 2


def test_the_time_of_a_policy_may_be_longer_than_a_day(make_async: Make, server: Devserver) -> None:
    server.faults({"delay_ms": 50, "times": "always"})
    client = make_async(policy=RetryPolicy(max_elapsed=1e9), max_concurrency=1)

    async def main() -> None:
        await together(*[partial(client.send_event, "order.paid", n) for n in range(3)])

    for name in ("asyncio", "uvloop", "trio"):
        RUNNERS[name](main)


@pytest.mark.parametrize("run_main", ["asyncio.run(main())", "trio.run(main)"])
def test_without_descriptors_nothing_is_sent(run_main: str, server: Devserver) -> None:
    output = run_program(
        f"""
import asyncio, os, resource
from hookrail import AsyncHookrail, OutOfResourcesError

client = AsyncHookrail()

async def main():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    await AsyncHookrail().send_event("order.paid", 0)
    used = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used, limits[1]))
    try:
        await client.send_event("order.paid", 1, idempotency_key="k")
    except OutOfResourcesError as error:
        print(error.outcome, error.idempotency_key)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    await client.send_event("order.paid", 1, idempotency_key="k")

{run_main}
""",
        server.url,
    )
    assert output == "not_sent k\n"
