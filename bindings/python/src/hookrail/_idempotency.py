"""Random idempotency keys."""

from __future__ import annotations

import os


def random_key() -> str:
    """Returns a random UUID of version 4."""
    number = int.from_bytes(os.urandom(16), "big")
    number = number & ~(0xF000 << 64 | 0xC000 << 48) | 0x4000 << 64 | 0x8000 << 48
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
