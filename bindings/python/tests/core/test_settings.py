"""The settings of a client."""

from __future__ import annotations

import copy
import math
import pickle
import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from hookrail import AsyncHookrail, Hookrail, HookrailConfigError, RetryPolicy, __version__
from hookrail._config import ClientConfig, Timeouts
from hookrail._native import convert
from tests.support.devserver import Devserver


def test_parameters_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKRAIL_API_KEY", "hk_env")
    monkeypatch.setenv("HOOKRAIL_BASE_URL", "http://env:8080/")
    config = ClientConfig.resolve()
    assert (config.api_key, config.base_url) == ("hk_env", "http://env:8080")
    config = ClientConfig.resolve(api_key="hk_p", base_url="http://p:1")
    assert (config.api_key, config.base_url) == ("hk_p", "http://p:1")


def test_the_default_url_can_be_forbidden() -> None:
    assert ClientConfig.resolve("hk_x").base_url == "http://localhost:8080"
    with pytest.raises(HookrailConfigError, match="base_url is required"):
        Hookrail("hk_x", require_base_url=True)


def test_a_missing_key_is_refused_with_the_text_of_version_0_1_0() -> None:
    with pytest.raises(HookrailConfigError) as caught:
        Hookrail()
    assert str(caught.value) == "api_key is required (pass api_key=... or set HOOKRAIL_API_KEY)"


@pytest.mark.parametrize(
    "url",
    ["notaurl", "ftp://x", "http://", "http:///x", "https://:80", "http:x", "http://a b", "unix:x"],
)
def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(HookrailConfigError):
        Hookrail("hk_x", url)


def test_no_message_and_no_repr_holds_a_secret() -> None:
    with pytest.raises(HookrailConfigError) as caught:
        Hookrail("hk_x", "ftp://user:secret@x")
    assert "secret" not in str(caught.value)
    client = Hookrail("hk_secret", "http://x", headers={"x-token": "secret"})
    assert "secret" not in repr(client) + repr(client._cfg) + str(vars(client))


def test_a_traceback_can_show_a_client_whose_settings_were_refused() -> None:
    with pytest.raises(HookrailConfigError) as caught:
        Hookrail("hk_x", "ftp://x")
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "<Hookrail (not made)>" in "".join(told.format())


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (None, (5.0, 10.0, 10.0)),
        (3, (3, 3, 3)),
        (0.5, (0.5, 0.5, 0.5)),
        ((1, 2, 3, 4), (1, 2, 3)),
        ((1, None, 3, None), (1, 86_400, 3)),
        (SimpleNamespace(connect=1, read=None, write=3, pool=4), (1, 86_400, 3)),
    ],
)
def test_timeouts_have_the_forms_of_httpx(timeout: Any, expected: tuple[float, ...]) -> None:
    assert tuple(Timeouts.of(timeout)) == expected
    Hookrail("hk_x", "http://x", timeout=timeout)


