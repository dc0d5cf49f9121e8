"""The client for event loops."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from hookrail._base import ClientBase
from hookrail._config import TimeoutTypes
from hookrail._loops.awaited_calls import AwaitedCalls
from hookrail._native import calls, convert
from hookrail._native.options import free_send_options, send_options
from hookrail.errors import HookrailError
from hookrail.models import EventAccepted, EventStatus

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from hookrail._settings import Settings
    from hookrail._transport import RetryPolicy


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
            return await self._calls.run(
                client, begin, calls.finish_send, self._seconds(total_timeout), not_begun
            )
        finally:
            free_send_options(options)

    async def get_event(
        self,
        event_id: str,
        *,
        timeout: TimeoutTypes | None = None,
        total_timeout: float | None = None,
    ) -> EventStatus:
        client = self._native_for(timeout)
        event = convert.text(event_id, "event_id")
        milliseconds = self._call_time(total_timeout)
        return await self._calls.run(
            client,
            lambda rest: calls.begin_get_event(
                client, event, milliseconds if rest is None else rest
            ),
            calls.finish_get_event,
            self._seconds(total_timeout),
            lambda error: error,
        )

    async def aclose(self) -> None:
        self._native.close(0)

    def _seconds(self, total_timeout: float | None) -> float:
        if total_timeout is not None:
            return total_timeout
        own = self._cfg.settings.get("total_timeout")
        return self._policy.max_elapsed if own is None else float(own)
