"""The budgets of the tests: each part has one, and what is over it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import budgets

HERE = Path(__file__).parent


def test_every_folder_of_tests_has_a_budget() -> None:
    folders = {path.parent.relative_to(HERE).parts[0] for path in HERE.glob("*/**/test_*.py")}
    assert sorted(folders - set(budgets.BUDGETS)) == []


def test_the_whole_stays_under_fifteen_minutes() -> None:
    prepared = 180  # seconds for environment, model and dialogue
    assert budgets.WHOLE + prepared <= 15 * 60
    assert sum(budgets.BUDGETS.values()) <= 2 * budgets.WHOLE


@pytest.mark.parametrize(
    ("test", "part"),
    [
        ("tests/lint/shapes/test_x.py::test_y[1::2]", "lint"),
        ("tests/test_architecture.py::test_z", "."),
    ],
)
def test_a_test_belongs_to_its_folder(test: str, part: str) -> None:
    assert budgets.part_of(test) == part


def test_what_is_over_its_budget_is_told() -> None:
    lines, over = budgets.told({"lint": 1e4, "actions": 1.0, "elsewhere": 1.0}, 10.0)
    assert over
    said = dict(line.split(maxsplit=1) for line in lines)
    assert said["lint"].endswith("OVER")
    assert said["actions"] == f"1.0 s of {budgets.BUDGETS['actions']} s"
    assert "has no budget" in said["elsewhere"]
    assert " ".join(said["the"].split()) == f"whole 10.0 s of {budgets.WHOLE} s"


def test_what_keeps_its_budget_is_not() -> None:
    assert not budgets.told({"lint": 1.0}, budgets.WHOLE - 1.0)[1]
    assert budgets.told({"lint": 1.0}, budgets.WHOLE + 1.0)[1]
