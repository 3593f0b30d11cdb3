"""The simulation finds what it is there to find: each planted bug, within a number of seeds."""

from __future__ import annotations

import pytest

from .planted import PLANTED, planted
from .world import run

WITHIN = 150  # seeds


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str) -> None:
    with planted(name) as rule:
        for seed in range(WITHIN):
            if any(said.startswith(f"{rule}:") for said in run(seed).wrong):
                return
    pytest.fail(f"`{name}` lived through {WITHIN} worlds, and `{rule}` said nothing")
