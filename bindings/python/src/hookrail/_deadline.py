"""The ends of waits."""

from __future__ import annotations

import time
from typing import Final

from hookrail._greenlets import is_cooperative
from hookrail._native import convert

SLICE_MS: Final = 50
"""How long a wait stays in the library at a time, so that Python can run handlers of signals. A
signal ends the wait at once, unless it comes between Python's last look for signals and the
beginning of the wait."""

GREENLET_MS: Final = 5
"""How long a greenlet waits at a time."""


class Deadline:
    """The end of a wait."""

    def __init__(self, timeout: float | None, name: str) -> None:
        milliseconds = convert.wait_milliseconds(timeout, name)
        self._end = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def remaining_ms(self) -> int:
        """Returns the time that is left; -1 for a wait without end."""
        if self._end is None:
            return convert.INFINITE
        return max(0, round((self._end - time.monotonic()) * 1000))

    def slice_ms(self) -> int:
        """Returns the time that is left, but not more than one slice.

        A greenlet waits here, and gets 0: the library would let no other one run.
        """
        left = self.remaining_ms()
        if left and is_cooperative():
            time.sleep(GREENLET_MS / 1000)
            return 0
        return SLICE_MS if left < 0 else min(left, SLICE_MS)

    def is_over(self) -> bool:
        """Returns whether no time is left."""
        return self.remaining_ms() == 0
