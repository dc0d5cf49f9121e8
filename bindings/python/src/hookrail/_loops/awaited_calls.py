"""Calls that tasks of event loops await."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hookrail._loops import running_loop
from hookrail._loops.call_waits import CallWaits
from hookrail._loops.turns import Turns
from hookrail._native import calls
from hookrail._native.sending import end, explain
from hookrail.errors import HookrailCancelledError, HookrailError, HookrailTimeoutError
from hookrail.models import EventAccepted

if TYPE_CHECKING:
    from hookrail._loops.call_waits import Watch
    from hookrail._loops.interface import Loop
    from hookrail._loops.turns import Book
    from hookrail._native.client import NativeClient
    from hookrail.models import EventStatus

Result = TypeVar("Result", EventAccepted, "EventStatus")


class AwaitedCalls:
    """Runs the calls of a client for tasks of any number of loops.

    A call takes no thread, and no descriptor but that of its connection.
    """

    def __init__(self, max_concurrency: int) -> None:
        self._turns = Turns(max_concurrency)

    async def run(
        self,
        client: NativeClient,
        begin: Callable[[int | None], int],
        finish: Callable[[int], Result],
        timeout: float,
        not_begun: Callable[[HookrailError], HookrailError],
    ) -> Result:
        """Runs a call when it has its turn.

        A cancellation of the task ends the call. The cancellation's exception tells what is known
        of the event.

        Args:
            client: The client of the call.
            begin: Begins the call. It gets the rest of the time in milliseconds, or None if the
                call has not waited for its turn.
            finish: Returns the result of the call, or raises its error.
            timeout: The time for the call, in seconds, with the wait for its turn.
            not_begun: Adds what is known of the event to the error of a call that does not begin.
        """
        loop = running_loop()
        book = self._turns.book()
        rest = await _take_turn(book, loop, timeout, not_begun)
        try:
            try:
                watch = CallWaits.of(client).watch(loop, client)
            except HookrailError as error:
                raise not_begun(error) from None
            return await self._run(watch, loop, begin, finish, rest)
        finally:
            book.give_back()

    async def _run(
        self,
        watch: Watch,
        loop: Loop,
        begin: Callable[[int | None], int],
        finish: Callable[[int], Result],
        rest: int | None,
    ) -> Result:
        wait = loop.new_wait()
        tag = watch.enter(wait)
        try:
            call = begin(rest)
            try:
                calls.report(call, tag)
                await wait.sleep()
                return finish(call)
            except loop.cancellation as cancellation:
                calls.cancel(call)
                await wait.sleep_shielded()
                explain(cancellation, end(call, finish))
                raise
            except KeyboardInterrupt as interruption:
                explain(interruption, end(call, finish))
                raise
            finally:
                calls.free(call)
        finally:
            watch.leave(tag)


async def _take_turn(
    book: Book,
    loop: Loop,
    timeout: float,
    not_begun: Callable[[HookrailError], HookrailError],
) -> int | None:
    """Waits for a turn. Returns the rest of the time in milliseconds; None if it has not waited."""
    try:
        await loop.enter()
        if book.take():
            return None
        start = time.monotonic()
        has_turn = await book.wait(loop, timeout)
    except (loop.cancellation, KeyboardInterrupt) as interruption:
        error = HookrailCancelledError("the call was cancelled before its turn")
        explain(interruption, not_begun(error))
        raise
    rest = int((timeout - (time.monotonic() - start)) * 1000)
    if has_turn and rest > 0:
        return rest
    if has_turn:
        book.give_back()
    message = "the call's time ran out before its turn: max_concurrency calls were under way"
    raise not_begun(HookrailTimeoutError(message))
