"""What the linter's tests share: projects out of texts, and a judge that knows three words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from policy_guard.lint import engine, explain, reader
from policy_guard.lint.findings import Report
from policy_guard.lint.model import Options, Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_SELLS = re.compile(r"20% off|\bsale\b|achetez", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """What the tests' judge says."""

    promotional: bool
    reasons: tuple[str, ...]
    words: tuple[str, ...] = ()


def judge(text: str, language: str | None) -> Verdict:
    """Take three words for selling, whatever the language."""
    found = _SELLS.search(text)
    if found is None:
        return Verdict(False, ())
    return Verdict(True, (f"`{found[0]}` sells",), (found[0],))


#: On this day the end of three tags was announced.
OPTIONS = Options(judge=judge, at=datetime(2026, 4, 1, tzinfo=timezone.utc))


def read(*paths: Path) -> Project:
    """Return the project in folders or files; a test fails where it cannot be read."""
    project, problems = reader.load(reader.find(paths, reader.USUAL, ()), OPTIONS)
    assert problems == ()
    return project


def written(folder: Path, files: Mapping[str, str]) -> Project:
    """Write files into a folder and return them as a project."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(explain.example(text), "utf-8")
    return read(folder)


def reports(project: Project, *ids: str) -> list[Report]:
    """Return what all rules, or some, have to say."""
    found = engine.run(project, engine.Plan()).reports
    return [report for report in found if not ids or report.rule.id in ids]


def said(text: str, *ids: str) -> list[str]:
    """Return the sentences about a domain written as text."""
    project = reader.load_text(text, options=OPTIONS)
    return [report.finding.says for report in reports(project, *ids)]
