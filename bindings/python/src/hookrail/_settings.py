"""The settings that clients of both kinds have, for type checkers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from hookrail._observation import CallReport
    from hookrail._submission import Submission


class Settings(TypedDict, total=False):
    """The settings of ClientBase that version 0.1.0 did not have."""

    total_timeout: float | None
    headers: Mapping[str, str | None] | None
    proxy: str | Literal[False] | None
    unix_socket: Any
    ca_file: Any
    ca_pem: str | bytes | None
    tls_roots: Literal["platform", "extra_only"] | None
    client_certificate: Any
    client_key: Any
    require_https: bool | None
    require_base_url: bool | None
    idle_connections: int | None
    max_connection_age: float | None
    payload_limit: int | None
    user_agent_suffix: str | None
    workers: int | None
    queue_max_events: int | None
    queue_max_bytes: int | None
    delivery_timeout: float | None
    on_error: Callable[[Submission], object] | None
    on_call: Callable[[CallReport], object] | None
