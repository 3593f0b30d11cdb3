"""What the platform's headers say of our usage, and the pauses between two tries."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from channels.backoff import pause
from channels.usage import usage_in
from policy_guard.pace import Usage


def business(**told: Any) -> dict[str, str]:
    """Return the header of a business's usage."""
    return {"X-Business-Use-Case-Usage": json.dumps({"17": [{"type": "messenger", **told}]})}


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, None),
        ({"X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":25}'}, Usage(28)),
        ({"X-Page-Usage": '{"call_count":3,"total_time":91}'}, Usage(91)),
        (
            business(call_count=100, estimated_time_to_regain_access=19),
            Usage(100, timedelta(minutes=19)),
        ),
        (business(call_count=7, estimated_time_to_regain_access=0), Usage(7)),
        ({"X-App-Usage": "[" * 5000}, None),
        ({"X-App-Usage": '{"call_count":"28"}'}, None),
        ({"X-App-Usage": '{"call_count":true}'}, None),
        ({"X-App-Usage": '{"call_count":1e300}'}, None),
        ({"X-App-Usage": '{"call_count":-1}'}, None),
        ({"X-Business-Use-Case-Usage": '{"17": 3, "18": [null, 4]}'}, None),
    ],
)
def test_the_highest_number_that_can_be_read_counts(
    headers: dict[str, str], usage: Usage | None
) -> None:
    assert usage_in(headers) == usage


@pytest.mark.parametrize(
    ("usage", "busy"),
    [(Usage(79), False), (Usage(80), True), (Usage(0, timedelta(minutes=1)), True)],
)
def test_from_four_fifths_on_we_go_slower(usage: Usage, busy: bool) -> None:
    assert usage.busy is busy


def test_pauses_are_drawn_from_the_whole_of_a_span_that_doubles_up_to_a_minute() -> None:
    chance = random.Random(3)  # noqa: S311 - it only spreads the tries
    for attempts, most in ((0, 1), (1, 2), (3, 8), (6, 60), (400, 60)):
        drawn = [pause(attempts, chance).total_seconds() for _ in range(400)]
        assert 0.05 <= min(drawn) < max(0.06, most / 10)
        assert most * 0.9 < max(drawn) <= most


def test_the_same_source_of_chance_gives_the_same_pauses() -> None:
    one, other = random.Random(5), random.Random(5)  # noqa: S311 - it only spreads the tries
    assert [pause(n, one) for n in range(9)] == [pause(n, other) for n in range(9)]
