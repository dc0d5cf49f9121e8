"""Adds the counters of native clients."""

from __future__ import annotations

from typing import Any


def add_counters(total: dict[str, Any], more: dict[str, Any]) -> None:
    """Adds counters of the form of `stats` to others."""
    for name, value in more.items():
        if isinstance(value, dict):
            add_counters(total.setdefault(name, {}), value)
        elif isinstance(value, list):
            # The buckets of a histogram: pairs of a bound, which is the same, and a number.
            total[name] = [
                [bound, count + other]
                for (bound, count), (_, other) in zip(total[name], value, strict=True)
            ]
        else:
            total[name] = total.get(name, 0) + value
