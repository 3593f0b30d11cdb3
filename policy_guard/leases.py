"""Who has a row on its way out, and for how long: claims, leases, and what a dead worker left.

A lease is short, and its end is safe: a claim that somebody else takes over fails at its commit,
and what was committed becomes a doubt, which the late answer of a worker that lives settles.
Leases go by the store's own moments (`SqlStore.moment`), so that the clocks of two hosts may
differ; when a message may be tried again is told by the clock that it was decided by.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import to_ms
from .prepared import change, given, rows_of, where, written
from .send_states import BULK, CLAIMED, COMMITTED, LIVE, READY
from .sends import Claim, PartRow, SendRow, ahead, get, not_paused, part_rows, rows

LEASE = timedelta(seconds=10)
RENEW_EVERY = timedelta(seconds=3)
#: No try is put off for longer. What stands further ahead was written before the clock went back.
LONGEST_PAUSE = timedelta(minutes=10)
_AT_ONCE = 500  # ids in one statement
_SKEW = timedelta(minutes=1)  # that the clocks of two hosts may differ


def ended(row: SendRow, moment: datetime) -> bool:
    """Tell whether the lease on a row is over; one too far ahead is of before a clock went back."""
    until = row.lease_until
    return until is None or until <= moment or until > moment + LEASE + _SKEW


def put_off(row: SendRow, now: datetime) -> bool:
    """Tell whether the next try of a row is still to come."""
    until = row.not_before
    return until is not None and now < until <= now + LONGEST_PAUSE


def anything_due(tx: Connection, now: datetime, moment: datetime) -> bool:
    """Tell whether there may be something to claim, without any lock."""
    values = _come(now) | _living(moment) | {"most": 1}
    return tx.execute(_due(None), values).first() is not None


def claim_due(
    tx: Connection,
    claim: Claim,
    now: datetime,
    moment: datetime,
    most: int,
    lane: str | None = None,
) -> list[SendRow]:
    """Take rows that may leave now and that nobody has: live ones first, a person's in order.

    Rows that another worker is taking this very moment are passed over.
    """
    table = schema.send
    due = _due(lane).with_for_update(skip_locked=True, of=table)
    values = {"state": CLAIMED, "claimed_by": claim.worker, "lease_until": to_ms(claim.until)}
    take = change(table, _is_free, tuple(values))
    free, taken = _come(now) | _living(moment), []
    for send_id in tx.execute(due, free | {"most": most}).scalars().all():
        if tx.execute(take, written(values) | given(id=send_id) | free).rowcount:
            taken.append(get(tx, send_id))
    return taken


def renew(tx: Connection, claim: Claim, send_ids: Collection[str]) -> int:
    """Prolong what a worker still has of these rows; returns how many that are."""
    table, kept, ids = schema.send, 0, list(send_ids)
    for first in range(0, len(ids), _AT_ONCE):
        mine = and_(
            table.c.id.in_(ids[first : first + _AT_ONCE]),
            table.c.claimed_by == claim.worker,
            table.c.state.in_((CLAIMED, COMMITTED)),
        )
        done = tx.execute(update(table).where(mine).values(lease_until=to_ms(claim.until)))
        kept += done.rowcount
    return kept


def release(tx: Connection, worker: str) -> int:
    """Let go of what a worker has claimed and not committed; anybody may take it at once."""
    table = schema.send
    mine = and_(table.c.claimed_by == worker, table.c.state == CLAIMED)
    values = {"state": READY, "claimed_by": None, "lease_until": None}
    return int(tx.execute(update(table).where(mine).values(**values)).rowcount)


def hanging(tx: Connection, moment: datetime) -> list[SendRow]:
    """Return committed rows whose worker let its lease end."""
    return rows(tx, _hanging(), _living(moment))


@cache
def _hanging() -> Any:
    table = schema.send
    over = and_(table.c.state == COMMITTED, _ended())
    return select(table).where(over).order_by(table.c.created_at, table.c.seq)


def on_its_way(tx: Connection, send_id: str) -> PartRow | None:
    """Return the message of a row that is committed."""
    query = rows_of(schema.part, "send_id", "state")
    return next(iter(part_rows(tx, query, given(send_id=send_id, state=COMMITTED))), None)


def _come(now: datetime) -> dict[str, int]:
    """Return what tells a row whose moment has come."""
    return {"now": to_ms(now), "far_pause": to_ms(now + LONGEST_PAUSE)}


def _living(moment: datetime) -> dict[str, int]:
    """Return what tells a lease that has ended."""
    return {"moment": to_ms(moment), "far_lease": to_ms(moment + LEASE + _SKEW)}


def _ended() -> Any:
    until = schema.send.c.lease_until
    return or_(until.is_(None), until <= bindparam("moment"), until > bindparam("far_lease"))


def _free() -> Any:
    table = schema.send
    at = table.c.not_before
    come = or_(at.is_(None), at <= bindparam("now"), at > bindparam("far_pause"))
    ready = and_(table.c.state == READY, come)
    return or_(ready, and_(table.c.state == CLAIMED, _ended()))


def _is_free() -> Any:
    return and_(where(schema.send, "id"), _free())


@cache
def _due(lane: str | None) -> Any:
    """Select the ids of what may be taken; nothing whose person has something older on its way."""
    table, older = schema.send, schema.send.alias("older")
    same_lane = or_(older.c.lane == LIVE, table.c.lane == BULK)
    waits = exists().where(
        older.c.page == table.c.page,
        older.c.psid == table.c.psid,
        older.c.seq < table.c.seq,
        ahead(older),
        same_lane,
    )
    query = select(table.c.id).where(_free(), ~waits, not_paused())
    if lane is not None:
        query = query.where(table.c.lane == lane)
    # `live` comes after `bulk` in the alphabet
    ordered = query.order_by(table.c.lane.desc(), table.c.created_at, table.c.seq)
    return ordered.limit(bindparam("most"))
