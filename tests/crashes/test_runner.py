"""The runner of turns: one at a time per person, in order, and nothing acknowledged forgotten."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from channels.inbox import RUNS, Runner
from policy_guard import inbox_rows, schema
from policy_guard.inbox_rows import InboxRow
from policy_guard.sql_store import SqlStore
from tests.crashes import ledger

PAGE = "page-1"
NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
SOON = 10.0  # seconds for something to happen, on a slow machine


@dataclass
class Bench:
    """A runner over a real database, whose turns are written down as they happen."""

    file: Path
    store: SqlStore
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    given_up: list[InboxRow] = field(default_factory=list)
    at_once: dict[str, int] = field(default_factory=dict)
    most_at_once: dict[str, int] = field(default_factory=dict)
    turn: Callable[[InboxRow], Awaitable[None]] | None = None
    runner: Runner | None = None

    def start(self, bound: int = 32) -> Runner:
        """Start a runner, as a new process would."""
        self.runner = Runner(self.store, self._run, self._give_up, bound=bound, retry_after=0.01)
        self.runner.start(PAGE)
        return self.runner

    def event(self, key: str, psid: str = "alex", seconds: float = 0) -> InboxRow:
        """Keep an event of a person that happened some seconds after noon."""
        with self.store.write() as tx:
            at = NOON + timedelta(seconds=seconds)
            inbox_rows.add(
                tx, page=PAGE, psid=psid, key=key, kind="message", at=at, received_at=at, body={}
            )
            row = inbox_rows.get(tx, PAGE, key)
        assert row is not None
        return row

    def stored(self, key: str) -> InboxRow:
        """Return an event as the store has it now."""
        with self.store.read() as tx:
            row = inbox_rows.get(tx, PAGE, key)
        assert row is not None
        return row

    async def finish(self, rows: list[InboxRow]) -> list[str]:
        """Let the runner run these events and return the states they ended in."""
        runner = self.runner or self.start()
        ends = [runner.finished(row) for row in rows]
        runner.add(rows)
        return list(await asyncio.wait_for(asyncio.gather(*ends), SOON))

    async def _run(self, row: InboxRow, _run: int) -> None:
        psid = row.who.psid if row.who else ""
        self.began.append(row.key)
        for name in (psid, "everybody"):
            self.at_once[name] = self.at_once.get(name, 0) + 1
            self.most_at_once[name] = max(self.most_at_once.get(name, 0), self.at_once[name])
        try:
            await asyncio.sleep(0)
            if self.turn is not None:
                await self.turn(row)
            self.ended.append(row.key)
        finally:
            for name in (psid, "everybody"):
                self.at_once[name] -= 1

    async def _give_up(self, row: InboxRow) -> None:
        self.given_up.append(row)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Give a runner over a new database, not started yet."""
    file = tmp_path / "guard.db"
    made = Bench(file, SqlStore(f"sqlite:///{file}", patience=0.02))
    yield made
    made.store.close()


