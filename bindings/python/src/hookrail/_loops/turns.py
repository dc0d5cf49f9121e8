"""Limits the number of calls that are under way at once."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

if TYPE_CHECKING:
    from hookrail._loops.interface import Loop, Wait


class Turns:
    """The turns of a client's calls. Tasks of any loops get them in the order in which they ask."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._refresh()

    def _refresh(self) -> None:
        """Starts anew: in a child made by fork the turns are those of the parent's calls."""
        self._pid = os.getpid()
        self._book = Book(self._limit)

    def book(self) -> Book:
        """Returns the turns of this process."""
        if self._pid != os.getpid():
            self._refresh()
        return self._book


class Book:
    """The turns of one process."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        # Not 0 only if no task waits.
        self._free = limit
        # The task keeps its wait, and the loop the task. So the garbage collector ends the tasks
        # of a loop that was closed.
        self._waits: OrderedDict[int, ReferenceType[Wait]] = OrderedDict()

    def take(self) -> bool:
        """Takes a turn if one is free. Returns whether it did."""
        with self._lock:
            if self._free == 0:
                return False
            self._free -= 1
            return True

    async def wait(self, loop: Loop, seconds: float) -> bool:
        """Waits for a turn. Returns False if the time is over before."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            wait = loop.new_wait()
            self._waits[id(wait)] = ref(wait)
        try:
            await wait.sleep_for(seconds)
        except BaseException:
            if not self._withdraw(wait):
                self.give_back()
            raise
        return not self._withdraw(wait)

    def give_back(self) -> None:
        """Ends a turn. The task that has waited the longest gets it."""
        while True:
            with self._lock:
                if not self._waits:
                    self._free += 1
                    return
                _, reference = self._waits.popitem(last=False)
            wait = reference()
            if wait is not None and wait.finish():
                return

    def _withdraw(self, wait: Wait) -> bool:
        """Withdraws a wait. Returns False if it has got its turn."""
        with self._lock:
            return self._waits.pop(id(wait), None) is not None
