"""``Verifier``, ``explain``, ``find_headers`` and ``join_headers``."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle
import threading
import weakref
from typing import Any

import pytest

from hookrail import errors
from hookrail._native import headers as native
from hookrail.signing import (
    DeliveryHeaders,
    MalformedSignatureError,
    MissingSignatureError,
    SignatureMismatchError,
    TimestampTooNewError,
    TimestampTooOldError,
    Verifier,
    explain,
    find_headers,
    join_headers,
)
from tests.signing.signed import BODY, DELIVERY_ID, NOW, SECRET, headers, signature

OLD = b"whsec_old"
verifier = Verifier([SECRET, OLD])


def test_the_result_says_which_secret_matched_and_how_old_the_signature_is() -> None:
    verified = verifier.verify(signature(at=NOW, secret=OLD), DELIVERY_ID, BODY, now=NOW + 12)
    assert verified.delivery_id == DELIVERY_ID
    assert (verified.secret_index, verified.signed_at, verified.age) == (1, NOW, 12)


def test_each_kind_of_failure_is_a_class() -> None:
    failures: list[tuple[type[Exception], dict[str, Any]]] = [
        (TimestampTooOldError, {"now": NOW + 301}),
        (TimestampTooNewError, {"now": NOW - 301}),
        (SignatureMismatchError, {"body": b"x"}),
        (MalformedSignatureError, {"header": "garbage"}),
        (MissingSignatureError, {"header": None}),
    ]
    for kind, change in failures:
        arguments = {
            "header": signature(at=NOW),
            "delivery_id": DELIVERY_ID,
            "body": BODY,
            "now": NOW,
            **change,
        }
        with pytest.raises(kind) as caught:
            verifier.verify(**arguments)
        assert type(caught.value) is kind
        assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    "shape",
    [
        dict,
        lambda fields: list(fields.items()),
        lambda fields: {name.upper(): [value] for name, value in fields.items()},
        lambda fields: [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        lambda fields: {
            f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields.items()
        },
        lambda fields: {**fields, "Accept": "*/*", 5: "x", "wsgi.input": object()},
        lambda fields: iter(fields.items()),
    ],
)
def test_headers_of_every_shape_are_found(shape: Any) -> None:
    assert verifier.verify_request(shape(headers()), BODY).delivery_id == DELIVERY_ID


def test_a_signature_that_a_gateway_split_is_joined() -> None:
    parts = signature().split(",")
    fields = {"hookrail-signature": parts, "hookrail-delivery-id": DELIVERY_ID}
    assert join_headers(fields) == DeliveryHeaders(",".join(parts), DELIVERY_ID)
    assert verifier.verify_request(fields, BODY)
    assert verifier.verify(parts, DELIVERY_ID, BODY)
    with pytest.raises(MalformedSignatureError, match="more than one"):
        find_headers(fields)


def test_the_headers_of_a_delivery_are_found() -> None:
    found = find_headers(headers(at=NOW))
    assert found.signature == signature(at=NOW)
    assert found.delivery_id == DELIVERY_ID


@pytest.mark.parametrize("fields", [{}, [], None, {"accept": "*/*"}, {"hookrail-signature": "x"}])
def test_a_request_without_the_headers_is_no_delivery(fields: Any) -> None:
    for find in (find_headers, join_headers):
        with pytest.raises(MissingSignatureError):
            find(fields)


@pytest.mark.parametrize("fields", [5, BODY, "text"])
def test_what_are_no_headers_is_a_type_error(fields: Any) -> None:
    with pytest.raises(TypeError):
        join_headers(fields)


SPELLINGS = ["x", "", " ", "\t", "a,b", ",", "x" * 4096, "x" * 4097, "\0", "\x7f", "é", " x "]


@pytest.mark.parametrize("signature", SPELLINGS)
@pytest.mark.parametrize("delivery_id", SPELLINGS)
def test_headers_that_are_there_once_are_found_as_the_library_finds_them(
    signature: str, delivery_id: str
) -> None:
    fields = [("hookrail-signature", signature), ("hookrail-delivery-id", delivery_id)]
    in_bytes = [(name, value.encode()) for name, value in fields]
    for ours, theirs in (
        (find_headers, native.find_headers),
        (join_headers, native.join_headers),
    ):
        results: list[Any] = []
        for find, given in ((ours, fields), (theirs, in_bytes)):
            try:
                found = [text if isinstance(text, str) else text.decode() for text in find(given)]
            except errors.HookrailError as error:
                results.append((type(error), str(error)))
            else:
                results.append(found)
        assert results[0] == results[1]


def test_a_repeated_delivery_id_is_malformed() -> None:
    fields = [*headers().items(), ("hookrail-delivery-id", "other")]
    with pytest.raises(MalformedSignatureError):
        verifier.verify_request(fields, BODY)


def test_a_body_in_pieces_verifies() -> None:
    with verifier.begin(headers(), content_length=len(BODY), body_limit=100) as running:
        assert running.delivery_id == DELIVERY_ID
        for piece in (BODY[:3], b"", bytearray(BODY[3:9]), memoryview(BODY[9:])):
            running.update(piece)
        assert running.finish().secret_index == 0


def test_bad_headers_are_refused_before_the_body() -> None:
    with pytest.raises(TimestampTooOldError):
        verifier.begin(headers(at=NOW))
    with pytest.raises(MissingSignatureError):
        verifier.begin({})


def test_a_changed_body_is_told_from_one_that_was_cut_off() -> None:
    for length, kind in (
        (len(BODY), SignatureMismatchError),
        (len(BODY) + 1, errors.BodyIncompleteError),
    ):
        running = verifier.begin(headers(b"other"), content_length=length)
        running.update(BODY)
        with pytest.raises(kind):
            running.finish()


def test_a_body_over_the_limit_is_refused_as_soon_as_possible() -> None:
    with pytest.raises(errors.BodyTooLargeError):
        verifier.begin(headers(), body_limit=10, content_length=11)
    running = verifier.begin(headers(), body_limit=10)
    running.update(b"x" * 10)
    with pytest.raises(errors.BodyTooLargeError):
        running.update(b"x")
    with pytest.raises(errors.BodyTooLargeError):
        running.finish()


def test_a_verification_ends_once() -> None:
    running = verifier.begin(headers())
    running.update(BODY)
    running.finish()
    for action in (running.finish, lambda: running.update(b"x"), lambda: running.announce(1)):
        with pytest.raises(errors.HookrailConfigError):
            action()
    for _ in range(2):
        running.close()
    for action in (running.finish, lambda: running.update(b"x"), lambda: running.announce(1)):
        with pytest.raises(errors.HookrailConfigError):
            action()


def test_a_verification_outlives_its_verifier() -> None:
    running = Verifier(SECRET).begin(headers())
    gc.collect()
    running.update(BODY)
    assert running.finish().delivery_id == DELIVERY_ID


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"body_limit": 0}, errors.HookrailConfigError),
        ({"body_limit": -1}, errors.HookrailConfigError),
        ({"content_length": -1}, errors.HookrailConfigError),
        ({"body_limit": 1.5}, TypeError),
        ({"content_length": "5"}, TypeError),
        ({"content_length": True}, TypeError),
    ],
)
def test_sizes_are_checked(settings: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind, match="must be"):
        verifier.begin(headers(), **settings)


def test_sizes_over_64_bits_do_not_wrap() -> None:
    running = verifier.begin(headers(), body_limit=2**64 + 5, content_length=2**64 + len(BODY))
    running.update(BODY)
    assert running.finish()
    with pytest.raises(errors.BodyTooLargeError):
        verifier.begin(headers(), body_limit=10, content_length=2**64)


def test_explain_names_the_mistake() -> None:
    without_prefix = SECRET.removeprefix(b"whsec_")
    text = explain(without_prefix, signature(at=NOW), DELIVERY_ID, BODY, now=NOW)
    assert "whsec_" in text
    assert SECRET.decode() not in text
    other = Verifier(SECRET).explain(
        signature(at=NOW), "other", BODY, event_id=DELIVERY_ID, now=NOW
    )
    assert "event" in other
    genuine = verifier.explain(signature(at=NOW), DELIVERY_ID, BODY, now=NOW)
    assert "verifies" in genuine


def test_a_long_explanation_is_whole() -> None:
    wrong = [b"secret_number_%d" % number for number in range(16)]
    text = explain(wrong, signature(at=NOW), DELIVERY_ID, BODY, now=NOW)
    assert "Secret 16" in text


def test_a_verifier_shows_no_secret() -> None:
    assert "whsec" not in repr(verifier) + str(vars(verifier))
    for twin_of in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="secrets"):
            twin_of(verifier)


def test_a_verifier_is_freed() -> None:
    one = Verifier(SECRET)
    held = weakref.ref(one._native)
    del one
    gc.collect()
    assert held() is None


def test_threads_share_a_verifier() -> None:
    body = b"x" * 100_000
    header = signature(body)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                assert verifier.verify(header, DELIVERY_ID, body).secret_index == 0
                running = verifier.begin(headers(body))
                running.update(body)
                running.finish()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_threads_that_share_a_verification_by_mistake_do_no_harm() -> None:
    for _ in range(20):
        running = verifier.begin(headers())

        def work(running: Any = running) -> None:
            for action in (lambda: running.update(b"x" * 1000), running.close, running.finish):
                with contextlib.suppress(errors.HookrailError):
                    action()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
