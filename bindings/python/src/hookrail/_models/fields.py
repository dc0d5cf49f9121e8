"""The declaration of a model's field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookrail._models.kinds import Kind

MISSING: Any = ...


class FieldInfo:
    """A field of a model, as in ``model_fields``."""

    __slots__ = ("default", "default_factory", "exclude", "kind")

    def __init__(
        self,
        kind: Kind,
        default: Any = MISSING,
        default_factory: Callable[[], Any] | None = None,
        exclude: bool | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.default: Any = default
        self.default_factory: Callable[[], Any] | None = default_factory
        self.exclude: bool | None = exclude

    @property
    def annotation(self) -> Any:
        """The type of the values."""
        return self.kind.annotation

    def is_required(self) -> bool:
        """Returns whether the field has no default."""
        return self.default is MISSING and self.default_factory is None

    def get_default(self, *, call_default_factory: bool = False) -> Any:
        """Returns the default, that of ``default_factory`` only on request."""
        if self.default_factory is not None:
            return self.default_factory() if call_default_factory else None
        return self.default

    def __repr__(self) -> str:
        parts = [f"annotation={_name(self.annotation)}", f"required={self.is_required()}"]
        if self.default is not MISSING:
            parts.append(f"default={self.default!r}")
        if self.default_factory is not None:
            parts.append(f"default_factory={self.default_factory.__name__}")
        if self.exclude is not None:
            parts.append(f"exclude={self.exclude}")
        return f"FieldInfo({', '.join(parts)})"


def field(
    kind: Kind,
    *,
    default: Any = MISSING,
    default_factory: Callable[[], Any] | None = None,
    exclude: bool | None = None,
) -> Any:
    """Declares a field. Type checkers read the annotation beside it, and Python reads ``kind``."""
    return FieldInfo(kind, default, default_factory, exclude)


def _name(annotation: Any) -> str:
    plain = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    return annotation.__name__ if plain else repr(annotation)
