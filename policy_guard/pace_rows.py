"""The pace of a Page and of its threads in the store, shared by every worker.

The row of a Page is locked last in a transaction that commits a message, and so for a moment only.
Buckets go by the moments of the store (`SqlStore.moment`): by each host's clock, one that is behind
would never find room. What the platform asks for, and how a pace recovers, is a matter of minutes
and goes by the clock of who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, or_, select, update
from sqlalchemy.engine import Connection

from . import journal, schema
from .clock import from_ms, to_ms
from .pace import (
    FULL,
    LONGEST_BLOCK,
    MEDIA,
    MESSAGES,
    ONCE_IN,
    SECOND,
    Bucket,
    Pace,
    bucket,
    halved,
    is_of_before,
    share_at,
)
from .people_rows import Who
from .prepared import given, rows_of
from .send_states import BULK, LIVE
from .sql_store import insert_new

_MS = 1000  # microseconds
#: How far (microseconds) a clock that goes back by itself may go. A bucket that is full only after
#: its own reach and this was written before the clock went back.
_FAR = 2 * SECOND


@dataclass(frozen=True)
class PaceNow:
    """How fast a Page may send one kind of message now."""

    kind: str
    share: int  # thousandths of the configured rate
    blocked_until: datetime | None
    why: str | None

    @property
    def says(self) -> str | None:
        """Return a sentence where it is slower than configured."""
        if self.blocked_until is not None:
            return f"{self.kind} wait until {self.blocked_until.isoformat()}: {self.why}"
        if self.share < FULL:
            return f"{self.kind} go at {self.share / 10:g} % of the configured pace: {self.why}"
        return None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        until = self.blocked_until
        return {
            "kind": self.kind,
            "percent": self.share / 10,
            "blocked_until": until.isoformat() if until else None,
            "why": self.why,
        }


def debit(
    tx: Connection, who: Who, kind: str, lane: str, pace: Pace, now: datetime, moment: datetime
) -> datetime | None:
    """Take one message from what a Page may send; returns None, or from when on to ask again.

    *moment* is the store's, *now* the asking clock's, and so is what is returned.

    Where something is lacking the transaction is to be undone: others may be debited already.
    """
    return debit_thread(tx, who, pace, now, moment) or debit_page(
        tx, who.page, kind, lane, pace, now, moment
    )


def blocked_until(tx: Connection, page: str, now: datetime) -> datetime | None:
    """Return until when the platform takes no calls, None where it does."""
    found = [s.blocked_until for s in standing(tx, page, now) if s.blocked_until]
    return max(found, default=None)


def slow_down(tx: Connection, page: str, now: datetime, why: str, regain: timedelta | None) -> bool:
    """Halve the pace of a Page, once for one overload, and stop until the platform takes calls.

    It recovers by itself, a tenth of the whole a minute. Tells whether anything changed.
    """
    changed = False
    for kind in (MESSAGES, MEDIA):
        row = _row(tx, page, kind)
        values: dict[str, Any] = {}
        since = to_ms(now) - row.slowed_at
        if not 0 <= since < to_ms_span(ONCE_IN):
            share = halved(share_at(row.share, row.slowed_at, to_ms(now)))
            values = {"share": share, "slowed_at": to_ms(now), "why": why}
        if regain is not None and regain > timedelta(0):
            until = to_ms(now + min(regain, LONGEST_BLOCK))
            if until > row.blocked_until or not _is_blocked(row, to_ms(now)):
                values |= {"blocked_until": until, "slowed_at": to_ms(now)}
        if values:
            _write(tx, page, kind, values)
            changed = True
    if changed:
        again = None if regain is None else (now + regain).isoformat()
        journal.write(tx, now, Who(page, ""), "slowed_down", why=why, until=again)
    return changed


def standing(tx: Connection, page: str, now: datetime) -> list[PaceNow]:
    """Return how fast a Page may send now."""
    found = tx.execute(rows_of(schema.pace, "page"), given(page=page))
    ms = to_ms(now)
    told = []
    for r in sorted(found, key=lambda r: r.kind):
        share = share_at(r.share, r.slowed_at, ms)
        blocked = _is_blocked(r, ms)
        why = r.why if share < FULL or blocked else None
        until = from_ms(r.blocked_until) if blocked else None
        told.append(PaceNow(r.kind, share, until, why))
    return told


def _is_blocked(row: Any, ms: int) -> bool:
    """Tell whether the platform takes no calls; never because of before a clock went back."""
    far = ms + to_ms_span(LONGEST_BLOCK)
    return ms < row.blocked_until <= far and not is_of_before(row.slowed_at, ms)


def to_ms_span(span: timedelta) -> int:
    """Return a length of time in whole milliseconds."""
    return span // timedelta(milliseconds=1)


def debit_page(
    tx: Connection, page: str, kind: str, lane: str, pace: Pace, now: datetime, moment: datetime
) -> datetime | None:
    """Debit the Page's buckets: media are messages too."""
    if pace.messages_per_second is None:
        until = blocked_until(tx, page, now)  # no limit of ours lifts a pause of the platform's
        if until is not None:
            return until
    later = _take(tx, page, MESSAGES, pace.messages_per_second, lane, pace, now, moment)
    if later is None and kind == MEDIA:
        later = _take(tx, page, MEDIA, pace.media_per_second, lane, pace, now, moment)
    return later


