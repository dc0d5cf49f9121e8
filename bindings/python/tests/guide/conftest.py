from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.guide.example_service import ExampleService
from tests.support.devserver import Devserver


@pytest.fixture(scope="session")
def example_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleService]:
    """The service of the examples. It has its own stand-in, which takes their keys."""
    server = Devserver("--api-key", "hk_...", "--api-key", "hk_dev")
    service = ExampleService(tmp_path_factory.mktemp("tls"), server)
    yield service
    service.close()
    server.stop()


@pytest.fixture
def examples_work(example_service: ExampleService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leads the programs of this test to the service of the examples."""
    for name, value in example_service.environment.items():
        monkeypatch.setenv(name, value)
