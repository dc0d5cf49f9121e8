"""Clients by their names, and the submissions of each by their tags."""

from __future__ import annotations

from typing import Any

from hookrail import RetryPolicy

import results
from values import given, read, seconds, text, write

# The defaults of the times that are set together.
TIMES = {"connect_timeout_ms": 5000, "read_timeout_ms": 10000, "write_timeout_ms": 10000}
BACKOFF_MS = [200, 10000]


class Inexpressible(Exception):
    """The package has no form for an argument."""


class Clients:
    def __init__(self, calls: Any) -> None:
        self._calls = calls
        self._clients: dict[str, Any] = {}
        self._submissions: dict[str, dict[int, Any]] = {}
        self._results: dict[str, Any] = {}

    def new(
        self,
        client: str,
        options: dict[str, Any],
        api_key: str | None = None,
        base_url: str | None = None,
    ) -> dict[str, Any]:
        made = self._calls.client(text(api_key), text(base_url), **settings(options))
        self._clients[client] = made
        self._submissions[client], self._results[client] = {}, self._calls.results(made)
        return {}

    def free(self, client: str) -> dict[str, Any]:
        self._calls.close(self._clients.pop(client), 0)
        del self._submissions[client], self._results[client]
        return {}

    def send(self, client: str, cancel: str | None = None, **event: Any) -> dict[str, Any]:
        return results.accepted(
            self._calls.cancellable(
                cancel, self._clients[client], "send_event", *content(event), **options(event)
            )
        )

    def prepare(self, client: str, **event: Any) -> dict[str, Any]:
        prepared = self._clients[client].prepare_event(*content(event), **options(event))
        return {"blob": write(prepared.blob), "idempotency_key": prepared.idempotency_key}

    def send_prepared(
        self, client: str, blob: str, cancel: str | None = None, **named: Any
    ) -> dict[str, Any]:
        return results.accepted(
            self._calls.cancellable(
                cancel, self._clients[client], "send_prepared", read(blob), **options(named)
            )
        )

    def get_event(
        self, client: str, event_id: str, cancel: str | None = None, **named: Any
    ) -> dict[str, Any]:
        return results.event(
            self._calls.cancellable(
                cancel, self._clients[client], "get_event", text(event_id), **options(named)
            )
        )

    def stats(self, client: str) -> dict[str, Any]:
        return self._clients[client].stats()

    def close(self, client: str, timeout_ms: int) -> dict[str, Any]:
        return {"unsent": self._calls.close(self._clients[client], timeout_ms / 1000)}

    def submit(
        self, client: str, tag: int, wait_ms: int | None = None, **event: Any
    ) -> dict[str, Any]:
        submission = self._clients[client].submit(
            *content(event), tag=tag, **options(event), **given(wait=seconds(wait_ms))
        )
        return self._keep(client, tag, submission)

    def submit_prepared(self, client: str, blob: str, tag: int, **named: Any) -> dict[str, Any]:
        submission = self._clients[client].submit_prepared(read(blob), tag=tag, **options(named))
        return self._keep(client, tag, submission)

    def _keep(self, client: str, tag: int, submission: Any) -> dict[str, Any]:
        self._submissions[client][tag] = submission
        return {}

    def collect(self, client: str, count: int, timeout_ms: int) -> dict[str, Any]:
        taken = self._results[client].take(count, timeout_ms / 1000)
        return {"completions": [results.completion(one) for one in taken]}

    def flush(self, client: str, timeout_ms: int) -> dict[str, Any]:
        remaining = self._calls.call(self._clients[client], "flush", timeout=timeout_ms / 1000)
        return {"remaining": remaining}

    def pending(self, client: str) -> dict[str, Any]:
        pending = self._clients[client].pending()
        return {"queued": pending.queued, "in_flight": pending.in_flight}

    def cancel_submitted(self, client: str, tag: int) -> dict[str, Any]:
        self._submissions[client][tag].cancel()
        return {}

    def purge(self, client: str, in_flight: bool) -> dict[str, Any]:
        return {"purged": self._clients[client].purge(in_flight=in_flight)}


def content(event: dict[str, Any]) -> tuple[str | None, bytes]:
    return text(event["topic"]), read(event["payload"])


def options(given_members: dict[str, Any]) -> dict[str, Any]:
    if given_members.get("idempotency_key") == "":
        raise Inexpressible("an empty idempotency key stands for none, as in 0.1.0")
    return given(
        idempotency_key=text(given_members.get("idempotency_key")),
        ordering_key=text(given_members.get("ordering_key")),
        total_timeout=seconds(given_members.get("timeout_ms")),
        headers=given_members.get("headers"),
    )


def settings(options: dict[str, Any]) -> dict[str, Any]:
    timeout = None
    if TIMES.keys() & options.keys():
        connect, read_time, write_time = (
            seconds(options.get(name, default)) for name, default in TIMES.items()
        )
        timeout = (connect, read_time, write_time, connect)
    roots = {True: "extra_only", False: "platform"}
    plain = ("idle_connections", "payload_limit", "queue_max_events", "queue_max_bytes", "workers")
    return given(
        timeout=timeout,
        policy=policy(options),
        total_timeout=seconds(options.get("total_timeout_ms")),
        delivery_timeout=seconds(options.get("delivery_timeout_ms")),
        ca_pem=text(options.get("ca_pem")),
        tls_roots=roots.get(options.get("extra_roots_only")),
        proxy=False if options.get("no_proxy") else text(options.get("proxy")),
        user_agent_suffix=text(options.get("user_agent_suffix")),
        headers=options.get("headers"),
        **{name: options.get(name) for name in plain},
    )


def policy(options: dict[str, Any]) -> RetryPolicy | None:
    if not {"max_retries", "backoff_ms", "respect_retry_after"} & options.keys():
        return None
    base, cap = options.get("backoff_ms", BACKOFF_MS)
    # The policy judges delays by the time of the whole call.
    elapsed = seconds(options.get("total_timeout_ms")) if "backoff_ms" in options else None
    return RetryPolicy(
        base=base / 1000,
        cap=cap / 1000,
        **given(
            max_retries=options.get("max_retries"),
            max_elapsed=elapsed,
            respect_retry_after=options.get("respect_retry_after"),
        ),
    )
