"""Celery with its prefork pool."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.hosts.support import APPS, PATIENCE, environment, finish, recorded
from tests.support.devserver import Devserver


@pytest.fixture
def tasks(tmp_path: Path, server: Devserver, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Starts a worker and returns the module of its tasks."""
    for name in ("queue", "control", "results"):
        (tmp_path / name).mkdir()
    env = environment(server.url) | {"CELERY_FOLDER": str(tmp_path)}
    # The library forbids more than a warning for root.
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "prefork"]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    worker = subprocess.Popen(
        [*command, "--without-heartbeat", "--loglevel", "WARNING"],
        env=env,
        cwd=APPS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for name in ("CELERY_FOLDER", "HOOKRAIL_BASE_URL", "HOOKRAIL_API_KEY"):
        monkeypatch.setenv(name, env[name])
    monkeypatch.syspath_prepend(APPS)
    import tasks

    try:
        yield tasks
        worker.send_signal(signal.SIGTERM)
        output, _ = finish(worker)
        assert worker.returncode == 0, output
    finally:
        if worker.returncode is None:
            os.killpg(worker.pid, signal.SIGKILL)
            print(worker.communicate()[0])
        sys.modules.pop("tasks")


def test_children_send_with_their_parents_client(
    tasks: Any, server: Devserver, silent: Any
) -> None:
    sent = [tasks.send.delay(number) for number in range(5)]
    results = [one.get(timeout=PATIENCE) for one in sent]
    known = {event["event_id"] for event in recorded(server, "host.celery")}
    assert {event_id for _, event_id in results} <= known

    # A soft time limit is an exception of a signal handler, which ends the call at once.
    child, result = tasks.send_to_nobody.delay(silent.url).get(timeout=PATIENCE)
    assert result == "the limit ended the call"
    # The child lives, and sends.
    assert tasks.send.delay(5).get(timeout=PATIENCE)[0] == child
