"""The client that waits."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from hookrail._base import ClientBase
from hookrail._config import TimeoutTypes
from hookrail._native import convert, sending
from hookrail._native.options import free_send_options
from hookrail.models import EventAccepted, EventStatus


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
        try:
            return sending.send_event(client, topic_bytes, body, options)
        finally:
            free_send_options(options)

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
        return sending.get_event(
            self._native_for(timeout),
            convert.text(event_id, "event_id"),
            self._call_time(total_timeout),
        )

    def close(self) -> None:
        """Closes the client. Closing a closed client does nothing."""
        while self._native.close(convert.INFINITE) is None:
            pass
