"""Several runners on one store: a person has one at a time, and those that end are taken over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from channels.inbox import Life, Runner
from policy_guard import inbox_rows, schema, worker_id, worker_rows
from policy_guard.inbox_rows import InboxRow
from policy_guard.people_rows import Who
from policy_guard.sql_store import SqlStore
from policy_guard.worker_rows import Worker
from tests.conftest import FakeClock

PAGE = "page-1"
NOON = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
SOON = 20.0  # seconds for something to happen, on a slow machine
LIVES = timedelta(seconds=15)


@dataclass
class Bench:
    """Runners of one store, each with a store object of its own, as processes would have."""

    url: str
    clock: FakeClock
    runs: list[tuple[int, str]] = field(default_factory=list)  # which runner ran which event
    now: dict[str, int] = field(default_factory=dict)
    overlaps: list[str] = field(default_factory=list)
    runners: list[Runner] = field(default_factory=list)
    turn: Callable[[int, InboxRow], object] = lambda _n, _row: asyncio.sleep(0)

    def __post_init__(self) -> None:
        self.store = SqlStore(self.url, clock=self.clock)

    def start(self, *, lives: timedelta = LIVES, look: float = 0.05, bound: int = 8) -> Runner:
        """Start a runner."""
        number = len(self.runners)

        async def run(row: InboxRow, _run: int) -> None:
            await self._run(number, row)

        async def give_up(_row: InboxRow) -> None:
            pytest.fail("nothing fails here")

        store = SqlStore(self.url, patience=0.02, clock=self.clock)
        runner = Runner(store, run, give_up, bound=bound, lives=lives, look=look)
        self.runners.append(runner)
        runner.start(PAGE)
        return runner

    def event(self, key: str, psid: str = "alex", seconds: float = 0) -> InboxRow:
        """Keep an event of a person that happened some seconds after noon."""
        at = NOON + timedelta(seconds=seconds)
        with self.store.write(Who(PAGE, psid)) as tx:
            inbox_rows.add(
                tx, page=PAGE, psid=psid, key=key, kind="message", at=at, received_at=at, body={}
            )
            row = inbox_rows.get(tx, PAGE, key)
        assert row is not None
        return row

    def left(self) -> list[str]:
        """Return the keys of the events that are not finished."""
        with self.store.read() as tx:
            return [row.key for row in inbox_rows.unfinished(tx, PAGE)]

    async def _run(self, number: int, row: InboxRow) -> None:
        psid = row.who.psid if row.who else ""
        if self.now.get(psid):
            self.overlaps.append(row.key)
        self.now[psid] = self.now.get(psid, 0) + 1
        try:
            await self.turn(number, row)  # type: ignore[misc]  # what a test hands over can be awaited
            self.runs.append((number, row.key))
        finally:
            self.now[psid] -= 1


@pytest.fixture
async def bench(store_url: str, clock: FakeClock) -> Iterator[Bench]:  # type: ignore[misc]  # an async generator is what pytest-asyncio takes
    """Give a store without runners."""
    made = Bench(store_url, clock)
    yield made
    for runner in made.runners:
        await runner.stop(0)
        runner._store.close()
    made.store.close()


async def _always(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fails after SOON."""

    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), SOON)


async def test_two_runners_share_the_persons_and_every_turn_is_alone_and_in_order(
    bench: Bench,
) -> None:
    bench.turn = lambda _n, _row: asyncio.sleep(0.002)
    runners = [bench.start(), bench.start()]
    for n in range(5):
        for person in range(10):
            row = bench.event(f"p{person} {n}", f"p{person}", seconds=n)
            runners[(n + person) % 2].add([row])
        await asyncio.sleep(0)
    await _always(lambda: not bench.left())
    assert bench.overlaps == []
    assert len(bench.runs) == 50
    for person in range(10):
        said = [key for _, key in bench.runs if key.startswith(f"p{person} ")]
        assert said == [f"p{person} {n}" for n in range(5)]
    assert {number for number, _ in bench.runs} == {0, 1}


async def test_who_has_the_person_runs_what_came_to_another_as_soon_as_it_can(bench: Bench) -> None:
    gate = asyncio.Event()
    bench.turn = lambda _n, row: gate.wait() if row.key == "first" else asyncio.sleep(0)
    one, other = bench.start(look=60), bench.start(look=60)
    one.add([bench.event("first")])
    await _always(lambda: bench.now.get("alex"))
    other.add([bench.event("second", seconds=1)])
    await asyncio.sleep(0.1)
    gate.set()
    await asyncio.wait_for(_always(lambda: len(bench.runs) == 2), 5)
    assert bench.runs == [(0, "first"), (0, "second")]


