"""The guard against the simulator's judge: 300,000 worlds in process, each decision on the wire."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from .coverage import NOT_DRAWN, RULES, Reached
from .runs import CHUNK, run, run_chunk
from .worlds import draw

CASES = 300_000


@pytest.mark.timeout(600)
def test_the_guard_and_the_judge_agree_on_300_000_worlds(
    tell: Callable[[str], None],
) -> None:
    seed = random.SystemRandom().randrange(10**9)
    started = time.monotonic()
    reached, wrong, examples, cases = Reached(), 0, [], 0
    for result in run(seed, range(CASES // CHUNK)):
        reached.merge(result.reached)
        wrong, cases = wrong + result.wrong, cases + result.cases
        examples += result.examples
    took = time.monotonic() - started
    tell(f"{cases} worlds in {took:.0f} s, seed {seed}, {wrong} wrong")
    tell(f"{reached.report()}")
    assert wrong == 0, "\n".join(examples[:20])
    assert cases == CASES
    assert reached.never() == []
    assert reached.excused() == []


def test_a_seed_draws_the_same_worlds_again() -> None:
    first, second = (random.Random("7:0") for _ in range(2))  # noqa: S311 - it draws tests
    assert [draw(first) for _ in range(200)] == [draw(second) for _ in range(200)]


def test_what_is_not_drawn_is_a_rule() -> None:
    assert set(NOT_DRAWN) <= set(RULES)


def test_an_excuse_for_a_rule_that_is_reached_after_all_fails_the_run() -> None:
    reached, excused = Reached(), next(iter(NOT_DRAWN))
    assert reached.excused() == []
    reached.looked_at[excused] += 1
    assert reached.excused() == [f"the rule `{excused}` is listed as not drawn"]


def test_a_rule_an_edge_or_a_place_that_is_never_reached_is_named() -> None:
    missing = Reached().never()
    assert "the rule `person_answers`" in missing
    assert "at the end of the time in which a person answers" in missing
    assert "utility templates, person in PH" in missing
    assert "recurring notifications, Page in the EEA somewhere" in missing


def test_a_chunk_counts_what_it_compared() -> None:
    result = run_chunk(1, 0, size=500)
    assert result.cases == 500
    assert sum(result.reached.decisions.values()) == 500
