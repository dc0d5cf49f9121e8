"""A submitted event."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
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
        if isinstance(completion.result, HookrailError):
            self.set_exception(completion.result)
        else:
            self.set_result(completion.result)
