"""A condition on which threads and tasks of event loops wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookrail._loops.interface import Loop, Wait


class Changes(threading.Condition):
    """A condition whose `notify_all` ends the waits of tasks, too."""

    def __init__(self) -> None:
        super().__init__()
        self._waits: list[Wait] = []

    def new_wait(self, loop: Loop) -> Wait:
        """Returns a wait that the next `notify_all` ends. The caller holds the lock."""
        wait = loop.new_wait()
        self._waits.append(wait)
        return wait

    def notify_all(self) -> None:
        super().notify_all()
        waits, self._waits = self._waits, []
        for wait in waits:
            wait.finish()
