"""The models behave as those of hookrail 0.1.0, which were pydantic's.

Each case runs against both, and the results are compared: values, texts, dumps and faults.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hookrail import models as ours

theirs = pytest.importorskip("tests.models.models_of_0_1_0")

ATTEMPT = {"attempt_no": 1, "claim_version": 7, "status": "success", "latency_ms": 12}
DELIVERY = {
    "delivery_id": "d_1",
    "state": "succeeded",
    "attempts_truncated": False,
    "attempts": [ATTEMPT, {**ATTEMPT, "attempt_no": 2, "http_status": 503, "region": "eu"}],
}
STATUS = {"event_id": "e_1", "topic": "orders.created", "deliveries": [DELIVERY]}
ACCEPTED = {"event_id": "e_1", "delivery_ids": ["d_1", "d_2"]}
PROBLEM = {"type": "about:blank", "title": "bad", "status": 400, "detail": "worse", "trace": [1]}
WHOLE = [
    ("Attempt", ATTEMPT),
    ("Delivery", DELIVERY),
    ("EventStatus", STATUS),
    ("EventAccepted", ACCEPTED),
    ("Problem", PROBLEM),
]

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -3, 10**30, 0.0, 1.0, 1.5, float("nan"), float("inf"), "", "x",
    "1", " 12 ", "+5", "-0", "1_000", "1__0", "_1", "1_", "1e3", "1.0", "1.5", "٣", "9" * 30,
    "0x1", "true", "TRUE", "Yes", "on", "off", "f", "n", "succeeded", "dead_lettered",
    "quantum", b"1", b"x", b"succeeded", b"\xff", bytearray(b"3"), Decimal(1), Decimal(3),
    Decimal("3.5"), Decimal("NaN"), [], ["a"], ("a", "b"), {"a"}, frozenset({"b"}),
    deque(["c"]), ["a", 1, None], {"a": 1}, {}, {"a": 1}.keys(), {"a": "v"}.values(), object,
    UUID(int=1),
]  # fmt: skip
FIELDS = [(model, name) for model, data in WHOLE for name in getattr(theirs, model).model_fields]


def faults(error: Exception) -> list[tuple[Any, ...]]:
    assert isinstance(error, ValueError)
    keys = ("type", "loc", "msg")
    return [tuple(fault[key] for key in keys) for fault in error.errors()]  # type: ignore[attr-defined]


def result(action: Callable[[Any], Any], module: Any) -> Any:
    """Return what the action returns, with models as their texts, or its faults."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = action(module)
    except ValueError as error:
        return faults(error) if hasattr(error, "errors") else type(error)
    except (TypeError, AttributeError) as error:
        return type(error)
    return repr(value)


def same(action: Callable[[Any], Any]) -> None:
    assert result(action, ours) == result(action, theirs)


def accepted_differences(model: str, name: str, value: Any) -> bool:
    """Tell where this package is meant to differ."""
    if value is None and name in ("delivery_ids", "attempts", "deliveries"):
        return True  # The service writes null for an empty list.
    if value == b"\xff" and name in ("state", "attempts_truncated"):
        return True  # Both refuse it, with other words.
    # One fault, where pydantic lists one for each alternative.
    return name == "state" and not isinstance(value, (str, bytes, bytearray))


def test_each_field_takes_and_refuses_the_same_values() -> None:
    compared = 0
    different = []
    for model, name in FIELDS:
        for value in VALUES:
            if accepted_differences(model, name, value):
                continue
            data = {**dict(WHOLE)[model], name: value}
            expected = result(lambda m: getattr(m, model)(**data), theirs)  # noqa: B023
            found = result(lambda m: getattr(m, model)(**data), ours)  # noqa: B023
            compared += 1
            if found != expected:
                different.append((model, name, value, found, expected))
    assert not different
    assert compared > 1000


def test_strict_validation_takes_and_refuses_the_same_values() -> None:
    for model, name in FIELDS:
        for value in VALUES:
            if accepted_differences(model, name, value):
                continue
            data = {**dict(WHOLE)[model], name: value}
            check = lambda m: getattr(m, model).model_validate(data, strict=True)  # noqa: B023, E731
            assert bool(isinstance(result(check, ours), str)) == bool(
                isinstance(result(check, theirs), str)
            ), (model, name, value)


