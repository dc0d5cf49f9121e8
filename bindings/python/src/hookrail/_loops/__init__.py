"""Event loops: asyncio (also uvloop, and anyio on it) and trio (also anyio on it)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hookrail.errors import HookrailError

if TYPE_CHECKING:
    from hookrail._loops.interface import Loop


def running_loop() -> Loop:
    """Returns the event loop that runs the current task, and imports no other.

    In trio's guest mode a loop of asyncio runs beneath trio's tasks, but no task of it.
    """
    loop = task = None
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None:
        loop = asyncio._get_running_loop()
        task = loop and asyncio.current_task(loop)
    trio = sys.modules.get("trio")
    if trio is not None and task is None:
        try:
            token = trio.lowlevel.current_trio_token()
        except RuntimeError:
            pass
        else:
            from hookrail._loops.trio_loop import TrioLoop

            return TrioLoop(token)
    if loop is not None:
        from hookrail._loops.asyncio_loop import AsyncioLoop

        return AsyncioLoop(loop)
    raise HookrailError(
        "no event loop runs here: await this in a task of asyncio, uvloop, trio or anyio, "
        "or use hookrail.Hookrail"
    )
