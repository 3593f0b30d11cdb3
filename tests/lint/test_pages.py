"""The pages of the rules: their examples are true, and docs/rules/ is what the package says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import pytest

from policy_guard.lint import explain, registry
from policy_guard.lint.findings import Rule
from tests.lint.workbench import ROOT, reports, written

DOCS = ROOT / "docs" / "rules"

every_rule = pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.id)


def ids(folder: Path, files: Mapping[str, str]) -> set[str]:
    return {report.rule.id for report in reports(written(folder, files))}


@every_rule
def test_the_bad_example_is_found(rule: Rule, tmp_path: Path) -> None:
    assert rule.id in ids(tmp_path, explain.page(rule).bad)


@every_rule
def test_the_good_example_is_not_found(rule: Rule, tmp_path: Path) -> None:
    assert rule.id not in ids(tmp_path, explain.page(rule).good)


@every_rule
def test_a_page_says_what_why_and_where_from(rule: Rule) -> None:
    page = explain.page(rule)
    assert page.what.endswith(".")
    assert page.why.endswith((".", ")."))
    assert page.source
    assert datetime.date.fromisoformat(page.checked)
    assert page.fix.startswith(("Safe, ", "Unsafe, ", "There is none"))


@every_rule
def test_docs_hold_the_same_page(rule: Rule) -> None:
    said = (DOCS / f"{rule.id}.md").read_text("utf-8")
    assert said == explain.markdown(explain.page(rule)), "run python -m policy_guard.lint.explain"


def test_docs_hold_the_list_and_nothing_else() -> None:
    assert (DOCS / "README.md").read_text("utf-8") == explain.index()
    names = {file.stem for file in DOCS.iterdir()} - {"README"}
    assert names == {rule.id for rule in registry.RULES}


def test_the_promise_about_a_fix_is_kept(tmp_path: Path) -> None:
    """A page that speaks of a safe or unsafe fix has one on its bad example, and no other has."""
    for rule in registry.RULES:
        page = explain.page(rule)
        folder = tmp_path / rule.id
        found = reports(written(folder, page.bad), rule.id)
        kinds = {report.finding.fix.safe for report in found if report.finding.fix is not None}
        promised = {
            word == "Safe" for word in ("Safe", "Unsafe") if page.fix.startswith(f"{word}, ")
        }
        assert kinds == promised, rule.id


def test_pages_are_written_into_a_folder(tmp_path: Path) -> None:
    explain.write(tmp_path / "rules")
    written_files = {file.name for file in (tmp_path / "rules").iterdir()}
    assert written_files == {file.name for file in DOCS.iterdir()}
