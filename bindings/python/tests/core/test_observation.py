"""The log, and the hook for calls."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

import hookrail
from hookrail import CallReport, Hookrail
from tests.support import programs
from tests.support.devserver import Devserver


def test_calls_are_logged_without_payload_and_headers(
    client: Hookrail, server: Devserver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "hookrail")
    server.faults({"status": 503})
    accepted = client.send_event("t", "pay", idempotency_key="k", headers={"x-a": "secret"})
    server.faults({"status": 409})
    with pytest.raises(hookrail.ConflictError):
        client.send_event("t", "pay", idempotency_key="k2")
    with pytest.raises(hookrail.NotFoundError):
        client.get_event("nothing")
    client.submit("t", "pay", idempotency_key="k3").result(30)
    client.flush()
    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["WARNING", "DEBUG", "ERROR", "ERROR", "DEBUG"]
    texts = [text for _, text in lines]
    assert "attempt 1 of sending 't' failed after" in texts[0] and "is repeated" in texts[0]
    assert texts[1].endswith(f"event {accepted.event_id}, key k")
    assert "rejected: hookrail API error 409" in texts[2]
    assert "asking for the status of 'nothing' failed" in texts[3]
    assert not any("pay" in text or "secret" in text for text in texts)


def test_a_failure_that_the_caller_can_repeat_is_a_warning(
    make_client: Callable[..., Hookrail], server: Devserver, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults({"status": 503})
    with pytest.raises(hookrail.RetryError):
        make_client(retries=0).send_event("t", 1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_program_that_does_not_set_up_logging_sees_nothing(server: Devserver) -> None:
    output = programs.run(
        """
        import logging, sys
        import hookrail
        try:
            hookrail.Hookrail("wrong", sys.argv[1]).send_event("t", 1)
        except hookrail.AuthenticationError:
            print("refused")
        """,
        server.url,
    )
    assert output == "refused\n"


def test_the_hook_gets_each_call(make_client: Callable[..., Hookrail], server: Devserver) -> None:
    reports: list[CallReport] = []
    client = make_client(on_call=reports.append, retries=0)
    accepted = client.send_event("t", 1, idempotency_key="k", ordering_key="o")
    client.send_prepared(client.prepare_event("t", 2))
    client.get_event(accepted.event_id)
    server.faults({"status": 503})
    with pytest.raises(hookrail.RetryError):
        client.send_event("t", 3)
    client.submit("t", 4).result(30)
    client.flush()
    operations = ["send_event", "send_prepared", "get_event", "send_event", "submit"]
    assert [report.operation for report in reports] == operations
    outcomes = ["delivered", "delivered", None, "maybe_sent", "delivered"]
    assert [report.outcome for report in reports] == outcomes
    first = reports[0]
    assert (first.topic, first.idempotency_key, first.ordering_key) == ("t", "k", "o")
    assert first.event_id == accepted.event_id
    assert all(report.duration > 0 for report in reports)
    assert all(len(report.attempt_records) == 1 for report in reports)
    record = first.attempt_records[0]
    assert record.ok and record.http_status == 202 and record.bytes_sent > 0
    assert not reports[3].attempt_records[0].ok


def test_an_exception_of_the_hook_changes_no_result(
    make_client: Callable[..., Hookrail], caplog: pytest.LogCaptureFixture
) -> None:
    def hook(report: CallReport) -> None:
        raise ValueError("a defect of the program")

    assert make_client(on_call=hook).send_event("t", 1).event_id
    assert "on_call raised an exception" in caplog.text
