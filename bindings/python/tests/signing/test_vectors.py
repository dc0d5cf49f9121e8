"""The vectors of all languages: each verification in each of the package's ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookrail.errors import HookrailError
from hookrail.signing import Verifier, verify_signature
from hookrail.testing import sign

VECTORS = Path(__file__).parents[4] / "tests" / "vectors"
STATUSES = {
    "HookrailConfigError": "invalid_argument",
    "MalformedSignatureError": "signature_malformed",
    "MissingSignatureError": "signature_missing",
    "TimestampTooOldError": "timestamp_too_old",
    "TimestampTooNewError": "timestamp_too_new",
    "SignatureMismatchError": "signature_mismatch",
}


def cases(name: str) -> list[Any]:
    read = json.loads((VECTORS / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["name"]) for case in read]


def given(case: dict[str, Any], name: str) -> Any:
    """Returns an input in bytes; a list of them for secrets."""
    is_hex = f"{name}_hex" in case
    value = case[f"{name}_hex" if is_hex else name]
    if isinstance(value, list):
        return [_bytes(one, is_hex) for one in value]
    return _bytes(value, is_hex)


def _bytes(value: Any, is_hex: bool) -> bytes:
    text, count = (value["repeat"], value["count"]) if isinstance(value, dict) else (value, 1)
    return (bytes.fromhex(text) if is_hex else text.encode()) * count


def status(action: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "ok", action()
    except HookrailError as error:
        return STATUSES[type(error).__name__], None


@pytest.mark.parametrize("case", cases("verify"))
def test_verify(case: dict[str, Any]) -> None:
    secrets, body = given(case, "secrets"), given(case, "body")
    header, delivery_id = given(case, "header"), given(case, "delivery_id")
    now, tolerance = case["now"], case["tolerance"]

    def verified() -> Any:
        return Verifier(secrets, tolerance=tolerance).verify(header, delivery_id, body, now=now)

    def in_pieces() -> Any:
        names = {"hookrail-signature": header, "hookrail-delivery-id": delivery_id}
        running = Verifier(secrets, tolerance=tolerance).begin(names, now=now)
        for start in range(0, len(body), 7 if len(body) < 1000 else 10_000):
            running.update(body[start : start + (7 if len(body) < 1000 else 10_000)])
        return running.finish()

    def at_once() -> Any:
        return verify_signature(secrets, header, delivery_id, body, now=now, tolerance=tolerance)

    expected = case["status"]
    for way in (verified, in_pieces):
        found, result = status(way)
        assert found == expected, way.__name__
        if expected == "ok":
            assert result.secret_index == case["secret_index"]
            assert result.signed_at == case["signed_at"]
            assert result.age == case["skew_seconds"]
            assert result.delivery_id == delivery_id.decode()
    assert status(at_once) == (expected, None)


@pytest.mark.parametrize("case", cases("sign"))
def test_sign(case: dict[str, Any]) -> None:
    found, header = status(
        lambda: sign(
            given(case, "body"),
            secret=given(case, "secret"),
            delivery_id=given(case, "delivery_id"),
            timestamp=case["timestamp"],
        )
    )
    assert found == case["status"]
    assert header == case.get("header")


@pytest.mark.parametrize("case", cases("headers"))
def test_headers(case: dict[str, Any]) -> None:
    secret, body, delivery_id = case["secret"].encode(), given(case, "body"), case["delivery_id"]
    signature = sign(body, secret=secret, delivery_id=delivery_id)
    parts = dict(zip(("t", "v1"), signature.split(","), strict=True))
    fields = []
    for name, value in case["headers"]:
        for mark, text in {"signature": signature, "delivery_id": delivery_id, **parts}.items():
            value = value.replace("{{" + mark + "}}", text)
        fields.append((name, value))
    found, result = status(lambda: Verifier(secret).verify_request(fields, body))
    assert found == case["status"]
    if found == "ok":
        assert result.delivery_id == delivery_id
    in_bytes = [(name.encode(), value.encode()) for name, value in fields]
    assert status(lambda: Verifier(secret).verify_request(in_bytes, body)) == (found, result)
