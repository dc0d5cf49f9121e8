"""Runs programs of Python in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
# A busy machine may be slow, but not for ever.
NEVER = 60


def environment(**more: str) -> dict[str, str]:
    """Returns this process's environment, in which programs find the package."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), **more}


def start(program: str, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Starts a program. Its errors are among its output."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        env=environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(program: str, *arguments: str, **more: str) -> str:
    """Runs a program that must succeed, and returns its output."""
    process = start(program, *arguments, **more)
    output, _ = process.communicate(timeout=NEVER)
    assert process.returncode == 0, f"status {process.returncode}: {output}"
    return output
