"""``Devserver`` and the fixtures for pytest."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from hookrail import Hookrail, RetryPolicy, errors
from hookrail.middleware.wsgi import ENVIRON_KEY, VerifyMiddleware
from hookrail.testing import Devserver, DevserverMissingError

FOLDER = Path(__file__).parents[2]
FAST = RetryPolicy(max_retries=3, base=0.001, cap=0.001)


@pytest.fixture(scope="module")
def devserver() -> Iterator[Devserver]:
    with Devserver("--delivery-retry-ms=10") as server:
        yield server


@pytest.fixture(autouse=True)
def _empty(devserver: Devserver) -> None:
    devserver.reset()


def test_it_records_events(devserver: Devserver) -> None:
    with Hookrail(devserver.api_key, devserver.url) as client:
        accepted = client.send_event("order.paid", {"order_id": "o_1"})
    (event,) = devserver.events()
    assert (event["event_id"], event["topic"]) == (accepted.event_id, "order.paid")
    assert event["payload"] == '{"order_id":"o_1"}'
    (request,) = devserver.requests()
    assert request["status"] == 202
    assert devserver.summary()["events"] == 1


def test_it_fails_on_command(devserver: Devserver) -> None:
    devserver.fail({"status": 503}, {"reset": "after_recording"})
    with Hookrail(devserver.api_key, devserver.url, policy=FAST) as client:
        accepted = client.send_event("t", {})
        assert accepted.replayed
        assert accepted.attempts_made >= 2
        devserver.fail({"status": 503, "times": "always"})
        with pytest.raises(errors.RetryError):
            client.send_event("t", {})
        devserver.recover()
        assert client.send_event("t", {})


def test_it_loses_its_database_on_command(devserver: Devserver) -> None:
    with Hookrail(devserver.api_key, devserver.url, retries=0) as client:
        devserver.outage()
        with pytest.raises(errors.AuthenticationError):
            client.send_event("t", {})
        devserver.outage(False)
        assert client.send_event("t", {})


def test_it_forgets_on_command(devserver: Devserver) -> None:
    with Hookrail(devserver.api_key, devserver.url) as client:
        client.send_event("t", {}, idempotency_key="k")
        devserver.reset()
        assert devserver.events() == devserver.requests() == []
        assert client.send_event("t", {"a": 1}, idempotency_key="k").replayed is False


def test_it_waits_for_counts(devserver: Devserver) -> None:
    with Hookrail(devserver.api_key, devserver.url) as client:
        client.submit("t", {})
        assert devserver.wait(events=1)["events"] == 1
    with pytest.raises(TimeoutError, match="events"):
        devserver.wait(0.05, events=5)


def test_it_delivers_to_a_receiver() -> None:
    received: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        received.append(environ[ENVIRON_KEY])
        start_response("204 No Content", [])
        return []

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    guarded = VerifyMiddleware(app, "whsec_of_the_endpoint")
    with (
        make_server("127.0.0.1", 0, guarded, handler_class=Quiet) as receiver,
        Devserver() as server,
    ):
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        server.add_endpoint(
            f"http://127.0.0.1:{receiver.server_port}/", "whsec_of_the_endpoint", topics=["order.*"]
        )
        with Hookrail(server.api_key, server.url) as client:
            client.send_event("other", {})
            accepted = client.send_event("order.paid", {"order_id": "o_1"})
            server.wait(succeeded=1)
            status = client.get_event(accepted.event_id)
        receiver.shutdown()
    (delivery,) = received
    assert delivery.json() == {"order_id": "o_1"}
    assert (delivery.topic, delivery.event_id) == ("order.paid", accepted.event_id)
    assert delivery.delivery_id in accepted.delivery_ids
    assert status.deliveries[0].state == "succeeded"


def test_it_takes_another_key_and_options() -> None:
    with Devserver("--path-prefix=/hooks", api_key="hk_other") as server:
        with Hookrail("hk_other", server.url) as client:
            assert client.send_event("t", {})
        with Hookrail("hk_dev", server.url) as client:
            with pytest.raises(errors.AuthenticationError):
                client.send_event("t", {})


def test_it_serves_https(tmp_path: Path) -> None:
    with Devserver(f"--tls-self-signed={tmp_path}") as server:
        authority = tmp_path / "ca.pem"
        with Hookrail(server.api_key, server.url, ca_file=authority) as client:
            client.send_event("t", {})
        assert len(server.events()) == 1


def test_bad_options_are_explained() -> None:
    with pytest.raises(errors.HookrailError, match=r"did not start: .*--no-such-option"):
        Devserver("--no-such-option")


def test_a_missing_program_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = os.environ["HOOKRAIL_DEVSERVER"]
    for bad in (str(tmp_path), str(tmp_path / "missing"), str(FOLDER / "README.md")):
        monkeypatch.setenv("HOOKRAIL_DEVSERVER", bad)
        with pytest.raises(DevserverMissingError, match="is not a program"):
            Devserver()
    monkeypatch.delenv("HOOKRAIL_DEVSERVER")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevserverMissingError, match=r"HOOKRAIL_DEVSERVER.*PATH.*tar.gz"):
        Devserver()
    (tmp_path / "hookrail-devserver").symlink_to(program)
    with Devserver() as server:
        assert server.events() == []


def test_it_ends_with_its_program() -> None:
    source = (
        "from hookrail.testing import Devserver; import os; server = Devserver();"
        "print(server._process.pid, flush=True); os._exit(0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(FOLDER / "src")}
    command = [sys.executable, "-c", source]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    pid = int(printed)
    for _ in range(500):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        threading.Event().wait(0.02)
    pytest.fail("the server outlived its program")


PROGRAM = """
import pytest