def test_a_missing_member_is_the_same_fault() -> None:
    for model, data in WHOLE:
        for left_out in data:
            rest = {name: value for name, value in data.items() if name != left_out}
            same(lambda m: getattr(m, model)(**rest))  # noqa: B023
            same(lambda m: getattr(m, model).model_validate(rest))  # noqa: B023


DUMPS: list[dict[str, Any]] = [
    {},
    {"mode": "json"},
    {"exclude_none": True},
    {"exclude_unset": True},
    {"exclude_defaults": True},
    {"include": {"state", "attempts", "event_id", "topic"}},
    {"exclude": {"attempts", "delivery_ids", "title"}},
    {"include": {"attempts": {0}}},
    {"include": {"attempts": {-1: {"status", "region"}}, "state": True}},
    {"exclude": {"attempts": {0: True, 1: {"status"}}}},
    {"exclude": {"attempts": {"__all__": {"latency_ms", "region"}}}},
    {"exclude": {"deliveries": {"__all__": {"attempts": {"__all__": {"http_status"}}}}}},
    {"include": {"deliveries": {0: {"attempts": {1: True}}}}},
    {"include": set()},
    {"exclude": set()},
    {"include": {"event_id"}, "exclude": {"event_id"}},
]


@pytest.mark.parametrize("settings", DUMPS, ids=str)
def test_dumps_are_the_same(settings: dict[str, Any]) -> None:
    for model, data in WHOLE:
        same(lambda m: getattr(m, model)(**data).model_dump(**settings))  # noqa: B023
        same(lambda m: getattr(m, model)(**data).model_dump_json(**_no_mode(settings)))  # noqa: B023


def _no_mode(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "mode"}


EXTRAS: list[Any] = [
    float("nan"), {"a": [1, {"b": None}]}, (1, 2), {3}, b"bytes", datetime(2026, 1, 2, 3, 4, 5),
    datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone.utc), date(2026, 1, 2), time(3, 4),
    datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), Decimal("1.50"), UUID(int=7),
    "é\u2028", {1: 2}, {True: None}, {UUID(int=1): 1},
]  # fmt: skip


@pytest.mark.parametrize("extra", EXTRAS, ids=repr)
def test_unknown_members_are_dumped_the_same(extra: Any) -> None:
    for settings in ({}, {"mode": "json"}):
        same(lambda m: m.EventAccepted(**ACCEPTED, note=extra).model_dump(**settings))  # noqa: B023
    same(lambda m: m.EventAccepted(**ACCEPTED, note=extra).model_dump_json())
    same(lambda m: m.EventAccepted(**ACCEPTED, note=extra).model_dump_json(indent=2))


def test_an_enumeration_in_an_unknown_member_is_dumped_the_same() -> None:
    for mode in ("python", "json"):
        same(lambda m: m.Problem(note=m.DeliveryState.pending).model_dump(mode=mode))  # noqa: B023
        same(lambda m: m.Problem(note={m.DeliveryState.pending: 1}).model_dump(mode=mode))  # noqa: B023


def test_what_json_cannot_hold_is_an_error_in_both() -> None:
    for module in (ours, theirs):
        model = module.Problem(note=object())
        with pytest.raises((TypeError, ValueError), match="Unable to serialize unknown type"):
            model.model_dump_json()


