"""The waits for the background calls of a client, in any number of event loops at once."""

from __future__ import annotations

import itertools
import os
from collections.abc import Hashable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

from hookrail._native import calls
from hookrail._native.finished_calls import FinishedCalls

if TYPE_CHECKING:
    from hookrail._loops.interface import Finishable, Watcher
    from hookrail._native.client import NativeClient

# The tags of calls. No two calls of the process have the same one.
_tags = itertools.count(1)


# A watch refers to its client while tasks wait, and nothing does for longer.
_waits: WeakKeyDictionary[NativeClient, CallWaits] = WeakKeyDictionary()


class CallWaits:
    """The waits for the calls of a client.

    One descriptor tells of all calls. Each loop with tasks that wait watches it, and collects the
    calls that are done, also those of other loops.
    """

    @staticmethod
    def of(client: NativeClient) -> CallWaits:
        """Returns the waits of a client."""
        waits = _waits.get(client)
        return _waits.setdefault(client, CallWaits()) if waits is None else waits

    def __init__(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        """Starts without waits. A child made by fork has copies of those of its parent."""
        self._pid = os.getpid()
        # The loop keeps its watch, and a watch its waits. So nothing keeps a task of a loop that
        # was closed, and the garbage collector ends it.
        self._watches: WeakValueDictionary[Hashable, Watch] = WeakValueDictionary()

    def watch(self, loop: Watcher, client: NativeClient) -> Watch:
        """Returns the loop's watch."""
        if self._pid != os.getpid():
            self._refresh()
        watch = self._watches.get(loop.key)
        if watch is None:
            watch = self._watches[loop.key] = Watch(client, loop, self._watches)
        return watch


class Watch:
    """The watch of the descriptor in one loop. It lasts while tasks of the loop wait."""

    def __init__(
        self,
        client: NativeClient,
        loop: Watcher,
        watches: WeakValueDictionary[Hashable, Watch],
    ) -> None:
        self._loop = loop
        self._watches = watches
        self._waits: dict[int, Finishable] = {}
        self._pid = os.getpid()
        self._finished_calls = FinishedCalls(client)
        self._unwatch = loop.watch(calls.calls_descriptor(client), self._collect)

    def enter(self, wait: Finishable) -> int:
        """Adds a wait and returns its tag."""
        tag = next(_tags)
        self._waits[tag] = wait
        return tag

    def leave(self, tag: int) -> None:
        """Removes a wait."""
        del self._waits[tag]
        if self._waits:
            return
        self._watches.pop(self._loop.key, None)
        # In a child made by fork this would end the parent's watch: both have the same epoll.
        if self._pid == os.getpid():
            self._unwatch()

    def _collect(self) -> None:
        try:
            self._finished_calls.take(self._finish)
        except BaseException:
            # A signal handler has raised. The waits of collected calls would never end.
            self._finished_calls.take(self._finish)
            raise

    def _finish(self, tag: int) -> None:
        if not self._finish_own(tag):
            for watch in list(self._watches.values()):
                if watch._finish_own(tag):
                    break

    def _finish_own(self, tag: int) -> bool:
        """Ends the wait of a task of this loop. Returns whether it is one."""
        wait = self._waits.get(tag)
        if wait is None:
            return False
        wait.finish()
        return True
