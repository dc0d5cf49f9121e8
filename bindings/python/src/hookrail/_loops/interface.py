"""What the waits need of an event loop."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol


class Finishable(Protocol):
    """A wait that can be ended."""

    def finish(self) -> bool:
        """Ends the wait, from any thread.

        Returns:
            False if the loop is closed, so that the task never goes on.
        """
        ...


class Wait(Finishable, Protocol):
    """The wait of one task."""

    @property
    def is_over(self) -> bool: ...

    async def sleep(self) -> None:
        """Sleeps until the wait is over. A cancellation of the task is raised."""

    async def sleep_shielded(self) -> None:
        """Sleeps until the wait is over, whatever cancels the task."""

    async def sleep_for(self, seconds: float) -> bool:
        """Sleeps until the wait is over, or the time. Returns whether the wait is over."""
        ...


class Watcher(Protocol):
    """What can watch a descriptor: an event loop."""

    @property
    def key(self) -> Hashable:
        """The loop's own object: equal for two ``Watcher`` of the same event loop only."""

    def watch(self, descriptor: int, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back whenever the descriptor is readable. Returns the function that ends this."""
        ...


class Loop(Watcher, Protocol):
    """An event loop with tasks. The methods are called in a task of it."""

    @property
    def cancellation(self) -> type[BaseException]:
        """The exception that is raised in a cancelled task."""
        ...

    def new_wait(self) -> Wait: ...

    async def enter(self) -> None:
        """Raises the cancellation of a task that is cancelled already, if that is the custom."""
