"""What is particular about this package's models."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from hookrail.models import Attempt, Delivery, DeliveryState, EventAccepted, EventStatus, Problem


def received(**call: Any) -> EventAccepted:
    data = {"event_id": "e_1", "delivery_ids": None, "region": "eu"}
    return EventAccepted._from_service(data, replayed=True, **call)


def test_null_lists_are_empty() -> None:
    assert (
        EventAccepted.model_validate_json('{"event_id":"e","delivery_ids":null}').delivery_ids == []
    )
    status = EventStatus(event_id="e", topic="t", deliveries=None)  # type: ignore[arg-type]
    assert status.deliveries == []
    delivery = {
        "delivery_id": "d",
        "state": "pending",
        "attempts_truncated": False,
        "attempts": None,
    }
    assert Delivery.model_validate(delivery).attempts == []


def test_skipped_is_a_state() -> None:
    data = {"delivery_id": "d", "state": "skipped", "attempts_truncated": False}
    assert Delivery.model_validate(data).state is DeliveryState.skipped


def test_an_answer_of_the_service_is_a_model_like_any_other() -> None:
    accepted = received(idempotency_key="k", attempts=2, request_id="r")
    assert accepted == EventAccepted(event_id="e_1", replayed=True, region="eu")  # type: ignore[call-arg]
    assert accepted.model_dump() == {"event_id": "e_1", "delivery_ids": [], "region": "eu"}
    assert accepted.model_extra == {"region": "eu"}
    assert accepted.replayed is True


def test_the_facts_of_the_call_stay_out_of_texts_and_dumps() -> None:
    accepted = received(idempotency_key="k", attempts=2, attempt_records=[1, 2], request_id="r_1")
    assert accepted.idempotency_key == "k"
    assert accepted.attempts_made == 2
    assert accepted.attempt_records == (1, 2)
    assert accepted.request_id == "r_1"
    assert "r_1" not in repr(accepted) + accepted.model_dump_json()
    for twin in (
        copy.copy(accepted),
        copy.deepcopy(accepted),
        pickle.loads(pickle.dumps(accepted)),
    ):
        assert twin.idempotency_key == "k"


def test_a_model_that_a_program_made_has_no_call() -> None:
    accepted = EventAccepted(event_id="e")
    assert accepted.idempotency_key is None
    assert accepted.attempts_made == 1
    assert accepted.attempt_records == ()
    assert EventStatus(event_id="e", topic="t").request_id is None


def test_a_status_of_the_service_has_nested_models() -> None:
    attempt = {"attempt_no": 1, "claim_version": 1, "status": "success", "latency_ms": 12}
    delivery = {
        "delivery_id": "d",
        "state": "new",
        "attempts_truncated": True,
        "attempts": [attempt],
    }
    status = EventStatus._from_service(
        {"event_id": "e", "topic": "t", "deliveries": [delivery]}, attempts=3, request_id="r"
    )
    assert status.deliveries[0].attempts == [Attempt(**attempt)]  # type: ignore[arg-type]
    assert status.deliveries[0].state == "new"
    assert (status.attempts_made, status.request_id) == (3, "r")


def test_a_bad_answer_in_a_test_double_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="event_id"):
        EventAccepted.model_validate({})


def test_patterns_match_by_keyword() -> None:
    match Problem(title="bad", status=400):
        case Problem(status=400, title=title):
            assert title == "bad"
        case _:
            pytest.fail("the pattern did not match")


def test_the_old_names_of_methods_warn() -> None:
    with pytest.warns(DeprecationWarning, match="use `model_dump`"):
        assert received().dict()["event_id"] == "e_1"  # type: ignore[attr-defined]


def test_the_json_schema_names_all_members() -> None:
    schema = EventStatus.model_json_schema()
    assert schema["required"] == ["event_id", "topic"]
    delivery = schema["properties"]["deliveries"]["items"]
    assert delivery["title"] == "Delivery"
    assert "skipped" in delivery["properties"]["state"]["anyOf"][0]["enum"]


def test_pydantic_accepts_the_models_as_types() -> None:
    pydantic = pytest.importorskip("pydantic")
    report = pydantic.create_model(
        "Report", accepted=(EventAccepted, ...), problem=(Problem | None, None)
    )
    made = report.model_validate({"accepted": {"event_id": "e", "delivery_ids": None, "note": 1}})
    assert made.accepted == EventAccepted(event_id="e", note=1)  # type: ignore[call-arg]
    whole = {"accepted": {"event_id": "e", "delivery_ids": [], "note": 1}, "problem": None}
    assert made.model_dump() == whole
    assert made.model_dump(exclude={"accepted": {"note"}})["accepted"] == {
        "event_id": "e",
        "delivery_ids": [],
    }
    assert report.model_validate_json(made.model_dump_json()) == made
    with pytest.raises(pydantic.ValidationError, match="event_id"):
        report.model_validate({"accepted": {}})
    assert "event_id" in str(report.model_json_schema())
