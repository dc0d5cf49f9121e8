"""Type checkers accept the package and a user's program, and find the mistakes in another one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
# Only the checked programs count: not what they import.
MYPY = ("mypy", "--strict", "--no-error-summary", "--config-file=", "--follow-imports=silent")
PYRIGHT = ("pyright", "--outputjson", "--pythonpath", sys.executable)


def run(*command: str) -> str:
    environment = os.environ | {"MYPYPATH": str(SOURCE), "PYTHONPATH": str(SOURCE)}
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return ended.stdout


def mistakes() -> set[int]:
    lines = (HERE / "wrong.py").read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}


def test_mypy() -> None:
    assert run(*MYPY, "--python-version=3.10", "right.py") == ""
    output = run(*MYPY, "wrong.py")
    found = {int(line) for line in re.findall(r"^wrong.py:(\d+): error", output, re.MULTILINE)}
    assert found == mistakes()


def test_pyright() -> None:
    report = json.loads(run(*PYRIGHT, "-p", "pyrightconfig.json"))
    problems = report["generalDiagnostics"]
    wrong = [one for one in problems if Path(one["file"]).name == "wrong.py"]
    assert {one["range"]["start"]["line"] + 1 for one in wrong} == mistakes()
    assert [one for one in problems if one not in wrong] == []


def test_all_public_names_have_types() -> None:
    report = json.loads(run(*PYRIGHT, "--ignoreexternal", "--verifytypes", "hookrail"))
    symbols = [one for one in report["typeCompleteness"]["symbols"] if one["isExported"]]
    assert len(symbols) > 100
    incomplete = {one["name"] for one in symbols if not one["isTypeKnown"]}
    # Its base class is Starlette's, which pyright does not look at.
    assert incomplete <= {"hookrail.middleware.fastapi.DeliveryRefused"}
