"""kill -9 at random moments, on both databases: nothing is lost, nothing is said twice."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import pytest

from tests.backends import ALL, POSTGRESQL, postgres_server
from tests.quick import quick_folder

from .kills import run_kills

KILLS = 50


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ALL)
def test_fifty_kills_at_random_moments_lose_nothing_and_repeat_nothing(
    database: str, tell: Callable[[str], None]
) -> None:
    seed = int(os.environ.get("CRASH_SEED", os.getpid()))
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres_server()) if database == POSTGRESQL else None
        folder = stack.enter_context(quick_folder("kills-"))
        done = run_kills(folder, KILLS, seed, server)
    tell(
        f"{database}: {done.kills} kills, {done.restarts} crashes of the server, "
        f"{done.acknowledged} events acknowledged, {done.doubts} doubts, CRASH_SEED={seed}"
    )
    assert done.complaints == []
    assert done.kills + done.restarts == KILLS
    assert done.acknowledged >= KILLS // 2, "too little happened to prove a thing"
