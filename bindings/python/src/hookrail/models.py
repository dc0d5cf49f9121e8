"""The data that the service answers with.

The classes have the methods of pydantic's models (``model_dump``, ``model_validate``, ...), as
those of hookrail 0.1.0 had, without needing pydantic. FastAPI and pydantic's models accept them as
types. Members that a model does not know are kept, in ``model_extra`` and as attributes.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from hookrail._models import kinds
from hookrail._models.base import Model
from hookrail._models.errors import Validation, ValidationError
from hookrail._models.fields import FieldInfo, field

if TYPE_CHECKING:
    from typing_extensions import Self

    from hookrail._attempts import AttemptRecord

__all__ = [
    "Attempt",
    "Delivery",
    "DeliveryState",
    "EventAccepted",
    "EventStatus",
    "FieldInfo",
    "Problem",
    "ValidationError",
]


class DeliveryState(str, Enum):
    """The state of a delivery."""

    pending = "pending"
    in_flight = "in_flight"
    retry_scheduled = "retry_scheduled"
    succeeded = "succeeded"
    dead_lettered = "dead_lettered"
    cancelled = "cancelled"
    skipped = "skipped"


class _Received(Model):
    """A part of the service's answers. No dump and no comparison uses the facts about the call."""

    @classmethod
    def _from_service(cls, data: dict[str, Any], **call: Any) -> Self:
        """Returns the model of an answer.

        The service may leave members out, which then are None, 0, "" or False, and are missing
        from ``model_fields_set``. Members of a wrong type become the same.
        """
        self = cls.__new__(cls)
        self._fill(data, (), Validation(lenient=True))
        self._prepare(self._extra, self._fields_set, call)
        return self


class _Answered(_Received):
    """An answer of the service to a call."""

    def _fact(self, name: str, default: Any = None) -> Any:
        return default if self._call is None else self._call.get(name, default)

    @property
    def raw_json(self) -> bytes:
        """The body of the service's answer, unchanged; empty if the model was made otherwise."""
        return bytes(self._fact("raw_json", b""))

    @property
    def attempts_made(self) -> int:
        """How many attempts the call made."""
        return int(self._fact("attempts", 1))

    @property
    def attempt_records(self) -> tuple[AttemptRecord, ...]:
        """The last 16 attempts of the call, the oldest first."""
        return tuple(self._fact("attempt_records", ()))

    @property
    def request_id(self) -> str | None:
        """The id that the service, or a gateway before it, gave the request."""
        return self._fact("request_id")  # type: ignore[no-any-return]


class Attempt(Model):
    """One attempt to deliver an event to an endpoint."""

    attempt_no: int = field(kinds.Integer())
    claim_version: int = field(kinds.Integer())
    status: str = field(kinds.String())
    latency_ms: int = field(kinds.Integer())
    http_status: int | None = field(kinds.Optional(kinds.Integer()), default=None)
    error_class: str | None = field(kinds.Optional(kinds.String()), default=None)


class Delivery(Model):
    """The delivery of an event to one endpoint. An unknown state is a ``str``."""

    delivery_id: str = field(kinds.String())
    state: DeliveryState | str = field(kinds.Member(DeliveryState))
    attempts_truncated: bool = field(kinds.Boolean())
    attempts: list[Attempt] = field(kinds.ListOf(kinds.Nested(Attempt)), default_factory=list)


class EventAccepted(_Answered):
    """The service's promise: it has recorded the event durably.

    ``delivery_ids`` is empty if no subscription matched. ``replayed`` says that the service had
    recorded this idempotency key and these bytes before; no dump contains it.
    """

    event_id: str = field(kinds.String())
    delivery_ids: list[str] = field(kinds.ListOf(kinds.String()), default_factory=list)
    replayed: bool = field(kinds.Boolean(), default=False, exclude=True)

    @classmethod
    def _from_service(cls, data: dict[str, Any], *, replayed: bool = False, **call: Any) -> Self:
        # Every send comes here, and the library has checked the members.
        self = cls.__new__(cls)
        members = self.__dict__
        members["event_id"] = data["event_id"]
        members["delivery_ids"] = data.get("delivery_ids") or []
        members["replayed"] = replayed
        extra = {name: value for name, value in data.items() if name not in members}
        self._prepare(extra, {*data, "replayed"}, call)
        return self

    @property
    def idempotency_key(self) -> str | None:
        """The key that the event was sent with."""
        return self._fact("idempotency_key")  # type: ignore[no-any-return]


class EventStatus(_Answered):
    """The deliveries of an event."""

    event_id: str = field(kinds.String())
    topic: str = field(kinds.String())
    deliveries: list[Delivery] = field(kinds.ListOf(kinds.Nested(Delivery)), default_factory=list)


class Problem(_Received):
    """The service's explanation of an error (RFC 7807)."""

    type: str | None = field(kinds.Optional(kinds.String()), default=None)
    title: str | None = field(kinds.Optional(kinds.String()), default=None)
    status: int | None = field(kinds.Optional(kinds.Integer()), default=None)
    detail: str | None = field(kinds.Optional(kinds.String()), default=None)
