"""What has come due of a lot that is held: found without looking at the rest, in order, bounded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from policy_guard import schema
from policy_guard.broadcast_rows import PAUSED, RUNNING
from policy_guard.clock import to_ms
from policy_guard.send_states import HELD
from policy_guard.sends import message_to_json
from policy_guard.vocabulary import Message
from tests.conftest import Bench

from .crowds import Crowd

MANY = 20_000
MESSAGE = json.dumps(message_to_json(Message()))


def hold_many(bench: Bench, number: int, *, due: bool = False, broadcast: str = "null") -> None:
    """Write messages that are held, some hours ahead or since an hour."""
    now = to_ms(bench.clock.now())
    at, until = (now - 3_600_000, now + 7_200_000) if due else (now + 3_600_000, now + 7_200_000)
    series = {
        "sqlite": "with recursive s(n) as (select 1 union all select n + 1 from s where n < {}) "
        "insert into send {} select {} from s",
        "postgresql": "insert into send {1} select {2} from generate_series(1, {0}) as s(n)",
    }[bench.store._engine.dialect.name]
    values = {
        "id": "'many-' || n", "page": f"'{bench.who.page}'", "psid": "'p-' || n",
        "turn_key": "'t-' || n", "ordinal": "0", "state": "'held'", "purpose": "'alert'",
        "message": f"'{MESSAGE}'", "parts": "'[]'", "text": "''", "decision": "'{}'",
        "created_at": str(now), "decided_at": str(now), "not_before": str(at),
        "expires_at": str(until), "seq": "1", "lane": "'bulk'", "broadcast": broadcast,
    }  # fmt: skip
    columns = f"({', '.join(values)})"
    bench.sql(series.format(number, columns, ", ".join(values.values())))
    bench.sql("analyze")


def plans(bench: Bench, look: Callable[[], object]) -> list[str]:
    """Return how the database finds what each statement of a look asks of the sends."""
    engine = bench.guard.store._engine
    asked: list[tuple[str, object]] = []

    def note(_c: object, _cu: object, statement: str, values: object, _x: object, _m: bool) -> None:
        if "FROM send" in statement or "FROM broadcast" in statement:
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        look()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked
    how = "explain query plan " if engine.dialect.name == "sqlite" else "explain "
    with bench.store.read() as tx:
        return [
            " / ".join(str(row[-1]) for row in tx.exec_driver_sql(how + statement, values))
            for statement, values in asked
        ]


def test_what_is_due_and_what_is_over_is_found_by_an_index_and_in_order(bench: Bench) -> None:
    hold_many(bench, MANY)
    for look, index in ((bench.guard.due, "send_due"), (bench.guard.overdue, "send_overdue")):
        told = plans(bench, look)
        assert any(index in plan for plan in told), told
        for plan in told:
            assert "SCAN send" not in plan, plan
            assert "Seq Scan on send" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan


def test_a_look_costs_the_same_however_much_is_held(
    bench: Bench, tell: Callable[[str], None]
) -> None:
    def seconds() -> float:
        best = 1.0
        for _ in range(5):
            began = time.perf_counter()
            assert bench.guard.due() == []
            assert bench.guard.overdue() == []
            best = min(best, time.perf_counter() - began)
        return best

    before = seconds()
    hold_many(bench, MANY)
    after = seconds()
    tell(f"a look at what is due: {1000 * before:.2f} ms, with {MANY:,} held {1000 * after:.2f} ms")
    assert after < 5 * before + 0.002


def test_what_a_paused_broadcast_has_due_is_not_even_looked_at(bench: Bench) -> None:
    crowd = Crowd(bench)
    crowd.join("a")
    made = crowd.ordered()
    hold_many(bench, MANY, due=True, broadcast=str(made.id))
    crowd.move(made, PAUSED)
    began = time.perf_counter()
    assert bench.guard.due() == []
    assert time.perf_counter() - began < 0.05
    crowd.move(made, RUNNING)
    assert len(bench.guard.due(7)) == 7


@pytest.fixture
def three(bench: Bench) -> list[str]:
    """Give three messages that are held until noon of the next day, oldest first."""
    for n in range(3):
        bench.decided(bench.out(f"turn-{n}", in_turn=True))
    bench.clock.move(days=1)
    return [bench.decided(bench.out(f"later-{n}", in_turn=True)).id for n in range(3)]


def test_what_came_due_first_is_taken_up_first_and_no_more_than_asked_for(
    bench: Bench, three: list[str]
) -> None:
    now = bench.clock.now()
    due_since = (2, 3, 3)  # hours
    for send_id, hours in zip(three, due_since, strict=True):
        at = to_ms(now - timedelta(hours=hours))
        held = {"state": HELD, "not_before": at, "expires_at": to_ms(now) + 1}
        with bench.store.write() as tx:
            tx.execute(update(schema.send).where(schema.send.c.id == send_id).values(**held))
    found = [row.id for row in bench.guard.due()]
    assert found == [three[1], three[2], three[0]]
    assert [row.id for row in bench.guard.due(2)] == found[:2]
    bench.clock.move(seconds=1)
    assert [row.id for row in bench.guard.overdue(2)] == three[:2]
    assert [bench.guard.expire(), bench.guard.expire()] == [3, 0]