async def test_what_comes_just_after_the_last_look_is_run_at_once_too(bench: Bench) -> None:
    """The end of the turn before is written down already, and its person not free yet."""
    runner = bench.start(look=60)
    ended = runner._ended

    async def a_little_later(row: InboxRow, state: str, error: str | None) -> bool:
        more = await ended(row, state, error)
        if row.key == "first":
            runner.add([bench.event("second", seconds=1)])
        return more

    runner._ended = a_little_later  # type: ignore[method-assign]  # the moment in between
    runner.add([bench.event("first")])
    await asyncio.wait_for(_always(lambda: len(bench.runs) == 2), 5)


async def test_persons_for_whom_a_runner_has_no_room_are_run_by_the_other(bench: Bench) -> None:
    gate = asyncio.Event()
    bench.turn = lambda n, _row: gate.wait() if n == 0 else asyncio.sleep(0)
    one = bench.start(bound=1)
    one.add([bench.event(f"e{n}", f"p{n}") for n in range(5)])
    await _always(lambda: sum(bench.now.values()) == 1)
    bench.start()
    await _always(lambda: len(bench.runs) == 4)
    assert {number for number, _ in bench.runs} == {1}
    gate.set()


async def test_a_runner_that_says_nothing_any_more_is_taken_over_within_its_lease(
    bench: Bench,
) -> None:
    """Its machine is gone: nobody beside it can know of it before its time is over."""
    gate = asyncio.Event()
    bench.turn = lambda n, _row: gate.wait() if n == 0 else asyncio.sleep(0)
    silent = bench.start()
    silent.add([bench.event("first"), bench.event("second", seconds=1)])
    await _always(lambda: bench.now.get("alex"))
    silent._loops[1].cancel()
    bench.now.clear()  # the turn of a machine that is gone does not go on
    bench.start()
    bench.clock.move(seconds=14.9)
    await asyncio.sleep(0.3)
    assert bench.runs == []
    bench.clock.move(seconds=0.2)
    await _always(lambda: len(bench.runs) == 2)
    assert bench.runs == [(1, "first"), (1, "second")]


async def test_a_turn_may_last_longer_than_a_lease(bench: Bench) -> None:
    """Who says that it lives keeps its persons."""
    gate = asyncio.Event()
    bench.turn = lambda _n, _row: gate.wait()
    one = bench.start(lives=timedelta(seconds=0.3))
    other = bench.start(lives=timedelta(seconds=0.3))
    one.add([bench.event("long")])
    await _always(lambda: bench.now.get("alex"))
    for _ in range(12):
        await asyncio.sleep(0.1)
        bench.clock.move(seconds=0.1)
    assert bench.overlaps == []
    gate.set()
    await _always(lambda: bench.runs == [(0, "long")])
    assert other.backlog == 0


async def test_a_runner_that_stood_still_lets_go_of_whom_another_took(bench: Bench) -> None:
    gate = asyncio.Event()
    bench.turn = lambda n, _row: gate.wait() if n == 0 else asyncio.sleep(0)
    still = bench.start()
    still.add([bench.event("first")])
    await _always(lambda: bench.now.get("alex"))
    bench.clock.move(seconds=20)
    bench.now.clear()
    bench.start()
    await _always(lambda: bench.runs == [(1, "first")])
    assert not still.life.beat()
    still._let_go()
    await _always(lambda: not still._busy)
    gate.set()
    await asyncio.sleep(0.05)
    assert bench.runs == [(1, "first")]
    with bench.store.read() as tx:
        row = inbox_rows.get(tx, PAGE, "first")
    assert row is not None
    assert (row.state, row.runs) == ("done", 2)


async def test_what_a_stopped_runner_leaves_is_anybodys_at_once(bench: Bench) -> None:
    bench.turn = lambda n, _row: asyncio.sleep(3600 if n == 0 else 0)
    one = bench.start()
    bench.start()
    one.add([bench.event("first")])
    await _always(lambda: bench.now.get("alex"))
    await one.stop(0)
    await _always(lambda: bench.runs == [(1, "first")])


async def test_the_end_of_an_event_is_known_to_the_process_that_did_not_run_it(
    bench: Bench,
) -> None:
    gate = asyncio.Event()
    bench.turn = lambda _n, row: gate.wait() if row.key == "first" else asyncio.sleep(0)
    one, other = bench.start(), bench.start()
    one.add([bench.event("first")])
    await _always(lambda: bench.now.get("alex"))
    second = bench.event("second", seconds=1)
    end = other.finished(second)
    other.add([second])
    gate.set()
    assert await asyncio.wait_for(end, SOON) == "done"


