"""Calls of `AsyncHookrail`, each in a task of one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Any

from hookrail import AsyncHookrail, HookrailCancelledError, HookrailError
from hookrail._submission import Submission

import results


class Results:
    """Takes results of submissions from `completions`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: AsyncHookrail) -> None:
        self._loop = loop
        self._client = client
        # From the first call on, the program takes the results.
        client.completions()

    def take(self, count: int, timeout: float) -> list[Submission]:
        return self._loop.run_until_complete(self._take(count, timeout))

    async def _take(self, count: int, timeout: float) -> list[Submission]:
        taken: list[Submission] = []

        async def take_all() -> None:
            async for submission in self._client.completions(until_closed=True):
                taken.append(submission)
                if len(taken) == count:
                    return

        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(take_all(), max(timeout, 0.01))
        return taken


class Tasks:
    client = AsyncHookrail
    # A cancelled task has the error of the call as the cause of its exception.
    CANCELLATION = "error"
    Cancelled = asyncio.CancelledError

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[Any] | None = None
        self._sends = False
        self._loop.add_signal_handler(signal.SIGUSR1, self._on_signal)

    def _on_signal(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def call(self, client: AsyncHookrail, method: str, *arguments: Any, **named: Any) -> Any:
        return self.cancellable(None, client, method, *arguments, **named)

    def cancellable(
        self, how: str | None, client: AsyncHookrail, method: str, *arguments: Any, **named: Any
    ) -> Any:
        return self._loop.run_until_complete(
            self._run(how, getattr(client, method), arguments, named)
        )

    async def _run(self, how: str | None, method: Any, arguments: Any, named: Any) -> Any:
        task = asyncio.ensure_future(method(*arguments, **named))
        if how == "before":
            task.cancel()
        self._sends = method.__name__ != "get_event"
        self._task = task if how == "signal" else None
        try:
            return await task
        finally:
            self._task = None

    def results(self, client: AsyncHookrail) -> Results:
        return Results(self._loop, client)

    def close(self, client: AsyncHookrail, timeout: float) -> int:
        return self.call(client, "aclose", timeout=timeout)

    def cancelled(self, cancelled: asyncio.CancelledError) -> dict[str, Any]:
        known = cancelled.__cause__
        if not isinstance(known, HookrailError):
            # The task was cancelled before it began, so that the package has not seen the call.
            known = HookrailCancelledError("cancelled before the call")
            known.outcome = "not_sent" if self._sends else None
        return results.error(known)
