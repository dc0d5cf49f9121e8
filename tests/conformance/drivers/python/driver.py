"""Reads requests, executes them and writes the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO

import hookrail

import results
from clients import Clients, Inexpressible
from verification import Verification


class Driver:
    def __init__(self, calls: Any) -> None:
        self._calls = calls
        clients, verification = Clients(calls), Verification()
        self._commands: dict[str, Callable[..., dict[str, Any]]] = {
            "hello": self.hello,
            "verify": verification.verify,
            "verify_chunks": verification.verify_chunks,
            "verify_once": verification.verify_once,
            "verify_request": verification.verify_request,
            "sign": verification.sign,
            "client_new": clients.new,
            "client_free": clients.free,
            "send": clients.send,
            "prepare": clients.prepare,
            "send_prepared": clients.send_prepared,
            "get_event": clients.get_event,
            "stats": clients.stats,
            "close": clients.close,
            "submit": clients.submit,
            "submit_prepared": clients.submit_prepared,
            "collect": clients.collect,
            "flush": clients.flush,
            "pending": clients.pending,
            "cancel_submitted": clients.cancel_submitted,
            "purge": clients.purge,
        }

    def run(self, requests: BinaryIO, answers: BinaryIO) -> None:
        for line in requests:
            request = json.loads(line)
            answer = {"id": request.pop("id"), **self._answer(request.pop("command"), request)}
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()

    def _answer(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if command not in self._commands:
            return {"unsupported": f"unknown command {command}"}
        try:
            return {"ok": self._commands[command](**arguments)}
        except Inexpressible as reason:
            return {"inexpressible": str(reason)}
        except hookrail.HookrailError as error:
            return {"error": results.error(error)}
        except self._calls.Cancelled as cancelled:
            return {"error": self._calls.cancelled(cancelled)}

    def hello(self) -> dict[str, Any]:
        return {
            "protocol": 1,
            "language": "python",
            "version": hookrail.__version__,
            "cancellation": self._calls.CANCELLATION,
            "commands": list(self._commands),
        }
