"""The workers of a store, and whose turns each of them runs: one worker for a person at a time.

A worker is a process at work on the store: a channel, or `policy-guard worker`. It says again and
again that it lives, in one row of its own; a person's *lease* names the worker that runs their
turns, and holds as long as that worker lives. A person has a lease from the first event that waits
until the last one is done, so the leases are also the queue of persons: one that no living worker
has is anybody's. Times are the store's own (`SqlStore.moment`), never a simulated clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from . import schema
from .clock import to_ms
from .sql_store import upsert

if TYPE_CHECKING:
    pass

NOBODY = ""


def alive(tx: Connection, worker: str, now: datetime, lives: timedelta) -> bool:
    """Write down that a worker lives, until *lives* from now; False where it had been given up."""
    until = to_ms(now + lives)
    table = schema.worker
    mine = table.c.id == worker
    before = tx.execute(select(table.c.until).where(mine)).scalar()
    upsert(tx, table, {"id": worker}, until=until)
    return before is not None and before > to_ms(now)


def ended(tx: Connection, workers: Iterable[str]) -> None:
    """Write down that workers have ended: what they had is anybody's."""
    tx.execute(delete(schema.worker).where(schema.worker.c.id.in_(list(workers))))


def living(tx: Connection, now: datetime) -> list[str]:
    """Return the workers that live."""
    table = schema.worker
    query = select(table.c.id).where(table.c.until > to_ms(now)).order_by(table.c.id)
    return [row.id for row in tx.execute(query)]
