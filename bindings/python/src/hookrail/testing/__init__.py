"""Helpers for the tests of a program.

- ``FakeHookrail`` and ``FakeAsyncHookrail`` are clients that send nothing, to test senders.
- ``signed_headers``, ``signed_environ`` and ``signed_scope`` are requests that verify, to test
  receivers.
- ``Devserver`` is a stand-in service in a process of its own. With pytest, the fixture
  ``hookrail_devserver`` gives one, and ``fake_hookrail`` and ``fake_async_hookrail`` give clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookrail.testing._signing import (
    new_delivery_id,
    sign,
    signed_environ,
    signed_headers,
    signed_scope,
)

if TYPE_CHECKING:
    from hookrail.testing._clients import FakeAsyncHookrail, FakeHookrail
    from hookrail.testing._devserver import Devserver, DevserverMissingError
    from hookrail.testing._events import RecordedEvent
    from hookrail.testing._values import accepted, attempt_record, event_status

__all__ = [
    "Devserver",
    "DevserverMissingError",
    "FakeAsyncHookrail",
    "FakeHookrail",
    "RecordedEvent",
    "accepted",
    "attempt_record",
    "event_status",
    "new_delivery_id",
    "sign",
    "signed_environ",
    "signed_headers",
    "signed_scope",
]

_MODULES = {
    "Devserver": "_devserver",
    "DevserverMissingError": "_devserver",
    "FakeAsyncHookrail": "_clients",
    "FakeHookrail": "_clients",
    "RecordedEvent": "_events",
    "accepted": "_values",
    "attempt_record": "_values",
    "event_status": "_values",
}


def __getattr__(name: str) -> Any:
    # A test of a receiver needs no client.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
