"""Hostile webhook bodies through the real door: none is answered 500, none is waited for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .attack import attack, door, parse_all
from .bodies import WAYS, Bodies

BODIES, SEEDS = 2_000, 4
MOST_GROWTH = 150  # megabytes


@pytest.mark.timeout(300)
def test_thousands_of_hostile_bodies_are_answered_below_500_and_in_time(
    tell: Callable[[str], None],
) -> None:
    with door() as made:
        answers = attack(made, range(SEEDS), BODIES // SEEDS)
    tell(f"{answers.told()}")
    assert answers.wrong == []
    assert answers.number == BODIES
    assert {"200", "400", "403", "413"} <= set(answers.statuses)
    assert [way for way in WAYS if not answers.ways[way]] == []
    assert max(answers.memory) - answers.memory[0] < MOST_GROWTH


def test_thousands_of_hostile_bodies_are_parsed_without_an_error() -> None:
    assert parse_all(range(100, 104), 1_000) == []


def test_a_seed_draws_the_same_bodies_again() -> None:
    first, second = ([next(iter(Bodies(3))).raw, Bodies(3).draw().headers] for _ in range(2))
    assert first == second
