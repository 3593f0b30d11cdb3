"""The workers of a store, and whose turns each of them runs: one worker for a person at a time.

A worker is a process at work on the store: a channel, or `policy-guard worker`. It writes down
again and again, in one row of its own, that it lives. A person's *lease* names the worker that runs
their turns and holds as long as that worker lives: one that ended, or that nobody took yet, is
anybody's. There is one from the first event that waits until the last one is done, so the leases
are also the queue of persons. Times are the store's own (`SqlStore.moment`), never a simulated
clock, which jumps by days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, or_, select
from sqlalchemy.engine import Connection

from . import schema, worker_id
from .clock import to_ms
from .people_rows import Who
from .prepared import given, where
from .sql_store import insert_new, insert_of, put, written_out

NOBODY = ""
#: How long a worker counts as living after it last said so.
LIVES = timedelta(seconds=15)
#: What lies further ahead was written before the machine's clock went back.
_FAR = timedelta(minutes=2)


@dataclass(frozen=True)
class Worker:
    """A process at work: its id, and how long it counts as living after it last said so."""

    id: str
    lives: timedelta = LIVES


def new_worker(lives: timedelta = LIVES) -> Worker:
    """Return this process as a worker that no other is."""
    return Worker(worker_id.new_id(), lives)


def beat(tx: Connection, worker: Worker, now: datetime) -> bool:
    """Write down that a worker lives; False where others may have taken its persons meanwhile."""
    table = schema.worker
    until = tx.execute(select(table.c.until).where(table.c.id == worker.id)).scalar()
    put(tx, table, {"id": worker.id}, until=to_ms(now + worker.lives))
    return until is not None and to_ms(now) < until <= to_ms(now + _FAR)


def end(tx: Connection, workers: Iterable[str]) -> None:
    """Write down that workers have ended: the persons they had are anybody's."""
    tx.execute(delete(schema.worker).where(schema.worker.c.id.in_(list(workers))))


def living(tx: Connection, now: datetime) -> list[str]:
    """Return the ids of the workers that live."""
    table = schema.worker
    query = select(table.c.id).where(_lives()).order_by(table.c.id)
    return [row.id for row in tx.execute(query, _at(now))]


def queue(tx: Connection, who: Who, since: datetime) -> None:
    """Put a person into the queue of those who have events that wait, if they are not in it."""
    values = {"page": who.page, "psid": who.psid, "worker": NOBODY, "since": to_ms(since)}
    insert_new(tx, schema.lease, **values)


def take(tx: Connection, worker: Worker, who: Who, now: datetime) -> bool:
    """Take the lease of a person if it is the worker's, or anybody's; tell whether it is theirs."""
    lease = {"page": who.page, "psid": who.psid, "worker": worker.id, "since": to_ms(now)}
    return bool(tx.execute(_take(tx.dialect.name), lease | _at(now)).rowcount)


@cache
def _take(dialect: str) -> Any:
    """Return the statement that makes a lease, or takes one that is the taker's or anybody's."""
    table = schema.lease
    new = insert_of(dialect)(table).inline()
    free = or_(table.c.worker == new.excluded.worker, _anybodys())
    over = {"worker": new.excluded.worker, "since": new.excluded.since}
    taken = new.on_conflict_do_update(index_elements=["page", "psid"], set_=over, where=free)
    return written_out(dialect, taken, ("page", "psid", "worker", "since"))


def has(tx: Connection, worker: Worker, who: Who) -> bool:
    """Tell whether a person's lease is the worker's."""
    table = schema.lease
    mine = and_(table.c.page == who.page, table.c.psid == who.psid, table.c.worker == worker.id)
    return tx.execute(select(table.c.psid).where(mine)).first() is not None


def release(tx: Connection, worker: Worker, who: Who) -> None:
    """Take a person out of the queue, if the worker has them."""
    tx.execute(_release(), given(page=who.page, psid=who.psid, worker=worker.id))


@cache
def _release() -> Any:
    return delete(schema.lease).where(where(schema.lease, "page", "psid", "worker"))


def anybodys(tx: Connection, page: str, now: datetime, most: int) -> list[Who]:
    """Return persons of the queue whom no living worker has, those who wait longest first."""
    values = given(page=page) | _at(now) | {"most": most}
    rows = tx.execute(_waiting(), values)
    return [Who(page, row.psid) for row in rows]


@cache
def _waiting() -> Any:
    table = schema.lease
    query = select(table.c.psid).where(where(table, "page"), _anybodys())
    return query.order_by(table.c.since, table.c.psid).limit(bindparam("most"))


def _anybodys() -> Any:
    """Return the condition that no worker who lives at the moment of `_at` has a lease."""
    lives = select(schema.worker.c.id).where(_lives()).scalar_subquery()
    return schema.lease.c.worker.notin_(lives)


def _lives() -> Any:
    until = schema.worker.c.until
    return and_(until > bindparam("living_at"), until <= bindparam("far"))


def _at(now: datetime) -> dict[str, int]:
    """Return what tells who lives."""
    return {"living_at": to_ms(now), "far": to_ms(now + _FAR)}
