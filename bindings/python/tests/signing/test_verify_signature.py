"""``verify_signature``, which version 0.1.0 had: what stays the same, and what is right now."""

from __future__ import annotations

import gc
import math
import sys
import threading
import time
from fractions import Fraction
from typing import Any

import pytest

from hookrail import errors, signing
from hookrail.signing import (
    HEADER,
    MalformedSignatureError,
    MissingSignatureError,
    SignatureError,
    SignatureMismatchError,
    SignatureTimestampError,
    verify_signature,
)
from tests.signing.signed import BODY, DELIVERY_ID, NOW, SECRET, signature

GOOD = signature(at=NOW)


def verify(
    secrets: Any = SECRET,
    header: Any = GOOD,
    delivery_id: Any = DELIVERY_ID,
    body: Any = BODY,
    **settings: Any,
) -> None:
    verify_signature(secrets, header, delivery_id, body, **{"now": NOW, **settings})


def test_the_header_keeps_its_name() -> None:
    assert HEADER == "hookrail-signature"


def test_one_except_clause_catches_every_forgery() -> None:
    for kind in (MalformedSignatureError, SignatureTimestampError, SignatureMismatchError):
        assert issubclass(kind, SignatureError)
        assert issubclass(kind, errors.HookrailError)


MALFORMED = [
    ("garbage", "missing t= or v1= in signature header"),
    ("", "missing t= or v1= in signature header"),
    ("t=1", "missing t= or v1= in signature header"),
    ("v1=" + "0" * 64, "missing t= or v1= in signature header"),
    ("t=x,v1=00", "bad timestamp in signature header"),
    ("t=,v1=00", "bad timestamp in signature header"),
    ("t=1,v1=xyz", "v1 is not valid hex"),
    ("t=1,v1=0011", "v1 has wrong length"),
]


@pytest.mark.parametrize(("header", "text"), MALFORMED)
def test_texts_of_malformed_headers_are_those_of_0_1_0(header: str, text: str) -> None:
    with pytest.raises(MalformedSignatureError) as caught:
        verify(header=header)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "header",
    [
        GOOD.replace("t=", "t=+"),
        GOOD.replace("t=", "t=0"),
        "t=1," + GOOD,
        GOOD + ",v2=\u00e9",
        GOOD + "\ud800",
    ],
)
def test_headers_that_fooled_0_1_0_are_malformed(header: str) -> None:
    with pytest.raises(MalformedSignatureError) as caught:
        verify(header=header)
    assert str(caught.value)


def test_the_other_texts_are_those_of_0_1_0() -> None:
    with pytest.raises(SignatureMismatchError, match=r"^no matching signature$"):
        verify(body=b"changed")
    for now in (NOW + 301, NOW - 301):
        with pytest.raises(
            SignatureTimestampError, match=r"^signature timestamp outside tolerance$"
        ):
            verify(now=now)


def test_the_system_clock_is_the_default() -> None:
    verify_signature(SECRET, signature(), DELIVERY_ID, BODY)
    with pytest.raises(SignatureTimestampError):
        verify_signature(SECRET, signature(at=int(time.time()) - 400), DELIVERY_ID, BODY)


def test_an_error_is_told_even_if_the_clock_moves_on_meanwhile() -> None:
    for _ in range(50):
        with pytest.raises(SignatureMismatchError):
            verify_signature(SECRET, signature(b"other"), DELIVERY_ID, BODY)


@pytest.mark.parametrize(
    ("now", "tolerance", "genuine"),
    [
        (NOW + 300, 300.0, True),
        (NOW + 300.5, 300.0, False),
        (NOW + 300.5, 300.5, True),
        (NOW + 300.6, 300.5, False),
        (NOW - 300.5, 300.0, False),
        (NOW - 300.5, 300.5, True),
        (NOW - 300, 300, True),
        (NOW + 0.5, 0, False),
        (NOW, 0, True),
        (NOW + 0.25, 0.25, True),
        (NOW + 0.25, 0.125, False),
        (float(NOW), 1e300, True),
        (1e30, 300.0, False),
        (-1e30, 300.0, False),
        (-1, 300.0, False),
        (-1.5, 300.0, False),
        (NOW, 10**30, True),
        (10**30, 300, False),
    ],
)
def test_fractions_and_large_numbers_are_exact(now: float, tolerance: float, genuine: bool) -> None:
    if genuine:
        verify(now=now, tolerance=tolerance)
    else:
        with pytest.raises(SignatureTimestampError):
            verify(now=now, tolerance=tolerance)


def test_secrets_that_can_be_read_once_are_read_once() -> None:
    for now in (NOW, NOW + 0.5):
        verify((one for one in [b"whsec_other", SECRET]), now=now, tolerance=10.5)
    verify(now=Fraction(2 * NOW + 1, 2), tolerance=Fraction(1, 2))


def test_minus_one_is_a_time_and_not_the_clock() -> None:
    recent = signature(at=int(time.time()))
    with pytest.raises(SignatureTimestampError):
        verify(header=recent, now=-1)
    verify(header=signature(at=10), now=-1)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    for settings in ({"now": number}, {"tolerance": number}):
        with pytest.raises(errors.HookrailConfigError, match="finite"):
            verify(**settings)


