"""Forks, signals, and ends of programs and loops while calls are under way."""

from __future__ import annotations

import sys

import pytest
from tests.support.devserver import Devserver
from tests.support.loops import finish, run_program, start_program

IMPORTS = """
import asyncio, gc, multiprocessing, os, signal, sys, threading, time
from hookrail import AsyncHookrail
from hookrail.errors import *
"""

FORK = """
async def main():
    loop = asyncio.get_running_loop()
    pending = asyncio.ensure_future(client.send_event("order.paid", "parent"))
    await asyncio.sleep(0.1)
    child = os.fork()
    if child == 0:
        # The child's copy of the task leaves its wait, and must not touch the parent's epoll.
        # asyncio says that no loop runs in the child; a child may run the loop all the same.
        asyncio._set_running_loop(loop)
        coroutine = pending.get_coro()
        try:
            coroutine.close()
        finally:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    accepted = await asyncio.wait_for(pending, 10)
    assert accepted.event_id
    await client.send_event("order.paid", "parent again")
"""


@pytest.mark.parametrize("policy", ["asyncio", "uvloop"])
def test_a_fork_inside_a_loop_leaves_the_parents_loop_alone(policy: str, server: Devserver) -> None:
    server.faults({"delay_ms": 400})
    run_program(
        IMPORTS + "client = AsyncHookrail()" + FORK + f"{policy}.run(main())",
        server.url,
    )
    assert server.summary()["distinct_keys"] == 2


def test_a_fork_inside_trio_leaves_the_parents_loop_alone(server: Devserver) -> None:
    server.faults({"delay_ms": 400})
    run_program(
        IMPORTS
        + """
client = AsyncHookrail()
results = []

async def send():
    coroutine = client.send_event("order.paid", "parent")
    coroutines.append(coroutine)
    results.append(await coroutine)

coroutines = []

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.sleep(0.1)
        child = os.fork()
        if child == 0:
            try:
                coroutines[0].close()
            finally:
                os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        with trio.fail_after(10):
            while not results:
                await trio.sleep(0.01)
    await client.send_event("order.paid", "parent again")

trio.run(main)
""",
        server.url,
    )
    assert server.summary()["distinct_keys"] == 2


@pytest.mark.parametrize("runner", ["asyncio.run(main())", "uvloop.run(main())", "trio.run(main)"])
def test_a_child_of_a_running_loop_runs_a_loop_of_its_own(runner: str, server: Devserver) -> None:
    server.faults({"delay_ms": 300})
    run_program(
        IMPORTS
        + """
client = AsyncHookrail(max_concurrency=1)

def child():
    async def main():
        # The parent's turn is not missing here.
        with anyio.fail_after(10):
            await client.send_event("order.paid", "child")
        await client.submit("order.paid", "child")

    RUNNER
    os._exit(0)

async def main():
    async with anyio.create_task_group() as group:
        group.start_soon(client.send_event, "order.paid", "parent")
        await anyio.sleep(0.1)
        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
    await client.send_event("order.paid", "parent again")
    process.join(10)
    assert process.exitcode == 0

asyncio.run(main())
""".replace("RUNNER", runner),
        server.url,
    )
    assert server.summary()["distinct_keys"] == 4


def test_a_spawned_process_has_a_client_of_its_own(server: Devserver) -> None:
    run_program(
        IMPORTS
        + """
from concurrent.futures import ProcessPoolExecutor

async def main():
    async with AsyncHookrail() as client:
        await client.send_event("order.paid", "parent")
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(2, context) as pool:
            loop = asyncio.get_running_loop()
            program = "import asyncio; from hookrail import AsyncHookrail; " \
                "asyncio.run(AsyncHookrail().send_event('order.paid', 'child'))"
            await asyncio.gather(*[loop.run_in_executor(pool, exec, program) for _ in range(2)])

if __name__ == "__main__":
    asyncio.run(main())
""",
        server.url,
    )
    assert server.summary()["distinct_keys"] == 3


@pytest.mark.parametrize("runner", ["asyncio.run(main())", "uvloop.run(main())", "trio.run(main)"])
def test_ctrl_c_ends_the_call_and_tells_the_outcome(runner: str, server: Devserver) -> None:
    server.faults({"never_answer": True, "times": "always"})
    process = start_program(
        IMPORTS
        + f"""
client = AsyncHookrail()
cancelled = trio.Cancelled if {runner!r}.startswith("trio") else asyncio.CancelledError

async def main():
    try:
        await client.send_event("order.paid", {{}}, idempotency_key="k")
    except (KeyboardInterrupt, cancelled) as error:
        print(HookrailError.find(error).outcome, HookrailError.find(error).idempotency_key)
        raise

try:
    {runner}
except KeyboardInterrupt:
    print("interrupted")
""",
        server.url,
    )
    server.wait(requests=1)
    process.send_signal(2)
    assert finish(process) == "maybe_sent k\ninterrupted\n"


