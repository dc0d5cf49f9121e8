"""The client of the Hookrail webhook delivery service, for producers and receivers of events.

Importing the package loads neither the native library nor asyncio: each name is imported at its
first use.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from hookrail._version import __version__

if TYPE_CHECKING:
    from hookrail._async_client import AsyncHookrail
    from hookrail._attempts import AttemptRecord
    from hookrail._client import Hookrail
    from hookrail._observation import CallReport
    from hookrail._prepared import PreparedEvent
    from hookrail._submission import Submission
    from hookrail._transport import RetryPolicy
    from hookrail.errors import (
        AuthenticationError,
        BadRequestError,
        BodyIncompleteError,
        BodyTooLargeError,
        ConflictError,
        DamagedBlobError,
        HookrailAPIError,
        HookrailCancelledError,
        HookrailClosedError,
        HookrailConfigError,
        HookrailConnectionError,
        HookrailError,
        HookrailForkedError,
        HookrailLibraryError,
        HookrailProtocolError,
        HookrailTimeoutError,
        HookrailTLSError,
        InternalError,
        NotFoundError,
        OutOfResourcesError,
        PayloadTooLargeError,
        PermissionDeniedError,
        QueueFullError,
        RateLimitError,
        RetryError,
        ServerError,
    )
    from hookrail.models import (
        Attempt,
        Delivery,
        DeliveryState,
        EventAccepted,
        EventStatus,
        Problem,
    )
    from hookrail.signing import Verifier, explain, verify_signature

__all__ = [
    "AsyncHookrail",
    "Attempt",
    "AttemptRecord",
    "AuthenticationError",
    "BadRequestError",
    "BodyIncompleteError",
    "BodyTooLargeError",
    "CallReport",
    "ConflictError",
    "DamagedBlobError",
    "Delivery",
    "DeliveryState",
    "EventAccepted",
    "EventStatus",
    "Hookrail",
    "HookrailAPIError",
    "HookrailCancelledError",
    "HookrailClosedError",
    "HookrailConfigError",
    "HookrailConnectionError",
    "HookrailError",
    "HookrailForkedError",
    "HookrailLibraryError",
    "HookrailProtocolError",
    "HookrailTLSError",
    "HookrailTimeoutError",
    "InternalError",
    "NotFoundError",
    "OutOfResourcesError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PreparedEvent",
    "Problem",
    "QueueFullError",
    "RateLimitError",
    "RetryError",
    "RetryPolicy",
    "ServerError",
    "Submission",
    "Verifier",
    "__version__",
    "explain",
    "verify_signature",
]

# The modules of the names that are no errors.
_MODULES = {
    "AsyncHookrail": "_async_client",
    "AttemptRecord": "_attempts",
    "CallReport": "_observation",
    "Hookrail": "_client",
    "PreparedEvent": "_prepared",
    "RetryPolicy": "_transport",
    "Submission": "_submission",
    "Verifier": "signing",
    "explain": "signing",
    "verify_signature": "signing",
    **dict.fromkeys(
        ("Attempt", "Delivery", "DeliveryState", "EventAccepted", "EventStatus", "Problem"),
        "models",
    ),
}

if sys.implementation.name != "cpython":
    raise ImportError(
        f"hookrail works with CPython only, not with {sys.implementation.name}: its native library "
        "is called through ctypes, which is slow and unreliable elsewhere"
    )


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from hookrail import _imports

    try:
        with _imports.lock:
            value = getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)
    except ImportError as error:
        if "ctypes" not in str(error):
            raise
        from hookrail._native import refusal
        from hookrail.errors import HookrailLibraryError

        raise HookrailLibraryError(refusal.without_ctypes(error)) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
