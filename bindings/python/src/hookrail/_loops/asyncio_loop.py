"""Waits in tasks of asyncio, and of loops with its interface, such as uvloop."""

from __future__ import annotations

import asyncio
from asyncio.events import _get_running_loop
from collections.abc import Callable
from contextlib import suppress


class AsyncioWait:
    """The wait of one task."""

    __slots__ = ("__weakref__", "_future", "_loop", "is_over")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[None] | None = None
        self.is_over = False

    def finish(self) -> bool:
        self.is_over = True
        if _get_running_loop() is self._loop:
            self._wake()
            return True
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            return False
        return True

    async def sleep(self) -> None:
        while not self.is_over:
            self._future = self._loop.create_future()
            await self._future

    async def sleep_shielded(self) -> None:
        while not self.is_over:
            # anyio cancels a task again and again.
            with suppress(asyncio.CancelledError):
                await self.sleep()

    async def sleep_for(self, seconds: float) -> bool:
        alarm = self._loop.call_later(seconds, self._wake)
        try:
            if not self.is_over:
                self._future = self._loop.create_future()
                await self._future
        finally:
            alarm.cancel()
        return self.is_over

    def _wake(self) -> None:
        future = self._future
        if future is not None and not future.done():
            future.set_result(None)


class AsyncioLoop:
    """A running loop."""

    __slots__ = ("key",)

    cancellation = asyncio.CancelledError

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.key = loop

    def new_wait(self) -> AsyncioWait:
        return AsyncioWait(self.key)

    def watch(self, descriptor: int, callback: Callable[[], None]) -> Callable[[], None]:
        self.key.add_reader(descriptor, callback)
        return lambda: self._unwatch(descriptor)

    def _unwatch(self, descriptor: int) -> None:
        if _get_running_loop() is self.key:
            self.key.remove_reader(descriptor)
            return
        # The garbage collector has ended a task of a loop that does not run here. Another thread
        # may run it. If the loop is closed, its selector is, too.
        with suppress(RuntimeError):
            self.key.call_soon_threadsafe(self.key.remove_reader, descriptor)

    async def enter(self) -> None:
        """A cancelled task of asyncio raises where it waits."""
