"""The queue of a fake client."""

from __future__ import annotations

import sys
from ctypes import c_uint64

from hookrail._native.client import NativeClient
from hookrail._native.queue import Completion, Pending
from hookrail._observation import Observer
from hookrail._producer import OnError, Producer
from hookrail.errors import HookrailCancelledError, HookrailError
from hookrail.models import EventAccepted
from hookrail.testing._events import RecordedEvent
from hookrail.testing._service import FakeService


class FakeProducer(Producer):
    """Sends submitted events at once, or holds them. It starts no thread."""

    def __init__(
        self,
        native: NativeClient,
        observer: Observer,
        on_error: OnError | None,
        service: FakeService,
    ) -> None:
        super().__init__(native, observer, on_error, sys.maxsize)
        self._service = service
        self._holding = False
        self._held: dict[int, RecordedEvent] = {}
        # A test asks for completions when the events are done already.
        self.keep_completions()

    def enqueue(self, event: RecordedEvent, number: int, token: c_uint64) -> None:
        """Queues an event, and writes its token to the place."""
        refusal = self._service.refusal()
        if refusal is not None:
            raise refusal
        self._held[number] = event
        token.value = number

    def settle(self) -> None:
        """Sends the events in the queue, unless they are held."""
        if not self._holding:
            for number in list(self._held):
                self._send(number)

    def hold(self, holding: bool) -> None:
        """Holds the events from now on, or sends them."""
        self._holding = holding
        self.settle()

    def pending(self) -> Pending:
        """Returns the state of the queue."""
        return Pending(len(self._held), 0, len(self._ready or ()))

    def purge(self) -> int:
        """Cancels the held events."""
        held = list(self._held)
        for number in held:
            self._cancel(number)
        return len(held)

    def flush(self, timeout: float | None) -> int:
        """Returns how many events are held. No time passes."""
        return len(self._held)

    async def flush_async(self, timeout: float | None) -> int:
        """Returns how many events are held. No time passes."""
        return len(self._held)

    def close(self, timeout: float | None) -> int:
        """Cancels the held events, and returns their number."""
        unsent = self.purge()
        with self._changes.lock:
            self._closed = True
            self._changes.tell()
        return unsent

    def _start(self) -> None:
        pass

    def _cancel(self, token: int) -> None:
        event = self._held.pop(token, None)
        if event is None:
            return
        error = HookrailCancelledError("the event was cancelled before it was sent")
        error.outcome, error.idempotency_key = "not_sent", event.idempotency_key
        self._complete(token, event, error)

    def _send(self, number: int) -> None:
        event = self._held.pop(number, None)
        if event is None:
            return
        try:
            self._complete(number, event, self._service.record(event))
        except HookrailError as error:
            self._complete(number, event, error)

    def _complete(
        self, number: int, event: RecordedEvent, result: EventAccepted | HookrailError
    ) -> None:
        outcome = result.outcome if isinstance(result, HookrailError) else "delivered"
        done = Completion(
            number,
            result,
            outcome,
            0.0,
            0.0,
            event.topic,
            event.idempotency_key,
            event.ordering_key,
        )
        self._resolve([done])
