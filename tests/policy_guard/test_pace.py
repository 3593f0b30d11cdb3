"""The pace: no second with too many messages, a part for live ones, slower on demand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from policy_guard import pace_rows
from policy_guard.errors import CaseError
from policy_guard.pace import MEDIA, MESSAGES, UNLIMITED, Pace, kind_of, read
from policy_guard.people_rows import Who
from policy_guard.send_states import BULK, LIVE

if TYPE_CHECKING:
    from tests.conftest import Bench

OPEN = Pace(per_thread_per_second=None)
MS = timedelta(milliseconds=1)


def take(
    bench: Bench, lane: str = LIVE, kind: str = MESSAGES, pace: Pace = OPEN
) -> datetime | None:
    """Take one message; returns None, or from when on there may be room."""
    with bench.store.write() as tx:
        now = bench.clock.now()
        return pace_rows.debit(tx, bench.who, kind, lane, pace, now, now)


def taken(
    bench: Bench, seconds: float, wants: Callable[[int], list[str]], **words: Any
) -> list[tuple[datetime, str]]:
    """Let messages be wanted every 5 ms; returns when which lane got one."""
    got = []
    for step in range(int(seconds * 200)):
        for lane in wants(step):
            if take(bench, lane, **words) is None:
                got.append((bench.clock.now(), lane))
        bench.clock.at += 5 * MS
    return got


def most_in_a_second(moments: list[datetime]) -> int:
    """Return how many messages the fullest second holds."""
    return max(sum(a <= b < a + timedelta(seconds=1) for b in moments) for a in moments)


@pytest.mark.parametrize("lane", [LIVE, BULK])
def test_no_second_holds_more_than_the_setting_says(bench: Bench, lane: str) -> None:
    got = taken(bench, 3, lambda _: [lane])
    assert most_in_a_second([at for at, _ in got]) <= 40


def test_live_messages_get_nearly_the_whole_pace_and_a_broadcast_its_part(bench: Bench) -> None:
    live = taken(bench, 4, lambda _: [LIVE])
    assert 145 <= len(live) <= 160
    bench.clock.move(seconds=10)
    bulk = taken(bench, 4, lambda _: [BULK])
    assert 100 <= len(bulk) <= 120


def test_a_live_message_finds_room_at_once_while_a_broadcast_takes_all_it_can(
    bench: Bench,
) -> None:
    asked = 0

    def wants(step: int) -> list[str]:
        return [BULK, LIVE] if step % 20 == 0 else [BULK]

    got = taken(bench, 4, wants)
    asked = sum(step % 20 == 0 for step in range(800))
    assert sum(lane == LIVE for _, lane in got) == asked
    assert most_in_a_second([at for at, _ in got]) <= 40


def test_while_live_messages_take_all_a_broadcast_gets_nothing(bench: Bench) -> None:
    got = taken(bench, 3, lambda _: [LIVE, BULK])
    assert sum(lane == BULK for _, lane in got) == 0


def test_media_have_a_pace_of_their_own_and_count_as_messages_too(bench: Bench) -> None:
    got = taken(bench, 3, lambda _: [LIVE], kind=MEDIA)
    assert most_in_a_second([at for at, _ in got]) <= 10
    assert take(bench, kind=MESSAGES) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"message": {"text": "hi"}}, MESSAGES),
        ({"message": {"attachment": {"type": "template", "payload": {}}}}, MESSAGES),
        ({"message": {"attachment": {"type": "video", "payload": {}}}}, MEDIA),
        ({"message": {"attachment": {"type": "image", "payload": {}}}}, MEDIA),
        ({}, MESSAGES),
    ],
)
def test_what_the_platform_fetches_is_media(body: dict[str, Any], kind: str) -> None:
    assert kind_of(body) == kind


def test_one_person_has_a_bucket_of_their_own(bench: Bench) -> None:
    pace = Pace(1000, 1000, 0.25, per_thread_per_second=2, per_thread_burst=3)
    assert [take(bench, pace=pace) for _ in range(3)] == [None] * 3
    assert take(bench, pace=pace) == bench.clock.now() + timedelta(seconds=0.5)
    bench.who = Who(bench.who.page, "somebody else")
    assert take(bench, pace=pace) is None


def test_without_a_limit_nothing_is_counted(bench: Bench) -> None:
    assert {take(bench, BULK, MEDIA, UNLIMITED) for _ in range(500)} == {None}
    assert bench.sql("select count(*) from pace") == [(0,)]


def share(bench: Bench) -> float:
    """Return what is left of the configured pace, in percent."""
    with bench.store.read() as tx:
        found = pace_rows.standing(tx, bench.who.page, bench.clock.now())
    return next(one.share for one in found if one.kind == MESSAGES) / 10


def slow(bench: Bench, regain: timedelta | None = None) -> bool:
    """Let the platform say that we are too quick."""
    with bench.store.write() as tx:
        return pace_rows.slow_down(tx, bench.who.page, bench.clock.now(), "too often", regain)


def test_an_overload_halves_the_pace_once_and_it_comes_back_a_tenth_a_minute(
    bench: Bench,
) -> None:
    assert slow(bench)
    assert not slow(bench), "the same overload told by another answer"
    assert share(bench) == 50
    bench.clock.move(minutes=2)
    assert share(bench) == 70
    assert slow(bench)
    assert share(bench) == 35
    bench.clock.move(minutes=10)
    assert share(bench) == 100


def test_however_often_it_is_slowed_down_something_still_goes(bench: Bench) -> None:
    for _ in range(20):
        slow(bench)
        bench.clock.move(seconds=6)
    assert 5 <= share(bench) < 12
    assert len(taken(bench, 3, lambda _: [LIVE])) >= 5


def test_a_slower_page_really_goes_slower(bench: Bench) -> None:
    slow(bench)
    assert 70 <= len(taken(bench, 4, lambda _: [LIVE])) <= 85


def test_until_the_platform_takes_calls_again_nothing_goes(bench: Bench) -> None:
    until = bench.clock.now() + timedelta(minutes=7)
    slow(bench, timedelta(minutes=7))
    assert take(bench) == until
    bench.clock.at = until
    assert take(bench) is None


@pytest.mark.parametrize("seconds", [10, 45, 5 * 3600])
def test_a_clock_that_goes_back_does_not_stop_the_page(bench: Bench, seconds: int) -> None:
    taken(bench, 1, lambda _: [LIVE, BULK])
    bench.clock.move(seconds=-seconds)
    assert take(bench) is None
    assert len(taken(bench, 2, lambda _: [LIVE])) >= 70


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=5)])
def test_what_the_platform_asked_for_before_the_clock_went_back_is_over(
    bench: Bench, back: timedelta
) -> None:
    slow(bench, timedelta(minutes=7))
    bench.clock.at -= back
    assert take(bench) is None
    assert share(bench) == 100
    bench.clock.move(seconds=1)
    slow(bench, timedelta(minutes=1))
    assert take(bench) == bench.clock.now() + timedelta(minutes=1), "what it asks for now holds"
    assert share(bench) == 50


@pytest.mark.parametrize(
    ("said", "pace"),
    [
        (None, Pace()),
        ("none", UNLIMITED),
        ({"messages_per_second": 20}, Pace(messages_per_second=20.0)),
        ({"media_per_second": "none"}, Pace(media_per_second=None)),
        ({"reserved_for_live": "40%"}, Pace(reserved_for_live=0.4)),
        ({"reserved_for_live": 0.1}, Pace(reserved_for_live=0.1)),
    ],
)
def test_the_settings_say_how_fast(said: object, pace: Pace) -> None:
    assert read(said) == pace


@pytest.mark.parametrize(
    ("said", "path", "sentence"),
    [
        (40, "pace", "`policy_guard.pace` is `40`, neither a mapping nor `none`"),
        ({"speed": 1}, "pace.speed", "unknown key `policy_guard.pace.speed`"),
        (
            {"messages_per_second": 0},
            "pace.messages_per_second",
            "`policy_guard.pace.messages_per_second` is `0`, neither `none` nor a number from "
            "0.1 to 1000",
        ),
        (
            {"reserved_for_live": "95%"},
            "pace.reserved_for_live",
            "`policy_guard.pace.reserved_for_live` is `95%`, not a share from `0%` to `90%`",
        ),
    ],
)
def test_a_pace_that_cannot_be_is_a_sentence(said: object, path: str, sentence: str) -> None:
    with pytest.raises(CaseError) as caught:
        read(said)
    assert (str(caught.value), caught.value.path) == (sentence, path)
