"""The rows of events to process: acknowledged to the platform, so never to be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from . import schema, worker_rows
from .clock import from_ms, to_ms
from .people_rows import Who
from .prepared import change, given, rows_of, where, written
from .sql_store import insert_new

PENDING, RUNNING, DONE, FAILED, NOTED = "pending", "running", "done", "failed", "noted"


@dataclass(frozen=True)
class InboxRow:
    """One event; *at* is its own moment, never later than when it came (UTC)."""

    id: int
    who: Who | None
    page: str
    key: str
    kind: str
    at: datetime
    body: Mapping[str, Any]
    state: str
    runs: int
    error: str | None


def add(
    tx: Connection,
    *,
    page: str,
    psid: str | None,
    key: str,
    kind: str,
    at: datetime,
    received_at: datetime,
    body: Mapping[str, Any],
    state: str = PENDING,
) -> bool:
    """Keep an event; False where one with this key is kept already.

    Whose turn waits comes into the queue of persons.
    """
    new = insert_new(
        tx,
        schema.inbox,
        page=page,
        psid=psid,
        key=key,
        kind=kind,
        at=to_ms(at),
        received_at=to_ms(received_at),
        body=json.dumps(body, ensure_ascii=False),
        state=state,
        runs=0,
    )
    if new and state == PENDING and psid is not None:
        worker_rows.queue(tx, Who(page, psid), received_at)
    return new


def get(tx: Connection, page: str, key: str) -> InboxRow | None:
    """Return the event with this key."""
    query = rows_of(schema.inbox, "page", "key")
    row = tx.execute(query, given(page=page, key=key)).mappings().first()
    return None if row is None else _row(row)


def unfinished(tx: Connection, page: str) -> list[InboxRow]:
    """Return what was acknowledged and not finished, in the order of arrival."""
    table = schema.inbox
    query = select(table).where(table.c.page == page, schema.WAITING)
    return [_row(row) for row in tx.execute(query.order_by(table.c.id)).mappings()]


def states(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return the states of events by their numbers."""
    table = schema.inbox
    rows = tx.execute(select(table.c.id, table.c.state).where(table.c.id.in_(ids)))
    return {row.id: row.state for row in rows}


def next_of(tx: Connection, who: Who) -> InboxRow | None:
    """Return the first event of a person that is not finished, by the moments of the events."""
    row = tx.execute(_next_of(), given(page=who.page, psid=who.psid)).mappings().first()
    return None if row is None else _row(row)


@cache
def _next_of() -> Any:
    table = schema.inbox
    query = select(table).where(where(table, "page", "psid"), schema.WAITING)
    return query.order_by(table.c.at, table.c.id).limit(1)


def last_waiting(tx: Connection, who: Who) -> datetime | None:
    """Return the moment of the latest event of a person that is not finished."""
    table = schema.inbox
    mine = (table.c.page == who.page) & (table.c.psid == who.psid) & schema.WAITING
    last = tx.execute(select(func.max(table.c.at)).where(mine)).scalar()
    return None if last is None else from_ms(last)


def backlog(tx: Connection, page: str) -> int:
    """Return how many events of a Page wait for their turn or its end."""
    table = schema.inbox
    query = select(func.count()).select_from(table).where(table.c.page == page, schema.WAITING)
    return int(tx.execute(query).scalar_one())


def listed(tx: Connection, states: Sequence[str]) -> list[InboxRow]:
    """Return the events of these states, in the order of arrival."""
    table = schema.inbox
    query = select(table).where(table.c.state.in_(states)).order_by(table.c.id)
    return [_row(row) for row in tx.execute(query).mappings()]


def start_run(tx: Connection, row: InboxRow) -> int:
    """Write down that a run begins; returns which run it is, from 1 on."""
    _write(tx, row, state=RUNNING, runs=row.runs + 1)
    return row.runs + 1


def take_back_run(tx: Connection, row: InboxRow) -> None:
    """Let a run that was cut short from outside not count; it stays one that may have ended."""
    table = schema.inbox
    tx.execute(
        update(table).where(table.c.id == row.id, table.c.runs > 0).values(runs=table.c.runs - 1)
    )


def finish(tx: Connection, row: InboxRow, state: str, error: str | None = None) -> None:
    """Write down how an event ended, or that it waits for another run."""
    _write(tx, row, state=state, error=error)
    if state == PENDING and row.who is not None:
        worker_rows.queue(tx, row.who, row.at)


def _write(tx: Connection, row: InboxRow, **values: Any) -> None:
    statement = change(schema.inbox, _is_this, tuple(values))
    tx.execute(statement, written(values) | given(id=row.id))


def _is_this() -> Any:
    return where(schema.inbox, "id")


def _row(r: Any) -> InboxRow:
    return InboxRow(
        id=r["id"],
        who=None if r["psid"] is None else Who(r["page"], r["psid"]),
        page=r["page"],
        key=r["key"],
        kind=r["kind"],
        at=from_ms(r["at"]),
        body=json.loads(r["body"]),
        state=r["state"],
        runs=r["runs"],
        error=r["error"],
    )
