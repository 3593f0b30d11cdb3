"""Comments that silence a finding: where they count, and what is said about the comments."""

from __future__ import annotations

import pytest

from policy_guard.lint import engine, registry
from policy_guard.lint.reader import assemble, load_text
from policy_guard.lint.source import of_text
from tests.lint.workbench import OPTIONS, said

LOUD = "`!!!` is louder than it is clear"


def domain(text: str) -> str:
    return f"responses:\n{text}"


@pytest.mark.parametrize(
    "text",
    [
        '  utter_a:\n    - text: "A!!!" # lint: ignore[W412] on purpose\n',
        '  utter_a:\n    # lint: ignore[W412] on purpose\n    - text: "A!!!"\n',
        '  utter_a:\n    # lint: ignore[W412] on purpose\n\n    # another\n    - text: "A!!!"\n',
        '  utter_a: # lint: ignore[W412] on purpose\n    - text: "A!!!"\n    - text: "B!!!"\n',
        '  # lint: ignore[W412] on purpose\n  utter_a:\n    - text: "A"\n    - text: "B!!!"\n',
        "  utter_a:\n    - text: | # lint: ignore[W412] on purpose\n        A\n        B!!!\n",
        '  utter_a:\n    - image: x # lint: ignore[W412] why\n      text: "A!!!"\n',
        '  utter_a:\n    - text: "A!!!" #lint:ignore[W412, X902]on purpose\n',
        '  # lint: ignore-file[W412] on purpose\n  utter_a:\n    - text: "A!!!"\n',
        '  utter_a:\n    - text: "A!!!"\n  # lint: ignore-file[W412] at the end\n',
    ],
)
def test_a_comment_silences_what_it_stands_with(text: str) -> None:
    assert LOUD not in said(domain(text), "W412")


@pytest.mark.parametrize(
    "text",
    [
        '  utter_a:\n    - text: "A!!!" # lint: ignore[W405] another rule\n',
        '  utter_a: # lint: ignore[W412] this one\n    - text: "A"\n'
        '  utter_b:\n    - text: "B!!!"\n',
        '  utter_a:\n    - text: "A" # lint: ignore[W412] another line\n    - text: "B!!!"\n',
        '  utter_a:\n    - text: "A!!! # lint: ignore[W412] inside the text"\n',
        "  utter_a:\n    - text: |\n        A!!!\n        # lint: ignore[W412] inside\n",
        '  utter_a:\n    - text: "A!!!" # ignore[W412] not ours\n',
    ],
)
def test_a_comment_silences_nothing_else(text: str) -> None:
    assert LOUD in said(domain(text), "W412")


def test_a_comment_in_python_silences_too_and_a_text_does_not() -> None:
    body = (
        "def f(d):\n"
        "    d.utter_message(text='A!!!')  # lint: ignore[W412] on purpose\n"
        "    d.utter_message(text='B!!! # lint: ignore[W412] in a text')\n"
    )
    project, problems = assemble([of_text(body, "actions.py")], OPTIONS)
    assert problems == ()
    found = engine.run(project, engine.Plan(rules=(registry.find("W412"),)))  # type: ignore[arg-type]
    assert [report.place[1] for report in found.reports] == [3]
    assert found.silenced == 1


def test_an_unused_comment_is_only_called_so_when_its_rule_was_run() -> None:
    text = domain('  utter_a:\n    - text: "A" # lint: ignore[W412] was loud once\n')
    project = load_text(text, options=OPTIONS)
    rules = tuple(rule for rule in registry.RULES if rule.id in ("W405", "X901"))
    assert engine.run(project, engine.Plan(rules=rules)).reports == ()
    assert [r.rule.id for r in engine.run(project, engine.Plan()).reports] == ["X901"]


def test_an_unknown_id_is_always_called_so() -> None:
    text = domain('  utter_a:\n    - text: "A" # lint: ignore[W999] why\n')
    assert said(text, "X901") == ["no rule is called `W999`"]


def test_what_a_comment_lacks_is_said_once_each() -> None:
    text = domain('  utter_a:\n    - text: "A!!!" # lint: ignore[]\n')
    assert sorted(said(text)) == [
        LOUD,
        "this gives no reason: say in words why the finding does not count here",
        "this names no rule, and silences nothing",
    ]


def test_a_comment_on_the_line_of_one_of_several_literals_counts() -> None:
    body = (
        "def f(d):\n"
        "    d.utter_message(\n"
        "        text=f'A {d.name} '\n"
        "        'B!!!'  # lint: ignore[W412] on purpose\n"
        "    )\n"
        "    text = 'C!!!'\n"
        "    d.utter_message(text)  # lint: ignore[W412] where it is said\n"
    )
    project, problems = assemble([of_text(body, "actions.py")], OPTIONS)
    assert problems == ()
    found = engine.run(project, engine.Plan())
    assert [r.rule.id for r in found.reports if r.rule.id in ("W412", "X901")] == []
    assert found.silenced == 2
