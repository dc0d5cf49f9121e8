"""Helpers for the tests of a program: signed requests, a client that sends nothing, a service."""

from __future__ import annotations

from hookrail.testing._signing import (
    new_delivery_id,
    sign,
    signed_environ,
    signed_headers,
    signed_scope,
)

__all__ = [
    "new_delivery_id",
    "sign",
    "signed_environ",
    "signed_headers",
    "signed_scope",
]
