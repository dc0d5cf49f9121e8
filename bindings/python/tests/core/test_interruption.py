"""Signals, threads, forks and the end of the program while calls are under way."""

from __future__ import annotations

import concurrent.futures
import os
import pkgutil
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import hookrail
from hookrail import Hookrail
from tests.support import programs
from tests.support.devserver import Devserver
from tests.support.scripted import SilentServer

# A busy machine may spoil a measured time, but hardly in each of a few tries.
TRIES = 5
AT_ONCE = 0.5


def seconds_to_end(call: Callable[[], object], delay: float) -> tuple[float, KeyboardInterrupt]:
    """Interrupts a call, and returns how long it took to end, and the exception."""
    times: list[float] = []

    def send() -> None:
        time.sleep(delay)
        times.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        threading.Thread(target=send).start()
        call()
        time.sleep(10)
    return time.monotonic() - times[0], caught.value


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.15])
@pytest.mark.parametrize("prompt", [False, True])
@pytest.mark.parametrize("name", ["send_event", "send_prepared", "get_event"])
def test_ctrl_c_ends_a_call_at_once(
    name: str, prompt: bool, delay: float, silent: SilentServer
) -> None:
    with Hookrail("hk_x", silent.url, retries=0, total_timeout=30) as client:
        prepared = client.prepare_event("t", 1)
        calls: dict[str, Callable[[], object]] = {
            "send_event": lambda: client.send_event("t", 1),
            "send_prepared": lambda: client.send_prepared(prepared),
            "get_event": lambda: client.get_event("ev1"),
        }
        if prompt and delay < 0.1:
            # The rare signal just before a wait of a prompt client waits for its end.
            delay = 0.1
        for attempt in range(TRIES):
            client._native.prompt = prompt
            seconds, _ = seconds_to_end(calls[name], delay)
            if seconds < AT_ONCE:
                break
            assert attempt + 1 < TRIES, f"it took {seconds} s"


def test_ctrl_c_tells_what_is_known_of_the_event(silent: SilentServer) -> None:
    def interrupt() -> None:
        silent.wait_for_request()
        os.kill(os.getpid(), signal.SIGINT)

    with Hookrail("hk_x", silent.url) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            threading.Thread(target=interrupt).start()
            client.send_event("t", 1, idempotency_key="k")
            time.sleep(10)
    interruption = caught.value
    known = interruption.__cause__
    assert isinstance(known, hookrail.HookrailCancelledError)
    assert known.outcome == "maybe_sent"
    assert known.idempotency_key == "k"
    if hasattr(interruption, "__notes__"):
        assert interruption.__notes__ == ["hookrail: the event is maybe_sent, idempotency key k"]


def test_a_handler_that_returns_does_not_end_a_send(client: Hookrail, server: Devserver) -> None:
    server.faults({"delay_ms": 400})
    handled: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: handled.append(number))
    try:
        client._native.prompt = True
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        assert client.send_event("t", 1).event_id
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(handled) > 1
    assert len(server.events()) == 1


def test_an_exception_of_a_handler_keeps_its_cause(silent: SilentServer) -> None:
    class TimeLimit(Exception):
        pass

    def limit(number: int, frame: Any) -> None:
        raise TimeLimit from ValueError("mine")

    before = signal.signal(signal.SIGALRM, limit)
    try:
        with Hookrail("hk_x", silent.url) as client:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(TimeLimit) as caught:
                client.send_event("t", 1)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("name", ["flush", "close", "result", "completions"])
def test_ctrl_c_ends_a_wait_for_submitted_events(name: str, silent: SilentServer) -> None:
    client = Hookrail("hk_x", silent.url)
    submission = client.submit("t", 1)
    completions = client.completions()
    waits: dict[str, Callable[[], object]] = {
        "flush": client.flush,
        "close": client.close,
        "result": submission.result,
        "completions": lambda: next(completions),
    }
    for attempt in range(TRIES):
        seconds, _ = seconds_to_end(waits[name], 0.1)
        if seconds < AT_ONCE:
            break
        assert attempt + 1 < TRIES, f"it took {seconds} s"
    client.close(0)