async def test_when_nothing_waits_nobody_is_in_the_queue(bench: Bench) -> None:
    runner = bench.start()
    runner.add([bench.event(f"e{n}", f"p{n}") for n in range(5)])
    await _always(lambda: not bench.left())
    with bench.store.read() as tx:
        assert tx.execute(schema.lease.select()).fetchall() == []


# --- who lives ---


def test_a_lease_is_its_workers_until_that_one_lives_no_more(
    store_url: str, clock: FakeClock
) -> None:
    store, who = SqlStore(store_url, clock=clock), Who(PAGE, "alex")
    one, other = Worker("one", LIVES), Worker("other", LIVES)
    with store.write(who) as tx:
        assert not worker_rows.beat(tx, one, clock.now())  # it was not known
        assert worker_rows.take(tx, one, who, clock.now())
        assert worker_rows.take(tx, one, who, clock.now())
        assert not worker_rows.take(tx, other, who, clock.now())
        assert worker_rows.anybodys(tx, PAGE, clock.now(), 10) == []
        clock.move(seconds=14)
        assert worker_rows.beat(tx, one, clock.now())
        clock.move(seconds=14)
        assert not worker_rows.take(tx, other, who, clock.now())
        clock.move(seconds=1)
        assert worker_rows.living(tx, clock.now()) == []
        assert worker_rows.anybodys(tx, PAGE, clock.now(), 10) == [who]
        assert worker_rows.take(tx, other, who, clock.now())
        assert not worker_rows.beat(tx, one, clock.now())
        worker_rows.release(tx, one, who)
        assert worker_rows.has(tx, other, who)
    store.close()


def test_a_worker_that_spoke_before_the_clock_went_back_lives_no_longer_than_any(
    store_url: str, clock: FakeClock
) -> None:
    store, who = SqlStore(store_url, clock=clock), Who(PAGE, "alex")
    gone, other = Worker("gone", LIVES), Worker("other", LIVES)
    with store.write(who) as tx:
        worker_rows.beat(tx, gone, clock.now())
        assert worker_rows.take(tx, gone, who, clock.now())
        clock.move(hours=-5)
        assert worker_rows.living(tx, clock.now()) == []
        assert worker_rows.anybodys(tx, PAGE, clock.now(), 10) == [who]
        assert worker_rows.take(tx, other, who, clock.now())
        assert not worker_rows.beat(tx, gone, clock.now()), "others may have taken its persons"
        assert worker_rows.living(tx, clock.now()) == ["gone"]
    store.close()


def test_a_lease_of_one_person_says_nothing_of_another(store_url: str, clock: FakeClock) -> None:
    store, worker = SqlStore(store_url, clock=clock), Worker("one", LIVES)
    with store.write() as tx:
        worker_rows.beat(tx, worker, clock.now())
        assert worker_rows.take(tx, worker, Who(PAGE, "alex"), clock.now())
        assert worker_rows.take(tx, Worker("other", LIVES), Who(PAGE, "sam"), clock.now())
    store.close()


def test_a_killed_worker_of_this_machine_is_given_up_at_the_next_beat(
    store_url: str, clock: FakeClock
) -> None:
    beside = subprocess.Popen(
        [sys.executable, "-c",
         "from policy_guard.worker_id import new_id; print(new_id(), flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert beside.stdout is not None
    told = beside.stdout.readline().strip()
    store = SqlStore(store_url, clock=clock)
    with store.write() as tx:
        worker_rows.beat(tx, Worker(told, LIVES), clock.now())
        worker_rows.beat(tx, Worker("of.another.machine", LIVES), clock.now())
    life = Life(store)
    life.beat()
    assert sorted(living(store, clock)) == sorted([told, life.worker.id, "of.another.machine"])
    beside.send_signal(signal.SIGKILL)  # nobody has waited for it: it is a zombie, and has ended
    os.waitid(os.P_PID, beside.pid, os.WEXITED | os.WNOWAIT)
    life.beat()
    assert sorted(living(store, clock)) == sorted([life.worker.id, "of.another.machine"])
    beside.communicate()
    store.close()


def living(store: SqlStore, clock: FakeClock) -> list[str]:
    with store.read() as tx:
        return worker_rows.living(tx, clock.now())


def test_an_id_is_nobody_elses_and_tells_of_a_process_whose_number_was_given_anew() -> None:
    one, other = worker_id.new_id(), worker_id.new_id()
    assert one != other
    assert not worker_id.has_ended(one)
    place, pid, began, rest = one.split(".")
    assert worker_id.has_ended(f"{place}.{pid}.{int(began) - 1}.{rest}")
    assert not worker_id.has_ended(f"another.{pid}.{int(began) - 1}.{rest}")
    assert not worker_id.has_ended("a name that nobody gave")
