"""What all tests use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hookrail import Hookrail
from tests.support.devserver import Devserver
from tests.support.scripted import SilentServer

# The machine's own settings must not affect the tests.
for _name in ("HOOKRAIL_API_KEY", "HOOKRAIL_BASE_URL", "http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)

# A shell has its background jobs ignore Ctrl-C, and so would the tests and their programs.
signal.signal(signal.SIGINT, signal.default_int_handler)

KEY = "hk_dev"


@pytest.fixture(scope="session")
def running_server() -> Iterator[Devserver]:
    """The stand-in service that the tests share."""
    server = Devserver()
    yield server
    server.stop()


@pytest.fixture
def server(running_server: Devserver) -> Devserver:
    """The stand-in service, without requests and faults of earlier tests."""
    running_server.reset()
    return running_server


@pytest.fixture
def start_server() -> Iterator[Callable[..., Devserver]]:
    """Starts a stand-in service with options of its own."""
    servers: list[Devserver] = []

    def start(*options: str) -> Devserver:
        servers.append(Devserver(*options))
        return servers[-1]

    yield start
    for one in servers:
        one.stop()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    """A server that answers nothing."""
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture
def make_client(server: Devserver) -> Iterator[Callable[..., Hookrail]]:
    """Makes clients of the stand-in service, and closes them."""
    clients: list[Hookrail] = []

    def make(**settings: Any) -> Hookrail:
        settings = {"api_key": KEY, "base_url": server.url, **settings}
        clients.append(Hookrail(**settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Hookrail]) -> Hookrail:
    """A client of the stand-in service."""
    return make_client()
