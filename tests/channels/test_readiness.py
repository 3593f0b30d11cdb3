"""Readiness names each failing part in a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from channels import readiness

NOW = datetime(2026, 5, 10, 12, tzinfo=timezone.utc)


def test_everything_well_is_ready() -> None:
    status, body = readiness.answer(
        [
            readiness.store(None),
            readiness.runner(alive=True, backlog=3),
            readiness.clock(NOW, NOW - timedelta(days=1), simulated=False),
            readiness.platform(True, 2.0),
        ]
    )
    assert status == 200
    assert body["ready"] is True
    assert body["failing"] == []
    assert body["parts"]["runner"]["says"] == "turns run, 3 events wait"


def test_each_failing_part_is_named() -> None:
    status, body = readiness.answer(
        [
            readiness.store("the store cannot be written to: database or disk is full"),
            readiness.runner(alive=False, backlog=0),
            readiness.clock(NOW, NOW + timedelta(hours=1), simulated=False),
            readiness.platform(False, 12.0),
        ]
    )
    assert status == 503
    assert [part["ok"] for part in body["parts"].values()] == [False] * 4
    assert body["failing"] == [
        "the store cannot be written to: database or disk is full",
        "the runner of turns or the sender has ended; restart the process",
        "the clock says 2026-05-10T12:00:00+00:00, 1:00:00 before the journal's newest line; "
        "set the clock",
        "the platform could not be reached at the last call, 12 s ago",
    ]


def test_a_clock_a_little_behind_is_well() -> None:
    assert readiness.clock(NOW, NOW + readiness.CLOCK_BACK, simulated=False).ok
    late = NOW + readiness.CLOCK_BACK + timedelta(seconds=1)
    assert not readiness.clock(NOW, late, simulated=False).ok


def test_a_simulated_clock_may_go_back() -> None:
    assert readiness.clock(NOW, NOW + timedelta(days=9), simulated=True).ok


def test_a_platform_that_nobody_called_yet_is_no_fault() -> None:
    assert readiness.platform(None, None).ok
