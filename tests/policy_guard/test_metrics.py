"""The store's figures: each line of the journal counts once; what waits is told with its age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policy_guard import breaker_rows, inbox_rows, journal, metrics, schema
from policy_guard.clock import to_ms
from policy_guard.guard import Refusal
from policy_guard.vocabulary import Purpose
from tests.conftest import Bench

Labels = tuple[str, ...]


def counted(bench: Bench, most: int = metrics.STEP) -> dict[str, dict[Labels, float]]:
    """Return every figure by name and labels, after everything was counted.

    On PostgreSQL a line counts once nothing before it can be missing: half a minute later.
    """
    for seconds in (0, 20, 40):
        more = True
        while more:
            with bench.store.write() as tx:
                moment = bench.store.moment(tx) + timedelta(seconds=seconds)
                more = metrics.count_new(tx, moment, most)
    with bench.store.read() as tx:
        found = list(metrics.families(tx, bench.clock.now()))
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples} for family in found
    }


def test_a_decision_counts_by_what_it_rests_on(bench: Bench) -> None:
    bench.wrote()
    bench.deliver(bench.decided(bench.out("t1", text="hi")))
    bench.deliver(bench.decided(bench.out("t2", text="hi")))
    found = counted(bench)
    ((labels, number),) = found["policy_guard_decisions"].items()
    assert labels[:2] == ("send", "standard_window")
    assert labels[3] == "platform"
    assert number == 2
    assert found["policy_guard_outcomes"] == {("sent", ""): 2}
    assert found["policy_guard_window"] == {("inside",): 2}


def test_a_line_counts_once_however_often_one_looks(bench: Bench) -> None:
    bench.wrote()
    bench.deliver(bench.decided(bench.out(text="hi")))
    assert counted(bench) == counted(bench)


def test_lines_are_counted_in_steps(bench: Bench) -> None:
    bench.wrote()
    for n in range(5):
        bench.deliver(bench.decided(bench.out(f"t{n}", text="hi")))
    assert counted(bench, most=3)["policy_guard_outcomes"] == {("sent", ""): 5}


def test_a_refusal_of_the_platform_counts_by_its_code(bench: Bench) -> None:
    bench.wrote()
    row = bench.decided(bench.out(text="hi"))
    error = {"code": 10, "subcode": 2018278, "message": "outside of the window", "status": 400}
    bench.guard.rejected(bench.began(row.id).part, Refusal(error, outside_window=True))
    outcomes = counted(bench)["policy_guard_outcomes"]
    assert outcomes["rejected", "10/2018278"] == 1
    assert outcomes["disagreement", "10/2018278"] == 1
    assert counted(bench)["policy_guard_window"]["disagreement",] == 1


def test_a_refusal_of_ours_counts_by_its_rule(bench: Bench) -> None:
    bench.wrote()
    bench.clock.move(days=3)
    bench.decided(bench.out("late", purpose=Purpose.PROMOTION, in_turn=False))
    decisions = counted(bench)["policy_guard_decisions"]
    assert [labels[0] for labels in decisions] == ["refuse"]
    assert all(labels[2] for labels in decisions)


def test_what_waits_is_told_with_its_age(bench: Bench) -> None:
    bench.wrote()
    bench.decided(bench.out(text="hi"))
    with bench.store.write() as tx:
        now = bench.clock.now()
        inbox_rows.add(
            tx,
            page=bench.who.page,
            psid=bench.who.psid,
            key="k",
            kind="message",
            at=now,
            received_at=now,
            body={},
        )
    bench.clock.move(minutes=2)
    found = counted(bench)
    assert found["policy_guard_inbox_events"]["pending",] == 1
    assert sum(found["policy_guard_sends"].values()) == 1
    assert found["policy_guard_oldest_seconds"] == {("event",): 120, ("send",): 120}


def test_nothing_that_waits_has_no_age(bench: Bench) -> None:
    assert counted(bench)["policy_guard_oldest_seconds"] == {("event",): 0, ("send",): 0}


def test_no_label_holds_a_person_or_what_was_said(bench: Bench) -> None:
    bench.asked_a_week_ago()
    bench.deliver(bench.decided(bench.alert(text="It is back, dear canary")))
    with bench.store.write() as tx:
        journal.write(tx, bench.clock.now(), bench.who, "person_wrote_stop", text="canary words")
    said = repr(counted(bench))
    assert "one_time_notification" in said
    assert bench.who.psid not in said
    assert "canary" not in said
    assert "sku-42" not in said


def test_an_unending_row_of_error_codes_becomes_one_label(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_MOST_ERRORS", 2)
    with bench.store.write() as tx:
        for code in (1, 1, 1, 2, 2, 3, 4):
            journal.write(tx, bench.clock.now(), bench.who, "rejected", "snd_x", code=code)
    assert counted(bench)["policy_guard_outcomes"] == {
        ("rejected", "1"): 3,
        ("rejected", "2"): 2,
        ("rejected", "other"): 2,
    }


def test_a_line_that_is_committed_late_is_not_missed(bench: Bench) -> None:
    """On PostgreSQL a later line may be seen before an earlier one."""
    with bench.store.write() as early:
        journal.write(early, bench.clock.now(), bench.who, "person_wrote_stop")
        if early.dialect.name == "sqlite":
            pytest.skip("SQLite has one writer: no line is ever committed late")
        with bench.guard.store.write() as late:
            journal.write(late, bench.clock.now(), bench.who, "person_wrote_start")
        with bench.guard.store.write() as tx:
            metrics.count_new(tx, bench.store.moment(tx))
    assert counted(bench)["policy_guard_notes"] == {
        ("person_wrote_stop",): 1,
        ("person_wrote_start",): 1,
    }


def test_what_is_stopped_and_how_fast_it_goes_is_told(bench: Bench) -> None:
    now, page = bench.clock.now(), bench.who.page
    with bench.store.write() as tx:
        breaker_rows.open_by(tx, page, "page", now, "anna", "a review", None)
        half = {"next_at": 0, "bulk_next_at": 0, "share": 500, "slowed_at": to_ms(now)}
        blocked = {"blocked_until": to_ms(now + timedelta(seconds=30)), "why": "613"}
        tx.execute(schema.pace.insert().values(page=page, kind="messages", **half, **blocked))
    found = counted(bench)
    assert found["policy_guard_breaker_open"] == {("page",): 1}
    assert found["policy_guard_pace_share"] == {("messages",): 0.5}
    assert found["policy_guard_pace_blocked_seconds"] == {("messages",): 30}
