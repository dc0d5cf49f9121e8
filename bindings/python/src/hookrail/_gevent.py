"""Cooperative waits under gevent: while a greenlet waits for a call, the others run."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hookrail._loops.call_waits import CallWaits
from hookrail._native import calls

if TYPE_CHECKING:
    from hookrail._native.client import NativeClient


def wait_for(call: int, client: NativeClient) -> None:
    """Waits until a call is done. An exception ends the wait, and not the call."""
    own_hub = hub()
    wait = GreenletWait(own_hub)
    watch = CallWaits.of(client).watch(GeventLoop(own_hub), client)
    tag = watch.enter(wait)
    try:
        calls.report(call, tag)
        wait.sleep()
    finally:
        watch.leave(tag)


def wait_readable(descriptor: int, seconds: float) -> None:
    """Waits until a descriptor is readable, or the time is over."""
    from gevent import select

    select.select([descriptor], [], [], seconds)


def hub() -> Any:
    """Returns the thread's hub; None if it has none, and in the hub itself, which cannot wait."""
    import gevent
    from gevent._hub_local import get_hub_if_exists
    from gevent.hub import (
        MAIN_THREAD_IDENT,  # pyright: ignore[reportAttributeAccessIssue]
        get_thread_ident,  # pyright: ignore[reportAttributeAccessIssue]
    )

    found = get_hub_if_exists()
    if found is None and get_thread_ident() == MAIN_THREAD_IDENT:
        found = gevent.get_hub()
    return None if gevent.getcurrent() is found else found


class GreenletWait:
    """The wait of one greenlet."""

    __slots__ = ("_hub", "_waiter")

    def __init__(self, hub: Any) -> None:
        from gevent.hub import Waiter

        self._hub = hub
        self._waiter = Waiter(hub)

    def finish(self) -> bool:
        from gevent._hub_local import get_hub_if_exists

        # The hub itself has to switch, and to nothing else in between.
        if get_hub_if_exists() is self._hub:
            self._hub.loop.run_callback(self._waiter.switch, None)
        else:
            self._hub.loop.run_callback_threadsafe(self._waiter.switch, None)
        return True

    def sleep(self) -> None:
        self._waiter.get()


class GeventLoop:
    """The loop of a hub."""

    __slots__ = ("key",)

    def __init__(self, hub: Any) -> None:
        self.key = hub

    def watch(self, descriptor: int, callback: Callable[[], None]) -> Callable[[], None]:
        watcher = self.key.loop.io(descriptor, 1)
        pid = os.getpid()

        def call_back() -> None:
            if pid == os.getpid():
                callback()
            else:
                # A child made by fork has a loop of its own with the watchers of its parent.
                unwatch()

        def unwatch() -> None:
            watcher.stop()
            watcher.close()

        watcher.start(call_back)
        return unwatch
