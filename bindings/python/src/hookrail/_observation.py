"""Tells the log, and the hook of the program, about calls.

The logger is "hookrail": a success is a line at the level DEBUG; an attempt that failed and was
repeated at WARNING; a failure at ERROR, or at WARNING if the caller has the exception and can make
the same call again. The lines have the topic and the key, and neither the payload nor headers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from hookrail._attempts import AttemptRecord
    from hookrail._submission import Submission
    from hookrail.errors import HookrailError
    from hookrail.models import EventAccepted, EventStatus

logger: Final = logging.getLogger("hookrail")
# Without a handler of the program, logging would print the warnings.
logger.addHandler(logging.NullHandler())


class CallReport(NamedTuple):
    """A call that has ended, for `on_call`."""

    operation: str
    """"send_event", "send_prepared", "submit" or "get_event"."""
    topic: str | None
    """The topic of the event; None for a prepared event and for "get_event"."""
    event_id: str | None
    """The id of the event; None if the service has not given it one."""
    idempotency_key: str | None
    """The idempotency key of the event; None if the call sends no event."""
    ordering_key: str | None
    """The ordering key of the event; None if it has none."""
    duration: float
    """How many seconds the call took, for "submit" from the submit on."""
    result: EventAccepted | EventStatus | None
    """The result; None if the call failed."""
    error: HookrailError | None
    """Why the call failed; None if it succeeded."""

    @property
    def attempt_records(self) -> tuple[AttemptRecord, ...]:
        """The last 16 attempts of the call, the oldest first."""
        source = self.error or self.result
        return source.attempt_records if source is not None else ()

    @property
    def outcome(self) -> str | None:
        """What is known about the event; None if the call sends no event."""
        if self.error is not None:
            return self.error.outcome
        return None if self.operation == "get_event" else "delivered"


class Call(NamedTuple):
    """A call that has begun."""

    operation: str
    topic: str | None = None
    event_id: str | None = None
    idempotency_key: str | None = None
    ordering_key: str | None = None
    started: float = 0.0


class Observer:
    """Tells about the calls of a client."""

    def __init__(self, on_call: Callable[[CallReport], object] | None) -> None:
        self._on_call = on_call

    def begin(
        self,
        operation: str,
        topic: str | None = None,
        event_id: str | None = None,
        idempotency_key: str | None = None,
        ordering_key: str | None = None,
    ) -> Call:
        """Returns a call that begins now."""
        return Call(operation, topic, event_id, idempotency_key, ordering_key, time.monotonic())

    def succeeded(self, call: Call, result: EventAccepted | EventStatus) -> None:
        """Tells that a call has succeeded."""
        quiet = self._on_call is None and not logger.isEnabledFor(logging.DEBUG)
        if quiet and len(result.attempt_records) < 2:
            return
        self._tell(
            CallReport(
                call.operation,
                call.topic,
                result.event_id,
                getattr(result, "idempotency_key", None),
                call.ordering_key,
                time.monotonic() - call.started,
                result,
                None,
            )
        )

    def failed(self, call: Call, error: HookrailError) -> None:
        """Tells that a call has failed."""
        self._tell(
            CallReport(
                call.operation,
                call.topic,
                call.event_id,
                error.idempotency_key or call.idempotency_key,
                call.ordering_key,
                time.monotonic() - call.started,
                None,
                error,
            )
        )

    def submission(self, submission: Submission) -> None:
        """Tells that a submitted event is done."""
        error: Any = submission.exception()
        result = None if error else submission.result()
        self._tell(
            CallReport(
                "submit",
                submission.topic,
                result.event_id if result else None,
                submission.idempotency_key,
                submission.ordering_key,
                submission.total_time or 0.0,
                result,
                error,
            )
        )

    def complain(self, text: str) -> None:
        """Reports an exception of the program's code, which changes no result of a call."""
        logger.exception("hookrail: %s", text)

    def _tell(self, report: CallReport) -> None:
        _log(report)
        if self._on_call is not None:
            try:
                self._on_call(report)
            except Exception:
                self.complain("on_call raised an exception")


def _log(report: CallReport) -> None:
    subject = (
        f"asking for the status of {report.event_id!r}"
        if report.operation == "get_event"
        else f"sending {report.topic!r}"
        if report.topic is not None
        else "sending a prepared event"
    )
    records = report.attempt_records
    # The message of the error tells of the last attempt.
    for record in records[:-1] if report.error else records:
        if not record.ok:
            logger.log(
                logging.WARNING,
                "hookrail: attempt %d of %s failed after %.3f s and is repeated: %s%s",
                record.number,
                subject,
                record.duration,
                record.message,
                _names(report),
            )
    if report.error is None:
        logger.log(
            logging.DEBUG,
            "hookrail: %s succeeded after %.3f s%s",
            subject,
            report.duration,
            _names(report),
        )
        return
    known = f", {report.outcome}" if report.outcome else ""
    logger.log(
        logging.WARNING
        if report.error.retryable and report.operation != "submit"
        else logging.ERROR,
        "hookrail: %s failed after %.3f s%s: %s%s",
        subject,
        report.duration,
        known,
        report.error,
        _names(report),
    )


def _names(report: CallReport) -> str:
    key = f", key {report.idempotency_key}" if report.idempotency_key else ""
    event = f", event {report.event_id}" if report.event_id and key else ""
    return event + key
