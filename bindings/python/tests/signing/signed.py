"""A delivery that is signed without the library."""

from __future__ import annotations

import hashlib
import hmac
import time

SECRET = b"whsec_of_the_tests"
DELIVERY_ID = "01JDELIVERY"
BODY = b'{"order_id": "o_1"}'
NOW = 1_700_000_000


def signature(
    body: bytes = BODY,
    *,
    secret: bytes = SECRET,
    at: int | None = None,
    delivery_id: str = DELIVERY_ID,
) -> str:
    """Returns the value of hookrail-signature, signed at the present time by default."""
    at = int(time.time()) if at is None else at
    signed = f"{at}.{delivery_id}.".encode() + body
    return f"t={at},v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}"


def headers(body: bytes = BODY, **settings: object) -> dict[str, str]:
    """Returns the two headers of a delivery."""
    return {
        "Hookrail-Signature": signature(body, **settings),  # type: ignore[arg-type]
        "Hookrail-Delivery-Id": DELIVERY_ID,
    }