@pytest.mark.parametrize(
    "timeout",
    [0, -1, math.nan, math.inf, 86_401, "5", (1, 2), (1, 2, 3, 4, 5), object(), True],
)
def test_a_bad_timeout_is_refused(timeout: Any) -> None:
    with pytest.raises(HookrailConfigError):
        Hookrail("hk_x", "http://x", timeout=timeout)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("total_timeout", [0, -1, math.nan, 1e30, 2**64, 10**400, "1"]),
        ("delivery_timeout", [0, math.inf, 1e30]),
        ("max_connection_age", [-1, math.nan, 1e30]),
        ("retries", [-1, 2**31, 2**64, 1.5]),
        ("idle_connections", [-1, 2**64, 1.0]),
        ("payload_limit", [-1, 2**64, "x"]),
        ("workers", [0, 4097, 2**32 + 1, True]),
        ("queue_max_events", [0, 2**64]),
        ("queue_max_bytes", [0, 2**64 + 1]),
        ("tls_roots", ["none", 0, []]),
        ("ca_file", ["/nonexistent", 5, ""]),
        ("ca_pem", ["", "no certificate", b"\xff", 5]),
        ("client_certificate", ["/nonexistent", "-----BEGIN nothing"]),
        ("client_key", ["/nonexistent"]),
        ("on_call", [5]),
        ("on_error", ["print"]),
        ("proxy", ["ftp://x", 5, "\ud800"]),
        ("unix_socket", ["relative", 5]),
        ("user_agent_suffix", ["", "é", "a\nb", "x" * 300]),
        ("headers", [5, {"host": "x"}, {"a": "\0"}]),
    ],
)
def test_a_bad_setting_is_refused(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(HookrailConfigError):
            Hookrail("hk_x", "http://x", **{name: value})


def test_retries_that_are_no_number_are_the_type_error_of_version_0_1_0() -> None:
    with pytest.raises(TypeError):
        Hookrail("hk_x", "http://x", retries="1")  # type: ignore[arg-type]


def test_settings_within_their_ranges_are_accepted() -> None:
    Hookrail(
        "hk_x",
        "http://x",
        total_timeout=1,
        delivery_timeout=86_400,
        max_connection_age=0,
        idle_connections=0,
        payload_limit=0,
        workers=4096,
        queue_max_events=1,
        queue_max_bytes=1,
        tls_roots="platform",
        proxy=False,
        user_agent_suffix="shop/2.1",
        require_https=False,
        require_base_url=True,
    )


def test_a_total_timeout_may_be_shorter_than_the_delays_of_the_policy() -> None:
    Hookrail("hk_x", "http://x", total_timeout=0.05)
    Hookrail("hk_x", "http://x", policy=RetryPolicy(max_elapsed=1e9, cap=1e8))


def test_plain_http_can_be_forbidden() -> None:
    with pytest.raises(HookrailConfigError):
        Hookrail("hk_x", "http://example.com", require_https=True)
    Hookrail("hk_x", "http://localhost", require_https=True)


def test_a_client_of_httpx_is_refused_with_what_to_do() -> None:
    with pytest.raises(HookrailConfigError, match=r"proxy=.*ca_file=.*hookrail\.testing"):
        Hookrail("hk_x", "http://x", http_client=object())  # type: ignore[arg-type]


def test_an_unknown_setting_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="nonsense"):
        Hookrail("hk_x", "http://x", nonsense=1)  # type: ignore[call-arg]


def test_the_suffix_is_in_the_user_agent(make_client: Any, server: Devserver) -> None:
    make_client(user_agent_suffix="shop/2.1").send_event("t", 1)
    agent = dict(server.requests()[0]["headers"])["user-agent"]
    assert agent == f"hookrail-python/{__version__} shop/2.1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_retries": -1}, "max_retries must be >= 0, got -1"),
        ({"base": 0}, "base must be finite and > 0, got 0"),
        ({"cap": math.inf}, "cap must be finite and > 0, got inf"),
        ({"max_elapsed": math.nan}, "max_elapsed must be finite and > 0, got nan"),
        ({"base": 2.0, "cap": 1.0}, "cap (1.0) must be >= base (2.0)"),
        ({"max_elapsed": 5.0}, "max_elapsed (5.0) must be >= cap (10.0)"),
    ],
)
def test_a_bad_policy_is_refused_with_the_text_of_version_0_1_0(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(HookrailConfigError) as caught:
        RetryPolicy(**arguments)
    assert str(caught.value) == message


def test_no_integer_wraps_on_its_way_to_the_library() -> None:
    assert convert.milliseconds(0.0001, "x") == 1
    assert convert.milliseconds(86_400, "x") == 86_400_000
    assert convert.milliseconds(0, "x", zero=True) == 0
    assert convert.wait_milliseconds(None, "x") == convert.INFINITE
    assert convert.wait_milliseconds(1e300, "x") < 2**63
    for value in (-1, math.nan, math.inf, "1", True):
        with pytest.raises(HookrailConfigError):
            convert.wait_milliseconds(value, "x")  # type: ignore[arg-type]
    with pytest.raises(HookrailConfigError):
        convert.integer(2**64 + 5, "x", 0, 10)


def test_bytes_of_a_number_are_not_zeros() -> None:
    with pytest.raises(HookrailConfigError):
        convert.data(5, "x")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Hookrail, AsyncHookrail])
@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_cannot_be_pickled_or_copied(kind: Any, duplicate: Any) -> None:
    client = kind("hk_x", "http://x")
    with pytest.raises(TypeError, match="make one in each process"):
        duplicate(client)
    with pytest.raises(TypeError):
        duplicate(client._native)
