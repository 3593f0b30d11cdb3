"""Every rule against files of its own: bad ones with the expected places, good ones in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_guard.lint import registry
from tests.lint.workbench import HERE, read, reports

RULES = HERE / "rules"
_EXPECTED = re.compile(r"^# expect: (?P<id>\S+) (?P<line>\d+):(?P<column>\d+)$", re.MULTILINE)


def cases(beginning: str) -> Iterator[Path]:
    """Give the files and folders whose names begin so, of all rules."""
    for folder in sorted(RULES.iterdir()):
        yield from sorted(case for case in folder.iterdir() if case.name.startswith(beginning))


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.stem}"


def expected(case: Path) -> list[tuple[str, str, int, int]]:
    """Return what the first lines of a case's files announce: file, rule, line, column."""
    files = sorted(f for f in case.rglob("*") if f.is_file()) if case.is_dir() else [case]
    return [
        (file.as_posix(), found["id"], int(found["line"]), int(found["column"]))
        for file in files
        for found in _EXPECTED.finditer(file.read_text("utf-8"))
    ]


@pytest.mark.parametrize("case", cases("bad"), ids=name)
def test_a_bad_file_is_found_at_the_expected_places(case: Path) -> None:
    rule = case.parent.name
    found = [(r.place[0], r.rule.id, *r.place[1:]) for r in reports(read(case), rule)]
    assert found
    assert sorted(found) == sorted(expected(case))


@pytest.mark.parametrize("case", cases("good"), ids=name)
def test_a_good_file_is_passed_in_silence(case: Path) -> None:
    assert [r.finding.says for r in reports(read(case), case.parent.name)] == []


@pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.id)
def test_every_rule_has_bad_and_good_files(rule: registry.Rule) -> None:
    names = [case.name for case in (RULES / rule.id).iterdir()]
    assert any(one.startswith("bad") for one in names)
    assert any(one.startswith("good") for one in names)


def test_no_folder_is_left_of_a_rule_that_is_gone() -> None:
    assert {folder.name for folder in RULES.iterdir()} == {rule.id for rule in registry.RULES}


def test_ids_and_names_are_unique_and_of_one_form() -> None:
    ids = [rule.id for rule in registry.RULES]
    names = [rule.name for rule in registry.RULES]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Z]\d{3}", one) and one[0] in registry.FAMILIES for one in ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in names)
    assert ids == sorted(ids, key=lambda one: ("LPCWSX".index(one[0]), one))


@pytest.mark.parametrize("case", cases("bad"), ids=name)
def test_a_finding_is_a_sentence_for_a_person(case: Path) -> None:
    for report in reports(read(case)):
        says = report.finding.says
        assert "\n" not in says
        assert not says.endswith(".")
        assert says[0].islower() or says[0] in "`0123456789" or says.startswith("Rasa"), says
