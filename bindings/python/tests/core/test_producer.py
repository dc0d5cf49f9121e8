"""Submitted and prepared events."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import pytest

import hookrail
from hookrail import Hookrail
from tests.support import programs
from tests.support.devserver import Devserver
from tests.support.scripted import SilentServer


def test_a_submission_is_a_future(client: Hookrail, server: Devserver) -> None:
    tag = object()
    submission = client.submit("t", {"a": 1}, idempotency_key="k", ordering_key="o", tag=tag)
    assert isinstance(submission, Future)
    assert submission.idempotency_key == "k"
    done, _ = wait([submission], timeout=30)
    assert done == {submission}
    assert submission.result().event_id == server.events()[0]["event_id"]
    assert submission.exception() is None
    assert submission.outcome == "delivered"
    assert (submission.topic, submission.ordering_key, submission.tag) == ("t", "o", tag)
    assert submission.queued_time is not None and submission.total_time is not None
    assert 0 <= submission.queued_time <= submission.total_time
    assert "delivered" in repr(submission)


def test_a_submission_calls_back_and_can_be_awaited(client: Hookrail) -> None:
    called = threading.Event()
    submission = client.submit("t", 1)
    submission.add_done_callback(lambda future: called.set())
    assert called.wait(30)

    async def send() -> str:
        accepted = await asyncio.wrap_future(client.submit("t", 2))
        return accepted.event_id

    assert asyncio.run(send())


def test_a_submission_knows_its_random_key(client: Hookrail, server: Devserver) -> None:
    submission = client.submit("t", 1)
    key = submission.idempotency_key
    assert key is not None and len(key) == 36 and key[14] == "4" and key[19] in "89ab"
    assert submission.result(30).idempotency_key == key


def test_completions_yield_each_submission_once(client: Hookrail) -> None:
    completions = client.completions()
    submissions = {client.submit("t", number, tag=number) for number in range(100)}
    assert set(completions) == submissions
    assert list(client.completions()) == []


def test_completions_until_closed_end_with_the_client(client: Hookrail) -> None:
    taken: list[hookrail.Submission] = []
    thread = threading.Thread(target=lambda: taken.extend(client.completions(until_closed=True)))
    thread.start()
    client.submit("t", 1)
    client.flush()
    client.submit("t", 2)
    client.close()
    thread.join(30)
    assert not thread.is_alive()
    assert len(taken) == 2


def test_code_of_the_program_that_raises_does_not_keep_other_results(
    make_client: Callable[..., Hookrail], caplog: pytest.LogCaptureFixture
) -> None:
    def leave(argument: object) -> Any:
        raise SystemExit(1)

    def defect(record: logging.LogRecord) -> bool:
        raise ValueError("a defect of the program")

    client = make_client(on_error=leave, on_call=leave)
    client.submit("t", 1).add_done_callback(leave)
    assert client.submit("t", 2).result(30)
    assert client.flush(30) == 0
    assert "the program raised SystemExit" in caplog.text
    logger = logging.getLogger("hookrail")
    logger.addFilter(defect)
    try:
        client.submit("t", 3, total_timeout=0.001).exception(30)
        assert client.submit("t", 4).result(30)
        assert client.flush(30) == 0
    finally:
        logger.removeFilter(defect)
    assert not client._producer.has_unfinished()


def test_a_submission_whose_result_no_thread_could_collect_is_refused(
    client: Hookrail, server: Devserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_room)
        with pytest.raises(hookrail.OutOfResourcesError, match="can't start new thread") as caught:
            client.submit("t", 1)
    assert (caught.value.outcome, caught.value.retryable) == ("not_sent", True)
    assert client.submit("t", 2).result(30)
    assert client.flush(30) == 0
    assert len(server.events()) == 1


def test_submissions_go_on_after_a_time_without_descriptors(server: Devserver) -> None:
    output = programs.run(
        """
        import os, resource, sys, time
        from hookrail import Hookrail, OutOfResourcesError

        with Hookrail("hk_dev", sys.argv[1]) as first:
            first.submit("t", 0).result(30)
        client = Hookrail("hk_dev", sys.argv[1])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        open_files = len(os.listdir("/dev/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files - 1, hard))
        try:
            client.submit("t", 1)
        except OutOfResourcesError as error:
            print(error.outcome)
        time.sleep(0.2)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        print(client.submit("t", 2).result(30).attempts_made)
        """,
        server.url,
    )
    assert output == "not_sent\n1\n"


def test_a_failure_reaches_on_error_and_the_future(
    make_client: Callable[..., Hookrail], server: Devserver
) -> None:
    failed: list[hookrail.Submission] = []
    done = threading.Event()

    def on_error(submission: hookrail.Submission) -> None:
        failed.append(submission)
        done.set()
        raise ValueError("a defect of the program")

    client = make_client(on_error=on_error)
    server.faults({"status": 400})
    submission = client.submit("t", 1)
    with pytest.raises(hookrail.BadRequestError) as caught:
        submission.result(30)
    assert caught.value.outcome == submission.outcome == "rejected"
    assert done.wait(30)
    assert failed == [submission]
    assert client.submit("t", 2).result(30).event_id


def test_a_cancelled_submission_has_its_outcome(silent: SilentServer) -> None:
    client = Hookrail("hk_x", silent.url)
    submission = client.submit("t", 1)
    assert submission.cancel()
    with pytest.raises(hookrail.HookrailCancelledError) as caught:
        submission.result(30)
    assert caught.value.outcome in ("not_sent", "maybe_sent")
    assert caught.value.outcome == submission.outcome
    assert not submission.cancel()
    assert not submission.cancelled()
    client.close(0)


def test_purge_flush_and_pending_count_events(silent: SilentServer) -> None:
    client = Hookrail("hk_x", silent.url, workers=1)
    submissions = [client.submit("t", number) for number in range(5)]
    assert client.flush(0.05) == 5
    pending = client.pending()
    assert pending.queued + pending.in_flight == 5
    assert client.purge(queued=False) == 0
    assert client.purge(in_flight=True) == 5
    for submission in submissions:
        assert isinstance(submission.exception(30), hookrail.HookrailCancelledError)
    assert client.flush() == 0
    assert client.close() == 0


def test_close_gives_up_what_is_left(silent: SilentServer) -> None:
    client = Hookrail("hk_x", silent.url)
    submissions = [client.submit("t", number) for number in range(3)]
    assert client.close(0.05) == 3
    for submission in submissions:
        assert submission.done()
        assert isinstance(submission.exception(), hookrail.HookrailError)


def test_a_full_queue_refuses_and_waits_for_room(
    make_client: Callable[..., Hookrail], server: Devserver
) -> None:
    server.faults(*[{"delay_ms": 200}] * 10)
    client = make_client(queue_max_events=2, workers=1)
    prepared = client.prepare_event("t", "prepared")
    submissions = [client.submit("t", 1), client.submit("t", 2)]
    with pytest.raises(hookrail.QueueFullError) as caught:
        client.submit("t", 3)
    assert caught.value.retryable
    with pytest.raises(hookrail.QueueFullError):
        client.submit_prepared(prepared)
    submissions.append(client.submit("t", 3, wait=30))
    submissions.append(client.submit_prepared(prepared, wait=30))
    assert all(submission.result(30).event_id for submission in submissions)


def test_results_that_the_program_does_not_take_fill_the_queue(
    make_client: Callable[..., Hookrail],
) -> None:
    client = make_client(queue_max_events=4)
    completions = client.completions()
    accepted = 0
    with pytest.raises(hookrail.QueueFullError) as caught:
        for number in range(100):
            client.submit("t", number, wait=0.5)
            accepted += 1
    assert caught.value.outcome == "not_sent"
    assert accepted < 100
    assert len(list(completions)) == accepted
    assert client.submit("t", 1).result(30)


@pytest.mark.parametrize("value", ["x", -1, float("nan")])
def test_a_bad_wait_is_refused(client: Hookrail, value: Any) -> None:
    for call in (
        lambda: client.submit("t", 1, wait=value),
        lambda: client.flush(value),
    ):
        with pytest.raises(hookrail.HookrailConfigError):
            call()
            client.submit("t", 1)
            client.flush(value)


def test_a_prepared_event_is_sent_once(client: Hookrail, server: Devserver) -> None:
    prepared = client.prepare_event("t", {"a": 1}, idempotency_key="k", headers={"x-a": "1"})
    assert prepared.idempotency_key == "k"
    assert repr(prepared) == f"<PreparedEvent {len(prepared.blob)} bytes, idempotency_key='k'>"
    assert server.events() == []
    first = client.send_prepared(prepared)
    again = client.send_prepared(memoryview(prepared.blob))
    submitted = client.submit_prepared(prepared.blob)
    assert first.event_id == again.event_id == submitted.result(30).event_id
    assert again.replayed and not first.replayed
    assert (submitted.topic, submitted.idempotency_key) == ("t", "k")
    assert dict(server.requests()[0]["headers"])["x-a"] == "1"


@pytest.mark.parametrize("blob", [b"", b"HKRLPREP", b"x" * 100])
def test_a_damaged_blob_is_refused(client: Hookrail, blob: bytes) -> None:
    for call in (client.send_prepared, client.submit_prepared):
        with pytest.raises(hookrail.DamagedBlobError) as caught:
            call(blob)
        assert caught.value.outcome == "not_sent"


@pytest.mark.parametrize("value", [None, "text", 5])
def test_a_prepared_event_is_bytes(client: Hookrail, value: Any) -> None:
    for call in (client.send_prepared, client.submit_prepared):
        with pytest.raises(hookrail.HookrailConfigError):
            call(value)


def test_a_payload_over_the_limit_is_not_sent(
    make_client: Callable[..., Hookrail], server: Devserver
) -> None:
    client = make_client(payload_limit=10)
    for call in (client.send_event, client.submit, client.prepare_event):
        with pytest.raises(hookrail.PayloadTooLargeError) as caught:
            call("t", "x" * 100)
        assert caught.value.status == 413
        assert "limit" in str(caught.value)
        assert caught.value.outcome == "not_sent"
    assert server.requests() == []
