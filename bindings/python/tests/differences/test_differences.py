"""Compares this package with hookrail 0.1.0, which comes from the package index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

OBSERVE = Path(__file__).with_name("observe.py")
SOURCE = Path(__file__).parents[2] / "src"


def observed(package: Path) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(package)}
    ended = subprocess.run(
        [sys.executable, "-B", OBSERVE], env=environment, stdout=subprocess.PIPE, check=True
    )
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    """What 0.1.0 does. Its requirements, httpx and pydantic, are those of these tests."""
    folder = Path(sys.prefix) / "hookrail-0.1.0"
    if not (folder / "hookrail").is_dir():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*install, "--target", folder, "hookrail==0.1.0"], check=True)
    found = observed(folder)
    assert found["version"] == "0.1.0"
    return found


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    found = observed(SOURCE)
    assert found["version"] != "0.1.0"
    return found


def differences(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {case: (before[case], now.get(case)) for case in before if before[case] != now.get(case)}


@pytest.mark.parametrize("table", ["answers", "requests", "refusals", "constructed"])
def test_nothing_is_different(before: dict[str, Any], now: dict[str, Any], table: str) -> None:
    assert differences(before[table], now[table]) == {}


def test_all_names_are_exported(before: dict[str, Any], now: dict[str, Any]) -> None:
    assert set(before["exports"]) <= set(now["exports"])


# `except SignatureError` now catches these two as well, as the description of 0.1.0 says.
BELOW_SIGNATURE_ERROR = {"MalformedSignatureError", "SignatureTimestampError"}


def test_signature_errors_are_below_one_class(before: dict[str, Any], now: dict[str, Any]) -> None:
    for case, (old, new) in differences(before["signatures"], now["signatures"]).items():
        assert new["raises"]["text"] == old["raises"]["text"], case
        own = old["raises"]["classes"][0]
        assert own in BELOW_SIGNATURE_ERROR, case
        assert new["raises"]["classes"] == [own, "SignatureError", "HookrailError"], case
