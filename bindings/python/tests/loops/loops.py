"""The event loops of the tests, and a service for them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import trio
import uvloop

Main = Callable[[], Awaitable[Any]]

RUNNERS: dict[str, Callable[[Main], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),  # type: ignore[arg-type]
    "asyncio-debug": lambda main: asyncio.run(main(), debug=True),  # type: ignore[arg-type]
    "uvloop": lambda main: _run_uvloop(main),
    "trio": trio.run,
    "anyio": lambda main: anyio.run(main, backend="asyncio"),
    "anyio-trio": lambda main: anyio.run(main, backend="trio"),
}

# Far above what anything here takes, and below the time limits of the client.
PATIENCE = 20.0


def _run_uvloop(main: Main) -> Any:
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


async def together(*functions: Main) -> list[Any]:
    """Runs functions in tasks of the running loop, and returns their results."""
    results: list[Any] = [None] * len(functions)

    async def run(index: int, function: Main) -> None:
        results[index] = await function()

    async with anyio.create_task_group() as group:
        for index, function in enumerate(functions):
            group.start_soon(run, index, function)
    return results


class Service:
    """The development server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_control/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def fail(self, *rules: dict[str, Any]) -> None:
        """Sets the faults of the next requests."""
        self.control("PUT", "faults", list(rules))

    def reset(self) -> None:
        self.control("DELETE", "faults")
        self.control("DELETE", "ledger")

    def wait(self, **counts: int) -> None:
        """Waits until the counts are reached."""
        query = "&".join(f"{name}={count}" for name, count in counts.items())
        self.control("GET", f"wait?{query}")

    def keys(self) -> list[str]:
        """Returns the idempotency keys of the recorded events."""
        return [event["idempotency_key"] for event in self.control("GET", "events?limit=10000")["events"]]


@contextmanager
def running_service() -> Iterator[Service]:
    command = [os.environ["HOOKRAIL_DEVSERVER"], "--exit-with-stdin"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield Service(process.stdout.readline().removeprefix("listening on ").strip())
        process.terminate()


def start_program(code: str, url: str) -> subprocess.Popen[str]:
    """Starts a Python program whose client finds the service."""
    source = Path(__file__).parents[2] / "src"
    environment = os.environ | {
        "HOOKRAIL_BASE_URL": url,
        "HOOKRAIL_API_KEY": "hk_dev",
        "PYTHONPATH": os.pathsep.join([str(source), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Returns what a program has printed. It must end by itself, without an error."""
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        raise AssertionError(f"the program hangs: {output} {errors}") from None
    assert process.returncode == 0, f"{process.returncode}: {output} {errors}"
    assert "Exception ignored" not in errors, errors
    return output


def run_program(code: str, url: str) -> str:
    """Runs a Python program and returns what it has printed."""
    return finish(start_program(code, url))
