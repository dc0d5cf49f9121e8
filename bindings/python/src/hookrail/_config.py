"""The settings of a client: from the caller, else from the environment, else the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, Union

from hookrail import _version
from hookrail.errors import HookrailConfigError, configuration_error

_DEFAULT_BASE_URL = "http://localhost:8080"
_DAY = 86_400.0


class PhaseTimeouts(Protocol):
    """An object with the timeouts of the phases of an attempt, such as httpx.Timeout."""

    @property
    def connect(self) -> float | None: ...
    @property
    def read(self) -> float | None: ...
    @property
    def write(self) -> float | None: ...


TimeoutTypes = Union[
    float,
    "tuple[float | None, float | None, float | None, float | None]",
    PhaseTimeouts,
]
"""One number for each phase, a tuple (connect, read, write, pool), or an object with them."""


class Timeouts(NamedTuple):
    """The times of the phases of an attempt, in seconds."""

    connect: float = 5.0
    """For looking up the name, connecting and negotiating TLS."""
    read: float = 10.0
    """For each wait for a part of the answer."""
    write: float = 10.0
    """For each wait until the service takes more of the request."""

    @classmethod
    def of(cls, timeout: TimeoutTypes | None) -> Timeouts:
        """Returns the timeouts of one of the accepted types; None gives the defaults.

        A phase without a timeout gets a day.
        """
        if timeout is None:
            return cls()
        phases: tuple[Any, ...]
        if isinstance(timeout, (int, float)):
            phases = (timeout, timeout, timeout)
        elif isinstance(timeout, tuple):
            if len(timeout) not in (3, 4):
                raise HookrailConfigError(
                    "timeout as a tuple must be (connect, read, write, pool), got "
                    f"{len(timeout)} members"
                )
            phases = timeout[:3]
        else:
            try:
                phases = (timeout.connect, timeout.read, timeout.write)
            except AttributeError:
                raise HookrailConfigError(
                    "timeout must be a number of seconds, a tuple (connect, read, write, pool), or "
                    "an object with connect, read and write, not " + type(timeout).__name__
                ) from None
        return cls(*(_DAY if phase is None else phase for phase in phases))


@dataclass(frozen=True)
class ClientConfig:
    """Where the service is, and how the client reaches it."""

    base_url: str
    api_key: str = field(repr=False)
    timeout: Timeouts
    user_agent: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def resolve(
        cls,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: TimeoutTypes | None = None,
        user_agent: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ClientConfig:
        """Returns the settings, with what the caller has not given from the environment.

        Raises:
            HookrailConfigError: There is no API key, or the base URL cannot be used.
        """
        key = api_key or os.environ.get("HOOKRAIL_API_KEY")
        if not key:
            raise configuration_error(
                "api_key is required (pass api_key=... or set HOOKRAIL_API_KEY)"
            )
        settings = settings or {}
        url = base_url or os.environ.get("HOOKRAIL_BASE_URL")
        if not url and settings.get("require_base_url"):
            raise configuration_error(
                "base_url is required (pass base_url=... or set HOOKRAIL_BASE_URL)"
            )
        url = url or _DEFAULT_BASE_URL
        if not isinstance(key, str) or not isinstance(url, str):
            raise configuration_error("api_key and base_url must be strings")
        url = url.rstrip("/")
        _check_url(url)
        return cls(
            base_url=url,
            api_key=key,
            timeout=Timeouts.of(timeout),
            user_agent=user_agent or f"hookrail-python/{_version.__version__}",
            settings=settings,
        )


def _check_url(url: str) -> None:
    """Refuses what is no URL of a service; the library checks the rest."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() in ("http", "https"):
        valid = rest.startswith("//") and rest[2:3] not in ("", "/", "?", "#", ":")
    else:
        valid = scheme == "unix" and rest.startswith("/")
    if not valid:
        # A URL with a password must not get into a log.
        shown = repr(url) if "@" not in url else "(not shown, because it holds an @)"
        raise configuration_error(f"invalid base_url: {shown}")
