"""The event loops of the tests, and programs of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import trio
import uvloop

# For tests that need not each kind of loop.
KINDS = ("asyncio", "uvloop", "trio")

Main = Callable[[], Coroutine[Any, Any, Any]]

RUNNERS: dict[str, Callable[[Main], Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "asyncio-debug": lambda main: asyncio.run(main(), debug=True),
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


def start_program(code: str, url: str) -> subprocess.Popen[str]:
    """Starts a Python program whose client finds the service. It gets the loops that it names."""
    loops = [
        name for name in ("anyio", "trio", "uvloop") if f"{name}." in code or f"{name})" in code
    ]
    code = "\n".join([*(f"import {name}" for name in loops), code])
    source = Path(__file__).resolve().parents[2] / "src"
    environment = os.environ | {
        "HOOKRAIL_BASE_URL": url,
        "HOOKRAIL_API_KEY": "hk_dev",
        "PYTHONPATH": str(source),
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
