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
MYPY = ["mypy", "--strict", "--no-error-summary", "--config-file=", "--follow-imports=silent"]


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
    found = {
        int(line) for line in re.findall(r"^wrong.py:(\d+): error", run(*MYPY, "wrong.py"), re.M)
    }
    assert found == mistakes()


def test_pyright() -> None:
    report = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable, "-p", "pyrightconfig.json"))
    problems = [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in report["generalDiagnostics"]
    ]
    assert {line for name, line in problems if name == "wrong.py"} == mistakes()
    rest = [one for one in report["generalDiagnostics"] if not one["file"].endswith("wrong.py")]
    assert rest == []


def test_all_public_names_have_types() -> None:
    report = json.loads(
        run("pyright", "--outputjson", "--ignoreexternal", "--verifytypes", "hookrail")
    )
    symbols = report["typeCompleteness"]["symbols"]
    incomplete = [one["name"] for one in symbols if one["isExported"] and not one["isTypeKnown"]]
    assert len(symbols) > 100
    assert incomplete == []
