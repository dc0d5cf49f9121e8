"""Fixtures for pytest, which finds this module by itself.

- ``fake_hookrail``: a ``FakeHookrail``
- ``fake_async_hookrail``: a ``FakeAsyncHookrail``
- ``hookrail_devserver``: a ``Devserver``, empty at the beginning of each test. The tests of a run
  share its process. Override ``hookrail_devserver_options`` to give it options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hookrail.testing import Devserver, FakeAsyncHookrail, FakeHookrail


@pytest.fixture
def fake_hookrail() -> Iterator[FakeHookrail]:
    """A client that sends nothing."""
    from hookrail.testing import FakeHookrail

    with FakeHookrail() as client:
        yield client


@pytest.fixture
def fake_async_hookrail() -> FakeAsyncHookrail:
    """A client for event loops that sends nothing."""
    from hookrail.testing import FakeAsyncHookrail

    return FakeAsyncHookrail()


@pytest.fixture(scope="session")
def hookrail_devserver_options() -> Sequence[str]:
    """The options of the stand-in service."""
    return ()


@pytest.fixture(scope="session")
def _hookrail_devserver_process(hookrail_devserver_options: Sequence[str]) -> Iterator[Devserver]:
    from hookrail.testing import Devserver

    with Devserver(*hookrail_devserver_options) as server:
        yield server


@pytest.fixture
def hookrail_devserver(_hookrail_devserver_process: Devserver) -> Devserver:
    """A stand-in service, without requests, events and faults of earlier tests."""
    _hookrail_devserver_process.reset()
    return _hookrail_devserver_process
