"""Real servers, with several workers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.hosts.support import ask, eventually, recorded, web_server
from tests.support.devserver import Devserver

GUNICORN = (
    "gunicorn",
    "--bind",
    "fd://{fd}",
    "--preload",
    "--workers",
    "2",
    "--log-level",
    "warning",
)


def ask_many(url: str, count: int) -> list[dict[str, object]]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, [url] * count))


@pytest.mark.parametrize(
    ("worker_class", "parallel"), [("sync", False), ("gthread", True), ("gevent", True)]
)
def test_gunicorn_with_preload(server: Devserver, worker_class: str, parallel: bool) -> None:
    topic = f"host.{worker_class}"
    options = ["--worker-class", worker_class]
    options += ["--threads", "8"] if worker_class == "gthread" else []
    with web_server(server.url, *GUNICORN, *options, "wsgi_app:application") as url:
        # Both workers answer, with the client that their parent made.
        workers: set[object] = set()
        answers: list[dict[str, object]] = []

        def both_answer() -> bool:
            answers.extend(ask_many(f"{url}/{topic}", 8))
            workers.update(answer["worker"] for answer in answers)
            return len(workers) == 2

        eventually(both_answer)
        assert {answer["loaded_by"] for answer in answers}.isdisjoint(workers)
        if parallel:
            server.faults(*[{"delay_ms": 200}] * 16)
            at_once = [answer["at_once"] for answer in ask_many(f"{url}/{topic}", 16)]
            assert max(at_once) > 1, "a worker sends one event after the other"
            server.faults()
    assert {answer["ids"][0] for answer in answers} <= {
        event["event_id"] for event in recorded(server, topic)
    }


def test_uvicorn_with_two_workers_and_fastapi(server: Devserver) -> None:
    command = ("uvicorn", "--fd", "{fd}", "--workers", "2", "--log-level", "warning")
    with web_server(server.url, *command, "asgi_app:app") as url:
        workers: set[object] = set()

        def both_answer() -> bool:
            workers.update(answer["worker"] for answer in ask_many(f"{url}/worker", 8))
            return len(workers) == 2

        eventually(both_answer)
        accepted = ask_many(f"{url}/send/host.fastapi", 40)
        assert all("replayed" not in one for one in accepted)
        status = ask(f"{url}/event/{accepted[0]['event_id']}")
        assert status["topic"] == "host.fastapi"
    sent_by = {json.loads(event["payload"])["worker"] for event in recorded(server, "host.fastapi")}
    assert sent_by == workers
    assert len(recorded(server, "host.fastapi")) == 40
