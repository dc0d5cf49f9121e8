"""Calls of `Hookrail` in the main thread, as most programs make them."""

from __future__ import annotations

import signal
from typing import Any

from hookrail import Hookrail


class MainThread:
    client = Hookrail
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
