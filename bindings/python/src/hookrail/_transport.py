"""When a failed attempt is repeated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hookrail.errors import HookrailConfigError, configuration_error


def _finite_positive(name: str, value: float) -> None:
    if not math.isfinite(value) or value <= 0:
        raise HookrailConfigError(f"{name} must be finite and > 0, got {value!r}")


@dataclass(frozen=True)
class RetryPolicy:
    """When a failed attempt is repeated. Times are seconds.

    The delay before retry n is random between 0 and `min(cap, base * 2**n)`.

    Attributes:
        max_retries: How often a failed attempt is repeated. 10 retries outlast a restart of the
            service, 3 do not.
        base: The base of the delays.
        cap: The longest delay.
        max_elapsed: The time for the whole call, with attempts and delays.
        respect_retry_after: Whether the service's Retry-After is the shortest wait.
    """

    max_retries: int = 3
    base: float = 0.2
    cap: float = 10.0
    max_elapsed: float = 30.0
    respect_retry_after: bool = True

    def __post_init__(self) -> None:
        if self.max_retries < 0:
            raise HookrailConfigError(f"max_retries must be >= 0, got {self.max_retries}")
        _finite_positive("base", self.base)
        _finite_positive("cap", self.cap)
        _finite_positive("max_elapsed", self.max_elapsed)
        if self.cap < self.base:
            raise HookrailConfigError(f"cap ({self.cap}) must be >= base ({self.base})")
        if self.max_elapsed < self.cap:
            raise configuration_error(
                f"max_elapsed ({self.max_elapsed}) must be >= cap ({self.cap})"
            )
