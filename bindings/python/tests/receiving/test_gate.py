"""The settings of the middleware, and its log."""

from __future__ import annotations

import logging
from email.message import Message
from typing import Any

import pytest
import starlette.datastructures
from werkzeug.datastructures import Headers as werkzeug

from hookrail import errors
from hookrail.middleware import Gate, ReceivedDelivery, Refusal, Refused
from hookrail.middleware.wsgi import VerifyMiddleware
from hookrail.signing import Verifier
from tests.receiving.requests import SECRET, ask_wsgi, delivery, forged


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def status(request: Any, path: str = "/", **settings: Any) -> int:
    return ask_wsgi(VerifyMiddleware(app, **{"secrets": SECRET, **settings}), path, request).status


def test_secrets_may_be_one_several_or_a_verifier() -> None:
    for secrets in (SECRET, SECRET.encode(), ["whsec_other", SECRET], Verifier(SECRET)):
        assert status(delivery(), secrets=secrets) == 204
        assert status(forged(), secrets=secrets) == 401


def test_a_mismatch_and_a_wrong_time_have_a_status_of_their_own() -> None:
    assert status(forged(), mismatch_status=503) == 503
    assert status(delivery(timestamp=1), mismatch_status=503) == 503
    assert status(delivery().without("hookrail-signature"), mismatch_status=503) == 401


def test_the_tolerance_can_be_set() -> None:
    request = delivery(timestamp=10**9)
    assert status(request, tolerance=10**10) == 204


def test_the_methods_can_be_set() -> None:
    request = delivery()
    request.method = "PUT"
    assert status(request, methods=["put", "POST"]) == 204
    answer = ask_wsgi(VerifyMiddleware(app, SECRET, methods=["PUT", "PATCH"]), "/", delivery())
    assert (answer.status, answer.headers["allow"]) == (405, "PUT, PATCH")


COVERED = ["/webhooks", "/webhooks/", "//webhooks", "/webhooks.json", "/webhooks/x", "/webhooks//"]


@pytest.mark.parametrize("path", [*COVERED, "/b/c"])
def test_a_path_is_covered_in_all_its_spellings(path: str) -> None:
    assert status(forged(), path, paths=["/webhooks", "/b//c/"]) == 401
    assert status(delivery(), path, paths=["/webhooks", "/b//c/"]) == 204


@pytest.mark.parametrize("path", ["/", "/web", "/webhooks2", "/x/webhooks", "/b", ""])
def test_other_paths_pass_unverified(path: str) -> None:
    assert status(forged(), path, paths=["/webhooks", "/b/c"]) == 204


def test_the_root_covers_everything() -> None:
    for path in ("/", "", "/x"):
        assert status(forged(), path, paths="/") == 401


def test_the_path_of_a_mounted_application_counts_whole() -> None:
    guarded = VerifyMiddleware(app, SECRET, paths=["/api/webhooks"])
    answer = ask_wsgi(guarded, "/webhooks", forged(), SCRIPT_NAME="/api")
    assert answer.status == 401


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": ""},
        {"secrets": []},
        {"body_limit": 0},
        {"body_limit": 1.5},
        {"body_limit": True},
        {"mismatch_status": 200},
        {"mismatch_status": 600},
        {"mismatch_status": "401"},
        {"methods": []},
        {"methods": [""]},
        {"methods": [5]},
        {"paths": []},
        {"paths": ["webhooks"]},
        {"tolerance": float("nan")},
        {"tolerance": -1},
    ],
)
def test_bad_settings_are_refused_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(errors.HookrailConfigError):
        VerifyMiddleware(app, **{"secrets": SECRET, **settings})


def test_the_log_has_the_reason_and_the_answer_has_not(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []
    with caplog.at_level(logging.WARNING, "hookrail.receiver"):
        guarded = VerifyMiddleware(app, SECRET, on_refusal=lambda *given: seen.append(given))
        answer = ask_wsgi(guarded, "/", forged())
    assert b"mismatch" not in answer.body
    (record,) = caplog.records
    assert record.name == "hookrail.receiver"
    text = record.getMessage()
    assert text.startswith("delivery refused with 401: signature_mismatch: no signing secret")
    assert SECRET not in text
    (error, environ), *rest = seen
    assert not rest
    assert isinstance(error, errors.SignatureMismatchError)
    assert environ["REQUEST_METHOD"] == "POST"


def test_each_refusal_names_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    request = delivery()
    request.method = "BREW\n"
    with caplog.at_level(logging.WARNING, "hookrail.receiver"):
        status(request)
        status(delivery(b"x" * 50), body_limit=10)
        status(delivery().without("hookrail-signature"))
    codes = [record.getMessage().split(": ")[1] for record in caplog.records]
    assert codes == ["method_not_allowed", "body_too_large", "signature_missing"]
    assert "\n" not in caplog.records[0].getMessage()


def test_a_gate_serves_any_other_framework() -> None:
    gate = Gate(SECRET)
    request = delivery()
    with gate.begin("POST", request.headers, str(request.length)) as reading:
        for chunk in request.chunks:
            reading.take(chunk)
        received = reading.finish()
    assert isinstance(received, ReceivedDelivery)
    assert received.json() == {"order_id": "o_1", "note": "é"}
    assert received.verified.age in (0, 1, 2)
    with pytest.raises(Refused) as caught:
        gate.begin("POST", {}, None)
    assert isinstance(caught.value.refusal, Refusal)
    assert caught.value.refusal.status == 401
    assert isinstance(caught.value.__cause__, errors.MissingSignatureError)


@pytest.mark.parametrize("length", ["", None, "x", "-1", "1.5", "٣", "1" * 19, " 35 "])
def test_an_unusual_content_length_is_left_to_the_server(length: str | None) -> None:
    gate = Gate(SECRET)
    request = delivery()
    with gate.begin("POST", request.headers, length) as reading:
        reading.take(request.body)
        assert reading.finish().delivery_id == "d_1"


def test_the_headers_of_other_libraries_are_read_with_their_repeated_values() -> None:
    request = delivery()
    for repeated in (False, True):
        fields = [*request.headers, *([("Hookrail-Delivery-Id", "d_2")] if repeated else [])]
        message = Message()
        for name, value in fields:
            message[name] = value
        raw = [(name.lower().encode(), value.encode()) for name, value in fields]
        for headers in (message, starlette.datastructures.Headers(raw=raw), werkzeug(fields)):
            if repeated:
                with pytest.raises(errors.MalformedSignatureError):
                    Verifier(SECRET).verify_request(headers, request.body)
            else:
                assert Verifier(SECRET).verify_request(headers, request.body).delivery_id == "d_1"
