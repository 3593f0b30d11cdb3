"""Domains in the shapes of public Rasa bots: all are read, and the same is said each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_guard.lint import engine, reader
from tests.lint.workbench import HERE, OPTIONS

SHAPES = sorted((HERE / "shapes").iterdir())


def lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(folder)
    project, problems = reader.load(reader.find([Path()], reader.USUAL, ()), OPTIONS)
    assert problems == ()
    return [
        f"{':'.join(map(str, report.place))} {report.rule.id} {report.finding.says}"
        for report in engine.run(project, engine.Plan()).reports
    ]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_is_read_and_the_same_is_said_each_time(
    shape: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = (shape / "expected.txt").read_text("utf-8").splitlines()
    assert lines(shape, monkeypatch) == expected
    assert lines(shape, monkeypatch) == expected


def test_there_are_shapes_enough() -> None:
    assert len(SHAPES) >= 10
