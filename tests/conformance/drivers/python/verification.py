"""Signing and verifying."""

from __future__ import annotations

from typing import Any

from hookrail.signing import DELIVERY_ID_HEADER, HEADER, Verifier, verify_signature
from hookrail.testing import sign

from values import given, read


class Verification:
    def verify(
        self, secrets: list[str], header: str, delivery_id: str, body: str, **named: Any
    ) -> dict[str, Any]:
        return found(
            verifier(secrets, named).verify(
                read(header), read(delivery_id), read(body), **given(now=named.get("now"))
            )
        )

    def verify_chunks(
        self,
        secrets: list[str],
        header: str,
        delivery_id: str,
        chunks: list[str],
        body_limit: int,
        **named: Any,
    ) -> dict[str, Any]:
        headers = [(HEADER, read(header)), (DELIVERY_ID_HEADER, read(delivery_id))]
        options = given(now=named.get("now"), body_limit=body_limit or None)
        with verifier(secrets, named).begin(headers, **options) as verification:
            for chunk in chunks:
                verification.update(read(chunk))
            return found(verification.finish())

    def verify_request(
        self, secrets: list[str], headers: list[list[str]], body: str, form: str, **named: Any
    ) -> dict[str, Any]:
        fields: Any = [(read(name), read(value)) for name, value in headers]
        if form == "cgi":
            fields = variables(fields)
        return found(verifier(secrets, named).verify_request(fields, read(body)))

    def verify_once(
        self, secrets: list[str], header: str, delivery_id: str, body: str, **named: Any
    ) -> dict[str, Any]:
        verify_signature(
            [read(secret) for secret in secrets],
            read(header),
            read(delivery_id),
            read(body),
            **given(now=named.get("now"), tolerance=named.get("tolerance")),
        )
        return {}

    def sign(self, secret: str, timestamp: int, delivery_id: str, body: str) -> dict[str, Any]:
        return {
            "header": sign(
                read(body), secret=read(secret), delivery_id=read(delivery_id), timestamp=timestamp
            )
        }


def variables(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Returns the headers as a WSGI server passes them, which joins repeated ones."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found


def verifier(secrets: list[str], named: dict[str, Any]) -> Verifier:
    return Verifier([read(secret) for secret in secrets], **given(tolerance=named.get("tolerance")))


def found(value: Any) -> dict[str, Any]:
    return {
        "secret_index": value.secret_index,
        "signed_at": value.signed_at,
        "skew_seconds": value.age,
        "delivery_id": value.delivery_id,
    }
