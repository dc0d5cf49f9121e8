"""Both clients have the same parameters."""

from __future__ import annotations

import inspect

import pytest

from hookrail import AsyncHookrail, Hookrail
from hookrail._settings import Settings


def parameters(function: object) -> dict[str, inspect.Parameter]:
    assert callable(function)
    return dict(inspect.signature(function).parameters)


def test_both_clients_have_the_same_settings() -> None:
    waiting, awaited = parameters(Hookrail), parameters(AsyncHookrail)
    new = {*Settings.__annotations__}
    assert new == {*waiting} - {*awaited}
    assert {*awaited} - {*waiting} == {"max_concurrency", "settings"}
    for name in {*waiting} - new:
        assert waiting[name].default == awaited[name].default
        assert waiting[name].kind == awaited[name].kind
    with pytest.raises(TypeError, match="no_such_setting"):
        AsyncHookrail("k", "http://x", no_such_setting=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("waiting", "awaited"),
    [
        ("send_event", "send_event"),
        ("send_prepared", "send_prepared"),
        ("get_event", "get_event"),
        ("completions", "completions"),
        ("flush", "flush"),
        ("close", "aclose"),
    ],
)
def test_their_methods_have_the_same_parameters(waiting: str, awaited: str) -> None:
    assert parameters(getattr(Hookrail, waiting)) == parameters(getattr(AsyncHookrail, awaited))
