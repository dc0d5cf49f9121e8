"""Processes of the tests, and the services that they talk to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.devserver import Devserver

APPS = Path(__file__).parent / "apps"
# Far above what anything here takes, and below the time limits of the client.
PATIENCE = 20.0


def recorded(server: Devserver, topic: str) -> list[dict[str, Any]]:
    """Returns the recorded events of a topic."""
    return [event for event in server.events() if event["topic"] == topic]


def environment(url: str) -> dict[str, str]:
    """Returns the environment of a process that sends to this URL."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    source = Path(__file__).parents[2] / "src"
    return inherited | {
        "HOOKRAIL_BASE_URL": url,
        "HOOKRAIL_API_KEY": "hk_dev",
        "PYTHONPATH": f"{source}{os.pathsep}{APPS}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def program(code: str, url: str) -> subprocess.Popen[str]:
    """Starts a Python program."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Waits for the end of a process and returns its output. A process that hangs is killed."""
    try:
        return process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        raise AssertionError(f"the process hangs: {output} {errors}") from None


@contextmanager
def web_server(url: str, *command: str) -> Iterator[str]:
    """Starts a server with a listening socket, whose descriptor replaces {fd}, and stops it.

    The server's exit status must be 0.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", *(part.replace("{fd}", str(number)) for part in command)],
            env=environment(url),
            pass_fds=[number],
            cwd=APPS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A signal goes to the server alone, which tells its workers.
            start_new_session=True,
        )
        stopped = False
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            process.send_signal(signal.SIGTERM)
            output, _ = finish(process)
            stopped = True
            assert process.returncode in (0, -signal.SIGTERM), output
            assert "Traceback" not in output, output
        finally:
            if not stopped:
                os.killpg(process.pid, signal.SIGKILL)
                print(process.communicate()[0])


def ask(url: str) -> Any:
    """Returns the JSON that a server answers."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


def eventually(condition: Callable[[], Any]) -> Any:
    """Returns the first true result of the condition."""
    end = time.monotonic() + PATIENCE
    while not (result := condition()):
        assert time.monotonic() < end, "the condition did not become true"
        time.sleep(0.02)
    return result
