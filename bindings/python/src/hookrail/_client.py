"""The client that waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from hookrail._base import ClientBase
from hookrail._config import TimeoutTypes
from hookrail._native import convert, sending
from hookrail._native.options import free_send_options
from hookrail._prepared import PreparedTypes, blob_of
from hookrail.errors import HookrailError
from hookrail.models import EventAccepted, EventStatus

if TYPE_CHECKING:
    from hookrail._submission import Submission


class Hookrail(ClientBase):
    __doc__ = ClientBase.__doc__

    def __enter__(self) -> Hookrail:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def send_event(
        self,
        topic: str,
        payload: object,
        *,
        idempotency_key: str | None = None,
        timeout: TimeoutTypes | None = None,
        ordering_key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        total_timeout: float | None = None,
    ) -> EventAccepted:
        """Sends one event, and waits until the service has recorded it.

        Ctrl-C ends the call at once. The exception's `__cause__` then has the `outcome` of the
        event and its `idempotency_key`.

        Args:
            topic: The topic.
            payload: What `json.dumps` takes: a `str` is a JSON string. `bytes` are JSON already,
                and are sent unchanged.
            idempotency_key: The service records an event once, however often it is sent with the
                same key and the same payload; by default a random key.
            timeout: The time of each phase of an attempt, instead of the client's.
            ordering_key: Ordered subscriptions deliver events with the same key in order.
            headers: Headers of the request, in place of the client's of the same names.
            total_timeout: The time for the whole call, instead of the client's.

        Raises:
            HookrailError: The event was not recorded, or may not have been; see its `outcome`.
            TypeError: The payload holds an object that JSON has no form for.
        """
        client, topic_bytes, body, options = self._event(
            topic, payload, idempotency_key, timeout, ordering_key, headers, total_timeout
        )
        call = self._observer.begin("send_event", topic, None, idempotency_key, ordering_key)
        try:
            accepted = sending.send_event(client, topic_bytes, body, options)
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        finally:
            free_send_options(options)
        self._observer.succeeded(call, accepted)
        return accepted

    def send_prepared(
        self,
        prepared: PreparedTypes,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventAccepted:
        """Sends a prepared event, and waits until the service has recorded it.

        The service records the event once, however often it is sent.

        Args:
            prepared: The event, or its blob.
            timeout: The time of each phase of an attempt, instead of the client's.
            total_timeout: The time for the whole call, instead of the client's.

        Raises:
            DamagedBlobError: The blob is damaged.
            HookrailError: As for `send_event`.
        """
        blob, milliseconds = blob_of(prepared), self._prepared_call_time(total_timeout)
        client = self._native_for(timeout)
        call = self._observer.begin("send_prepared")
        try:
            accepted = sending.send_prepared(client, blob, milliseconds)
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        self._observer.succeeded(call, accepted)
        return accepted

    def get_event(
        self,
        event_id: str,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventStatus:
        """Asks the service for an event's deliveries and their attempts.

        Args:
            event_id: The event's id.
            timeout: The time of each phase of an attempt, instead of the client's.
            total_timeout: The time for the whole call, instead of the client's.

        Raises:
            NotFoundError: There is no such event.
            HookrailError: The service could not be asked.
        """
        client, milliseconds = self._native_for(timeout), self._call_time(total_timeout)
        event = convert.text(event_id, "event_id")
        call = self._observer.begin("get_event", None, event_id)
        try:
            status = sending.get_event(client, event, milliseconds)
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        self._observer.succeeded(call, status)
        return status

    def completions(self, *, until_closed: bool = False) -> Iterator[Submission]:
        """Yields submissions as they finish, each once, from the first call of this method on.

        If the program does not take them, the queue becomes full after 10,000 of them.

        Args:
            until_closed: Whether to wait for more until the client is closed. Otherwise the
                iterator ends when no submission is unfinished.
        """
        return self._producer.completions(until_closed)

    def flush(self, timeout: float | None = None) -> int:
        """Waits until no submitted event is queued or in flight.

        Args:
            timeout: How long to wait; None waits without end.

        Returns:
            The number of events that are still queued or in flight.
        """
        if self._started_producer is None:
            return 0
        return self._producer.flush(timeout)

    def close(self, timeout: float | None = None) -> int:
        """Closes the client. Submitted events are sent first. A second call does nothing.

        Later calls raise HookrailClosedError.

        Args:
            timeout: How long to send them; None waits until each event is sent or has used up its
                time.

        Returns:
            The number of events that were given up; each has a HookrailCancelledError.
        """
        return self._close(timeout)
