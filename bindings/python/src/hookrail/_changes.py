"""Changes for which threads and tasks of event loops wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookrail._loops.interface import Loop, Wait


class Changes:
    """A lock, and the waits for a change of what it protects.

    A `threading.Condition` would not do: if the handler of a signal raises while the main thread is
    in one, its lock may stay taken, or a RuntimeError take the place of the exception.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._sleeps: list[threading.Lock] = []
        self._waits: list[Wait] = []

    def new_sleep(self) -> threading.Lock:
        """Returns what `sleep` needs. The caller holds the lock."""
        sleep = threading.Lock()
        sleep.acquire()
        self._sleeps.append(sleep)
        return sleep

    def sleep(self, sleep: threading.Lock, seconds: float = -1) -> None:
        """Waits for a change since `new_sleep`. The caller does not hold the lock."""
        sleep.acquire(timeout=seconds)
        with self.lock:
            if sleep in self._sleeps:
                self._sleeps.remove(sleep)

    def new_wait(self, loop: Loop) -> Wait:
        """Returns the wait of a task, which the next change ends. The caller holds the lock."""
        wait = loop.new_wait()
        self._waits.append(wait)
        return wait

    def tell(self) -> None:
        """Ends all waits. The caller holds the lock."""
        sleeps, self._sleeps = self._sleeps, []
        waits, self._waits = self._waits, []
        for sleep in sleeps:
            sleep.release()
        for wait in waits:
            wait.finish()
