"""The part of respx that the tests of 0.1.0 use, over a real HTTP server.

`@respx.mock` starts a server for the time of a test and names it in `http_proxy`. The client under test sends its requests
for any http URL there. A route answers with `httpx.Response` objects, which only hold the data.
"""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class Call:
    def __init__(self, request: httpx.Request) -> None:
        self.request = request


class Calls(list[Call]):
    @property
    def last(self) -> Call:
        return self[-1]


class Route:
    def __init__(self) -> None:
        self.calls = Calls()
        self._answers: list[httpx.Response] | None = None
        self._answer: httpx.Response | None = None

    def mock(
        self,
        *,
        return_value: httpx.Response | None = None,
        side_effect: list[httpx.Response] | None = None,
    ) -> Route:
        self._answer = return_value
        self._answers = side_effect and list(side_effect)
        return self

    @property
    def call_count(self) -> int:
        return len(self.calls)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(Call(request))
        if self._answers is not None:
            return self._answers.pop(0)
        assert self._answer is not None
        return self._answer


_routes: dict[tuple[str, str], Route] = {}


def post(url: str) -> Route:
    return _routes.setdefault(("POST", url), Route())


def get(url: str) -> Route:
    return _routes.setdefault(("GET", url), Route())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body of an answer are two writes: without this, the client's delayed ACK holds up the second.
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        request = httpx.Request(self.command, self.path, headers=self.headers.items(), content=body)
        route = _routes.get((self.command, self.path))
        answer = httpx.Response(418) if route is None else route.answer(request)
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "content-length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = _serve

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _server() -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    before = os.environ.get("http_proxy")
    os.environ["http_proxy"] = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        if before is None:
            del os.environ["http_proxy"]
        else:
            os.environ["http_proxy"] = before
        server.shutdown()
        thread.join()
        server.server_close()
        _routes.clear()


def mock(test: Callable[..., Any]) -> Callable[..., Any]:
    """Runs a test beside the server."""
    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def run_async(*arguments: Any, **named: Any) -> None:
            with _server():
                await test(*arguments, **named)

        return run_async

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        with _server():
            test(*arguments, **named)

    return run
