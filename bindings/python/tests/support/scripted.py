"""A server that answers as it is told, and servers that answer nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple


class Request(NamedTuple):
    """A request that came."""

    line: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, Any, dict[str, str]]
"""A status, a body (JSON unless it is bytes) and headers."""


class ScriptedServer:
    """Answers each request with the next of the given answers, and the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Ends the server."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection, self._next), daemon=True).start()

    def _next(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def serve(connection: socket.socket, answer: Callable[[Request], Answer]) -> None:
    """Answers the requests of a connection."""
    with connection, connection.makefile("rb") as stream:
        while line := stream.readline().decode().strip():
            headers = {}
            while header := stream.readline().decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            status, result, more = answer(Request(line, headers, body))
            content = result if isinstance(result, bytes) else json.dumps(result).encode()
            fields = {"content-length": str(len(content)), **more}
            head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
            connection.sendall(f"HTTP/1.1 {status} Answer\r\n{head}\r\n".encode() + content)


class SilentServer:
    """Accepts connections, and answers nothing."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait_for_request(self) -> None:
        """Waits until the whole head of a request has come."""
        self._connection, _ = self._listener.accept()
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._connection.recv(4096)

    def close(self) -> None:
        """Ends the server."""
        self._listener.close()
