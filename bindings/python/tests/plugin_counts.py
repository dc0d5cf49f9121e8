"""A plugin of pytest that prints the plan and the results in the form of tests/counting.bash."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Counts:
    """Counts the tests. A skipped test counts as failed: each test has to run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.planned = 0
        self.results: dict[str, bool] = {}

    def write(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.getplugin("terminalreporter")
        reporter.ensure_newline()
        reporter.write_line(line)

    @pytest.hookimpl
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.planned = len(session.items)
        self.write(f"planned {self.planned}")

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        passed = report.passed or (report.skipped and hasattr(report, "wasxfail"))
        self.results[report.nodeid] = self.results.get(report.nodeid, True) and passed
        if report.when == "teardown":
            self.write(f"{'ok' if self.results[report.nodeid] else 'not ok'} {report.nodeid}")

    @pytest.hookimpl
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        # The line of the test takes the place of pytest's letter.
        outcome = "passed" if report.passed else report.outcome
        shown = report.when == "call" or not report.passed
        return (outcome if shown else "", "", "")

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield
        path = os.environ.get("HOOKRAIL_TEST_RESULTS")
        if path:
            passed = sum(self.results.values())
            failed = len(self.results) - passed
            Path(path).write_text(f"{self.planned} {passed} {failed}\n")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Counts(config), "hookrail-counts")
