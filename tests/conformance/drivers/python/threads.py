"""Calls of `Hookrail` in the main thread, as most programs make them."""

from __future__ import annotations

import queue
import signal
import threading
import time
from typing import Any

from hookrail import Hookrail
from hookrail._submission import Submission


class Results:
    """Takes results of submissions from `completions`, in a thread of its own and on demand.

    What is not taken stays with the client.
    """

    def __init__(self, client: Hookrail) -> None:
        self._completions = client.completions(until_closed=True)
        self._demand = threading.Semaphore(0)
        self._taken: queue.SimpleQueue[Submission] = queue.SimpleQueue()
        self._asked = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self._demand.acquire()
            try:
                self._taken.put(next(self._completions))
            except StopIteration:
                return

    def take(self, count: int, timeout: float) -> list[Submission]:
        deadline = time.monotonic() + timeout
        if count > self._asked:
            self._demand.release(count - self._asked)
            self._asked = count
        taken: list[Submission] = []
        while len(taken) < count:
            try:
                taken.append(self._taken.get(timeout=max(0, deadline - time.monotonic())))
            except queue.Empty:
                break
        self._asked -= len(taken)
        return taken


class MainThread:
    client = Hookrail
    results = Results
    # The exception of a signal handler ends the call, and replaces its error.
    CANCELLATION = "exception"

    class Cancelled(Exception):
        """Ends a call."""

    def __init__(self) -> None:
        self._armed = False
        signal.signal(signal.SIGUSR1, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self._armed:
            raise self.Cancelled

    def call(self, client: Hookrail, method: str, *arguments: Any, **named: Any) -> Any:
        return getattr(client, method)(*arguments, **named)

    def cancellable(
        self, how: str | None, client: Hookrail, method: str, *arguments: Any, **named: Any
    ) -> Any:
        if how is None:
            return self.call(client, method, *arguments, **named)
        try:
            self._armed = True
            if how == "before":
                signal.raise_signal(signal.SIGUSR1)
            return self.call(client, method, *arguments, **named)
        finally:
            self._armed = False

    def close(self, client: Hookrail, timeout: float) -> int:
        return client.close(timeout=timeout)

    def cancelled(self, _cancelled: Cancelled) -> dict[str, Any]:
        return {"status": "cancelled"}
