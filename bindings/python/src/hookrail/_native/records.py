"""Reads the records of a call's attempts."""

from __future__ import annotations

from ctypes import addressof, sizeof
from typing import Any

from hookrail._attempts import AttemptRecord
from hookrail._native.declarations import hookrail_attempt_record
from hookrail._native.loader import library

_SIZE = sizeof(hookrail_attempt_record)


def attempt_records(count: Any, read: Any, pointer: int) -> tuple[AttemptRecord, ...]:
    """Returns the records of a native result.

    Args:
        count: The function that counts the records.
        read: The function that reads one.
        pointer: The result.
    """
    number: int = count(pointer)
    if not number:
        return ()
    record = hookrail_attempt_record()
    place = addressof(record)
    records = []
    for index in range(number):
        read(pointer, index, place, _SIZE)
        status = record.status
        records.append(
            AttemptRecord(
                record.number,
                status_name(status) if status else "ok",
                record.http_status or None,
                record.message.decode(),
                record.request_id.decode() or None,
                bool(record.new_connection),
                record.started_unix_us / 1e6,
                record.started_us / 1e6,
                record.duration_us / 1e6,
                record.lookup_us / 1e6,
                record.connect_us / 1e6,
                record.tls_us / 1e6,
                record.waiting_us / 1e6,
                record.bytes_sent,
                record.bytes_received,
            )
        )
    return tuple(records)


def status_name(status: int) -> str:
    """Returns the name of a status, for example "rate_limited"."""
    name: bytes = library().held.hookrail_status_name(status)
    return name.decode()
