"""Clients that send nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from hookrail._async_client import AsyncHookrail
from hookrail._base import ClientBase
from hookrail._client import Hookrail
from hookrail._config import Timeouts, TimeoutTypes
from hookrail._deadline import Deadline
from hookrail._idempotency import random_key
from hookrail._native import convert, sending
from hookrail._native.client import NativeClient
from hookrail._native.options import free_send_options
from hookrail._native.prepared import prepare
from hookrail._native.queue import Pending
from hookrail._prepared import PreparedTypes, blob_of
from hookrail._submission import Submission
from hookrail.errors import HookrailClosedError, HookrailError
from hookrail.models import EventAccepted, EventStatus
from hookrail.testing._errors import completed
from hookrail.testing._events import RecordedEvent, read_blob
from hookrail.testing._producer import FakeProducer
from hookrail.testing._service import FakeService, Responder

if TYPE_CHECKING:
    from typing_extensions import Self


class _Fake(ClientBase):
    """What both fake clients have in common."""

    def _become_fake(self) -> None:
        # From now on nothing can leave the process, and the library still checks every event.
        self._native.close(Deadline(0, "timeout"))
        self._service = FakeService(self._policy.max_retries + 1)
        self._fake_producer = FakeProducer(
            self._native, self._observer, self._on_error, self._service
        )
        self._started_producer = self._fake_producer
        own: Mapping[str, str | None] = self._cfg.settings.get("headers") or {}
        self._own_headers = {
            name.lower(): value for name, value in own.items() if value is not None
        }

    # For the test

    @property
    def events(self) -> list[RecordedEvent]:
        """The events that were recorded, each idempotency key once."""
        return list(self._service.events)

    @property
    def failed_events(self) -> list[RecordedEvent]:
        """The events that failed, each with its error."""
        return list(self._service.failed_events)

    def fail_next(
        self, error: BaseException | type[BaseException], *, times: int | None = 1
    ) -> Self:
        """Makes the next call fail: `send_event`, `send_prepared`, `get_event`, or a submission.

            client.fail_next(ServerError, times=2).fail_next(RateLimitError(429, None, 2.0))

        Several calls of this method and of `answer_next` form a list, in their order. A retryable
        error is that of the last attempt: as with a real client, `send_event` raises a RetryError
        with it as cause, and a submission ends with a HookrailTimeoutError. `submit` itself raises
        a QueueFullError and an OutOfResourcesError.

        Args:
            error: The error, or its class.
            times: How many calls fail; None for all from now on.
        """
        kind = error if isinstance(error, type) else type(error)
        if not issubclass(kind, BaseException):
            raise TypeError(f"error must be an exception or a class of them, not {error!r}")
        self._service.script(error, times)
        return self

    def answer_next(self, *, times: int | None = 1, **members: Any) -> Self:
        """Sets the answer to the next event.

            client.answer_next(replayed=True, delivery_ids=["d_1"])

        Args:
            times: How many events get it; None for all from now on.
            members: The members of the EventAccepted that differ from the usual ones.
        """
        self._service.script(members, times)
        return self

    def respond(self, responder: Responder | None) -> Self:
        """Lets a function answer each event for which the list of scripted answers has nothing.

        It gets a RecordedEvent. It raises an error, or returns None, a dict of members of
        EventAccepted, or an EventAccepted.
        """
        self._service.responder = responder
        return self

    def answer_status(self, status: EventStatus) -> Self:
        """Sets what `get_event` returns. Without it, a recorded event has no deliveries."""
        self._service.add_status(status)
        return self

    def hold_queue(self) -> Self:
        """Keeps the events that are submitted from now on in the queue, until `release_queue`.

        `close` and `purge` cancel them. `flush` does not wait: no time passes in a fake client.
        """
        self._fake_producer.hold(True)
        return self

    def release_queue(self) -> Self:
        """Sends the events in the queue."""
        self._fake_producer.hold(False)
        return self

    def clear(self) -> Self:
        """Forgets all events and all scripted answers."""
        self._service.clear()
        return self

    # What the clients of both kinds do

    def submit(
        self,
        topic: str,
        payload: object,
        *,
        idempotency_key: str | None = None,
        ordering_key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        total_timeout: float | None = None,
        tag: Any = None,
        wait: float | None = None,
    ) -> Submission:
        """Records an event as submitted. See `Hookrail.submit`."""
        key = idempotency_key or random_key()
        event = self._checked(
            topic, payload, key, None, ordering_key, headers, total_timeout, submitted=True
        )
        return self._submitted(event, tag, wait)

    def submit_prepared(
        self,
        prepared: PreparedTypes,
        *,
        total_timeout: float | None = None,
        tag: Any = None,
        wait: float | None = None,
    ) -> Submission:
        """Records a prepared event as submitted. See `Hookrail.submit_prepared`."""
        event = self._checked_blob(prepared, None, total_timeout, submitted=True)
        return self._submitted(event, tag, wait)

    def purge(self, *, queued: bool = True, in_flight: bool = False) -> int:
        """Cancels held events. See `Hookrail.purge`."""
        return self._fake_producer.purge() if queued else 0

    def pending(self) -> Pending:
        """Returns the state of the queue."""
        return self._fake_producer.pending()

    def _submitted(self, event: RecordedEvent, tag: Any, wait: float | None) -> Submission:
        self._check_open(event.idempotency_key)
        submission = self._fake_producer.submit(
            lambda number, _room, token: self._fake_producer.enqueue(event, number, token),
            wait,
            event.topic,
            event.idempotency_key,
            event.ordering_key,
            tag,
        )
        self._fake_producer.settle()
        return submission

    def _send(
        self,
        topic: str,
        payload: object,
        idempotency_key: str | None,
        timeout: TimeoutTypes | None,
        ordering_key: str | None,
        headers: Mapping[str, str | None] | None,
        total_timeout: float | None,
    ) -> EventAccepted:
        event = self._checked(
            topic, payload, idempotency_key, timeout, ordering_key, headers, total_timeout
        )
        return self._recorded("send_event", event)

    def _send_prepared(
        self, prepared: PreparedTypes, timeout: TimeoutTypes | None, total_timeout: float | None
    ) -> EventAccepted:
        return self._recorded("send_prepared", self._checked_blob(prepared, timeout, total_timeout))

    def _get(
        self, event_id: str, timeout: TimeoutTypes | None, total_timeout: float | None
    ) -> EventStatus:
        event = convert.text(event_id, "event_id")
        self._check_times(timeout, total_timeout)
        with _accepted_by(self._native) as native:
            sending.get_event(native, event, 0)
        if self._closed:
            raise HookrailClosedError("the client is closed")
        call = self._observer.begin("get_event", None, event_id)
        try:
            status = self._service.status(event_id)
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        self._observer.succeeded(call, status)
        return status

    def _recorded(self, operation: str, event: RecordedEvent) -> EventAccepted:
        self._check_open(event.idempotency_key)
        topic = event.topic if operation == "send_event" else None
        call = self._observer.begin(
            operation, topic, None, event.idempotency_key, event.ordering_key
        )
        try:
            result = self._service.record(event)
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        self._observer.succeeded(call, result)
        return result

    def _checked(
        self,
        topic: str,
        payload: object,
        idempotency_key: str | None,
        timeout: TimeoutTypes | None,
        ordering_key: str | None,
        headers: Mapping[str, str | None] | None,
        total_timeout: float | None,
        *,
        submitted: bool = False,
    ) -> RecordedEvent:
        """Returns an event that a real client would send."""
        native, topic_bytes, body, options = self._event(
            topic, payload, idempotency_key, None, ordering_key, headers, total_timeout
        )
        try:
            self._check_times(timeout, None)
            blob, _key = prepare(native, topic_bytes, body, options)
        except HookrailError as error:
            error.outcome = "not_sent"
            raise
        finally:
            free_send_options(options)
        return read_blob(blob, self._own_headers, submitted)

    def _checked_blob(
        self,
        prepared: PreparedTypes,
        timeout: TimeoutTypes | None,
        total_timeout: float | None,
        *,
        submitted: bool = False,
    ) -> RecordedEvent:
        """Returns a prepared event that a real client would send."""
        blob = blob_of(prepared)
        self._check_times(timeout, total_timeout)
        with _accepted_by(self._native) as native:
            sending.send_prepared(native, blob, 0)
        return read_blob(blob, self._own_headers, submitted)

    def _check_times(self, timeout: TimeoutTypes | None, total_timeout: float | None) -> None:
        if timeout is not None:
            for phase, seconds in Timeouts.of(timeout)._asdict().items():
                convert.milliseconds(seconds, f"{phase} timeout")
        self._call_time(total_timeout)

    def _check_open(self, idempotency_key: str | None) -> None:
        if self._closed:
            error = HookrailClosedError("the client is closed")
            raise completed(error, idempotency_key, 0)


@contextmanager
def _accepted_by(native: NativeClient) -> Iterator[NativeClient]:
    """Lets the library check arguments with a closed client.

    It refuses what it always refuses, and says of everything else that the client is closed.
    """
    with suppress(HookrailClosedError):
        yield native


class FakeHookrail(_Fake, Hookrail):
    """A `Hookrail` that sends nothing: it records events, and gives the answers of the test.

        client = FakeHookrail()
        Checkout(client).pay(order)
        assert [event.topic for event in client.events] == ["order.paid"]

    It checks settings, topics, keys, payloads and blobs as the library does, and raises its errors.
    It recognises a key that was used before. Submitted events are done at once, and completions,
    `on_error`, `on_call` and the log work as those of a real client. The counters stay 0.

    Args:
        settings: Those of `Hookrail`; none is needed.
    """

    def __init__(
        self, api_key: str = "hk_fake", base_url: str = "http://localhost:8080", **settings: Any
    ) -> None:
        super().__init__(api_key, base_url, **settings)
        self._become_fake()

    def __enter__(self) -> FakeHookrail:
        return self

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
        """Records an event. See `Hookrail.send_event`."""
        return self._send(
            topic, payload, idempotency_key, timeout, ordering_key, headers, total_timeout
        )

    def send_prepared(
        self,
        prepared: PreparedTypes,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventAccepted:
        """Records a prepared event. See `Hookrail.send_prepared`."""
        return self._send_prepared(prepared, timeout, total_timeout)

    def get_event(
        self,
        event_id: str,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventStatus:
        """Returns the status of a recorded event. See `Hookrail.get_event`."""
        return self._get(event_id, timeout, total_timeout)


class FakeAsyncHookrail(_Fake, AsyncHookrail):
    """An `AsyncHookrail` that sends nothing. See `FakeHookrail`.

    Args:
        settings: Those of `AsyncHookrail`; none is needed.
    """

    def __init__(
        self, api_key: str = "hk_fake", base_url: str = "http://localhost:8080", **settings: Any
    ) -> None:
        super().__init__(api_key, base_url, **settings)
        self._become_fake()

    async def __aenter__(self) -> FakeAsyncHookrail:
        return self

    async def send_event(
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
        """Records an event. See `Hookrail.send_event`."""
        return self._send(
            topic, payload, idempotency_key, timeout, ordering_key, headers, total_timeout
        )

    async def send_prepared(
        self,
        prepared: PreparedTypes,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventAccepted:
        """Records a prepared event. See `Hookrail.send_prepared`."""
        return self._send_prepared(prepared, timeout, total_timeout)

    async def get_event(
        self,
        event_id: str,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventStatus:
        """Returns the status of a recorded event. See `Hookrail.get_event`."""
        return self._get(event_id, timeout, total_timeout)
