"""Waits in tasks of trio."""

from __future__ import annotations

from collections.abc import Callable

import trio


def _call_in(token: trio.lowlevel.TrioToken, function: Callable[[], None]) -> bool:
    """Calls a function in a trio, at once if this thread runs it.

    Returns:
        Whether the trio still runs.
    """
    try:
        if trio.lowlevel.current_trio_token() is token:
            function()
            return True
    except RuntimeError:
        # This thread runs no trio.
        pass
    try:
        token.run_sync_soon(function)
    except trio.RunFinishedError:
        return False
    return True


class TrioWait:
    """The wait of one task."""

    __slots__ = ("__weakref__", "_task", "_token", "is_over")

    def __init__(self, token: trio.lowlevel.TrioToken) -> None:
        self._token = token
        self._task: trio.lowlevel.Task | None = None
        self.is_over = False

    def finish(self) -> bool:
        self.is_over = True
        return _call_in(self._token, self._wake)

    async def sleep(self) -> None:
        if self.is_over:
            await trio.lowlevel.checkpoint()
        while not self.is_over:
            self._task = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._abort)

    async def sleep_shielded(self) -> None:
        with trio.CancelScope(shield=True):  # pyright: ignore[reportCallIssue]
            await self.sleep()

    async def sleep_for(self, seconds: float) -> bool:
        with trio.move_on_after(seconds):
            await self.sleep()
        return self.is_over

    def _abort(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _wake(self) -> None:
        task = self._task
        if task is not None:
            self._task = None
            trio.lowlevel.reschedule(task)


class TrioLoop:
    """A running trio."""

    __slots__ = ("key",)

    cancellation = trio.Cancelled

    def __init__(self, token: trio.lowlevel.TrioToken) -> None:
        self.key = token

    def new_wait(self) -> TrioWait:
        return TrioWait(self.key)

    def watch(self, descriptor: int, callback: Callable[[], None]) -> Callable[[], None]:
        return Watcher(self.key, descriptor, callback).stop

    async def enter(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()


class Watcher:
    """A system task that waits for a descriptor.

    Tasks of several nurseries need it, and the end of none may end it. So it belongs to no nursery.
    """

    def __init__(
        self, token: trio.lowlevel.TrioToken, descriptor: int, callback: Callable[[], None]
    ) -> None:
        self._token = token
        self._descriptor = descriptor
        self._callback = callback
        self._is_stopped = False
        trio.lowlevel.spawn_system_task(self._run, name="hookrail")

    def stop(self) -> None:
        """Ends the task. At once another one may wait for the descriptor."""
        _call_in(self._token, self._stop_here)

    def _stop_here(self) -> None:
        self._is_stopped = True
        # Unlike a cancellation this ends the wait before the task runs again.
        trio.lowlevel.notify_closing(self._descriptor)

    async def _run(self) -> None:
        try:
            while not self._is_stopped:
                await trio.lowlevel.wait_readable(self._descriptor)
                self._callback()
        except trio.ClosedResourceError:
            pass
