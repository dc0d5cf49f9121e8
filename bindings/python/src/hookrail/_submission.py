"""A submitted event."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, TimeoutError
from typing import Any

from hookrail._native.queue import Completion
from hookrail.errors import HookrailError
from hookrail.models import EventAccepted


class Submission(Future[EventAccepted]):
    """A submitted event and, once it is done, its result: a future.

    `result` returns what `send_event` would have returned, and raises what it would have raised.
    `await` does the same in the tasks of event loops. A task that is cancelled while it waits does
    not cancel the event.

    Attributes:
        topic: The topic; of a prepared event None until it is done.
        idempotency_key: The key with which the event is sent; of a blob None until it is done.
        ordering_key: The ordering key; None if the event has none.
        tag: The object that was given as `tag`.
        outcome: What is known about the event; None until it is done.
        queued_time: How many seconds it was queued; None until it is done.
        total_time: How many seconds it took from the submit to the end; None until it is done.
    """

    def __init__(
        self,
        cancel: Callable[[int], None],
        topic: str | None,
        idempotency_key: str | None,
        ordering_key: str | None,
        tag: Any,
    ) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        # A method of Future that runs in the main thread leaves its lock taken if the handler of a
        # signal raises in it. The thread of the results would wait for the lock, and no other
        # submission would end. So the methods of this class do without it.
        self._end: EventAccepted | HookrailError | None = None
        self._callbacks: list[Callable[[Future[EventAccepted]], object]] = []
        self._cancel = cancel
        self._token: int | None = None
        self.topic = topic
        self.idempotency_key = idempotency_key
        self.ordering_key = ordering_key
        self.tag = tag
        self.outcome: str | None = None
        self.queued_time: float | None = None
        self.total_time: float | None = None

    def cancel(self) -> bool:
        """Cancels the event. It is done soon after, with a HookrailCancelledError.

        The outcome of the error says what is known about the event, which may just have been
        delivered. `cancelled` stays False.

        Returns:
            Whether it was not done yet.
        """
        if self.done() or self._token is None:
            return False
        self._cancel(self._token)
        return True

    def cancelled(self) -> bool:
        """Returns False: a cancelled event has a HookrailCancelledError."""
        return False

    def running(self) -> bool:
        """Returns whether the event is not done yet."""
        return self._end is None

    def done(self) -> bool:
        """Returns whether the event is done."""
        return self._end is not None

    def result(self, timeout: float | None = None) -> EventAccepted:
        """Waits until the event is done.

        Args:
            timeout: How long to wait; None waits without end.

        Returns:
            What `send_event` would have returned.

        Raises:
            TimeoutError: The event is not done in time.
            HookrailError: As for `send_event`.
        """
        end = self._wait(timeout)
        if isinstance(end, HookrailError):
            try:
                raise end
            finally:
                # The error knows this frame, which must not know the error.
                del end
        return end

    def exception(self, timeout: float | None = None) -> HookrailError | None:
        """Waits like `result`, and returns the error, or None if the event is recorded."""
        end = self._wait(timeout)
        return end if isinstance(end, HookrailError) else None

    def add_done_callback(self, fn: Callable[[Future[EventAccepted]], object]) -> None:
        """Calls a function with this submission when the event is done, or now if it is.

        The call is in the thread of the results, or in this one if the event is done already.
        """
        self._callbacks.append(fn)
        if self._end is not None:
            self._call_back()

    def __await__(self) -> Generator[Any, Any, EventAccepted]:
        from hookrail._loops.submissions import result_of

        return result_of(self).__await__()

    def __repr__(self) -> str:
        state = self.outcome if self.done() else "under way"
        return f"<Submission {state} topic={self.topic!r} idempotency_key={self.idempotency_key!r}>"

    def _resolve(self, completion: Completion) -> None:
        """Sets the result."""
        self.topic = completion.topic
        self.idempotency_key = completion.idempotency_key
        self.ordering_key = completion.ordering_key
        self.outcome = completion.outcome
        self.queued_time = completion.queued_time
        self.total_time = completion.total_time
        self._set_end(completion.result)

    def _set_end(self, end: EventAccepted | HookrailError) -> None:
        self._end = end
        # For the functions of concurrent.futures that wait for several futures.
        if isinstance(end, HookrailError):
            self.set_exception(end)
        else:
            self.set_result(end)
        self._call_back()

    def _call_back(self) -> None:
        """Calls each callback once, whichever thread comes first."""
        while self._callbacks:
            try:
                callback = self._callbacks.pop(0)
            except IndexError:
                return
            try:
                callback(self)
            except Exception:
                logging.getLogger("concurrent.futures").exception(
                    "exception calling callback for %r", self
                )

    def _wait(self, timeout: float | None) -> EventAccepted | HookrailError:
        if self._end is None:
            done = threading.Lock()
            done.acquire()
            self.add_done_callback(lambda _: done.release())
            most = -1 if timeout is None else min(max(0, timeout), threading.TIMEOUT_MAX)
            done.acquire(timeout=most)
        if self._end is None:
            raise TimeoutError
        return self._end
