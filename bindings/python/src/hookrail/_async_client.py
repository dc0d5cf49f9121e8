"""The client for event loops."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from hookrail._base import ClientBase
from hookrail._config import TimeoutTypes
from hookrail._loops.awaited_calls import AwaitedCalls
from hookrail._loops.threads import in_thread
from hookrail._native import calls, convert
from hookrail._native.options import free_send_options, send_options
from hookrail._prepared import PreparedTypes, blob_of
from hookrail.errors import HookrailError
from hookrail.models import EventAccepted, EventStatus

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from hookrail._observation import Call
    from hookrail._settings import Settings
    from hookrail._submission import Submission
    from hookrail._transport import RetryPolicy

Result = TypeVar("Result", EventAccepted, EventStatus)


class AsyncHookrail(ClientBase):
    """A client of a Hookrail service whose calls are awaited. Times are seconds.

    It works in tasks of asyncio, uvloop, trio and anyio, and in any number of loops, one after
    another and at once in threads. Calls take no thread each.

    A cancelled task ends its call. The `__cause__` of the exception then has the `outcome` of the
    event and its `idempotency_key`.

    Args:
        max_concurrency: How many calls are under way at once. The others wait for their turn; the
            wait counts for their time (`total_timeout`).

    The other arguments, and the exceptions, are those of `Hookrail`.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: TimeoutTypes | None = None,
        retries: int | None = None,
        policy: RetryPolicy | None = None,
        http_client: None = None,
        max_concurrency: int = 100,
        **settings: Unpack[Settings],
    ) -> None:
        super().__init__(
            api_key,
            base_url,
            timeout=timeout,
            retries=retries,
            policy=policy,
            http_client=http_client,
            **settings,
        )
        self._calls = AwaitedCalls(
            convert.integer(max_concurrency, "max_concurrency", 1, 2**31 - 1)
        )

    async def __aenter__(self) -> AsyncHookrail:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.aclose()

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
        """Sends one event, and waits until the service has recorded it.

        The arguments and the errors are those of `Hookrail.send_event`.
        """
        client, topic_bytes, body, options = self._event(
            topic, payload, idempotency_key, timeout, ordering_key, headers, total_timeout
        )

        def begin(rest: int | None) -> int:
            nonlocal options
            if rest is not None:
                free_send_options(options)
                options = None
                options = send_options(idempotency_key, ordering_key, headers, rest)
            return calls.begin_send(client, topic_bytes, body, options)

        def not_begun(error: HookrailError) -> HookrailError:
            error.outcome, error.idempotency_key = "not_sent", idempotency_key
            return error

        try:
            return await self._run(
                self._observer.begin("send_event", topic, None, idempotency_key, ordering_key),
                self._calls.run(
                    client, begin, calls.finish_send, self._seconds(total_timeout), not_begun
                ),
            )
        finally:
            free_send_options(options)

    async def send_prepared(
        self,
        prepared: PreparedTypes,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventAccepted:
        """Sends a prepared event, and waits until the service has recorded it.

        The arguments and the errors are those of `Hookrail.send_prepared`.
        """
        blob, milliseconds = blob_of(prepared), self._prepared_call_time(total_timeout)
        client = self._native_for(timeout)

        def begin(rest: int | None) -> int:
            return calls.begin_send_prepared(client, blob, milliseconds if rest is None else rest)

        def not_begun(error: HookrailError) -> HookrailError:
            error.outcome = "not_sent"
            error.idempotency_key = getattr(prepared, "idempotency_key", None)
            return error

        return await self._run(
            self._observer.begin("send_prepared"),
            self._calls.run(
                client, begin, calls.finish_send, self._seconds(total_timeout), not_begun
            ),
        )

    async def get_event(
        self,
        event_id: str,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventStatus:
        """Asks the service for an event's deliveries and their attempts.

        The arguments and the errors are those of `Hookrail.get_event`.
        """
        client, milliseconds = self._native_for(timeout), self._call_time(total_timeout)
        event = convert.text(event_id, "event_id")

        def begin(rest: int | None) -> int:
            return calls.begin_get_event(client, event, milliseconds if rest is None else rest)

        return await self._run(
            self._observer.begin("get_event", None, event_id),
            self._calls.run(
                client,
                begin,
                calls.finish_get_event,
                self._seconds(total_timeout),
                lambda error: error,
            ),
        )

    def completions(self, *, until_closed: bool = False) -> AsyncIterator[Submission]:
        """Yields submissions as they finish, each once, from the first call of this method on.

        If the program does not take them, the queue becomes full after 10,000 of them.

        Args:
            until_closed: Whether to wait for more until the client is closed. Otherwise the
                iterator ends when no submission is unfinished.
        """
        self._producer.keep_completions()
        return self._producer.completions_async(until_closed)

    async def flush(self, timeout: float | None = None) -> int:
        """Waits until no submitted event is queued or in flight.

        Args:
            timeout: How long to wait; None waits without end.

        Returns:
            The number of events that are still queued or in flight.
        """
        if self._started_producer is None:
            return 0
        return await self._producer.flush_async(timeout)

    async def aclose(self, timeout: float | None = None) -> int:
        """Closes the client. Submitted events are sent first. A second call does nothing.

        Later calls raise HookrailClosedError. Calls that are under way go on.

        Args:
            timeout: How long to send them; None waits until each event is sent or has used up its
                time.

        Returns:
            The number of events that were given up; each has a HookrailCancelledError.
        """
        if self._started_producer is None or not self._producer.has_unfinished():
            return self._close(timeout)
        # The library waits here, and the loop must not.
        return await in_thread(partial(self._close, timeout))

    async def _run(self, call: Call, awaited: Awaitable[Result]) -> Result:
        """Awaits a call, and tells the observer of its end."""
        try:
            result = await awaited
        except HookrailError as error:
            self._observer.failed(call, error)
            raise
        self._observer.succeeded(call, result)
        return result

    def _seconds(self, total_timeout: float | None) -> float:
        """Returns the time for a call."""
        if total_timeout is None:
            total_timeout = self._cfg.settings.get("total_timeout")
        seconds = self._policy.max_elapsed if total_timeout is None else total_timeout
        return min(seconds, convert.MAX_SECONDS)
