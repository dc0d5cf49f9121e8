"""The base of the models: plain classes that behave as pydantic's, without pydantic."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from hookrail._models.deprecated import OldNames
from hookrail._models.dump import Rules, dump, dump_model
from hookrail._models.errors import Location, Validation, ValidationError
from hookrail._models.fields import FieldInfo, field

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_settings: Any) -> Any:
        """Does nothing: the decorator of this name speaks to type checkers."""
        return lambda cls: cls


class _Slots:
    """Where a model keeps everything but the values of its fields, which are in ``__dict__``."""

    __slots__ = ("__dict__", "__weakref__", "_call", "_extra", "_fields_set")

    _extra: dict[str, Any]
    _fields_set: set[str]
    _call: dict[str, Any] | None


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Model(_Slots, OldNames):
    """Data with declared fields. Members without a field are kept, too, and are attributes."""

    __slots__ = ()

    model_fields: ClassVar[dict[str, FieldInfo]] = {}
    model_config: ClassVar[dict[str, Any]] = {"extra": "allow"}
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, FieldInfo)}
        cls.model_fields = {**cls.model_fields, **own}
        for name in own:
            delattr(cls, name)

    if not TYPE_CHECKING:

        def __init__(self, /, **data: Any) -> None:
            validation = Validation()
            self._fill(data, (), validation)
            _check(validation, type(self))

        def __getattr__(self, name: str) -> Any:
            extra = object.__getattribute__(self, "_extra")
            if name in extra:
                return extra[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.model_fields or name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self._extra[name] = value
        if not name.startswith("_"):
            self._fields_set.add(name)

    def __delattr__(self, name: str) -> None:
        if name in self._extra:
            del self._extra[name]
        else:
            object.__delattr__(self, name)

    # Making

    @classmethod
    def model_validate(cls, obj: Any, *, strict: bool | None = None, context: Any = None) -> Self:
        """Returns the model of a dict, or ``obj`` itself if it is one.

        Raises ``ValidationError`` (a ``ValueError``) if the data do not fit.
        """
        validation = Validation(bool(strict))
        model: Self = cls._convert(obj, (), validation)
        _check(validation, cls)
        return model

    @classmethod
    def model_validate_json(
        cls, json_data: str | bytes | bytearray, *, strict: bool | None = None, context: Any = None
    ) -> Self:
        """Returns the model of a JSON object.

        Raises ``ValidationError`` (a ``ValueError``) if the text is not JSON or does not fit.
        """
        validation = Validation(bool(strict))
        try:
            data = json.loads(json_data)
        except (ValueError, RecursionError) as error:
            validation.fault("json_invalid", (), f"Invalid JSON: {error}", json_data)
            data = None
        if not validation.errors and not isinstance(data, dict):
            validation.fault("model_type", (), "Input should be an object", data)
        _check(validation, cls)
        return cls.model_validate(data, strict=strict)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Returns a model without checking its data."""
        self = cls.__new__(cls)
        fields = cls.model_fields
        for name, info in fields.items():
            if name in values:
                self.__dict__[name] = values[name]
            elif not info.is_required():
                self.__dict__[name] = info.get_default(call_default_factory=True)
        extra = {name: value for name, value in values.items() if name not in fields}
        self._prepare(
            extra, set(self.__dict__) & set(values) if _fields_set is None else _fields_set
        )
        return self

    @classmethod
    def _convert(cls, value: Any, location: Location, validation: Validation) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            validation.fault(
                "model_type",
                location,
                f"Input should be a valid dictionary or instance of {cls.__name__}",
                value,
            )
            return None
        self = cls.__new__(cls)
        self._fill(value, location, validation)
        return self

    def _fill(self, data: Mapping[Any, Any], location: Location, validation: Validation) -> None:
        fields = self.model_fields
        values = self.__dict__
        for name, info in fields.items():
            if name in data:
                values[name] = info.kind.convert(data[name], (*location, name), validation)
                if validation.lenient and values[name] is None:
                    values[name] = info.kind.neutral
            elif info.is_required() and validation.lenient:
                values[name] = info.kind.neutral
            elif info.is_required():
                validation.fault("missing", (*location, name), "Field required", data)
            else:
                values[name] = info.get_default(call_default_factory=True)
        extra = {}
        for name, value in data.items():
            if not isinstance(name, str):
                place = (*location, name if isinstance(name, int) else repr(name))
                validation.fault("invalid_key", place, "Keys should be strings", name)
            elif name not in fields:
                extra[name] = value
        self._prepare(extra, set(data))

    def _prepare(
        self, extra: dict[str, Any], fields_set: set[str], call: dict[str, Any] | None = None
    ) -> None:
        _set_extra(self, extra)
        _set_fields_set(self, fields_set)
        _set_call(self, call)

    # Reading

    @property
    def model_extra(self) -> dict[str, Any]:
        """The members without a field."""
        return self._extra

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the members that were given, and not left at their default."""
        return self._fields_set

    def model_dump(
        self,
        *,
        mode: str = "python",
        include: Any = None,
        exclude: Any = None,
        context: Any = None,
        by_alias: bool | None = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        round_trip: bool = False,
        warnings: Any = True,
    ) -> dict[str, Any]:
        """Returns a dict of all members. With ``mode="json"`` its values are those of JSON.

        ``context``, ``by_alias``, ``round_trip`` and ``warnings`` have no effect here.
        """
        rules = Rules(mode == "json", exclude_unset, exclude_defaults, exclude_none)
        return dump_model(self, rules, include, exclude)  # type: ignore[no-any-return]

    def model_dump_json(
        self, *, indent: int | None = None, ensure_ascii: bool = False, **settings: Any
    ) -> str:
        """Returns the members as JSON. ``settings`` are those of ``model_dump``."""
        separators = (",", ":") if indent is None else (",", ": ")
        members = self.model_dump(mode="json", **settings)
        return json.dumps(members, indent=indent, ensure_ascii=ensure_ascii, separators=separators)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Returns a copy. The values of ``update`` replace members, and are not checked."""
        twin = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            setattr(twin, name, value)
        return twin

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """Returns the JSON schema of the model."""
        return cls._object_schema()

    @classmethod
    def _object_schema(cls) -> dict[str, Any]:
        properties = {}
        for name, info in cls.model_fields.items():
            properties[name] = {"title": name.replace("_", " ").title(), **info.kind.schema()}
            if info.default is not ...:
                properties[name]["default"] = info.default
        required = [name for name, info in cls.model_fields.items() if info.is_required()]
        schema = {
            "title": cls.__name__,
            "type": "object",
            "properties": properties,
            "additionalProperties": True,
        }
        return {**schema, "required": required} if required else schema

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for name in self.model_fields:
            if name in self.__dict__:
                yield name, self.__dict__[name]
        yield from self._extra.items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return (
            type(self) is type(other)
            and self.__dict__ == other.__dict__
            and self._extra == other._extra
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __str__(self) -> str:
        return " ".join(f"{name}={value!r}" for name, value in self)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield from self

    # Copying and pickling

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__setstate__(
            (dict(self.__dict__), dict(self._extra), set(self._fields_set), self._call)
        )
        return twin

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        twin = type(self).__new__(type(self))
        twin.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return twin

    def __getstate__(self) -> tuple[Any, ...]:
        return self.__dict__, self._extra, self._fields_set, self._call

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        members, extra, fields_set, call = state
        self.__dict__.update(members)
        self._prepare(extra, fields_set, call)

    # In pydantic's own models, and in FastAPI

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        def serialize(value: Any, info: Any) -> Any:
            rules = Rules(
                info.mode == "json", info.exclude_unset, info.exclude_defaults, info.exclude_none
            )
            return dump(value, rules, info.include, info.exclude)

        return core_schema.no_info_plain_validator_function(
            cls.model_validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                serialize, info_arg=True
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        described = cls._object_schema()
        if handler.mode == "serialization":
            for name, info in cls.model_fields.items():
                if info.exclude:
                    del described["properties"][name]
        return described


# ``__setattr__`` serves members; these write the slots.
_set_extra: Any = _Slots.__dict__["_extra"].__set__
_set_fields_set: Any = _Slots.__dict__["_fields_set"].__set__
_set_call: Any = _Slots.__dict__["_call"].__set__


def _check(validation: Validation, model: type[Model]) -> None:
    if validation.errors:
        raise ValidationError(model.__name__, validation.errors)
