"""Who has the conversation: an owner and a person who answers, moved only forward by dated events.

The facts stand in a table of their own, so that a store of before gets it without being converted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .prepared import given, rows_of
from .sql_store import insert_new

if TYPE_CHECKING:
    from .people_rows import Who

#: The owner where an event shows only that it is not us.
SOMEBODY = "somebody"


@dataclass(frozen=True)
class Thread:
    """Who has a conversation; times in UTC.

    `owner` is the id of the app that owns it, None for us; a person answers until `human_until`;
    `away_at` is when the bot last stopped being the one who answers, `back_at` when it last said
    that it is the one again.
    """

    owner: str | None = None
    owner_at: datetime | None = None
    human_until: datetime | None = None
    away_at: datetime | None = None
    back_at: datetime | None = None

    def is_the_bots(self, now: datetime) -> bool:
        """Tell whether the bot is the one who answers at a moment."""
        return self.owner is None and (self.human_until is None or now >= self.human_until)

    @property
    def owes_disclosure(self) -> bool:
        """Tell whether the person has not been told yet that the bot answers again."""
        if self.away_at is None:
            return False
        return self.back_at is None or self.back_at < self.away_at


def read(tx: Connection, who: Who) -> Thread:
    """Return who has a conversation: we, where nothing was ever told of it."""
    query = rows_of(schema.thread, "page", "psid")
    row = tx.execute(query, given(page=who.page, psid=who.psid)).mappings().first()
    if row is None:
        return Thread()
    return _thread(row)


def read_many(tx: Connection, page: str, psids: Sequence[str]) -> dict[str, Thread]:
    """Return who has the conversations of these people, where anything was told of them."""
    table = schema.thread
    rows = tx.execute(select(table).where(table.c.page == page, table.c.psid.in_(psids)))
    return {row["psid"]: _thread(row) for row in rows.mappings()}


def _thread(row: Any) -> Thread:
    return Thread(
        owner=row["owner"],
        owner_at=_moment(row["owner_at"]),
        human_until=_moment(row["human_until"]),
        away_at=_moment(row["away_at"]),
        back_at=_moment(row["back_at"]),
    )


def record_owner(tx: Connection, who: Who, owner: str | None, at: datetime) -> bool:
    """Keep which app owns the thread, None for us; tell whether the event was the latest."""
    table, ms = schema.thread, to_ms(at)
    insert_new(tx, table, page=who.page, psid=who.psid)
    latest = or_(table.c.owner_at.is_(None), table.c.owner_at <= ms)
    done = tx.execute(update(table).where(_mine(who), latest).values(owner=owner, owner_at=ms))
    if not done.rowcount:
        return False
    if owner is None:
        # who passes the thread back has finished, whatever silence was set for them
        ended = and_(_mine(who), table.c.human_until > ms)
        tx.execute(update(table).where(ended).values(human_until=ms))
    else:
        _raise_to(tx, who, "away_at", ms)
    return True


def record_human(tx: Connection, who: Who, at: datetime, until: datetime) -> None:
    """Keep that a person wrote for the Page, and until when the bot is silent for it.

    Who has passed the thread back since has finished: what they wrote before sets nothing anew.
    """
    table, ms = schema.thread, to_ms(at)
    insert_new(tx, table, page=who.page, psid=who.psid)
    before = read(tx, who)
    _raise_to(tx, who, "away_at", ms)
    if before.owner is None and before.owner_at is not None and before.owner_at >= at:
        return
    _raise_to(tx, who, "human_until", to_ms(until))


def record_back(tx: Connection, who: Who, at: datetime) -> None:
    """Keep that the person was told that the bot answers again."""
    _raise_to(tx, who, "back_at", to_ms(at))


def _raise_to(tx: Connection, who: Who, column: str, ms: int) -> None:
    cell = schema.thread.c[column]
    later = and_(_mine(who), or_(cell.is_(None), cell < ms))
    tx.execute(update(schema.thread).where(later).values({column: ms}))


def _mine(who: Who) -> Any:
    return and_(schema.thread.c.page == who.page, schema.thread.c.psid == who.psid)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
