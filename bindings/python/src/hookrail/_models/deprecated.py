"""The old names of methods, which pydantic's models still have."""

from __future__ import annotations

import builtins
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self


def _warn(old: str, new: str) -> None:
    message = f"The `{old}` method is deprecated; use `{new}` instead."
    warnings.warn(message, DeprecationWarning, stacklevel=3)


class OldNames:
    """Methods that warn and call those of today."""

    __slots__ = ()

    if not TYPE_CHECKING:
        # Type checkers do not know them, so that programs do not begin to use them.

        def dict(self, **settings: Any) -> builtins.dict[str, Any]:
            """Calls ``model_dump``."""
            _warn("dict", "model_dump")
            return self.model_dump(**settings)

        def json(self, **settings: Any) -> str:
            """Calls ``model_dump_json``."""
            _warn("json", "model_dump_json")
            return self.model_dump_json(**settings)

        def copy(self, *, update: Any = None, deep: bool = False) -> Self:
            """Calls ``model_copy``."""
            _warn("copy", "model_copy")
            return self.model_copy(update=update, deep=deep)

        @classmethod
        def parse_obj(cls, obj: Any) -> Self:
            """Calls ``model_validate``."""
            _warn("parse_obj", "model_validate")
            return cls.model_validate(obj)

        @classmethod
        def parse_raw(cls, b: str | bytes) -> Self:
            """Calls ``model_validate_json``."""
            _warn("parse_raw", "model_validate_json")
            return cls.model_validate_json(b)
