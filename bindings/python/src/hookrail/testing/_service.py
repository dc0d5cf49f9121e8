"""The service behind a fake client: it records events in memory, and gives scripted answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hookrail import errors
from hookrail.models import EventAccepted, EventStatus
from hookrail.testing._errors import completed, new_error
from hookrail.testing._events import RecordedEvent
from hookrail.testing._values import accepted, event_status

Answer = EventAccepted | Mapping[str, Any] | BaseException | type[BaseException] | None
Responder = Callable[[RecordedEvent], Answer]


class FakeService:
    """Records events. Threads may share it."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._lock = threading.RLock()
        self.responder: Responder | None = None
        self.clear()

    def clear(self) -> None:
        """Forgets all events and all scripted answers."""
        with self._lock:
            self.events: list[RecordedEvent] = []
            self.failed_events: list[RecordedEvent] = []
            self._script: list[tuple[Answer, int | None]] = []
            self._statuses: dict[str, EventStatus] = {}
            self._known: dict[str, tuple[RecordedEvent, EventAccepted]] = {}

    def script(self, answer: Answer, times: int | None) -> None:
        """Adds an answer for the next calls."""
        if times is not None and (not isinstance(times, int) or times < 1):
            raise errors.HookrailConfigError(f"times must be 1 or more, or None, not {times!r}")
        with self._lock:
            self._script.append((answer, times))

    def add_status(self, status: EventStatus) -> None:
        """Sets the status of an event."""
        with self._lock:
            self._statuses[status.event_id] = status

    def refusal(self) -> BaseException | None:
        """Returns the scripted error, if it is one that `submit` itself raises."""
        with self._lock:
            answer = self._script[0][0] if self._script else None
            kind = answer if isinstance(answer, type) else type(answer)
            if not issubclass(kind, (errors.QueueFullError, errors.OutOfResourcesError)):
                return None
            return completed(self._error(), None, 0)

    def record(self, event: RecordedEvent) -> EventAccepted:
        """Records an event, or raises the scripted error."""
        try:
            with self._lock:
                answer = self._next()
            if answer is None and self.responder is not None:
                answer = self.responder(event)
            if isinstance(answer, (BaseException, type)):
                raise new_error(answer)
            with self._lock:
                return self._accept(event, answer)
        except Exception as error:
            whole = completed(
                error, event.idempotency_key, self._attempts, submitted=event.submitted
            )
            with self._lock:
                self.failed_events.append(replace(event, error=whole))
            raise whole from whole.__cause__

    def status(self, event_id: str) -> EventStatus:
        """Returns the status of an event, or raises the scripted error."""
        with self._lock:
            if self._script:
                error = completed(self._error(), None, self._attempts)
                raise error from error.__cause__
            known = self._statuses.get(event_id)
            if known is None:
                raise completed(new_error(errors.NotFoundError), None, 1)
            return known

    def _error(self) -> BaseException:
        answer = self._next()
        if not isinstance(answer, (BaseException, type)):
            raise errors.HookrailConfigError("the next answer is one to an event")
        return new_error(answer)

    def _next(self) -> Answer:
        if not self._script:
            return None
        answer, times = self._script[0]
        if times == 1:
            del self._script[0]
        elif times is not None:
            self._script[0] = (answer, times - 1)
        return answer

    def _accept(self, event: RecordedEvent, answer: Any) -> EventAccepted:
        """Returns the answer to an event: for the same key and the same event the same one."""
        if isinstance(answer, EventAccepted):
            return answer
        if answer is not None and not isinstance(answer, Mapping):
            raise TypeError(
                "an answer must be None, a dict of members of EventAccepted or an error, not "
                f"{type(answer).__name__}"
            )
        members = dict(answer or {})
        known = self._known.get(event.idempotency_key)
        if known is not None:
            return self._replay(event, *known, members)
        members = {"event_id": f"01TEST{len(self.events) + 1:020d}", **members}
        result = accepted(idempotency_key=event.idempotency_key, **members)
        self._known[event.idempotency_key] = (event, result)
        self.events.append(replace(event, event_id=result.event_id))
        self._statuses.setdefault(result.event_id, event_status(result.event_id, event.topic))
        return result

    def _replay(
        self,
        event: RecordedEvent,
        first: RecordedEvent,
        result: EventAccepted,
        members: dict[str, Any],
    ) -> EventAccepted:
        if (event.topic, event.body, event.ordering_key) != (
            first.topic,
            first.body,
            first.ordering_key,
        ):
            raise new_error(errors.ConflictError)
        members = {"replayed": True, **result.model_dump(), **members}
        return accepted(idempotency_key=event.idempotency_key, **members)
