"""How long each part of the tests may take, told at the end of a run beside what it took.

A part is a folder of `tests/`. A slow machine breaks nothing: what is over its budget is only told,
unless `TEST_BUDGETS=strict` is set.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Any

import pytest

#: Seconds of one process of two on two cores, fixtures included.
BUDGETS = {
    "actions": 20,
    "channels": 60,
    "crashes": 120,
    "dialogue": 20,
    "differential": 75,
    "hostile": 30,
    "lint": 60,
    "mutants": 55,
    "nlu": 20,
    "policy_guard": 100,
    "promotion": 20,
    "running": 50,
    "scenarios": 150,
    "simulation": 60,
    "simulator": 30,
    ".": 20,  # what lies in tests/ itself
}
WHOLE = 720  # seconds of the clock; before it the model and the dialogue take about three minutes
STRICT = "strict"

#: The name of a property of a test that is printed at the end.
FIGURE = "figure"

_took: defaultdict[str, float] = defaultdict(float)
_figures: list[str] = []
_began = time.monotonic()


def part_of(test: str) -> str:
    """Return the part that a test belongs to, from an id such as `tests/lint/test_x.py::test_y`."""
    folders = PurePosixPath(test.partition("::")[0]).parts[1:-1]
    return folders[0] if folders else "."


def told(took: dict[str, float], whole: float) -> tuple[list[str], bool]:
    """Return a line per part, and whether one of them or the whole took longer than it may."""
    rows = [(name, seconds, BUDGETS.get(name)) for name, seconds in sorted(took.items())]
    rows.append(("the whole", whole, WHOLE))
    lines, over = [], False
    for name, seconds, budget in rows:
        if budget is None:
            said = "has no budget: give it one in tests/budgets.py"
        elif seconds > budget:
            said, over = f"of {budget} s: OVER", True
        else:
            said = f"of {budget} s"
        lines.append(f"{name:<14}{seconds:8.1f} s {said}")
    return lines, over


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add what setting up, running and tearing down a test took, and keep its figures."""
    _took[part_of(report.nodeid)] += report.duration
    if report.when == "teardown":
        _figures.extend(str(text) for name, text in report.user_properties if name == FIGURE)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a run that is over budget fail, where that is asked for."""
    over = told(dict(_took), time.monotonic() - _began)[1]
    if (
        over
        and os.environ.get("TEST_BUDGETS") == STRICT
        and session.exitstatus == pytest.ExitCode.OK
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures of tests, and what each part took."""
    if _figures:
        terminalreporter.section("figures")
    for figure in _figures:
        terminalreporter.write_line(figure)
    lines, over = told(dict(_took), time.monotonic() - _began)
    terminalreporter.section("budgets")
    for line in lines:
        terminalreporter.write_line(line)
    if over and os.environ.get("TEST_BUDGETS") != STRICT:
        terminalreporter.write_line("over budget is only told: TEST_BUDGETS=strict makes it fail")
