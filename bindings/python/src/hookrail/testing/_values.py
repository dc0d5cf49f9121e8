"""Makes the values that a service would answer with."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from hookrail._attempts import AttemptRecord
from hookrail.models import Delivery, EventAccepted, EventStatus


def attempt_record(**members: Any) -> AttemptRecord:
    """Returns the record of a fast attempt that succeeded.

        attempt_record(number=2, status="server_error", http_status=503, message="no")

    Args:
        members: The members that differ.
    """
    usual = {
        "number": 1,
        "status": "ok",
        "http_status": 202,
        "message": "",
        "request_id": None,
        "new_connection": True,
        "started_at": time.time(),
        **dict.fromkeys(("since_start", "duration", "lookup", "connect", "tls", "waiting"), 0.0),
        **dict.fromkeys(("bytes_sent", "bytes_received"), 0),
    }
    return AttemptRecord(**{**usual, **members})


def accepted(
    *,
    event_id: str = "01TEST" + "0" * 20,
    delivery_ids: Iterable[str] = (),
    replayed: bool = False,
    idempotency_key: str = "test_key",
    attempts: int = 1,
    attempt_records: Iterable[AttemptRecord] | None = None,
    request_id: str | None = None,
    **extra: Any,
) -> EventAccepted:
    """Returns the service's promise for an event.

    Args:
        extra: Members that the models do not know.
    """
    data = {"event_id": event_id, "delivery_ids": list(delivery_ids), **extra}
    records = [attempt_record(number=attempts)] if attempt_records is None else attempt_records
    return EventAccepted._from_service(
        data,
        replayed=replayed,
        idempotency_key=idempotency_key,
        attempts=attempts,
        attempt_records=tuple(records),
        request_id=request_id,
        raw_json=json.dumps(data).encode(),
    )


def event_status(
    event_id: str,
    topic: str = "test.event",
    deliveries: Iterable[Delivery | Mapping[str, Any]] = (),
    **extra: Any,
) -> EventStatus:
    """Returns the status of an event.

        client.answer_status(event_status("e_1", deliveries=[{"state": "dead_lettered"}]))

    Args:
        event_id: The event.
        topic: Its topic.
        deliveries: The members of each delivery that differ from the usual ones: a delivery that
            succeeded, without attempts.
        extra: Members that the models do not know.
    """
    whole: list[Any] = [
        one.model_dump(mode="json") if isinstance(one, Delivery) else _delivery(index, one)
        for index, one in enumerate(deliveries, 1)
    ]
    data = {"event_id": event_id, "topic": topic, "deliveries": whole, **extra}
    return EventStatus._from_service(
        data,
        attempt_records=(attempt_record(http_status=200),),
        request_id=None,
        raw_json=json.dumps(data).encode(),
    )


def _delivery(index: int, members: Mapping[str, Any]) -> dict[str, Any]:
    delivery = {
        "delivery_id": f"01TESTD{index:019d}",
        "state": "succeeded",
        "attempts_truncated": False,
        "attempts": [],
        **members,
    }
    delivery["attempts"] = [
        {
            "attempt_no": number,
            "claim_version": number,
            "status": "success",
            "latency_ms": 1,
            **attempt,
        }
        for number, attempt in enumerate(delivery["attempts"], 1)
    ]
    return delivery
