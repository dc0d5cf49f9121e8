"""Functions that block, for tasks of event loops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from hookrail._loops import running_loop

Result = TypeVar("Result")


async def in_thread(function: Callable[[], Result]) -> Result:
    """Calls a function in a thread of its own. It goes on if the task is cancelled."""
    wait = running_loop().new_wait()
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)
        wait.finish()

    threading.Thread(target=run, name="hookrail close", daemon=True).start()
    await wait.sleep()
    return future.result()
