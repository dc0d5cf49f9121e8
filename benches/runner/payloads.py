"""The payloads: orders of given sizes, as JSON."""

import json
from pathlib import Path


def write_payload(path: Path, size: int) -> None:
    """Writes an order of exactly `size` bytes: two thirds are items, the rest is a text."""
    order: dict[str, object] = {"order": "o_000001", "customer": "c_42", "items": [], "note": ""}
    with_comma = len(_encoded(_item(0))) + 1
    count = max(0, (size * 2 // 3 - len(_encoded(order))) // with_comma)
    order["items"] = [_item(number) for number in range(count)]
    words = "Leave it with the neighbours, please. "
    order["note"] = (words * (size // len(words) + 1))[: size - len(_encoded(order))]
    path.write_bytes(_encoded(order))


def _item(number: int) -> dict[str, object]:
    return {"sku": f"A-{number:04}", "quantity": 2, "price": 19.95}


def _encoded(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
