"""Turns results of the native library into objects of Python."""

from __future__ import annotations

import json
from ctypes import string_at

from hookrail._native.loader import library
from hookrail._native.records import attempt_records
from hookrail.models import EventAccepted, EventStatus


def take_accepted(pointer: int) -> EventAccepted:
    """Returns the service's promise, and frees the native one."""
    held = library().held
    try:
        return read_accepted(pointer)
    finally:
        held.hookrail_accepted_free(pointer)


def read_accepted(pointer: int) -> EventAccepted:
    """Returns the service's promise from a native one, which the caller still owns."""
    held = library().held
    answer = string_at(
        held.hookrail_accepted_json(pointer), held.hookrail_accepted_json_len(pointer)
    )
    request_id = held.hookrail_accepted_request_id(pointer)
    accepted: EventAccepted = EventAccepted._from_service(
        json.loads(answer),
        replayed=held.hookrail_accepted_replayed(pointer),
        idempotency_key=held.hookrail_accepted_idempotency_key(pointer).decode(),
        attempts=held.hookrail_accepted_attempts(pointer),
        attempt_records=attempt_records(
            held.hookrail_accepted_attempt_record_count,
            held.hookrail_accepted_attempt_record,
            pointer,
        ),
        request_id=request_id and request_id.decode(),
        raw_json=answer,
    )
    return accepted


def take_status(pointer: int) -> EventStatus:
    """Returns the service's answer about an event, and frees the native one."""
    held = library().held
    try:
        answer = string_at(
            held.hookrail_event_status_json(pointer), held.hookrail_event_status_json_len(pointer)
        )
        request_id = held.hookrail_event_status_request_id(pointer)
        status: EventStatus = EventStatus._from_service(
            json.loads(answer),
            attempt_records=attempt_records(
                held.hookrail_event_status_attempt_record_count,
                held.hookrail_event_status_attempt_record,
                pointer,
            ),
            request_id=request_id and request_id.decode(),
            raw_json=answer,
        )
        return status
    finally:
        held.hookrail_event_status_free(pointer)