import hookrail
from hookrail.testing import FakeHookrail


@pytest.fixture(scope="session")
def hookrail_devserver_options():
    return ["--path-prefix=/hooks"]


@pytest.mark.parametrize("number", [1, 2])
def test_devserver(hookrail_devserver, number):
    assert hookrail_devserver.events() == []
    assert hookrail_devserver.url.endswith("/hooks")
    with hookrail.Hookrail(hookrail_devserver.api_key, hookrail_devserver.url) as client:
        client.send_event("t", {})
    assert len(hookrail_devserver.events()) == 1


def test_fake(fake_hookrail):
    assert isinstance(fake_hookrail, FakeHookrail)
    fake_hookrail.send_event("t", {})


def test_fresh(fake_hookrail, fake_async_hookrail):
    assert fake_hookrail.events == fake_async_hookrail.events == []
"""


def run_pytest(folder: Path, **changes: str) -> str:
    (folder / "test_program.py").write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(FOLDER / "src"), **changes}
    command = [sys.executable, "-m", "pytest", "-p", "hookrail.testing.pytest_plugin", "-q", "."]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return ran.stdout + ran.stderr


def test_pytest_has_the_fixtures(tmp_path: Path) -> None:
    assert "4 passed" in run_pytest(tmp_path)


def test_without_the_program_only_its_fixture_fails(tmp_path: Path) -> None:
    printed = run_pytest(tmp_path, HOOKRAIL_DEVSERVER="/nowhere")
    assert "2 passed, 2 errors" in printed
    assert "HOOKRAIL_DEVSERVER names '/nowhere', which is not a program" in printed


def test_the_package_announces_its_fixtures() -> None:
    module = "hookrail.testing.pytest_plugin"
    project = (FOLDER / "pyproject.toml").read_text()
    assert f'[project.entry-points.pytest11]\n"{module}" = "{module}"\n' in project


def test_naming_the_fixtures_besides_does_no_harm(tmp_path: Path) -> None:
    """As in an environment where the package is installed."""
    module = "hookrail.testing.pytest_plugin"
    installed = tmp_path / "hookrail-0.2.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: hookrail\nVersion: 0.2.0\n")
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{module} = {module}\n")
    tests = tmp_path / "tests"
    tests.mkdir()
    paths = os.pathsep.join([str(FOLDER / "src"), str(tmp_path)])
    assert "4 passed" in run_pytest(tests, PYTHONPATH=paths)
    (tests / "conftest.py").write_text(f"pytest_plugins = [{module!r}]\n")
    assert "4 passed" in run_pytest(tests, PYTHONPATH=paths)
