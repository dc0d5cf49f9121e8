"""Forks, the ends of processes, and Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest
from tests.hosts.support import environment, finish, program
from tests.support.devserver import Devserver

MULTIPROCESSING = """
import multiprocessing, os, sys
from hookrail import Hookrail

client = Hookrail()

def send(results):
    results.put((os.getpid(), client.send_event("host.multiprocessing", {}).event_id,
                 client.submit("host.multiprocessing", {}).result(timeout=10).event_id))

if __name__ == "__main__":
    client.send_event("host.multiprocessing", {})
    context = multiprocessing.get_context(sys.argv[1])
    results = context.Queue()
    children = [context.Process(target=send, args=[results]) for _ in range(3)]
    for child in children:
        child.start()
    sent = [results.get(timeout=15) for _ in children]
    for child in children:
        child.join(15)
    assert [child.exitcode for child in children] == [0, 0, 0], children
    assert len({one[0] for one in sent}) == 3
    assert len({one[1] for one in sent} | {one[2] for one in sent}) == 6
    # The parent's client works as before.
    client.send_event("host.multiprocessing", {})
    print("done")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(server: Devserver, method: str, tmp_path: Any) -> None:
    script = tmp_path / "main.py"
    script.write_text(MULTIPROCESSING)
    # spawn imports the file of __main__, so that it has to be a real one.
    process = subprocess.Popen(
        [sys.executable, str(script), method],
        env=environment(server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, errors = finish(process)
    assert (output, errors) == ("done\n", "")


EXITS = {
    "submissions are under way": """
        client = Hookrail()
        for number in range(20):
            client.submit("host.exit", {"number": number})
    """,
    "a callback waits for a submission": """
        client = Hookrail()
        client.submit("host.exit", {}).add_done_callback(lambda done: done.result())
    """,
    "threads send": """
        client = Hookrail()
        def send():
            while True:
                client.send_event("host.exit", {})
        for _ in range(4):
            threading.Thread(target=send, daemon=True).start()
        time.sleep(0.1)
    """,
    "a thread waits for a submission": """
        client = Hookrail(base_url=SILENT)
        waiting = client.submit("host.exit", {})
        threading.Thread(target=waiting.result, daemon=True).start()
    """,
    "a task sends": """
        async def main():
            client = AsyncHookrail(base_url=SILENT)
            asyncio.ensure_future(client.send_event("host.exit", {}))
            await asyncio.sleep(0.1)
        asyncio.run(main())
    """,
    "a client is in a cycle": """
        class Holder: pass
        holder = Holder()
        holder.itself, holder.client = holder, Hookrail(base_url=SILENT)
        holder.submission = holder.client.submit("host.exit", {})
        del holder
    """,
    "the loop is closed before the client": """
        loop = asyncio.new_event_loop()
        client = AsyncHookrail()
        loop.run_until_complete(client.send_event("host.exit", {}))
        loop.close()
    """,
}
IMPORTS = """
import asyncio, sys, threading, time
from hookrail import AsyncHookrail, Hookrail
"""


def code_of(body: str, url: str) -> str:
    return f"SILENT = {url!r}\n{IMPORTS}{textwrap.dedent(body)}"


@pytest.mark.parametrize("what", EXITS)
def test_the_interpreter_ends_while(server: Devserver, silent: Any, what: str) -> None:
    process = program(code_of(EXITS[what], silent.url), server.url)
    output, errors = finish(process)
    assert (process.returncode, output, errors) == (0, "", "")


WAITS = {
    "send_event": "Hookrail().send_event('host.interrupt', {})",
    "send_event with retries": """
        client = Hookrail(base_url="http://127.0.0.1:1", retries=100, total_timeout=60)
        client.send_event("host.interrupt", {})
    """,
    "get_event": "Hookrail().get_event('e')",
    "result": "Hookrail().submit('host.interrupt', {}).result()",
    "flush": """
        client = Hookrail()
        client.submit("host.interrupt", {})
        client.flush()
    """,
    "completions": """
        client = Hookrail()
        client.submit("host.interrupt", {})
        for _ in client.completions():
            pass
    """,
    "close": """
        client = Hookrail()
        client.submit("host.interrupt", {})
        client.close(timeout=60)
    """,
    "asyncio.run": "asyncio.run(AsyncHookrail().send_event('host.interrupt', {}))",
    "asyncio.run of a submission": """
        async def main():
            client = AsyncHookrail()
            await client.submit("host.interrupt", {})
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("what", WAITS)
def test_ctrl_c_ends(silent: Any, what: str) -> None:
    body = WAITS[what]
    process = program(f"print(1, flush=True)\n{code_of(body, silent.url)}", silent.url)
    if "127.0.0.1:1" in body:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
    else:
        assert silent.asked.acquire(timeout=20)
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    interrupted = time.monotonic()
    _, errors = finish(process)
    assert re.search(r"^KeyboardInterrupt$", errors, re.MULTILINE), errors
    assert process.returncode in (-signal.SIGINT, 130), process.returncode
    # The calls would wait for ten seconds or more.
    assert time.monotonic() - interrupted < 5


def test_a_signal_handler_that_raises_nothing_does_not_end_a_call(server: Devserver) -> None:
    body = """
        import json, signal
        handled = []
        signal.signal(signal.SIGALRM, lambda *_: handled.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        sent = [Hookrail().send_event("host.alarm", {"number": number}) for number in range(3)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps([len(handled), [one.attempts_made for one in sent]]))
    """
    server.faults(*[{"delay_ms": 200}] * 3)
    output, errors = finish(program(code_of(body, server.url), server.url))
    assert errors == ""
    handled, attempts = json.loads(output)
    assert handled > 3
    assert attempts == [1, 1, 1]