async def _always(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fails after SOON."""

    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), SOON)


async def test_one_person_has_one_turn_at_a_time(bench: Bench) -> None:
    rows = [bench.event(f"e{n}", seconds=n) for n in range(10)]
    assert await bench.finish(rows) == ["done"] * 10
    assert bench.most_at_once["alex"] == 1
    assert bench.began == bench.ended


async def test_events_run_in_the_order_in_which_they_happened_not_in_which_they_came(
    bench: Bench,
) -> None:
    late, middle, early = (bench.event(f"at-{s}", seconds=s) for s in (3, 2, 1))
    await bench.finish([late, middle, early])
    assert bench.began == ["at-1", "at-2", "at-3"]


async def test_events_of_the_same_moment_run_in_the_order_of_arrival(bench: Bench) -> None:
    rows = [bench.event(f"e{n}") for n in range(5)]
    await bench.finish(rows[::-1])
    assert bench.began == [row.key for row in rows]


async def test_no_more_persons_turns_run_at_once_than_the_bound_and_all_run(bench: Bench) -> None:
    bench.turn = lambda _row: asyncio.sleep(0.2)  # longer than a start may give way to others
    bench.start(bound=4)
    rows = [bench.event(f"e{n}", psid=f"person-{n}") for n in range(40)]
    assert await bench.finish(rows) == ["done"] * 40
    assert bench.most_at_once["everybody"] == 4


async def test_a_slow_turn_delays_only_its_own_person(bench: Bench) -> None:
    gate = asyncio.Event()

    async def turn(row: InboxRow) -> None:
        if row.key == "slow":
            await gate.wait()

    bench.turn = turn
    runner = bench.start()
    slow, behind = bench.event("slow"), bench.event("behind", seconds=1)
    runner.add([slow, behind])
    await _always(lambda: bench.began == ["slow"])
    others = [bench.event(f"o{n}", psid=f"person-{n}") for n in range(5)]
    assert await bench.finish(others) == ["done"] * 5
    assert "behind" not in bench.began
    gate.set()
    await _always(lambda: bench.ended[-2:] == ["slow", "behind"])


async def test_a_turn_that_fails_twice_is_done_at_the_third_run(bench: Bench) -> None:
    async def turn(row: InboxRow) -> None:
        if bench.began.count(row.key) < RUNS:
            raise RuntimeError("not yet")

    bench.turn = turn
    assert await bench.finish([bench.event("e")]) == ["done"]
    assert bench.began == ["e"] * 3
    assert bench.given_up == []
    assert (bench.stored("e").state, bench.stored("e").error) == ("done", None)


async def test_a_turn_that_always_fails_is_given_up_once_after_three_runs_and_says_why(
    bench: Bench,
) -> None:
    async def turn(row: InboxRow) -> None:
        if row.key == "bad":
            raise RuntimeError("the dialogue broke")

    bench.turn = turn
    bad, after = bench.event("bad"), bench.event("after", seconds=1)
    assert await bench.finish([bad, after]) == ["failed", "done"]
    assert bench.began == ["bad"] * RUNS + ["after"]
    assert [row.key for row in bench.given_up] == ["bad"]
    assert bench.stored("bad").error == "RuntimeError: the dialogue broke"
    assert [row.error for row in bench.given_up] == ["RuntimeError: the dialogue broke"]
    with bench.store.read() as tx:
        listed = [(row.key, row.error) for row in inbox_rows.listed(tx, [inbox_rows.FAILED])]
    assert listed == [("bad", "RuntimeError: the dialogue broke")]


async def test_what_a_stop_cut_short_is_run_again_and_not_counted(bench: Bench) -> None:
    """A run that was ended from outside is no failure; it stays one that may have been finished."""
    bench.turn = lambda _row: asyncio.sleep(3600)
    first = bench.start()
    first.add([bench.event("cut off"), bench.event("behind", seconds=1)])
    await _always(lambda: bench.began == ["cut off"])
    await first.stop(0)
    await _always(lambda: bench.stored("cut off").runs == 0)
    assert bench.stored("cut off").state == "running"

    bench.turn = None
    bench.start()
    await _always(lambda: bench.ended == ["cut off", "behind"])
    await _always(lambda: bench.stored("behind").state == "done")
    assert bench.stored("cut off").runs == 1
    assert bench.stored("behind").runs == 1


async def test_an_event_given_twice_runs_once(bench: Bench) -> None:
    row = bench.event("e")
    runner = bench.start()  # it knows the event from the store
    runner.add([row, row])
    await bench.finish([bench.event("last", seconds=1)])
    assert bench.began == ["e", "last"]


async def test_a_locked_store_delays_the_turns_and_loses_none(bench: Bench) -> None:
    rows = [bench.event(f"e{n}", psid=f"person-{n}") for n in range(20)]
    runner = bench.start()
    with closing(ledger.locked(bench.file)):
        runner.add(rows)
        await asyncio.sleep(1.0)
        assert bench.began == [], "a turn began whose run is not written down"
    await _always(lambda: len(bench.ended) == 20)
    await _always(lambda: all(bench.stored(row.key).state == "done" for row in rows))
    assert sorted(bench.began) == sorted(row.key for row in rows)


async def test_a_stopped_runner_lets_a_turn_finish_and_begins_no_other(bench: Bench) -> None:
    gate = asyncio.Event()
    bench.turn = lambda _row: gate.wait()  # type: ignore[assignment,return-value]  # what it gives is not looked at
    runner = bench.start()
    runner.add([bench.event("running"), bench.event("behind", seconds=1)])
    await _always(lambda: bench.began == ["running"])
    stopping = asyncio.create_task(runner.stop(SOON))
    await asyncio.sleep(0)
    gate.set()
    await stopping
    assert bench.stored("running").state == "done"
    assert bench.stored("behind").state == "pending"
    assert bench.began == ["running"]


async def test_a_person_who_comes_and_goes_leaves_nothing_behind(bench: Bench) -> None:
    """Otherwise a long life would fill the memory with everybody who ever wrote."""
    runner = bench.start()
    for n in range(20):
        await bench.finish([bench.event(f"e{n}", psid=f"person-{n}")])
    await asyncio.sleep(0)
    assert [len(one) for one in (runner._waiting, runner._busy, runner._finished)] == [0] * 3
    assert runner.backlog == 0
    with bench.store.read() as tx:
        assert tx.execute(schema.lease.select()).fetchall() == []


async def test_turns_that_only_compute_are_not_all_begun_at_once(bench: Bench) -> None:
    async def computes(_row: InboxRow) -> None:
        for _ in range(5):
            time.sleep(0.02)
            await asyncio.sleep(0)

    bench.turn = computes
    rows = [bench.event(f"e{n}", f"person-{n}") for n in range(12)]
    assert await bench.finish(rows) == ["done"] * 12
    assert bench.most_at_once["everybody"] < 12


async def test_turns_that_wait_hold_nobody_up(bench: Bench) -> None:
    opened = asyncio.Event()

    async def waits(_row: InboxRow) -> None:
        await opened.wait()

    bench.turn = waits
    runner = bench.start()
    runner.add([bench.event(f"e{n}", f"person-{n}") for n in range(20)])
    await _always(lambda: bench.most_at_once.get("everybody") == 20)
    opened.set()
    await _always(lambda: len(bench.ended) == 20)
