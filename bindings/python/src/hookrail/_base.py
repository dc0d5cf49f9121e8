"""What the clients of both kinds have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from hookrail import _imports
from hookrail._config import ClientConfig, Timeouts, TimeoutTypes
from hookrail._counters import add_counters
from hookrail._deadline import Deadline
from hookrail._idempotency import random_key
from hookrail._native import convert
from hookrail._native.client import NativeClient, refuse_http_client
from hookrail._native.options import free_send_options, send_options
from hookrail._observation import CallReport, Observer
from hookrail._payload import encode_payload, encode_topic
from hookrail._prepared import PreparedEvent, PreparedTypes, blob_of
from hookrail._transport import RetryPolicy
from hookrail.errors import HookrailClosedError, HookrailConfigError, HookrailError

if TYPE_CHECKING:
    from hookrail._native.queue import Pending
    from hookrail._producer import OnError, Producer
    from hookrail._submission import Submission


class ClientBase:
    """A client of a Hookrail service. Times are seconds.

    Args:
        api_key: The producer key; None: the environment variable HOOKRAIL_API_KEY.
        base_url: Where the service is; None: HOOKRAIL_BASE_URL, else http://localhost:8080.
            `unix:/path` means http://localhost over this socket.
        timeout: The time of each phase of an attempt: a number, a tuple (connect, read, write,
            pool), or an object with `connect`, `read` and `write`; by default (5, 10, 10).
        retries: How often a failed attempt is repeated, by default 3. `policy` takes its place.
        policy: When a failed attempt is repeated.
        http_client: Refused: version 0.1.0 took a client of httpx here.
        total_timeout: The time for a whole call, with retries and delays; by default the policy's
            `max_elapsed`.
        headers: Headers of each request, for example for a gateway before the service.
        proxy: The URL of the proxy, or False for none; by default the environment decides.
        unix_socket: The absolute path of the socket at which the service listens.
        ca_file: The path of a PEM file with more certificate authorities to trust.
        ca_pem: The same as text.
        tls_roots: "platform", or "extra_only" to trust the given authorities only.
        client_certificate: The path or the text of the client's own certificate (mutual TLS).
        client_key: The path or the text of its private key, if it is not in the same place.
        require_https: Refuse plain http, unless service and proxy are on this machine.
        require_base_url: Refuse to use http://localhost:8080 for a missing base URL.
        idle_connections: How many idle connections are kept for reuse (64).
        max_connection_age: How long a connection is reused (300); 0 for no limit.
        payload_limit: The largest payload in bytes (262144); 0 for no limit.
        user_agent_suffix: A text at the end of the User-Agent, for example "shop/2.1".
        workers: How many submitted events are being sent at once at most (64).
        queue_max_events: How many submitted events may wait (10000).
        queue_max_bytes: How large they may be together (64 MiB).
        delivery_timeout: The time of a submitted event, with its time in the queue (120).
        on_error: Called with each Submission that fails, in a thread of the client.
        on_call: Called with a CallReport after each call, in the thread of the call.

    Raises:
        HookrailConfigError: A setting is not acceptable, or a needed one is missing.
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
        total_timeout: float | None = None,
        headers: Mapping[str, str | None] | None = None,
        proxy: str | Literal[False] | None = None,
        unix_socket: Any = None,
        ca_file: Any = None,
        ca_pem: str | bytes | None = None,
        tls_roots: Literal["platform", "extra_only"] | None = None,
        client_certificate: Any = None,
        client_key: Any = None,
        require_https: bool | None = None,
        require_base_url: bool | None = None,
        idle_connections: int | None = None,
        max_connection_age: float | None = None,
        payload_limit: int | None = None,
        user_agent_suffix: str | None = None,
        workers: int | None = None,
        queue_max_events: int | None = None,
        queue_max_bytes: int | None = None,
        delivery_timeout: float | None = None,
        on_error: OnError | None = None,
        on_call: Callable[[CallReport], object] | None = None,
    ) -> None:
        refuse_http_client(http_client)
        convert.function(on_error, "on_error")
        convert.function(on_call, "on_call")
        settings = {
            "total_timeout": total_timeout,
            "headers": headers,
            "proxy": proxy,
            "unix_socket": unix_socket,
            "ca_file": ca_file,
            "ca_pem": ca_pem,
            "tls_roots": tls_roots,
            "client_certificate": client_certificate,
            "client_key": client_key,
            "require_https": require_https,
            "require_base_url": require_base_url,
            "idle_connections": idle_connections,
            "max_connection_age": max_connection_age,
            "payload_limit": payload_limit,
            "user_agent_suffix": user_agent_suffix,
            "workers": workers,
            "queue_max_events": queue_max_events,
            "queue_max_bytes": queue_max_bytes,
            "delivery_timeout": delivery_timeout,
        }
        self._cfg = ClientConfig.resolve(
            api_key=api_key, base_url=base_url, timeout=timeout, settings=settings
        )
        self._policy = policy or RetryPolicy(max_retries=3 if retries is None else retries)
        self._native = NativeClient(self._cfg, self._policy)
        self._variants: dict[Timeouts, NativeClient] = {}
        self._closed = False
        self._observer = Observer(on_call)
        self._on_error = on_error
        self._started_producer: Producer | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client holds an API key and connections, and cannot be pickled or copied: make one "
            "in each process; only a process made by fork may use that of its parent"
        )

    def __repr__(self) -> str:
        # A debugger may show a client whose settings were refused.
        url = self._cfg.base_url if hasattr(self, "_cfg") else "(not made)"
        return f"<{type(self).__name__} {url}>"

    def prepare_event(
        self,
        topic: str,
        payload: object,
        *,
        idempotency_key: str | None = None,
        ordering_key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> PreparedEvent:
        """Checks an event and fixes its key and its bytes, without sending it.

        The arguments are those of `send_event`.

        Raises:
            HookrailConfigError: The event is not acceptable.
            PayloadTooLargeError: The payload is over the client's limit.
        """
        client, topic_bytes, body, options = self._event(
            topic, payload, idempotency_key, None, ordering_key, headers, None
        )
        try:
            with _imports.lock:
                from hookrail._native.prepared import prepare
            return PreparedEvent(*prepare(client, topic_bytes, body, options))
        finally:
            free_send_options(options)

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
        """Queues an event, which threads of the client send, and returns at once.

        Within its time the number of retries is not limited. Events with the same ordering key are
        sent one at a time, in the order of their submission.

        Args:
            topic: As for `send_event`.
            payload: As for `send_event`.
            idempotency_key: As for `send_event`.
            ordering_key: As for `send_event`.
            headers: As for `send_event`.
            total_timeout: The time of the event, instead of the client's `delivery_timeout`.
            tag: Any object, for the submission's `tag`.
            wait: How long to wait for room in the queue; None does not wait.

        Returns:
            A future of the result.

        Raises:
            QueueFullError: There is no room in the queue.
            HookrailError: The event was not queued.
        """
        queue = _queue()
        idempotency_key = idempotency_key or random_key()
        client, topic_bytes, body, options = self._event(
            topic, payload, idempotency_key, None, ordering_key, headers, total_timeout
        )
        try:
            return self._producer.submit(
                lambda *place: queue.submit_event(client, topic_bytes, body, options, *place),
                wait,
                topic,
                idempotency_key,
                ordering_key,
                tag,
            )
        finally:
            free_send_options(options)

    def submit_prepared(
        self,
        prepared: PreparedTypes,
        *,
        total_timeout: float | None = None,
        tag: Any = None,
        wait: float | None = None,
    ) -> Submission:
        """Queues a prepared event, like `submit`.

        Args:
            prepared: The event, or its blob.
            total_timeout: The time of the event, instead of the client's `delivery_timeout`.
            tag: Any object, for the submission's `tag`.
            wait: How long to wait for room in the queue; None does not wait.

        Raises:
            DamagedBlobError: The blob is damaged.
            HookrailError: The event was not queued.
        """
        queue = _queue()
        blob, milliseconds = blob_of(prepared), self._prepared_call_time(total_timeout)
        key = prepared.idempotency_key if isinstance(prepared, PreparedEvent) else None
        return self._producer.submit(
            lambda *place: queue.submit_prepared(self._native, blob, milliseconds, *place),
            wait,
            None,
            key,
            None,
            tag,
        )

    def purge(self, *, queued: bool = True, in_flight: bool = False) -> int:
        """Cancels submitted events. Each of them is done soon after, with a HookrailCancelledError.

        Args:
            queued: Whether to cancel events that wait in the queue.
            in_flight: Whether to cancel events that are being sent.

        Returns:
            The number of cancelled events.
        """
        purged: int = _queue().purge(self._native, queued=queued, in_flight=in_flight)
        return purged

    def pending(self) -> Pending:
        """Returns how many submitted events are queued, in flight, and done but not collected."""
        pending: Pending = _queue().pending(self._native)
        return pending

    def stats(self) -> dict[str, Any]:
        """Returns the client's counters. They only grow; in a forked process they start at 0.

        "attempt_duration" is a histogram in seconds: its "buckets" are pairs of a bound and the
        number of attempts that took at most so long.
        """
        counters: dict[str, Any] = json.loads(self._native.stats())
        for variant in list(self._variants.values()):
            add_counters(counters, json.loads(variant.stats()))
        return counters

    def metrics(self) -> str:
        """Returns the counters and the state of the queue in the text format of Prometheus.

        Calls with a `timeout` of their own are counted by `stats` only.
        """
        return self._native.metrics()

    @property
    def _producer(self) -> Producer:
        if self._started_producer is None:
            with _imports.lock:
                from hookrail._producer import Producer

                if self._started_producer is None:
                    most = self._cfg.settings.get("queue_max_events") or 10_000
                    self._started_producer = Producer(
                        self._native, self._observer, self._on_error, most
                    )
        return self._started_producer

    def _native_for(self, timeout: TimeoutTypes | None) -> NativeClient:
        """Returns the native client with these timeouts, which the library sets for a whole client.

        It makes at most eight more of them, and then replaces the oldest.
        """
        timeouts = self._cfg.timeout if timeout is None else Timeouts.of(timeout)
        if timeouts == self._cfg.timeout:
            return self._native
        variant = self._variants.get(timeouts)
        if variant is None:
            if self._closed:
                raise HookrailClosedError("the client is closed")
            config = replace(self._cfg, timeout=timeouts)
            variant = self._variants[timeouts] = NativeClient(config, self._policy)
            if len(self._variants) > 8:
                self._variants.pop(next(iter(self._variants)), None)
        return variant

    def _event(
        self,
        topic: str,
        payload: object,
        idempotency_key: str | None,
        timeout: TimeoutTypes | None,
        ordering_key: str | None,
        headers: Mapping[str, str | None] | None,
        total_timeout: float | None,
    ) -> tuple[NativeClient, bytes, bytes, int | None]:
        """Returns the arguments of a send. The caller frees the options, which are the last."""
        topic_bytes = encode_topic(topic)
        body = encode_payload(payload)
        try:
            client = self._native if timeout is None else self._native_for(timeout)
            milliseconds = (
                None
                if total_timeout is None
                else convert.milliseconds(total_timeout, "total_timeout")
            )
            options = send_options(idempotency_key, ordering_key, headers, milliseconds)
        except HookrailError as error:
            error.outcome = "not_sent"
            raise
        return client, topic_bytes, body, options

    def _call_time(self, total_timeout: float | None) -> int:
        """Returns the time for a call in milliseconds; 0 stands for the client's own."""
        return 0 if total_timeout is None else convert.milliseconds(total_timeout, "total_timeout")

    def _prepared_call_time(self, total_timeout: float | None) -> int:
        """Returns the same for a call that sends a prepared event."""
        try:
            return self._call_time(total_timeout)
        except HookrailConfigError as error:
            error.outcome = "not_sent"
            raise

    def _close(self, timeout: float | None) -> int:
        """Closes the client. Returns the number of submitted events that were given up."""
        self._closed = True
        for variant in list(self._variants.values()):
            variant.close(Deadline(0, "timeout"))
        if self._started_producer is None:
            return self._native.close(Deadline(timeout, "timeout"))
        return self._producer.close(timeout)


def _queue() -> Any:
    """Returns the module of the queue, which many programs never need."""
    with _imports.lock:
        from hookrail._native import queue

        return queue