ACTIONS: list[Callable[[Any], Any]] = [
    lambda m: str(m.EventStatus(**STATUS)),
    lambda m: m.EventStatus(**STATUS).deliveries[0].attempts[1].region,
    lambda m: m.EventStatus(**STATUS).nothing,
    lambda m: m.EventAccepted(**ACCEPTED, note=1).model_extra,
    lambda m: m.EventAccepted(**ACCEPTED).model_extra,
    lambda m: sorted(m.EventAccepted(**ACCEPTED, note=1).model_fields_set),
    lambda m: sorted(m.EventAccepted.model_fields),
    lambda m: m.EventAccepted.model_fields,
    lambda m: m.Attempt.model_fields["http_status"].is_required(),
    lambda m: m.Attempt.model_fields["status"].annotation,
    lambda m: m.Delivery.model_fields["attempts"].get_default(call_default_factory=True),
    lambda m: dict(m.Problem(**PROBLEM)),
    lambda m: list(m.EventAccepted(**ACCEPTED, note=1)),
    lambda m: m.EventAccepted(**ACCEPTED) == m.EventAccepted(**ACCEPTED),
    lambda m: m.EventAccepted(**ACCEPTED) == m.EventAccepted(**ACCEPTED, replayed=True),
    lambda m: m.EventAccepted(**ACCEPTED) == m.EventAccepted(**ACCEPTED, note=1),
    lambda m: m.EventAccepted(**ACCEPTED) == ACCEPTED,
    lambda m: m.Problem() == m.Problem(type=None),
    lambda m: m.EventAccepted(**ACCEPTED) != m.Problem(),
    lambda m: hash(m.EventAccepted(**ACCEPTED)),
    lambda m: m.EventAccepted("e_1"),
    lambda m: m.EventAccepted.event_id,
    lambda m: m.EventAccepted.replayed,
    lambda m: m.EventAccepted.model_validate("text"),
    lambda m: m.EventAccepted.model_validate(None),
    lambda m: m.EventAccepted.model_validate([("event_id", "e")]),
    lambda m: m.EventAccepted.model_validate({1: 2, "event_id": "e"}),
    lambda m: m.EventAccepted.model_validate_json('{"event_id":"e","n":NaN}'),
    lambda m: m.EventAccepted.model_validate_json(b'{"event_id":"a","event_id":"b"}'),
    lambda m: m.EventAccepted.model_validate_json(bytearray(b'{"event_id":"a"}')),
    lambda m: m.EventAccepted.model_validate_json("[]"),
    lambda m: m.EventAccepted.model_validate_json('{"event_id":5}'),
    lambda m: m.EventStatus(**{**STATUS, "deliveries": [{"state": "x"}, 5, m.Problem()]}),
    lambda m: m.EventStatus(**{**STATUS, "deliveries": [m.Delivery(**DELIVERY)]}),
    lambda m: m.EventAccepted.model_construct(event_id=5, note=1),
    lambda m: m.EventAccepted.model_construct(),
    lambda m: sorted(m.EventAccepted.model_construct(event_id=5, note=1).model_fields_set),
    lambda m: m.EventAccepted(**ACCEPTED, note=1).model_copy(),
    lambda m: m.EventAccepted(**ACCEPTED).model_copy(update={"event_id": 5, "note": 2}),
    lambda m: sorted(m.EventAccepted(**ACCEPTED).model_copy(update={"note": 2}).model_fields_set),
    lambda m: vars(m.EventAccepted(**ACCEPTED, note=1)),
    lambda m: m.EventAccepted(event_id="e", self=1, cls=2, data=3),
    lambda m: m.EventStatus(**STATUS).dict(exclude={"topic"}),
    lambda m: m.EventStatus(**STATUS).json(),
    lambda m: m.EventAccepted(**ACCEPTED).copy(update={"event_id": "other"}),
    lambda m: m.EventStatus.parse_obj(STATUS),
    lambda m: m.Problem.parse_raw('{"title":"bad"}'),
    lambda m: m.DeliveryState("pending").value,
    lambda m: [state.name for state in m.DeliveryState if state.value != "skipped"],
]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_rest_of_the_surface_is_the_same(action: Callable[[Any], Any]) -> None:
    same(action)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_members_are_set_and_deleted_alike() -> None:
    def story(module: Any) -> Iterator[str]:
        model = module.EventAccepted(**ACCEPTED, note=1)
        model.event_id = 7
        model.fresh = [1]
        model.note = 2
        yield repr(model)
        yield repr(sorted(model.model_fields_set))
        del model.fresh
        yield repr(model.model_dump())
        assert not hasattr(model, "fresh")

    assert list(story(ours)) == list(story(theirs))


@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_twins_are_equal_and_independent(twin_of: Callable[[Any], Any]) -> None:
    for model, data in WHOLE:
        one = getattr(ours, model)(**data, note={"a": 1})
        twin = twin_of(one)
        assert twin == one
        assert repr(twin) == repr(one)
        assert twin.model_fields_set == one.model_fields_set
        twin.fresh = 1
        assert not hasattr(one, "fresh")


def test_the_text_of_an_error_is_pydantics_without_its_links() -> None:
    bad = {"delivery_ids": ["a", 1, "x" * 80], "event_id": ["y" * 80]}
    texts = []
    for module in (ours, theirs):
        with pytest.raises(ValueError, match="2 validation errors for EventAccepted") as caught:
            module.EventAccepted(**bad)
        lines = str(caught.value).splitlines()
        texts.append([line for line in lines if "For further information" not in line])
        assert caught.value.error_count() == 2
        assert caught.value.title == "EventAccepted"
    assert texts[0] == texts[1]
