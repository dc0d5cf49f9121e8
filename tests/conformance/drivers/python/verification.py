"""Signing and verifying."""

from __future__ import annotations

from typing import Any

from hookrail.signing import Verifier, verify_signature
from hookrail.testing import sign

from values import given, read, text


class Verification:
    def verify(
        self, secrets: list[str], header: str, delivery_id: str, body: str, **named: Any
    ) -> dict[str, Any]:
        return found(
            verifier(secrets, named).verify(
                read(body), text(header), text(delivery_id), **given(now=named.get("now"))
            )
        )

    def verify_once(
        self, secrets: list[str], header: str, delivery_id: str, body: str, **named: Any
    ) -> dict[str, Any]:
        verify_signature(
            [read(secret) for secret in secrets],
            text(header),
            text(delivery_id),
            read(body),
            **given(now=named.get("now"), tolerance=named.get("tolerance")),
        )
        return {}

    def sign(self, secret: str, timestamp: int, delivery_id: str, body: str) -> dict[str, Any]:
        return {
            "header": sign(
                read(body), read(secret), delivery_id=text(delivery_id), timestamp=timestamp
            )
        }


def verifier(secrets: list[str], named: dict[str, Any]) -> Verifier:
    return Verifier([read(secret) for secret in secrets], **given(tolerance=named.get("tolerance")))


def found(value: Any) -> dict[str, Any]:
    return {
        "secret_index": value.secret_index,
        "signed_at": value.signed_at,
        "skew_seconds": value.skew,
        "delivery_id": value.delivery_id,
    }
