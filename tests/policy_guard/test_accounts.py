"""What a decision is explained with: it says more of the answer, and never another one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given

from policy_guard.accounts import accounted
from policy_guard.cases import question_of, read_row
from policy_guard.decide import decide
from policy_guard.decisions import Accounted, Decision, Finding, Refuse, Send, findings_of
from policy_guard.edition import FOLDER, Editions, known, load
from policy_guard.rules import GROUNDS
from policy_guard.vocabulary import Feature, Question
from tests.policy_guard.test_switches import ASKED
from tests.policy_guard.worlds import law, questions, well_grounded

UNFOUNDED = {"facts_are_readable", "nothing_from_the_future"}


@cache
def turned(name: str) -> Editions:
    """Return the editions with one switch on; read here, so that others keep what they have."""
    return load(FOLDER, frozenset({name}))


def plain(f: Finding) -> Finding:
    return Finding(f.rule, f.said, f.whose, f.source, f.change, f.opens_at)


def bare(decision: Decision) -> Decision:
    """Return a decision without what accounting for it adds."""
    reason, found = plain(decision.reason), tuple(plain(f) for f in findings_of(decision))
    if isinstance(decision, Refuse):
        return replace(decision, reason=reason, lacking=found, unasked=())
    return replace(decision, reason=reason, passed=found, unasked=())


@law
@given(questions() | well_grounded())
def test_accounting_for_a_decision_changes_nothing_of_it(q: Question) -> None:
    decision = decide(q)
    assert bare(accounted(q, decision)) == decision


@law
@given(questions() | well_grounded())
def test_every_ground_has_its_say(q: Question) -> None:
    decision = accounted(q, decide(q))
    if decision.reason.rule in UNFOUNDED:
        assert decision.unasked == ()
        return
    own = [decision.reason] if isinstance(decision, Send) else []
    names = [f.rule for f in (*findings_of(decision), *own, *decision.unasked)]
    assert len(names) == len(GROUNDS)
    assert all(
        name in (ground.__name__, "lane_stopped")
        for name, ground in zip(names, GROUNDS, strict=True)
    )


def told_of(decision: Decision) -> dict[str, bool]:
    """Return every switch that the decision names, and whether it is on."""
    every: list[Finding] = [decision.reason, *findings_of(decision), *decision.unasked]
    told = [f for f in every if isinstance(f, Accounted)]
    return {one.switch: one.on for f in told for one in f.assumes}


@pytest.mark.parametrize(
    ("name", "asked"), [one[:2] for one in ASKED], ids=[f"{n}-{a[0]}" for n, a in enumerate(ASKED)]
)
def test_an_answer_that_a_switch_decides_names_it_on_and_off(
    name: str, asked: dict[str, Any]
) -> None:
    row = read_row({"message": {}, **asked}, question_only=True)
    for on in (False, True):
        q = question_of(row, turned(name) if on else known())
        assert told_of(accounted(q, decide(q)))[name] is on


@pytest.mark.parametrize("region", ["US", "FR"])
def test_a_switch_is_named_only_where_it_would_change_what_a_rule_sees(region: str) -> None:
    asked = {
        "at": "2021-02-01T12:00:00Z",
        "message": {"purpose": "account_update"},
        "person": {"opened": {"by": "message", "at": "2021-01-01T12:00:00Z"}, "region": region},
    }
    q = question_of(read_row(asked, question_only=True), known())
    named = told_of(accounted(q, decide(q)))
    assert ("europe_cuts_tags" in named) is (region == "FR")


def test_a_switch_that_is_off_is_not_named_where_it_would_help_nobody() -> None:
    """Recurring notifications are closed where the Page is, with the switch and without."""
    asked = {
        "at": "2026-10-01T12:00:00Z",
        "message": {"purpose": "news"},
        "person": {"opened": {"by": "message", "at": "2026-09-01T12:00:00Z"}},
    }
    q = question_of(read_row(asked, question_only=True), known())
    (lacked,) = [f for f in findings_of(accounted(q, decide(q))) if f.rule == "recurring_agreed"]

    assert lacked.said.key == "recurring_closed"
    assert not isinstance(lacked, Accounted)


def test_a_choice_of_the_person_rests_on_no_switch() -> None:
    asked = {
        "at": "2026-10-01T12:00:00Z",
        "message": {"purpose": "alert", "topic": "stock:a"},
        "person": {
            "stopped": True,
            "tokens": [{"topic": "stock:a", "granted_at": "2026-09-01T00:00:00Z"}],
        },
        "page": {"one_time_notification": True},
    }
    q = question_of(read_row(asked, question_only=True), known())
    decision = accounted(q, decide(q))

    assert decision.reason.rule == "person_stopped"
    assert not isinstance(decision.reason, Accounted)
    assert told_of(decision) == {"one_time_ended": False}


def test_a_feature_that_only_a_switch_lets_pass_is_told_with_the_reason() -> None:
    asked = {
        "at": "2021-05-01T12:00:00Z",
        "message": {},
        "person": {"opened": {"by": "message", "at": "2021-05-01T11:00:00Z"}, "region": "FR"},
    }
    row = read_row(asked, question_only=True)
    q = question_of(row, turned("europe_features_back_early"))
    q = replace(q, message=replace(q.message, features=frozenset({Feature.MEDIA})))
    decision = accounted(q, decide(q))

    assert isinstance(decision, Send)
    assert isinstance(decision.reason, Accounted)
    assert [(one.switch, one.on) for one in decision.reason.assumes] == [
        ("europe_features_back_early", True)
    ]


def test_an_edition_with_a_switch_the_other_way_is_the_one_that_is_loaded_so() -> None:
    for shipped in known().all:
        for name in shipped.switches:
            flipped = shipped.flipped(name)
            loaded = next(e for e in turned(name).all if e.id == shipped.id)
            assert flipped.switched_on == loaded.switched_on == (name,)
            for part in ("openers", "one_time", "recurring", "utility", "features", "plus_one"):
                assert getattr(flipped, part) == getattr(loaded, part)
            accepted = {tag: rule.accepted for tag, rule in flipped.tags.items()}
            assert accepted == {tag: rule.accepted for tag, rule in loaded.tags.items()}
            assert shipped.flipped(name) is flipped
            assert flipped.flipped(name).switched_on == ()
