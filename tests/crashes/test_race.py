"""Eight processes race for the same tokens: each token is put on the wire once, whoever wins it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from tests.backends import ALL, POSTGRESQL, postgres_server
from tests.quick import quick_folder

from .race import RACERS, race

TOKENS = 200


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ALL)
def test_eight_processes_race_for_tokens_and_none_is_used_twice(
    database: str, tell: Callable[[str], None]
) -> None:
    with contextlib.ExitStack() as stack:
        if database == POSTGRESQL:
            server = stack.enter_context(postgres_server())
            url = server.url(server.new_database())
        else:
            url = f"sqlite:///{stack.enter_context(quick_folder('race-'))}/guard.db"
        raced = race(url, TOKENS)
    said = f"{database}: {TOKENS} tokens, {raced.doubles} doubles, won {raced.wins}"
    tell(f"{said} in {raced.seconds:.0f} s")
    assert raced.doubles == 0
    assert sum(raced.used.values()) == TOKENS
    assert sum(won > 0 for won in raced.wins) > RACERS // 2, "there was no race"
