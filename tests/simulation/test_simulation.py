"""Two thousand worlds: killed, cut off and lied to, the channel loses nothing and says it once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from .faults import never, report
from .process import ROOT
from .runs import CHUNK, Tally, run_chunks
from .world import run

WORLDS = 2_000


@pytest.mark.timeout(900)
def test_two_thousand_worlds_end_well(tell: Callable[[str], None]) -> None:
    started, tally = time.monotonic(), Tally()
    for _, part in run_chunks(range(WORLDS // CHUNK)):
        tally.merge(part)
    took = time.monotonic() - started
    tell(f"{tally.told()}, in {took:.0f} s\n{report(tally.reached)}")
    assert tally.complaints() == []
    assert never(tally.reached) == []
    assert tally.worlds == WORLDS


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    seed = 7
    first, second = run(seed), run(seed)
    assert [op.told() for op in first.ops] == [op.told() for op in second.ops]
    told = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.splitlines()[: len(first.ops)] == [op.told() for op in first.ops]
    assert told.stdout.splitlines()[-1] == "nothing is wrong"


def test_an_opt_out_in_a_commit_that_fails_was_not_acknowledged() -> None:
    """It shares the commit of the message that it comes before, and the disk is full."""
    world = run(4702)
    assert world.wrong == []
    assert world.reached["opt-out between claim and commit"] == 1
    assert world.reached["disk full"] > 0


def test_no_time_passes_while_a_world_waits() -> None:
    began = time.monotonic()
    lived = sum(run(seed).lived for seed in range(20))
    assert lived / 1000 > 100 * (time.monotonic() - began)
