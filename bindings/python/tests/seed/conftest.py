"""Runs the tests of hookrail 0.1.0, which are not changed, against this package."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.devserver import Devserver

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "standins"))

# Tests that do not run, and the reasons.
LEFT_OUT = {
    "test_injected_client_not_closed_by_close": "http_client= is refused: the library has its own HTTP",
    "test_retry_after_header_is_honored": "it replaces time.sleep, but the library does the waiting",
}
# Files that import private modules of 0.1.0.
PRIVATE = {"test_config.py", "test_transport.py"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "e2e: a test of 0.1.0 that needs a service")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.name in PRIVATE else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    out = [item for item in mine if item.name in LEFT_OUT]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def service_url() -> Iterator[str]:
    """Starts the development server, which delivers to a receiver."""
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    endpoint = ["--endpoint", f"http://127.0.0.1:{receiver.server_port}/"]
    server = Devserver(*endpoint, "--endpoint-secret", "whsec_seed")
    yield server.url
    server.stop()
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture(autouse=True)
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names the server in the environment, and where test_e2e.py keeps what it read there."""
    if request.path.name == "test_e2e.py":
        monkeypatch.setattr(request.module, "_BASE", request.getfixturevalue("service_url"))
        monkeypatch.setenv("HOOKRAIL_API_KEY", "hk_dev")
