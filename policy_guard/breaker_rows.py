"""What the platform has stopped of a Page: breakers that open by themselves and close again.

A breaker stops everything proactive (`page`), one way of sending (`tag:HUMAN_AGENT`,
`template:one_time_notif_req`...), or everything, answers too (`token`, `platform`). After a pause
it is half open: one message is let through to try. It closes where the platform takes that one, and
stays open for twice as long where it is stopped again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Connection

from . import journal, schema
from .clock import from_ms, to_ms
from .people_rows import Who
from .prepared import given, rows_of
from .send_states import HELD
from .sends import PAGE_LANE, SendRow
from .sql_store import insert_new

PAGE = PAGE_LANE
TOKEN = "token"  # noqa: S105 - the name of a lane: the Page token is not valid
PLATFORM = "platform"  # it does not answer
#: With these open nothing leaves at all: the platform takes answers no more than anything else.
EVERYTHING = (TOKEN, PLATFORM)
BY_PLATFORM = "platform"
#: The first pause and the longest. Integrators try a restricted Page again after 30 minutes, then
#: twice as long up to 4 hours; the others are ours.
PAUSES: Mapping[str, tuple[timedelta, timedelta]] = {
    TOKEN: (timedelta(minutes=1), timedelta(minutes=15)),
    PLATFORM: (timedelta(seconds=5), timedelta(minutes=1)),
}
_PAUSE = (timedelta(minutes=30), timedelta(hours=4))
#: A message let through to try is given this long, then another may.
TRIAL = timedelta(seconds=30)


@dataclass(frozen=True)
class Breaker:
    """One that is open; times in UTC. `probe_at` None: only a person closes it."""

    lane: str
    since: datetime
    probe_at: datetime | None
    pause: timedelta
    by: str
    why: str

    def half_open(self, now: datetime) -> bool:
        """Tell whether one message may try; a moment too far ahead is of before a clock went back.

        That one belongs to a pause which cannot be longer than the longest.
        """
        if self.probe_at is None:
            return False
        return self.probe_at <= now or self.probe_at > now + 2 * longest(self.lane)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "lane": self.lane,
            "since": self.since.isoformat(),
            "tries_again_at": self.probe_at.isoformat() if self.probe_at else None,
            "by": self.by,
            "why": self.why,
        }


def longest(lane: str) -> timedelta:
    """Return the longest pause of a breaker."""
    return PAUSES.get(lane, _PAUSE)[1]


def opened(tx: Connection, page: str) -> dict[str, Breaker]:
    """Return what is open for a Page, by lane."""
    found = tx.execute(rows_of(schema.breaker, "page"), given(page=page))
    return {r.lane: _breaker(r) for r in found if r.open}


def all_opened(tx: Connection) -> list[tuple[str, Breaker]]:
    """Return everything that is open, with its Page."""
    return [(r.page, _breaker(r)) for r in tx.execute(_all_opened())]


@cache
def _all_opened() -> Any:
    table = schema.breaker
    return select(table).where(table.c.open).order_by(table.c.page, table.c.lane)


def trip(
    tx: Connection, page: str, lane: str, now: datetime, why: str, *, tried: bool = False
) -> None:
    """Open a breaker because of the platform; a trial in vain doubles its pause.

    One that is open already stays as it is: what was on its way when it opened tells nothing new.
    """
    first, most = PAUSES.get(lane, _PAUSE)
    before = _get(tx, page, lane)
    if before is not None and before.open and not tried:
        return
    again = before is not None and before.open
    pause = min(2 * timedelta(seconds=before.pause_s), most) if again else first
    values = {"probe_at": to_ms(now + pause), "by": BY_PLATFORM, "why": why}
    _put(tx, page, lane, now, values, pause, keep_since=again)
    said = {"lane": lane, "by": BY_PLATFORM, "why": why, "again_at": (now + pause).isoformat()}
    journal.write(tx, now, Who(page, ""), "breaker_opened", **said)


def open_by(
    tx: Connection, page: str, lane: str, now: datetime, by: str, why: str, span: timedelta | None
) -> None:
    """Open a breaker because a person says so: for a *span*, or until a person closes it."""
    pause = span or _PAUSE[0]
    probe_at = None if span is None else to_ms(now + span)
    values = {"probe_at": probe_at, "by": by, "why": why}
    _put(tx, page, lane, now, values, pause, keep_since=False)
    again = None if span is None else (now + span).isoformat()
    said = {"lane": lane, "by": by, "why": why, "again_at": again}
    journal.write(tx, now, Who(page, ""), "breaker_opened", **said)


def close(tx: Connection, page: str, lane: str, now: datetime, by: str) -> bool:
    """Close a breaker and have what is held for it asked again; tell whether it was open."""
    table = schema.breaker
    mine = and_(table.c.page == page, table.c.lane == lane, table.c.open)
    values = {"open": False, "since": to_ms(now), "probe_at": None, "by": by}
    if not tx.execute(update(table).where(mine).values(**values)).rowcount:
        return False
    send = schema.send
    held = and_(send.c.page == page, send.c.state == HELD, send.c.halted_by == lane)
    tx.execute(update(send).where(held).values(not_before=to_ms(now)))
    journal.write(tx, now, Who(page, ""), "breaker_closed", lane=lane, by=by)
    return True


def let_through(tx: Connection, page: str, lane: str, now: datetime) -> bool:
    """Take the one trial of a breaker that is half open; False where another took it."""
    table = schema.breaker
    far = to_ms(now + 2 * longest(lane))
    come = or_(table.c.probe_at <= to_ms(now), table.c.probe_at > far)
    mine = and_(table.c.page == page, table.c.lane == lane, table.c.open, come)
    taken = tx.execute(update(table).where(mine).values(probe_at=to_ms(now + TRIAL)))
    return bool(taken.rowcount)


def postpone(tx: Connection, page: str, lane: str, now: datetime) -> None:
    """Let the next one try at once: the last one's end said nothing of the breaker."""
    table = schema.breaker
    mine = and_(table.c.page == page, table.c.lane == lane, table.c.open)
    mine = and_(mine, table.c.probe_at.isnot(None))
    tx.execute(update(table).where(mine).values(probe_at=to_ms(now)))


def lane_of(row: SendRow) -> str | None:
    """Return the platform's way of sending that a message takes, None for an answer in the window.

    A template that the platform has rules for is a way of its own, whatever the ground.
    """
    if row.message.template is not None:
        return f"template:{row.message.template}"
    return None if row.ground == "standard_window" else row.ground


def _get(tx: Connection, page: str, lane: str) -> Any:
    table = schema.breaker
    query = select(table).where(table.c.page == page, table.c.lane == lane)
    return tx.execute(query.with_for_update()).first()


def _put(
    tx: Connection,
    page: str,
    lane: str,
    now: datetime,
    values: Mapping[str, Any],
    pause: timedelta,
    *,
    keep_since: bool,
) -> None:
    table = schema.breaker
    full = {"open": True, "pause_s": int(pause.total_seconds()), **values}
    since = to_ms(now)
    if insert_new(tx, table, page=page, lane=lane, since=since, **full):
        return
    if not keep_since:
        full["since"] = since
    mine = and_(table.c.page == page, table.c.lane == lane)
    tx.execute(update(table).where(mine).values(**full))


def _breaker(r: Any) -> Breaker:
    return Breaker(
        lane=r.lane,
        since=from_ms(r.since),
        probe_at=None if r.probe_at is None else from_ms(r.probe_at),
        pause=timedelta(seconds=r.pause_s),
        by=r.by,
        why=r.why,
    )