@pytest.mark.parametrize("place", ["threading.Thread.start", "hookrail._native.queue.submit_event"])
@pytest.mark.parametrize("is_done", [False, True])
def test_an_exception_of_a_handler_in_a_submit_leaves_nothing_half_done(
    place: str, is_done: bool, client: Hookrail, server: Devserver, monkeypatch: Any
) -> None:
    owner, name = place.rsplit(".", 1)
    function = getattr(pkgutil.resolve_name(owner), name)

    def interrupted(*arguments: Any) -> None:
        if is_done:
            function(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.submit("t", 1)
    client.completions()
    assert client.submit("t", 2).result(30)
    assert client.flush(30) == 0
    assert list(client.completions())
    assert client.pending() == (0, 0, 0)
    assert not client._producer.has_unfinished()
    is_queued = is_done and name == "submit_event"
    assert len(server.events()) == (2 if is_queued else 1)


def test_exceptions_of_a_handler_do_not_break_the_locks(server: Devserver) -> None:
    output = programs.run(
        """
        import random, signal, sys
        from hookrail import Hookrail

        class TimeLimit(BaseException):
            pass

        def limit(number, frame):
            raise TimeLimit

        client = Hookrail("hk_dev", sys.argv[1])
        client.submit("t", 0).result()
        signal.signal(signal.SIGALRM, limit)
        chance = random.Random(1)
        limits = 0
        for number in range(400):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 3e-3))
                for one in range(4):
                    client.submit("t", one)
                for submission in client.completions():
                    pass
                signal.setitimer(signal.ITIMER_REAL, 0)
            except TimeLimit:
                limits += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(limits > 0, client.flush(60), client.submit("t", 1).result(60).attempts_made)
        """,
        server.url,
    )
    assert output == "True 0 1\n"


def test_exceptions_of_a_handler_do_not_break_submissions(server: Devserver) -> None:
    output = programs.run(
        """
        import random, signal, sys
        from hookrail import Hookrail

        class TimeLimit(BaseException):
            pass

        def limit(number, frame):
            raise TimeLimit

        client = Hookrail("hk_dev", sys.argv[1])
        client.submit("t", 0).result()
        signal.signal(signal.SIGALRM, limit)
        chance = random.Random(1)
        limits = 0
        for number in range(1000):
            try:
                submission = client.submit("t", number)
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 1e-3))
                submission.add_done_callback(lambda done: None)
                submission.result()
                submission.done(), submission.exception()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except TimeLimit:
                limits += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(limits > 0, client.flush(60), client.submit("t", 1).result(60).attempts_made)
        """,
        server.url,
    )
    assert output == "True 0 1\n"


def test_a_submission_is_a_future_of_the_standard_library(client: Hookrail) -> None:
    calls: list[object] = []
    submissions = [client.submit("t", number) for number in range(3)]
    submissions[0].add_done_callback(lambda done: 1 / 0)
    submissions[0].add_done_callback(calls.append)
    assert set(concurrent.futures.as_completed(submissions, 30)) == set(submissions)
    assert submissions[0].result(0).event_id
    assert client.flush(30) == 0
    submissions[0].add_done_callback(calls.append)
    assert calls == [submissions[0]] * 2
    assert submissions[0].done() and not submissions[0].running()


def test_a_submission_that_is_not_done_in_time(silent: SilentServer) -> None:
    with Hookrail("hk_x", silent.url) as client:
        submission = client.submit("t", 1)
        for wait in (submission.result, submission.exception):
            with pytest.raises(concurrent.futures.TimeoutError):
                wait(0)
            with pytest.raises(concurrent.futures.TimeoutError):
                wait(0.01)
        assert submission.running() and not submission.cancelled()
        client.purge(in_flight=True)
        assert isinstance(submission.exception(30), hookrail.HookrailCancelledError)


def test_calls_of_other_threads_run_at_the_same_time(server: Devserver, client: Hookrail) -> None:
    server.faults(*[{"delay_ms": 300}] * 8)
    results: list[object] = []
    threads = [
        threading.Thread(target=lambda: results.append(client.send_event("t", 1))) for _ in range(8)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.01)
    assert len(results) == 8
    assert time.monotonic() - started < 8 * 0.3


def test_a_client_works_on_both_sides_of_a_fork(server: Devserver) -> None:
    output = programs.run(
        """
        import os, sys, warnings
        from hookrail import Hookrail
        client = Hookrail("hk_dev", sys.argv[1])
        client.send_event("t", "before")
        client.submit("t", "before").result()
        child = os.fork()
        side = "parent" if child else "child"
        client.send_event("t", side)
        client.get_event(client.send_event("t", side).event_id)
        client.submit("t", side).result(30)
        client.close()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("done")
        """,
        server.url,
        PYTHONWARNINGS="ignore",
    )
    assert output == "done\n"
    assert len(server.events()) == 8


def test_a_submission_of_the_parent_is_forked_in_the_child(server: Devserver) -> None:
    server.faults({"delay_ms": 1000})
    output = programs.run(
        """
        import os, sys
        import hookrail
        client = hookrail.Hookrail("hk_dev", sys.argv[1])
        submission = client.submit("t", 1, idempotency_key="k")
        completions = client.completions()
        child = os.fork()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print(next(completions).result(30).idempotency_key)
        else:
            try:
                submission.result(30)
            except hookrail.HookrailForkedError as error:
                assert (error.outcome, error.idempotency_key) == ("maybe_sent", "k"), error
                assert list(completions) == []
                os._exit(0)
            os._exit(1)
        """,
        server.url,
        PYTHONWARNINGS="ignore",
    )
    assert output == "k\n"


def test_forks_beside_sending_threads_give_working_children(server: Devserver) -> None:
    output = programs.run(
        """
        # With logging loaded: a fork while another thread imports it makes Python complain.
        import logging, os, sys, threading
        from hookrail import Hookrail

        client = Hookrail("hk_dev", sys.argv[1])
        ended = threading.Event()

        def send():
            while not ended.is_set():
                client.send_event("t", 1)
                client.submit("t", 1).result(30)
                client.send_event("t", 1, timeout=9)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(12):
            child = os.fork()
            if not child:
                client.send_event("child", number)
                client.submit("child", number).result(30)
                client.send_event("child", number, timeout=9)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        ended.set()
        for thread in threads:
            thread.join()
        print("done")
        """,
        server.url,
        PYTHONWARNINGS="ignore",
    )
    assert output == "done\n"
    assert sum(event["topic"] == "child" for event in server.events()) == 36


def test_multiprocessing_with_fork_uses_the_client_of_the_parent(server: Devserver) -> None:
    output = programs.run(
        """
        import multiprocessing, sys
        from hookrail import Hookrail

        client = Hookrail("hk_dev", sys.argv[1])

        def send(number):
            return client.send_event("t", number, idempotency_key=f"k{number}").replayed

        client.send_event("t", "warm")
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(send, range(6)) == [False] * 6)
        """,
        server.url,
        PYTHONWARNINGS="ignore",
    )
    assert output == "True\n"


@pytest.mark.parametrize(
    "work",
    [
        "threading.Thread(target=client.send_event, args=('t', 1), daemon=True).start()",
        "client.submit('t', 1)",
        "client.submit('t', 1); del client",
        "iter(client.completions()); client.submit('t', 1)",
        "loop = [client]; loop.append(loop); loop.append(client.submit('t', 1)); del loop, client",
    ],
)
def test_a_program_ends_with_calls_under_way(work: str, silent: SilentServer) -> None:
    started = time.monotonic()
    output = programs.run(
        f"""
        import sys, threading, time
        from hookrail import Hookrail
        client = Hookrail("hk_dev", sys.argv[1])
        {work}
        time.sleep(0.2)
        print("end")
        """,
        silent.url,
    )
    assert output == "end\n"
    assert time.monotonic() - started < 20


def test_a_program_that_submits_at_its_end_can_close_the_client(server: Devserver) -> None:
    output = programs.run(
        """
        import atexit, sys
        from hookrail import Hookrail
        client = Hookrail("hk_dev", sys.argv[1])

        @atexit.register
        def last():
            submission = client.submit("t", 1)
            assert client.close(30) == 0
            print(submission.result(0).event_id != "")
        """,
        server.url,
    )
    assert output == "True\n"


def test_dropped_clients_free_their_connections_and_descriptors(server: Devserver) -> None:
    output = programs.run(
        """
        import gc, os, sys
        from hookrail import Hookrail

        def use():
            client = Hookrail("hk_dev", sys.argv[1])
            client.send_event("t", 1)
            client.submit("t", 1).result()
            cycle = [client]
            cycle.append(cycle)

        use()
        gc.collect()
        import time
        time.sleep(1.5)
        before = len(os.listdir("/dev/fd"))
        for _ in range(10):
            use()
        for _ in range(100):
            gc.collect()
            if len(os.listdir("/dev/fd")) <= before:
                break
            time.sleep(0.1)
        print(len(os.listdir("/dev/fd")) <= before)
        """,
        server.url,
    )
    assert output == "True\n"
