"""What the store holds of questions, answers and hand-overs, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, select, union_all
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .people_rows import ANSWERS
from .responsiveness import HandOver, Step
from .sql_store import insert_new

HANDED_OVER, HUMAN_WROTE = "handed_over", "human_wrote"
#: The events in which a person says something that wants an answer.
_QUESTIONS = ("message", "postback")
_AT_ONCE = 500  # rows that are in memory at a time


def steps(tx: Connection, since: datetime) -> Iterator[Step]:
    """Give what was said from *since* on, by conversation and in order of time.

    An answer is a message of the turn (or of a person) that left; an alert answers nothing.
    """
    inbox, send, part, journal = schema.inbox, schema.send, schema.part, schema.journal
    after = to_ms(since)
    came = select(inbox.c.page, inbox.c.psid, inbox.c.at, literal(0).label("side")).where(
        inbox.c.kind.in_(_QUESTIONS), inbox.c.psid.isnot(None), inbox.c.at >= after
    )
    left = (
        select(send.c.page, send.c.psid, part.c.at, literal(1).label("side"))
        .select_from(part.join(send, send.c.id == part.c.send_id))
        .where(part.c.state == "sent", part.c.at >= after, send.c.purpose.in_(ANSWERS))
    )
    written = select(journal.c.page, journal.c.psid, journal.c.at, literal(1).label("side")).where(
        journal.c.what == HUMAN_WROTE, journal.c.psid.isnot(None), journal.c.at >= after
    )
    every = union_all(came, left, written).subquery()
    query = select(every).order_by(every.c.page, every.c.psid, every.c.at, every.c.side)
    for row in _streamed(tx, query):
        yield Step(row.page, row.psid, from_ms(row.at), row.side == 0)


def hand_overs(tx: Connection, since: datetime) -> Iterator[HandOver]:
    """Give the hand-overs from *since* on; one made again before an answer is the same one."""
    table = schema.journal
    query = (
        select(table.c.page, table.c.psid, table.c.at, table.c.what)
        .where(
            table.c.what.in_((HANDED_OVER, HUMAN_WROTE)),
            table.c.psid.isnot(None),
            table.c.at >= to_ms(since),
        )
        .order_by(table.c.page, table.c.psid, table.c.at, table.c.id)
    )
    who, begun = None, None
    for row in _streamed(tx, query):
        if (row.page, row.psid) != who:
            if begun is not None:
                yield HandOver(begun, None)
            who, begun = (row.page, row.psid), None
        if row.what == HANDED_OVER:
            begun = begun or from_ms(row.at)
        elif begun is not None:
            yield HandOver(begun, from_ms(row.at))
            begun = None
    if begun is not None:
        yield HandOver(begun, None)


def _streamed(tx: Connection, query: Any) -> Any:
    """Return rows that are fetched as they are asked for."""
    return tx.execution_options(stream_results=True).execute(query).yield_per(_AT_ONCE)


def said_outside(tx: Connection, key: str, by: str, at: datetime) -> bool:
    """Tell whether the event *by* is the one that says that a closed time, *key*, is closed.

    The first event that asks is, in every run of it; each later one is not.
    """
    table = schema.applied
    if insert_new(tx, table, key=key, operation="outside_hours", at=to_ms(at), note=by):
        return True
    mine = and_(table.c.key == key, table.c.operation == "outside_hours")
    return bool(tx.execute(select(table.c.note).where(mine)).scalar_one() == by)
