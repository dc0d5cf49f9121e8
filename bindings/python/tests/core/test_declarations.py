"""The declarations of the C ABI."""

from __future__ import annotations

import os
import re
import runpy
from ctypes import sizeof
from pathlib import Path

from hookrail._native import declarations
from hookrail._native.loader import library

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = Path(os.environ["HOOKRAIL_INCLUDE_DIR"])

# Functions that the package has no use for, and what it uses instead.
JSON = "the JSON of the answer, which has the members that the library does not know, too"
NOT_NEEDED = {
    **dict.fromkeys(
        (
            "hookrail_accepted_delivery_count",
            "hookrail_accepted_delivery_id",
            "hookrail_accepted_event_id",
            "hookrail_event_status_attempt_claim_version",
            "hookrail_event_status_attempt_count",
            "hookrail_event_status_attempt_error_class",
            "hookrail_event_status_attempt_http_status",
            "hookrail_event_status_attempt_latency_ms",
            "hookrail_event_status_attempt_number",
            "hookrail_event_status_attempt_status",
            "hookrail_event_status_delivery_attempts_truncated",
            "hookrail_event_status_delivery_count",
            "hookrail_event_status_delivery_id",
            "hookrail_event_status_delivery_state",
            "hookrail_event_status_delivery_state_text",
            "hookrail_event_status_event_id",
            "hookrail_event_status_topic",
        ),
        JSON,
    ),
    **dict.fromkeys(
        (
            "hookrail_error_problem_detail",
            "hookrail_error_problem_title",
            "hookrail_error_problem_type",
        ),
        "the body of the answer, which has the members that the library does not know, too",
    ),
    "hookrail_delivery_state_name": "an enumeration of Python",
    "hookrail_outcome_name": "a tuple of the names",
    "hookrail_verify_signature": "a verifier, which is kept",
    "hookrail_send_event": "hookrail_send_event_interruptible, for Ctrl-C",
    "hookrail_send_prepared": "hookrail_send_prepared_interruptible, for Ctrl-C",
    "hookrail_client_shared": "it is for hosts that forget their variables between requests",
    "hookrail_pointer_keep": "pointers do not reach the users of the package",
    "hookrail_pointer_get": "pointers do not reach the users of the package",
    "hookrail_pointer_take": "pointers do not reach the users of the package",
    "hookrail_error_last": "hookrail_error_cause",
    "hookrail_call_fd": "hookrail_calls_fd",
    "hookrail_cancel_new": "hookrail_call_cancel",
    "hookrail_cancel_fire": "hookrail_call_cancel",
    "hookrail_cancel_is_fired": "hookrail_call_cancel",
    "hookrail_cancel_free": "hookrail_call_cancel",
    "hookrail_send_options_set_cancel": "hookrail_call_cancel",
}


def test_they_are_those_of_the_header() -> None:
    generate = runpy.run_path(str(ROOT / "tools/declarations.py"))["declarations"]
    header = (INCLUDE / "hookrail.h").read_text()
    assert Path(declarations.__file__).read_text() == generate(header), "run `make header`"


def test_every_exported_function_is_declared_and_bound() -> None:
    symbols = (ROOT / "../../include/hookrail.symbols").read_text().split()
    assert set(declarations.FUNCTIONS) == set(symbols)
    for name in symbols:
        for functions in (library().held, library().released):
            function = getattr(functions, name)
            restype, argtypes = declarations.FUNCTIONS[name]
            assert function.restype is restype
            assert function.argtypes == argtypes


def test_the_structures_have_the_size_of_the_header() -> None:
    assert sizeof(declarations.hookrail_attempt_record) == 104
    assert sizeof(declarations.hookrail_completion) == 88


def test_every_function_is_used_or_named_as_not_needed() -> None:
    source = "".join(
        path.read_text() for path in (ROOT / "src").rglob("*.py") if path.name != "declarations.py"
    )
    used = set(re.findall(r"\bhookrail_\w+", source))
    # The options of a client are set by the names of their settings.
    settings = set(re.findall(r'"(?:set|add)_\w+"', source)) | {
        f'"set_{name}{suffix}"'
        for name in re.findall(r'"(\w+)"', source)
        for suffix in ("", "_ms", "_timeout_ms")
    }
    used |= {f"hookrail_client_options_{setting.strip(chr(34))}" for setting in settings}
    used |= {
        f"hookrail_client_options_set_{phase}_timeout_ms" for phase in ("connect", "read", "write")
    }
    used |= {f"hookrail_client_options_set_client_certificate_{kind}" for kind in ("pem", "file")}
    unused = set(declarations.FUNCTIONS) - used
    assert unused == set(NOT_NEEDED)
