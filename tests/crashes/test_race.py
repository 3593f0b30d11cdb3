"""Eight processes race for the same tokens: each token is put on the wire once, whoever wins it."""

from __future__ import annotations

import sys

import pytest

from .race import RACERS, race

TOKENS = 300


@pytest.mark.timeout(300)
def test_eight_processes_race_for_tokens_and_none_is_used_twice(
    store_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raced = race(store_url, TOKENS)
    with capsys.disabled():
        kind = store_url.partition(":")[0]
        said = f"{kind}: {TOKENS} tokens, {raced.doubles} doubles, won {raced.wins}"
        sys.stdout.write(f"\n{said} in {raced.seconds:.0f} s\n")
    assert raced.doubles == 0
    assert sum(raced.used.values()) == TOKENS
    assert sum(won > 0 for won in raced.wins) > RACERS // 2, "there was no race"
