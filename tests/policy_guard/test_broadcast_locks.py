"""Several processes at one broadcast: nobody is left behind, and who stops it need not wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from policy_guard import broadcast_rows
from policy_guard.broadcast_rows import CANCELLED, PAUSED, RUNNING
from policy_guard.errors import StoreBusy
from policy_guard.sql_store import SqlStore
from tests.backends import PostgresServer
from tests.conftest import Bench, FakeClock

from .crowds import Crowd

WITHIN = 1.0  # seconds in which a stop has to hold
BATCH = 0.05  # seconds that a batch takes


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    """Give people of one Page."""
    return Crowd(bench)


@pytest.fixture
def on_server(postgres: PostgresServer, clock: FakeClock) -> Iterator[Crowd]:
    """Give people of one Page in a database that several processes may lock parts of."""
    database = postgres.new_database("guard_template")
    bench = Bench(postgres.url(database), clock)
    yield Crowd(bench)
    bench.close()
    postgres.drop(database)


def swept_at(crowd: Crowd) -> object:
    """Return when nothing of the cancelled broadcast was left to cancel."""
    return crowd.bench.sql("select swept_at from broadcast")[0][0]


def test_who_another_process_had_locked_is_cancelled_when_it_has_let_go(on_server: Crowd) -> None:
    crowd = on_server
    crowd.join("a", "b")
    made = crowd.ordered()
    made = crowd.move(made, CANCELLED)
    other = SqlStore(crowd.bench.url)
    with other.write() as tx:
        assert broadcast_rows.take_waiting(tx, made.id, "", 10) == ["a", "b"]
        assert crowd.bulk.sweep(made) == 0
        assert swept_at(crowd) is None, "both are still waiting"
        tx.exec_driver_sql("ROLLBACK")  # it died before it had cancelled them
    other.close()
    assert crowd.states(made) == {"a": "waiting", "b": "waiting"}
    with crowd.bench.store.read() as tx:
        assert [b.id for b in broadcast_rows.at_work(tx, crowd.page)] == [made.id]
    while crowd.bulk.sweep(made):
        pass
    assert crowd.counts(made) == {"cancelled": 2}
    assert swept_at(crowd) is not None


def test_a_message_that_another_process_had_locked_is_cancelled_later(on_server: Crowd) -> None:
    crowd = on_server
    crowd.join("a")
    made = crowd.ordered()
    (wire,) = crowd.take(made).wires
    later = crowd.bench.clock.now()
    crowd.bench.guard.never_left(wire.part, "no connection", later)
    made = crowd.move(made, CANCELLED)
    other = SqlStore(crowd.bench.url)
    with other.write() as tx:
        assert broadcast_rows.waiting_sends(tx, made.id) == [wire.part.send_id]
        assert crowd.bulk.sweep(made) == 0
        assert swept_at(crowd) is None
    other.close()
    while crowd.bulk.sweep(made):
        pass
    assert crowd.counts(made) == {"cancelled": 1}


def test_nobody_is_entered_after_a_broadcast_was_cancelled(crowd: Crowd) -> None:
    """A process that saw it running goes on with what it saw."""
    crowd.join("a", "b", "c")
    seen = crowd.ordered(fill=False)
    crowd.fill(seen, 1)
    made = crowd.move(seen, CANCELLED)
    while crowd.bulk.sweep(made):
        pass
    assert crowd.fill(seen, 1) == 0
    assert crowd.counts(made) == {"cancelled": 1}


def test_a_paused_broadcast_is_filled_when_it_is_resumed(crowd: Crowd) -> None:
    crowd.join("a", "b")
    made = crowd.ordered(fill=False)
    crowd.move(made, PAUSED)
    assert crowd.fill(made, 1) == 0
    assert not crowd.now(made).filled
    crowd.move(made, RUNNING)
    assert [crowd.fill(made, 1) for _ in range(3)] == [1, 1, 0]


@pytest.mark.parametrize("state", [PAUSED, CANCELLED])
def test_who_stops_a_broadcast_waits_for_one_batch_however_many_come_after(
    on_server: Crowd, state: str
) -> None:
    crowd = on_server
    crowd.join("a")
    made = crowd.ordered()
    over = threading.Event()
    took: list[float] = []  # when a batch that may leave was begun

    def take_and_take(store: SqlStore) -> None:
        while not over.is_set():
            try:
                with store.write() as tx:
                    if broadcast_rows.may_send(tx, made.id, lock=True):
                        took.append(time.monotonic())
                        time.sleep(BATCH)
            except StoreBusy:
                time.sleep(0.001)

    with ExitStack() as stack:
        stores = [SqlStore(crowd.bench.url, patience=0.02) for _ in range(6)]
        for store in stores:
            stack.callback(store.close)
        workers = [threading.Thread(target=take_and_take, args=(store,)) for store in stores]
        for worker in workers:
            worker.start()
            time.sleep(BATCH / 6)  # one after the other, so that there is always one at it
        try:
            time.sleep(0.2)
            began = time.monotonic()
            crowd.move(made, state)
            stopped = time.monotonic()
            time.sleep(0.1)
        finally:
            over.set()
            for worker in workers:
                worker.join()
    assert len(took) > len(workers), "they were at it"
    assert stopped - began < WITHIN
    assert [at for at in took if at > stopped] == []
