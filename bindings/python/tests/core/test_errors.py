"""The exceptions."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any

import pytest

from hookrail import errors
from hookrail._native import declarations
from hookrail._native.errors import CLASSES
from hookrail.models import Problem

ALL = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.HookrailError)
]


def made(cls: type[errors.HookrailError]) -> errors.HookrailError:
    """Returns an error of a class, with everything set."""
    if issubclass(cls, errors.RateLimitError):
        error: errors.HookrailError = cls(429, Problem(title="slow down"), 2.5)
    elif issubclass(cls, errors.HookrailAPIError):
        error = cls(503, Problem(title="down"))
    else:
        error = cls("message")
    error.outcome = "maybe_sent"
    error.idempotency_key = "k1"
    error.attempts = 3
    error.__cause__ = errors.ServerError(503, None)
    return error


def pickled(error: Exception) -> Any:
    """Returns what is left of an error behind a pickle."""
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_an_error_can_be_copied_and_pickled(cls: type, duplicate: object) -> None:
    error = made(cls)
    other = duplicate(error)  # type: ignore[operator]
    assert type(other) is cls
    assert str(other) == str(error)
    assert other.args == error.args
    assert other.__dict__ == error.__dict__
    assert str(other.__cause__) == "hookrail API error 503"


def test_every_status_of_the_library_has_a_class() -> None:
    text = Path(declarations.__file__).read_text()
    group = text.split("# hookrail_status\n")[1].split("\n\n")[0]
    statuses = {int(line.rpartition(" ")[2]) for line in group.splitlines()}
    assert statuses - {declarations.HOOKRAIL_OK} == set(CLASSES)


def test_the_families_are_those_of_version_0_1_0() -> None:
    assert issubclass(errors.HookrailConfigError, ValueError)
    assert issubclass(errors.HookrailTimeoutError, errors.HookrailConnectionError)
    assert issubclass(errors.HookrailTLSError, errors.HookrailConnectionError)
    assert issubclass(errors.HookrailProtocolError, errors.HookrailConnectionError)
    assert not issubclass(errors.RetryError, errors.HookrailAPIError)
    assert issubclass(errors.MalformedSignatureError, errors.SignatureError)
    assert issubclass(errors.SignatureTimestampError, errors.SignatureError)


def test_the_text_of_an_api_error_is_that_of_version_0_1_0() -> None:
    assert str(errors.HookrailAPIError(400, None)) == "hookrail API error 400"
    assert str(errors.ConflictError(409, Problem(title="a", detail="b"))) == (
        "hookrail API error 409: a b"
    )
    assert str(errors.ServerError(500, Problem())) == "hookrail API error 500"
