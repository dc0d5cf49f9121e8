"""The error for data that do not fit a model."""

from __future__ import annotations

import json
from typing import Any

Location = tuple["int | str", ...]


class ValidationError(ValueError):
    """Data do not fit a model.

    It is a ``ValueError``, as the error of the same name in pydantic is, and has the same methods.
    """

    def __init__(self, title: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(title, errors)
        self.title = title
        self._errors = errors

    def errors(
        self, *, include_url: bool = True, include_context: bool = True, include_input: bool = True
    ) -> list[dict[str, Any]]:
        """Returns one dict for each fault: ``type``, ``loc``, ``msg`` and ``input``."""
        left_out = set() if include_input else {"input"}
        return [{k: v for k, v in error.items() if k not in left_out} for error in self._errors]

    def error_count(self) -> int:
        """Returns the number of faults."""
        return len(self._errors)

    def json(self, *, indent: int | None = None) -> str:
        """Returns the faults as JSON."""
        return json.dumps(self.errors(), indent=indent, default=repr)

    def __str__(self) -> str:
        count = len(self._errors)
        lines = [f"{count} validation error{'' if count == 1 else 's'} for {self.title}"]
        for error in self._errors:
            if error["loc"]:
                lines.append(".".join(map(str, error["loc"])))
            value = error["input"]
            lines.append(
                f"  {error['msg']} [type={error['type']}, input_value={_short(value)}, "
                f"input_type={type(value).__name__}]"
            )
        return "\n".join(lines)


class Validation:
    """A running validation: it collects the faults that it finds."""

    __slots__ = ("errors", "lenient", "strict")

    def __init__(self, strict: bool = False, *, lenient: bool = False) -> None:
        self.strict: bool = strict
        self.lenient: bool = lenient
        self.errors: list[dict[str, Any]] = []

    def fault(self, kind: str, location: Location, message: str, value: Any) -> None:
        """Records a fault."""
        self.errors.append({"type": kind, "loc": location, "msg": message, "input": value})


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 50 else f"{text[:25]}...{text[-24:]}"
