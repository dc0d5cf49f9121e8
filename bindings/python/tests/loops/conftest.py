from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support.devserver import Devserver
from tests.support.loops import KINDS, RUNNERS, Main

from hookrail import AsyncHookrail


@pytest.fixture
def make_async(server: Devserver) -> Iterator[Callable[..., AsyncHookrail]]:
    """Makes clients of the stand-in service, and closes them."""
    clients: list[AsyncHookrail] = []

    def make(**settings: Any) -> AsyncHookrail:
        clients.append(AsyncHookrail("hk_dev", server.url, **settings))
        return clients[-1]

    yield make
    for client in clients:
        asyncio.run(client.aclose())


@pytest.fixture
def client(make_async: Callable[..., AsyncHookrail]) -> AsyncHookrail:
    return make_async()


@pytest.fixture(params=RUNNERS)
def run_everywhere(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs an async function in each kind of loop, also through anyio and in the debug mode."""
    return RUNNERS[request.param]


@pytest.fixture(params=KINDS)
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs an async function in each kind of loop."""
    return RUNNERS[request.param]