@pytest.mark.parametrize("number", ["300", True, 1j, b"1"])
def test_what_is_no_number_is_a_type_error(number: Any) -> None:
    with pytest.raises(TypeError, match="must be a number"):
        verify(now=number)
    if number is not True:
        with pytest.raises(TypeError, match="must be a number"):
            verify(tolerance=number)


def test_a_negative_tolerance_is_refused() -> None:
    for tolerance in (-1, -0.5):
        with pytest.raises(errors.HookrailConfigError, match="tolerance"):
            verify(tolerance=tolerance)


@pytest.mark.parametrize("secrets", [b"", "", b"whsec_", b" ", b"secret\n", [], (), [SECRET, b""]])
def test_secrets_that_cannot_be_the_services_are_refused(secrets: Any) -> None:
    # Also with a signature that was made with the empty secret.
    for header in (GOOD, signature(secret=b"", at=NOW)):
        with pytest.raises(errors.HookrailConfigError, match="secret"):
            verify(secrets, header)


@pytest.mark.parametrize(
    "secrets",
    [
        SECRET,
        SECRET.decode(),
        bytearray(SECRET),
        memoryview(SECRET),
        [b"whsec_other", SECRET],
        (SECRET.decode(), b"whsec_other"),
        {SECRET: 1}.keys(),
        (one for one in [SECRET]),
        [bytearray(SECRET)],
    ],
)
def test_secrets_may_be_one_or_several(secrets: Any) -> None:
    verify(secrets)


@pytest.mark.parametrize("secrets", [5, None, [5], [None], 1.5, {SECRET: 1}])
def test_what_is_no_secret_is_a_type_error(secrets: Any) -> None:
    # bytes(5) would be five zeros: a secret that is easy to guess.
    for header in (GOOD, signature(secret=bytes(5), at=NOW)):
        with pytest.raises(TypeError, match="secret"):
            verify(secrets, header)


@pytest.mark.parametrize("body", [bytearray(BODY), memoryview(BODY), memoryview(b"_" + BODY)[1:]])
def test_the_body_may_be_any_bytes(body: Any) -> None:
    verify(body=body)


def test_a_body_with_gaps_in_memory_is_read_in_its_order() -> None:
    spread = bytes(byte for one in BODY for byte in (one, 0))
    verify(body=memoryview(spread)[::2])


@pytest.mark.parametrize("body", [5, None, BODY.decode(), {"order_id": "o_1"}, list(BODY)])
def test_a_body_that_is_not_bytes_is_a_type_error(body: Any) -> None:
    with pytest.raises(TypeError, match="body must be the bytes"):
        verify(body=body)


def test_missing_headers_are_signature_errors() -> None:
    for absent in ({"header": None}, {"delivery_id": None}):
        with pytest.raises(MissingSignatureError, match="the request has no header hookrail-"):
            verify(**absent)


def test_headers_may_be_bytes() -> None:
    verify(header=GOOD.encode(), delivery_id=DELIVERY_ID.encode())
    with pytest.raises(TypeError, match="hookrail-delivery-id must be a str, not int"):
        verify(delivery_id=5)


def test_a_nul_does_not_end_a_text() -> None:
    with pytest.raises(MalformedSignatureError):
        verify(delivery_id=f"{DELIVERY_ID}\0x")
    with pytest.raises(MalformedSignatureError):
        verify(header=f"{GOOD}\0x")
    nul = b'{"a":1}\0tail'
    verify(body=nul, header=signature(nul, at=NOW))
    with pytest.raises(SignatureMismatchError):
        verify(body=nul[:7], header=signature(nul, at=NOW))


def test_a_long_body_verifies() -> None:
    for size in (65_535, 65_536, 3_000_000):
        body = b"x" * size
        verify(body=body, header=signature(body, at=NOW))


def test_a_changed_list_of_secrets_counts_at_once() -> None:
    secrets = [b"whsec_other", SECRET]
    verify(secrets)
    secrets.pop()
    with pytest.raises(SignatureMismatchError):
        verify(secrets)


def test_equal_tolerances_of_two_types_are_one() -> None:
    verify(tolerance=300)
    verify(tolerance=300.0)
    with pytest.raises(SignatureTimestampError):
        verify(tolerance=299, now=NOW + 300)


def test_the_kept_verifiers_are_bounded_and_freed() -> None:
    for number in range(200):
        secret = b"whsec_%d" % number
        verify(secret, signature(secret=secret, at=NOW))
    assert len(signing._prepared) <= 64


def test_threads_verify_at_the_same_time() -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        secret = b"whsec_%d" % number
        try:
            for round_ in range(300):
                body = b"%d" % round_ * (number + 1)
                verify([secret, SECRET], signature(body, secret=secret, at=NOW), body=body)
                with pytest.raises(SignatureMismatchError):
                    verify([SECRET], signature(body, secret=secret, at=NOW), body=body)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_verifications_leave_nothing_behind() -> None:
    def rounds() -> None:
        for _ in range(500):
            verify()
            with pytest.raises(SignatureMismatchError):
                verify(body=b"x")

    rounds()
    gc.collect()
    before = sys.getallocatedblocks()
    rounds()
    gc.collect()
    assert sys.getallocatedblocks() - before < 300
