"""Turns models into plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hookrail._models.base import Model

EVERYTHING = ...


class Rules(NamedTuple):
    """What a dump leaves out, and whether its values are those of JSON."""

    json: bool = False
    unset: bool = False
    defaults: bool = False
    none: bool = False


def dump_model(model: Model, rules: Rules, include: Any = None, exclude: Any = None) -> Any:
    """Returns a dict of the model's members, which are dumped, too."""
    members = {}
    for name, value in model:
        info = type(model).model_fields.get(name)
        if info is not None and _left_out(model, name, value, rules):
            continue
        if rules.none and value is None:
            continue
        inner = _inner(name, include, exclude)
        if inner is not None:
            members[name] = dump(value, rules, *inner)
    return members


def dump(value: Any, rules: Rules, include: Any = None, exclude: Any = None) -> Any:
    """Returns the value with all models in it dumped."""
    if isinstance(value, (str, int, float, type(None))) and not isinstance(value, Enum):
        return (
            None if rules.json and isinstance(value, float) and not math.isfinite(value) else value
        )
    if hasattr(type(value), "model_fields"):
        model: Any = value
        return dump_model(model, rules, include, exclude)
    if isinstance(value, Mapping):
        chosen = ((key, item, _inner(key, include, exclude)) for key, item in value.items())
        return {
            _key(key) if rules.json else key: dump(item, rules, *inner)
            for key, item, inner in chosen
            if inner is not None
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        size = len(value)
        places = ((item, _inner(i, include, exclude, size)) for i, item in enumerate(value))
        items = [dump(item, rules, *inner) for item, inner in places if inner is not None]
        return items if rules.json or isinstance(value, list) else _same_type(value, items)
    return _plain(value) if rules.json else value


def _left_out(model: Model, name: str, value: Any, rules: Rules) -> bool:
    info = type(model).model_fields[name]
    return (
        info.exclude is True
        or (rules.unset and name not in model.model_fields_set)
        or (rules.defaults and info.default_factory is None and info.default == value)
    )


def _same_type(value: Any, items: list[Any]) -> Any:
    return type(value)._make(items) if hasattr(value, "_make") else type(value)(items)


def _key(key: Any) -> str:
    if isinstance(key, str) and not isinstance(key, Enum):
        return key
    plain = _plain(key)
    if isinstance(plain, bool):
        return str(plain).lower()
    return "None" if plain is None else str(plain)


def _plain(value: Any) -> Any:
    """Returns the value as JSON has it."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    if hasattr(value, "isoformat"):  # datetime, date and time
        text = value.isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text
    raise TypeError(f"Unable to serialize unknown type: {type(value)}")


def _inner(key: Any, include: Any, exclude: Any, size: int | None = None) -> tuple[Any, Any] | None:
    """Returns what to include and to exclude inside of a member; None if the member is left out.

    As in pydantic, ``include`` and ``exclude`` are sets of names, or dicts from names to such sets,
    to dicts and to True. For lists the names are indexes, from the end if negative, and
    ``__all__``.
    """
    chosen: Any = None
    if include is not None:
        chosen = _entry(include, key, size)
        if chosen is None:
            return None
        chosen = None if chosen is EVERYTHING else chosen
    dropped = None if exclude is None else _entry(exclude, key, size)
    return None if dropped is EVERYTHING else (chosen, dropped)


def _entry(rule: Any, key: Any, size: int | None) -> Any:
    """Returns the entry of a member: None, EVERYTHING, or what holds inside of it."""
    keys = [key] if size is None else [key, key - size, "__all__"]
    if isinstance(rule, Mapping):
        found = [rule[k] for k in keys if k in rule]
        nested = [entry for entry in found if entry is not True and entry is not ...]
        if found and not nested:
            return EVERYTHING
        return nested[0] if nested else None
    if isinstance(rule, Iterable):
        return EVERYTHING if any(k in set(rule) for k in keys) else None
    raise TypeError("include and exclude must be sets or dicts")
