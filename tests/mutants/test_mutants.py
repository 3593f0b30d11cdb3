"""A sample of wrong changes to the rules is noticed; how changes are made, and what is kept."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from .ledger import Ledger, LedgerError, Report, accepted, gone
from .mutate import SOURCES, mutants, of_text
from .runs import tried
from .trial import Outcome

SEED, SAMPLE = 20200304, 60


@pytest.mark.timeout(400)
def test_of_60_changes_drawn_by_a_fixed_seed_the_rows_alone_notice_two_thirds(
    tell: Callable[[str], None],
) -> None:
    # what rows cannot see, `python -m tests.mutants` puts before unit tests, worlds and laws
    started = time.monotonic()
    drawn = Random(SEED).sample(mutants(), SAMPLE)  # noqa: S311 - it draws tests, not secrets
    outcomes = {m.key: (m, outcome) for m, outcome in tried(drawn, ("rows",))}
    report = Report(outcomes, accepted(), [])
    tell(f"{report.lines()[0]}, in {time.monotonic() - started:.0f} s")
    assert len(outcomes) == SAMPLE
    assert not report.noticed_after_all, "\n".join(report.lines())
    assert SAMPLE - len(report.survivors) >= SAMPLE * 2 // 3, "\n".join(report.lines())


def test_every_accepted_change_can_still_be_made() -> None:
    assert gone(accepted(), mutants()) == []


def test_every_change_is_python_and_has_a_name_of_its_own() -> None:
    every = mutants()
    assert {m.file for m in every} == set(SOURCES)
    assert len({m.key for m in every}) == len(every)
    assert len({(m.file, m.text) for m in every}) > 0.95 * len(every)
    for mutant in every:
        ast.parse(mutant.text)


def changes(text: str) -> set[str]:
    return {m.change for m in of_text(text, "policy_guard/example.py")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", {"`a < b` -> `(a <= b)`", "`a < b` -> `(a >= b)`"}),
        ("a is None", {"`a is None` -> `(a is not None)`"}),
        (
            "a and b",
            {"`a and b` -> `(a or b)`", "`a and b` -> `(a)`", "`a and b` -> `(b)`"},
        ),
        ("not a", {"`not a` -> `(a)`"}),
        ("a + b", {"`a + b` -> `(a - b)`"}),
        ("max(a, b)", {"`max(a, b)` -> `(min(a, b))`", "`max(a, b)` -> `pass`"}),
        ("b if a else c", {"`b if a else c` -> `(c if a else b)`"}),
        ("Whose.OURS", {"`Whose.OURS` -> `(Whose.PLATFORM)`"}),
        ("x = True", {"`True` -> `(False)`"}),
        ("x = 7", {"`7` -> `(8)`"}),
        ("x: int = 7", {"`7` -> `(8)`"}),
        ("x = said('key', at=a)", set()),
        ("x = replace(a, b=c)", {"`replace(a, b=c)` -> `(a)`"}),
        ("x = [a for a in b if a]", {"`[a for a in b if a]` -> `([a for a in b])`"}),
        ("'''Words for a reader.'''", set()),
    ],
)
def test_a_change_is_made_where_the_rules_turn(text: str, expected: set[str]) -> None:
    assert changes(text) == expected


def test_an_early_return_goes_and_a_returned_value_too() -> None:
    text = "def rule(q):\n    '''Words.'''\n    if q:\n        return f(q)\n    return None\n"
    assert changes(text) == {
        "`if q: return f(q)` -> `pass`",
        "`return f(q)` -> `return None`",
    }


def test_nothing_but_the_change_is_touched() -> None:
    text = "# é\nx = 'é' if a  <  b else  c  # words\n"
    (edge,) = (m for m in of_text(text, "f.py") if m.change == "`a < b` -> `(a <= b)`")
    assert edge.text == "# é\nx = 'é' if (a <= b) else  c  # words\n"
    assert (edge.line, edge.function) == (2, "module")


def test_what_noticed_a_change_is_kept_while_the_changed_text_is_the_same(tmp_path: Path) -> None:
    one, other = of_text("a < b", "f.py")
    ledger = Ledger(tmp_path / "ledger.json", "now")
    ledger.note(one, Outcome("rows", "a row"), ["rows"])
    ledger.note(other, Outcome(None), ["rows"])
    ledger.write()
    again = Ledger.read(tmp_path / "ledger.json")
    assert again.outcome(one, ["rows"]) == Outcome("rows", "a row")
    assert again.outcome(other, ["rows"]) is None, "what may notice it has changed"
    again.noticing = "now"
    assert again.outcome(other, ["rows"]) == Outcome(None)
    assert again.outcome(other, ["rows", "tests"]) is None, "it was not tried with tests"
    (longer,) = (m for m in of_text("\na < b", "f.py") if m.key == one.key)
    assert again.outcome(longer, ["rows"]) is None


def test_an_accepted_change_that_is_noticed_or_gone_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    entry = "- {file: f.py, function: module, change: '`a < b` -> `(a <= b)`', because: %s}\n"
    file.write_text(entry % "nobody sees it", "utf-8")
    listed = accepted(file)
    one, other = of_text("a < b", "f.py")
    unnoticed = {one.key: (one, Outcome(None)), other.key: (other, Outcome("rows"))}
    assert Report(unnoticed, listed, gone(listed, [one, other])).good
    noticed = Report({one.key: (one, Outcome("rows", "a row"))}, listed, [])
    assert not noticed.good
    assert "noticed by rows" in noticed.lines()[1]
    assert not Report({}, listed, gone(listed, [other])).good
    assert not Report({other.key: (other, Outcome(None))}, listed, []).good
    file.write_text(entry % "''", "utf-8")
    with pytest.raises(LedgerError, match="has no reason"):
        accepted(file)
    file.write_text(entry % "x" + entry % "x", "utf-8")
    with pytest.raises(LedgerError, match="is listed twice"):
        accepted(file)
    file.write_text("- {file: f.py}\n", "utf-8")
    with pytest.raises(LedgerError, match="entry 1: 'function' is missing"):
        accepted(file)
