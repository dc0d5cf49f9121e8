"""Receivers under real servers, asked by raw sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.receiving.requests import BODY, CASES, LIMIT, Answer, Request, delivery, forged

FOLDER = Path(__file__).parents[2]
WSGIREF = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from tests.receiving.applications import wsgi

class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass

make_server("127.0.0.1", int(sys.argv[1]), wsgi, handler_class=Quiet).serve_forever()
"""
APPS = "tests.receiving.applications"
COMMANDS = {
    "wsgiref": ["-c", WSGIREF, "{port}"],
    "gunicorn": ["-m", "gunicorn", "--bind=127.0.0.1:{port}", "--threads=2", f"{APPS}:wsgi"],
    "uvicorn": ["-m", "uvicorn", "--port={port}", "--lifespan=off", f"{APPS}:asgi"],
    "hypercorn": ["-m", "hypercorn", "--bind=127.0.0.1:{port}", f"{APPS}:asgi"],
}
PATHS = {
    "wsgiref": ["/wsgi", "/flask", "/django"],
    "gunicorn": ["/wsgi", "/flask", "/django"],
    "uvicorn": ["/asgi", "/fastapi", "/django"],
    "hypercorn": ["/asgi", "/fastapi"],
}


class Server:
    """A server with the receivers of all frameworks."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        # Another program may take the port before the server does.
        while not self._starts():
            assert "in use" in log.read_text(), log.read_text()

    def _starts(self) -> bool:
        """Starts the server on a free port. Returns whether it listens there."""
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            self.port: int = reserved.getsockname()[1]
        command = [part.format(port=self.port) for part in COMMANDS[self.name]]
        paths = os.pathsep.join([str(FOLDER / "src"), str(FOLDER)])
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=FOLDER,
                env={**os.environ, "PYTHONPATH": paths},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + 60
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return True
            except OSError:
                assert time.monotonic() < end, f"{self.name} does not start"
                time.sleep(0.05)
        return False

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, raw: bytes, *, end: bool = False) -> list[Answer]:
        """Sends bytes, and returns the answers until the server closes the connection."""
        with self.connect() as connection:
            connection.sendall(raw)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return answers(connection)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def raw(path: str, request: Request, *, close: bool = True) -> bytes:
    """Returns the bytes of a request."""
    lines = [f"{request.method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    if close:
        lines.append("Connection: close")
    if request.length is None and request.chunks:
        lines.append("Transfer-Encoding: chunked")
        pieces = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in request.chunks]
        body = b"".join([*pieces, b"0\r\n\r\n"])
    else:
        lines += [] if request.length is None else [f"Content-Length: {request.length}"]
        body = request.body
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answers(connection: socket.socket) -> list[Answer]:
    """Reads all answers of a connection."""
    stream = connection.makefile("rb")
    found = []
    try:
        while line := stream.readline():
            status = int(line.split()[1])
            headers: dict[str, str] = {}
            while (field := stream.readline().strip()) != b"":
                name, _, value = field.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            found.append(Answer(status, headers, _body(stream, headers)))
    except ConnectionResetError:
        # The server has closed the connection with bytes of the request unread.
        pass
    return found


def _body(stream: object, headers: dict[str, str]) -> bytes:
    read = stream.read  # type: ignore[attr-defined]
    if "content-length" in headers:
        return bytes(read(int(headers["content-length"])))
    if headers.get("transfer-encoding") != "chunked":
        return bytes(read())
    body = b""
    while size := int(stream.readline(), 16):  # type: ignore[attr-defined]
        body += read(size + 2)[:-2]
    read(2)
    return body


@pytest.fixture(scope="module", params=COMMANDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server = Server(request.param, tmp_path_factory.mktemp("servers") / "log.txt")
    yield server
    server.stop()


WHOLE = [name for name in CASES if name not in ("cut off", "an announced length over the limit")]


def test_whole_requests(server: Server) -> None:
    for path in PATHS[server.name]:
        for name in WHOLE:
            make, status = CASES[name]
            request = make()
            if server.name == "wsgiref" and name.endswith("in pieces"):
                # This server knows no chunks: the body looks empty.
                status = 408
            (answer,) = server.ask(raw(path, request))
            try:
                answer.check(request, status)
            except AssertionError as error:
                raise AssertionError(f"{server.name} {path}: {name}") from error


def test_a_body_over_the_limit_need_not_be_sent(server: Server) -> None:
    for path in PATHS[server.name]:
        if path in ("/django",) and server.name == "uvicorn":
            continue  # Django reads the body before anything else.
        request = delivery()
        request.length = LIMIT + 1
        request.chunks = []
        (answer,) = server.ask(raw(path, request))
        answer.check(request, 413)


def test_a_body_that_is_cut_off_is_no_delivery(server: Server) -> None:
    for path in PATHS[server.name]:
        for request in (CASES["cut off"][0](), forged()):
            request.length = len(BODY) + 1
            found = server.ask(raw(path, request), end=True)
            # The server may give up the connection before the receiver can answer.
            assert all(answer.status in (400, 408) for answer in found), (path, found)


def test_a_chunk_that_is_cut_off_is_no_delivery(server: Server) -> None:
    if server.name == "wsgiref":
        return
    for path in PATHS[server.name]:
        request = CASES["genuine, in pieces"][0]()
        whole = raw(path, request)
        for cut in (5, 9, 30):
            found = server.ask(whole[:-cut], end=True)
            assert all(answer.status in (400, 408) for answer in found), (path, cut, found)


def test_a_refusal_does_not_shift_the_next_request(server: Server) -> None:
    """The unread body of a refused request must not be taken for a request."""
    smuggled = raw("/smuggled", delivery())
    for path in PATHS[server.name]:
        bad = delivery(smuggled, timestamp=1)
        good = raw(path, delivery())
        found = server.ask(raw(path, bad, close=False) + good)
        assert found[0].status == 401, path
        assert [answer.status for answer in found[1:]] in ([], [200]), (path, found)


def test_headers_that_only_look_alike_do_not_count(server: Server) -> None:
    for path in PATHS[server.name]:
        request = forged()
        genuine = dict(delivery(BODY.replace(b"o_1", b"o_2")).headers)["hookrail-signature"]
        for name in ("hookrail-signature ", "x-hookrail-signature", "hookrail.signature"):
            request.adding(name, genuine)
        found = server.ask(raw(path, request))
        assert all(answer.status in (400, 401, 408) for answer in found), (path, found)


def test_the_servers_log_has_the_reasons(server: Server) -> None:
    server.ask(raw(PATHS[server.name][0], forged()))
    text = server.log.read_text()
    assert "delivery refused with 401: signature_mismatch" in text
    assert "Traceback" not in text
    assert "whsec_" not in text
