"""The client that waits, under gevent: other greenlets run meanwhile."""

from __future__ import annotations

import pytest
from tests.support.devserver import Devserver
from tests.support.loops import run_program

PATCHED = """
import gevent.monkey
gevent.monkey.patch_all()
import os, threading, time
import gevent
from hookrail import Hookrail
from hookrail.errors import *

client = Hookrail()
"""


def test_sends_are_under_way_together(server: Devserver) -> None:
    server.faults({"delay_ms": 400, "times": "always"})
    run_program(
        PATCHED
        + """
start = time.monotonic()
prepared = client.prepare_event("order.paid", {})
jobs = [gevent.spawn(client.send_event, "order.paid", n) for n in range(8)]
jobs += [gevent.spawn(client.send_prepared, prepared)]
gevent.joinall(jobs, raise_error=True)
jobs += [gevent.spawn(client.get_event, jobs[0].value.event_id)]
gevent.joinall(jobs, raise_error=True)
assert time.monotonic() - start < 9 * 0.4 / 2
# The watch ended with the waits.
from hookrail._loops.call_waits import CallWaits
assert not CallWaits.of(client._native)._watches
""",
        server.url,
    )
    assert server.summary()["events"] == 9


def test_many_greenlets_share_one_descriptor(server: Devserver) -> None:
    server.faults({"delay_ms": 100, "times": "always"})
    run_program(
        PATCHED
        + """
client.send_event("order.paid", "first")
before = len(os.listdir("/proc/self/fd"))
jobs = [gevent.spawn(client.send_event, "order.paid", n) for n in range(50)]
gevent.sleep(0.05)
sockets = len(os.listdir("/proc/self/fd")) - before
assert sockets <= 50 + 2, sockets
assert len(os.listdir("/proc/self/task")) <= 4
gevent.joinall(jobs, raise_error=True)
""",
        server.url,
    )


@pytest.mark.parametrize(
    ("interrupt", "exception"),
    [
        ("gevent.Timeout(0.1).start()", "gevent.Timeout"),
        ("gevent.spawn_later(0.1, gevent.getcurrent().kill, block=False)", "gevent.GreenletExit"),
        ("gevent.spawn_later(0.1, os.kill, os.getpid(), 2)", "KeyboardInterrupt"),
    ],
)
def test_an_interrupted_greenlet_ends_its_call(
    interrupt: str, exception: str, server: Devserver
) -> None:
    server.faults({"never_answer": True})
    output = run_program(
        PATCHED
        + f"""
def main():
    {interrupt}
    try:
        client.send_event("order.paid", {{}}, idempotency_key="k")
    except {exception} as error:
        print(error.__cause__.outcome, error.__cause__.idempotency_key)

main() if {exception} is KeyboardInterrupt else gevent.spawn(main).join()
client.send_event("order.paid", 2)
""",
        server.url,
    )
    # The request may have been sent in the time.
    assert output in ("maybe_sent k\n", "not_sent k\n")


def test_submissions(server: Devserver) -> None:
    server.faults({"delay_ms": 200})
    run_program(
        PATCHED
        + """
ticks = []
def tick():
    while True:
        ticks.append(None)
        gevent.sleep(0.01)
ticker = gevent.spawn(tick)
submission = client.submit("order.paid", 1)
assert submission.result(10).event_id
assert len(ticks) > 2, len(ticks)
client.submit("order.paid", 2)
assert client.flush() == 0
completions = client.completions()
client.submit("order.paid", "taken", tag=7)
assert [submission.tag for submission in completions] == [7]
client.submit("order.paid", 3)
assert client.close() == 0
""",
        server.url,
    )
    assert server.summary()["events"] == 4


def test_a_forked_child_and_its_parent_both_send(server: Devserver) -> None:
    server.faults({"delay_ms": 300})
    run_program(
        PATCHED
        + """
job = gevent.spawn(client.send_event, "order.paid", "parent")
gevent.sleep(0.1)
child = os.fork()
if child == 0:
    gevent.sleep(0.3)
    assert client.send_event("order.paid", "child").event_id
    os._exit(0)
assert job.get(timeout=10).event_id
assert client.send_event("order.paid", "parent again").event_id
assert os.waitpid(child, 0)[1] == 0
""",
        server.url,
    )
    assert server.summary()["events"] >= 3


def test_threads_of_the_pool_wait_directly(server: Devserver) -> None:
    run_program(
        PATCHED
        + """
accepted = gevent.get_hub().threadpool.spawn(client.send_event, "order.paid", 1).get()
assert accepted.event_id
""",
        server.url,
    )


def test_gevent_is_not_imported(server: Devserver) -> None:
    run_program(
        """
import sys
from hookrail import Hookrail
Hookrail().send_event("order.paid", 1)
assert not [name for name in sys.modules if name.startswith(("gevent", "asyncio", "trio"))]
""",
        server.url,
    )