@pytest.mark.parametrize("runner", ["asyncio", "uvloop"])
def test_a_signal_handler_that_raises_loses_no_call(runner: str, server: Devserver) -> None:
    """The library tells of the end of a call once, and a handler may raise right after."""
    server.faults({"delay_ms": 50, "times": "always"})
    run_program(
        IMPORTS
        + f"""
from hookrail._loops.asyncio_loop import AsyncioWait

loop = {runner}.new_event_loop()
client = AsyncHookrail()
finish = AsyncioWait.finish
ends = []

def interrupted_finish(wait):
    ends.append(wait)
    if len(ends) == 3:
        raise KeyboardInterrupt
    return finish(wait)

AsyncioWait.finish = interrupted_finish

async def main():
    await asyncio.gather(*[client.send_event("order.paid", n) for n in range(10)])

task = loop.create_task(main())
try:
    loop.run_until_complete(task)
except KeyboardInterrupt:
    print("interrupted")
loop.run_until_complete(asyncio.wait_for(task, 10))
""",
        server.url,
    )


def test_the_program_ends_while_calls_are_under_way(server: Devserver) -> None:
    server.faults({"never_answer": True, "times": "always"})
    process = start_program(
        IMPORTS
        + """
client = AsyncHookrail()

async def main():
    await asyncio.gather(*[client.send_event("order.paid", n) for n in range(20)])

async def trio_main():
    async with trio.open_nursery() as nursery:
        for n in range(20):
            nursery.start_soon(client.send_event, "order.paid", n)

for function in (lambda: asyncio.run(main()), lambda: trio.run(trio_main)):
    threading.Thread(target=function, daemon=True).start()
sys.stdin.read()
print("ends")
""",
        server.url,
    )
    server.wait(requests=40)
    assert finish(process) == "ends\n"


def test_a_loop_is_closed_while_calls_are_under_way(server: Devserver) -> None:
    server.faults({"never_answer": True, "times": 2})
    output = run_program(
        IMPORTS
        + """
client = AsyncHookrail(max_concurrency=2)

async def begin():
    tasks = [asyncio.ensure_future(client.send_event("order.paid", n)) for n in range(4)]
    await asyncio.sleep(0.1)
    return tasks

for name in ("asyncio", "uvloop"):
    loop = (asyncio if name == "asyncio" else uvloop).new_event_loop()
    tasks = loop.run_until_complete(begin())
    loop.close()
    for task in tasks:
        task._log_destroy_pending = False
    del task, tasks, loop
    gc.collect()
    # The turns of the closed loop are free again, and a new loop may have its descriptors.
    asyncio.run(asyncio.wait_for(client.send_event("order.paid", name), 10))

from hookrail._loops.call_waits import CallWaits
waits = CallWaits.of(client._native)
assert not waits._watches
print("ok")
""",
        server.url,
    )
    assert output == "ok\n"


def test_another_loop_ends_calls_of_a_loop_that_is_blocked(server: Devserver) -> None:
    server.faults({"delay_ms": 100, "times": 1})
    run_program(
        IMPORTS
        + """
client = AsyncHookrail()
entered, free = threading.Event(), threading.Event()

async def blocked():
    task = asyncio.ensure_future(client.send_event("order.paid", 1))
    await asyncio.sleep(0.02)
    entered.set()
    assert free.wait(10)
    assert (await asyncio.wait_for(task, 10)).event_id

async def other():
    for number in range(100):
        await client.send_event("order.paid", number)

thread = threading.Thread(target=lambda: asyncio.run(blocked()))
thread.start()
assert entered.wait(10)
asyncio.run(other())
free.set()
thread.join(10)
assert not thread.is_alive()
""",
        server.url,
    )


def test_the_client_is_collected_without_a_closing(server: Devserver) -> None:
    """The descriptor of a client that is gone is no longer watched."""
    run_program(
        IMPORTS
        + """
import socket, weakref

async def main():
    for round in range(3):
        client = AsyncHookrail()
        await client.send_event("order.paid", 1)
        native = weakref.ref(client._native)
        del client
        gc.collect()
        assert native() is None
        # These get the numbers of its descriptors.
        pairs = [socket.socketpair() for _ in range(5)]
        for one, other in pairs:
            one.setblocking(False)
            other.send(b"x")
            assert await asyncio.get_running_loop().sock_recv(one, 1) == b"x"
            one.close()
            other.close()

asyncio.run(main())
uvloop.run(main())
""",
        server.url,
    )


def test_a_subinterpreter_works_or_says_why_not(server: Devserver) -> None:
    output = run_program(
        """
import sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters

import hookrail
hookrail.Hookrail().send_event("order.paid", "main")
number = interpreters.create()
try:
    interpreters.run_string(number, '''if True:
        import os
        try:
            from hookrail import AsyncHookrail
            import asyncio
            async def main():
                async with AsyncHookrail() as client:
                    return (await client.send_event("order.paid", 1)).event_id
            result = asyncio.run(main())
            os.write(1, b"sent\\\\n" if result else b"nothing")
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            os.write(1, text.encode() + b"\\\\n")
    ''')
finally:
    interpreters.destroy(number)
hookrail.Hookrail().send_event("order.paid", "main again")
""",
        server.url,
    )
    # ctypes does not work in a subinterpreter of Python 3.12 only.
    if sys.version_info[:2] == (3, 12):
        assert output.startswith("HookrailLibraryError: hookrail does not work in a subinterpreter")
    else:
        assert output == "sent\n"


def test_importing_the_client_imports_no_loop(server: Devserver) -> None:
    run_program(
        """
import sys
from hookrail import AsyncHookrail
client = AsyncHookrail()
assert not {"asyncio", "trio", "uvloop", "anyio", "gevent"} & set(sys.modules), sys.modules
""",
        server.url,
    )
