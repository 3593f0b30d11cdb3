"""Hosts whose clocks differ: one pace and one set of leases, by the clock of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from policy_guard import people_rows
from policy_guard.delivery import Delivery
from policy_guard.guard import Guard, Later, Wire
from policy_guard.pace import Pace
from policy_guard.people_rows import Who
from policy_guard.send_states import COMMITTED

if TYPE_CHECKING:
    from tests.conftest import Bench, FakeClock

MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Wrong:
    """The clock of a host that is ahead of the store's, or behind it."""

    right: FakeClock
    ahead: timedelta

    def now(self) -> datetime:
        """Return what the host takes for now, UTC."""
        return self.right.now() + self.ahead


def host(bench: Bench, ahead: timedelta, delivery: Delivery | None = None) -> Guard:
    """Return the guard of a host whose clock is wrong."""
    paced = {} if delivery is None else {"delivery": delivery}
    return bench.another_guard(clock=Wrong(bench.clock, ahead), **paced)


def answers(bench: Bench, guard: Guard, name: str, number: int) -> list[str]:
    """Let a host decide on an answer to each of so many people who have just written."""
    decided = []
    for n in range(number):
        bench.who = Who(bench.who.page, f"{name}-{n}")
        bench.write(people_rows.ensure)
        bench.wrote()
        decided.append(guard.authorize(bench.out(f"{name}-{n}"))[0].id)
    return decided


@pytest.mark.parametrize("ahead", [timedelta(seconds=0.2), timedelta(seconds=2)])
def test_live_answers_of_a_host_that_is_behind_get_their_half_of_the_pace(
    bench: Bench, ahead: timedelta
) -> None:
    paced = Delivery(Pace(per_thread_per_second=None))
    hosts = {
        "behind": host(bench, timedelta(0), paced),
        "ahead": host(bench, ahead, paced),
    }
    waiting = {name: answers(bench, guard, name, 45) for name, guard in hosts.items()}
    left = dict.fromkeys(hosts, 0)
    chance = Random(7)  # noqa: S311 - it only says who asks first
    for _ in range(200):  # one second
        for name, guard in chance.sample(list(hosts.items()), 2):
            told = guard.begin(waiting[name][0])
            if isinstance(told, Wire):
                left[name] += 1
                waiting[name].pop(0)
            else:
                assert isinstance(told, Later), told
                wait = told.until - guard.clock.now()
                assert told.why == "pace"
                assert timedelta(0) < wait < timedelta(seconds=0.1), "told by its own clock"
        bench.clock.at += 5 * MS
    assert 35 <= sum(left.values()) <= 42
    assert min(left.values()) >= 14, left


@pytest.mark.parametrize("ahead", [timedelta(seconds=30), timedelta(hours=5)])
def test_what_a_host_has_is_not_taken_by_one_whose_clock_is_ahead(
    bench: Bench, ahead: timedelta
) -> None:
    bench.wrote()
    claimed = bench.decided(bench.out("turn-1"))
    other = host(bench, ahead)
    assert other.claim_due("other", 5) == []
    bench.clock.move(seconds=9)
    assert other.claim_due("other", 5) == [], "its lease is ten seconds by the store's clock"
    bench.clock.move(seconds=2)
    assert [row.id for row in other.claim_due("other", 5)] == [claimed.id]


def test_what_is_on_the_wire_of_a_host_is_no_doubt_to_one_whose_clock_is_ahead(
    bench: Bench,
) -> None:
    bench.wrote()
    row = bench.decided(bench.out("turn-1"))
    bench.began(row.id)
    other = host(bench, timedelta(seconds=30))
    assert other.recover() == 0
    assert bench.row(row.id).state == COMMITTED
    bench.clock.move(seconds=11)
    assert other.recover() == 1


def test_what_a_host_whose_clock_is_ahead_had_is_taken_over_as_soon_as_any(bench: Bench) -> None:
    bench.wrote()
    ahead = host(bench, timedelta(seconds=50))
    row = ahead.authorize(bench.out("turn-1"))[0]
    bench.clock.move(seconds=11)
    assert [one.id for one in bench.guard.claim_due("other", 5)] == [row.id]
