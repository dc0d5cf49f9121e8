from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loops import RUNNERS, Main, Service, running_service

from hookrail import AsyncHookrail


@pytest.fixture(scope="session")
def started_service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def service(started_service: Service) -> Iterator[Service]:
    started_service.reset()
    yield started_service
    started_service.reset()


@pytest.fixture
def client(service: Service) -> AsyncHookrail:
    return AsyncHookrail("hk_dev", service.url)


@pytest.fixture(params=RUNNERS)
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs an async function in each kind of loop."""
    return RUNNERS[request.param]
