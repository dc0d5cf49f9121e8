"""The kinds of values that fields of models have: how each is checked and converted.

They accept what pydantic accepts in its lax mode: the models of hookrail 0.1.0 were pydantic's.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Generator, ItemsView, KeysView, ValuesView
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from hookrail._models.errors import Location, Validation

if TYPE_CHECKING:
    from hookrail._models.base import Model

_INTEGER = re.compile(r"\s*[+-]?[0-9]+(_[0-9]+)*(\.0*)?\s*", re.ASCII)
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
_LISTS = (list, tuple, set, frozenset, deque, Generator, KeysView, ValuesView, ItemsView)


def _is_long(value: Any) -> bool:
    return isinstance(value, int) and not -(2**63) <= value < 2**63


class Kind:
    """A kind of value."""

    annotation: Any
    nullable = False
    neutral: Any = None
    """What an answer of the service has for a member that it leaves out."""

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        """Returns the value in the field's type; record a fault if it has none."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """Returns the JSON schema."""
        raise NotImplementedError


class String(Kind):
    """A text."""

    annotation: Any = str
    neutral = ""

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        if isinstance(value, str):
            # The value of a member of a ``str`` enumeration, and else the text.
            return value.value if isinstance(value, Enum) else str(value)
        if isinstance(value, (bytes, bytearray)) and not validation.strict:
            try:
                return value.decode()
            except UnicodeDecodeError:
                message = (
                    "Input should be a valid string, unable to parse raw data as a unicode string"
                )
                validation.fault("string_unicode", location, message, value)
                return None
        validation.fault("string_type", location, "Input should be a valid string", value)
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Integer(Kind):
    """A whole number."""

    annotation = int
    neutral = 0

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        if type(value) is int:
            return value
        message = "Input should be a valid integer"
        if validation.strict or not isinstance(value, (int, float, Decimal, str, bytes)):
            validation.fault("int_type", location, message, value)
            return None
        if isinstance(value, (str, bytes)):
            text = value if isinstance(value, str) else value.decode("latin-1")
            if _INTEGER.fullmatch(text):
                return int(text.partition(".")[0])
            message += ", unable to parse string as an integer"
            validation.fault("int_parsing", location, message, value)
            return None
        if isinstance(value, (float, Decimal)):
            if not math.isfinite(value):
                validation.fault(
                    "finite_number", location, "Input should be a finite number", value
                )
                return None
            if value != int(value):
                message += ", got a number with a fractional part"
                validation.fault("int_from_float", location, message, value)
                return None
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}


class Boolean(Kind):
    """A truth value."""

    annotation = bool
    neutral = False

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        if isinstance(value, bool):
            return value
        message = "Input should be a valid boolean"
        word = value.decode("latin-1") if isinstance(value, bytes) else value
        if isinstance(word, (float, Decimal)) and math.isfinite(word) and word == int(word):
            word = int(word)
        if validation.strict or not isinstance(word, (str, int)) or _is_long(word):
            validation.fault("bool_type", location, message, value)
            return None
        known = _BOOLEANS.get(str(word).lower())
        if known is None:
            message += ", unable to interpret input"
            validation.fault("bool_parsing", location, message, value)
        return known

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Member(String):
    """A member of an enumeration of texts. An unknown text stays a text: it may be a new member."""

    def __init__(self, members: type[Enum]) -> None:
        self.annotation = members | str
        self._members = members

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        if isinstance(value, self._members):
            return value
        text = super().convert(value, location, validation)
        try:
            return self._members(text)
        except ValueError:
            return text

    def schema(self) -> dict[str, Any]:
        known = [member.value for member in self._members]
        return {"anyOf": [{"type": "string", "enum": known}, {"type": "string"}]}


class Optional(Kind):
    """None, or a value of another kind."""

    nullable = True

    def __init__(self, kind: Kind) -> None:
        self.annotation = kind.annotation | None
        self._kind = kind

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        return None if value is None else self._kind.convert(value, location, validation)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self._kind.schema(), {"type": "null"}]}


class ListOf(Kind):
    """A list of values of one kind. None is an empty list: the service writes ``null`` for one."""

    def __init__(self, kind: Kind) -> None:
        self.annotation = list[kind.annotation]  # type: ignore[name-defined]
        self._kind = kind

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        if value is None:
            return []
        if not isinstance(value, list if validation.strict else _LISTS):
            validation.fault("list_type", location, "Input should be a valid list", value)
            return None
        convert = self._kind.convert
        return [convert(item, (*location, index), validation) for index, item in enumerate(value)]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self._kind.schema()}


class Nested(Kind):
    """Another model."""

    def __init__(self, model: type[Model]) -> None:
        self.annotation = model
        self._model = model

    def convert(self, value: Any, location: Location, validation: Validation) -> Any:
        return self._model._convert(value, location, validation)

    def schema(self) -> dict[str, Any]:
        return self._model._object_schema()
