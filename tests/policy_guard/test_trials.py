"""Breakers that are half open: which message tries, what it tries, and what its end says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policy_guard import breaker_rows, people_rows
from policy_guard.breaker_rows import PAGE, PLATFORM
from policy_guard.broadcast_rows import PAUSED, RUNNING
from policy_guard.guard import Guard, Refusal
from policy_guard.people_rows import Who
from policy_guard.send_states import HELD, REJECTED, SENT
from policy_guard.sends import SendRow
from policy_guard.vocabulary import Purpose
from tests.conftest import Bench

from .crowds import Crowd

ASKS = "one_time_notification"  # the way that alerts to a token take
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    """Give people of one Page."""
    return Crowd(bench)


def trip(bench: Bench, *lanes: str, page: str = "") -> None:
    """Let the platform stop these ways of sending."""
    with bench.store.write() as tx:
        for lane in lanes:
            breaker_rows.trip(tx, page or bench.who.page, lane, bench.clock.now(), "stopped")


def is_open(bench: Bench) -> list[str]:
    """Return what is stopped."""
    with bench.store.read() as tx:
        return sorted(breaker_rows.opened(tx, bench.who.page))


def alert_of(bench: Bench, psid: str) -> SendRow:
    """Decide on an alert to somebody who asked for it a week ago."""
    bench.who = Who(bench.who.page, psid)
    return bench.decided(bench.alert(f"notify-{psid}"))


def asked_a_week_ago(bench: Bench, *psids: str) -> None:
    """Let people ask to be told, and a week pass."""
    for psid in psids:
        bench.who = Who(bench.who.page, psid)
        bench.write(people_rows.ensure)
        bench.wrote()
        bench.granted(value=f"otn-{psid}")
    bench.clock.move(days=7)


# -- the Page and one way of sending, both stopped -------------------------------------------------


def test_what_two_breakers_hold_tries_both_and_its_arrival_closes_both(bench: Bench) -> None:
    asked_a_week_ago(bench, "ann")
    trip(bench, PAGE, ASKS)
    row = alert_of(bench, "ann")
    assert row.state == HELD
    bench.clock.move(minutes=31)
    (tries,) = bench.guard.try_again()
    assert tries.id == row.id
    assert set(tries.probes) == {PAGE, ASKS}
    bench.deliver(tries)
    assert bench.row(row.id).state == SENT
    assert is_open(bench) == []


def test_what_two_breakers_hold_is_refused_for_one_and_the_other_tries_on(bench: Bench) -> None:
    asked_a_week_ago(bench, "ann", "bob")
    trip(bench, PAGE, ASKS)
    rows = [alert_of(bench, "ann"), alert_of(bench, "bob")]
    bench.clock.move(minutes=31)
    (tries,) = bench.guard.try_again()
    wire = bench.began(tries.id)
    bench.guard.rejected(wire.part, Refusal({"says": "no"}, stop="lane", waits=True))
    with bench.store.read() as tx:
        stops = breaker_rows.opened(tx, bench.who.page)
    assert stops[ASKS].pause == 2 * HALF_AN_HOUR, "it was tried in vain"
    assert stops[PAGE].pause == HALF_AN_HOUR, "nothing was said of the Page"
    assert stops[PAGE].half_open(bench.clock.now())
    bench.clock.move(hours=1, minutes=1)
    (again,) = bench.guard.try_again()
    bench.deliver(again)
    assert is_open(bench) == []
    for row in bench.guard.due():
        bench.deliver(bench.guard.reconsider(row.id, "its moment came"))
    assert [bench.row(row.id).state for row in rows] == [SENT, SENT]


def test_a_way_that_an_operator_stopped_is_not_tried_with_the_page(bench: Bench) -> None:
    asked_a_week_ago(bench, "ann")
    trip(bench, PAGE)
    with bench.store.write() as tx:
        now = bench.clock.now()
        breaker_rows.open_by(tx, bench.who.page, ASKS, now, "ann", "a look", None)
    row = alert_of(bench, "ann")
    bench.clock.move(minutes=31)
    for _ in range(3):
        assert bench.guard.try_again() == []
    assert bench.row(row.id).halted_by == ASKS
    assert is_open(bench) == [ASKS, PAGE]


def test_a_message_of_another_page_tries_nothing_of_this_one(bench: Bench) -> None:
    asked_a_week_ago(bench, "ann")
    trip(bench, PAGE)
    trip(bench, PAGE, page="page-2")
    row = alert_of(bench, "ann")
    with bench.store.write() as tx:
        breaker_rows.close(tx, bench.who.page, PAGE, bench.clock.now(), "ann")
        tx.exec_driver_sql("update send set not_before = null")
    bench.clock.move(minutes=31)
    assert bench.guard.try_again() == []
    assert bench.row(row.id).state == HELD


# -- a broadcast that is paused --------------------------------------------------------------------


def test_what_a_paused_broadcast_has_held_leaves_the_trial_to_others(crowd: Crowd) -> None:
    bench = crowd.bench
    crowd.join("a", "b")
    trip(bench, PAGE)
    made = crowd.ordered()
    crowd.send(made)
    assert crowd.states(made) == {"a": HELD, "b": HELD}
    bench.clock.move(seconds=1)
    crowd.join("person-1")
    later = bench.decided(
        bench.out(purpose=Purpose.POST_PURCHASE_UPDATE, topic="delivery", in_turn=False)
    )
    assert later.state == HELD
    crowd.move(made, PAUSED)
    bench.clock.move(minutes=31)
    (tries,) = bench.guard.try_again()
    assert tries.id == later.id
    bench.deliver(tries)
    assert is_open(bench) == []
    assert crowd.states(made) == {"a": HELD, "b": HELD}


def test_a_trial_whose_broadcast_is_paused_leaves_it_to_the_next(crowd: Crowd) -> None:
    bench = crowd.bench
    crowd.join("a")
    trip(bench, PAGE)
    made = crowd.ordered()
    crowd.send(made)
    bench.clock.move(minutes=31)
    (tries,) = bench.guard.try_again()
    crowd.move(made, PAUSED)
    assert bench.guard.begin(tries.id) is None
    assert bench.row(tries.id).probes == ()
    with bench.store.read() as tx:
        assert breaker_rows.opened(tx, crowd.page)[PAGE].half_open(bench.clock.now())
    crowd.move(made, RUNNING)
    other: Guard = bench.another_guard()
    (again,) = other.claim_due(other.worker, 5)
    assert other.begin(again.id) is None, "it tries nothing, so the Page's stop holds for it too"
    assert bench.row(again.id).halted_by == PAGE


def test_a_message_that_tries_the_page_may_try_the_silent_platform_too(bench: Bench) -> None:
    asked_a_week_ago(bench, "ann")
    trip(bench, PAGE)
    alert_of(bench, "ann")
    bench.clock.move(minutes=31)
    (tries,) = bench.guard.try_again()
    trip(bench, PLATFORM)
    bench.clock.move(seconds=6)
    bench.deliver(tries)
    assert bench.row(tries.id).state == SENT
    assert is_open(bench) == []


def test_an_answer_that_nothing_can_stop_is_refused_by_the_stop_of_a_way(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out())
    wire = bench.began(row.id)
    later = bench.clock.now() + timedelta(seconds=1)
    no = Refusal({"says": "this tag is not approved"}, stop="lane", waits=True, retry_at=later)
    bench.guard.rejected(wire.part, no)
    assert bench.row(row.id).state == REJECTED
    assert is_open(bench) == []