def _take(
    tx: Connection,
    page: str,
    kind: str,
    per_second: float | None,
    lane: str,
    pace: Pace,
    now: datetime,
    moment: datetime,
) -> datetime | None:
    if per_second is None:
        return None
    ms, us = to_ms(now), to_ms(moment) * _MS
    if lane == LIVE and _quickly(tx, page, kind, bucket(per_second), ms, us):
        return None
    row = _row(tx, page, kind)
    if _is_blocked(row, ms):
        return from_ms(row.blocked_until)
    share = share_at(row.share, row.slowed_at, ms)
    whole = bucket(per_second, share)
    reach = whole.every * (whole.burst + 1)
    next_at = _sane(row.next_at, us, reach)
    bulk_next_at = _sane(row.bulk_next_at, us, 10 * reach)
    if lane == BULK:
        # a broadcast takes its own part only, and only what live messages have left over
        free_at = max(next_at, bulk_next_at)
        bulk_next_at = us + round(whole.every / (1 - pace.reserved_for_live))
    else:
        free_at = next_at - whole.slack
    if free_at > us:
        return _after(now, free_at - us)
    values = {"next_at": max(next_at, us) + whole.every, "bulk_next_at": bulk_next_at}
    if share == FULL:
        values["share"] = FULL  # it has recovered: the quick way is open again
    _write(tx, page, kind, values)
    return None


def _after(now: datetime, us: int) -> datetime:
    """Return the whole millisecond in which so many microseconds are over."""
    return from_ms(to_ms(now) + -(-us // _MS))


def _quickly(tx: Connection, page: str, kind: str, whole: Bucket, ms: int, us: int) -> bool:
    """Debit a bucket that has room, at its full rate, in a single statement."""
    values = {"of_page": page, "of_kind": kind, "ms": ms, "us": us, "every": whole.every}
    return bool(tx.execute(_QUICKLY, {**values, "ends": us + whole.slack}).rowcount)


def debit_thread(
    tx: Connection, who: Who, pace: Pace, now: datetime, moment: datetime
) -> datetime | None:
    """Debit the bucket of one person, which a single statement does where there is room."""
    if pace.per_thread_per_second is None:
        return None
    table, us = schema.thread_pace, to_ms(moment) * _MS
    every = round(SECOND / pace.per_thread_per_second)
    slack = every * (pace.per_thread_burst - 1)
    far = us + 2 * (slack + every) + _FAR
    values = {"us": us, "every": every, "ends": us + slack, "far": far}
    whose = {"of_page": who.page, "of_psid": who.psid}
    if tx.execute(_THREAD, {**values, **whose}).rowcount:
        return None
    if insert_new(tx, table, page=who.page, psid=who.psid, next_at=us + every):
        return None
    mine = and_(table.c.page == who.page, table.c.psid == who.psid)
    next_at = int(tx.execute(select(table.c.next_at).where(mine)).scalar_one())
    return _after(now, next_at - slack - us)


def _quick_debit() -> Any:
    table = schema.pace
    room = and_(
        table.c.page == bindparam("of_page"),
        table.c.kind == bindparam("of_kind"),
        table.c.share == FULL,
        table.c.blocked_until <= bindparam("ms"),
        table.c.next_at <= bindparam("ends"),
    )
    us = bindparam("us", type_=BigInteger)
    later = case((table.c.next_at > us, table.c.next_at), else_=us)
    return update(table).where(room).values(next_at=later + bindparam("every"))


def _thread_debit() -> Any:
    table = schema.thread_pace
    cell, us = table.c.next_at, bindparam("us", type_=BigInteger)
    mine = and_(table.c.page == bindparam("of_page"), table.c.psid == bindparam("of_psid"))
    room = or_(cell <= bindparam("ends"), cell > bindparam("far"))
    ahead = case((and_(cell > us, cell <= bindparam("far")), cell), else_=us)
    return update(table).where(mine, room).values(next_at=ahead + bindparam("every"))


#: Built once: putting a statement together takes longer than running it.
_QUICKLY, _THREAD = _quick_debit(), _thread_debit()


def _sane(next_at: int, us: int, reach: int) -> int:
    """Return a moment of before, or now where it lies further ahead than the bucket reaches.

    It was written before the clock went back, or under a slower rate.
    """
    return next_at if next_at <= us + 2 * reach + _FAR else us


def _row(tx: Connection, page: str, kind: str) -> Any:
    """Return a row, locked where the database has locks for rows."""
    table = schema.pace
    mine: Sequence[Any] = (table.c.page == page, table.c.kind == kind)
    query = select(table).where(*mine).with_for_update()
    found = tx.execute(query).first()
    if found is None:
        new = {"next_at": 0, "bulk_next_at": 0, "slowed_at": 0, "blocked_until": 0}
        insert_new(tx, table, page=page, kind=kind, share=FULL, **new)
        found = tx.execute(query).first()
    return found


def _write(tx: Connection, page: str, kind: str, values: dict[str, Any]) -> None:
    table = schema.pace
    mine = and_(table.c.page == page, table.c.kind == kind)
    tx.execute(update(table).where(mine).values(**values))
