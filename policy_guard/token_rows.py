"""The granted tokens as a list for people: never with what the platform gave for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms
from .people_rows import Who
from .vocabulary import TokenKind


@dataclass(frozen=True)
class TokenRow:
    """A token without its value; times in UTC, *expires_at* as the platform stated it."""

    id: str
    who: Who
    topic: str
    kind: TokenKind
    granted_at: datetime
    expires_at: datetime | None
    spent_at: datetime | None
    spent_by: str | None
    retired_at: datetime | None
    claimed_by: str | None


def listed(tx: Connection, *, psid: str | None = None, topic: str | None = None) -> list[TokenRow]:
    """Return the tokens, oldest first, of one person or for one topic."""
    table = schema.token
    query = select(*(column for column in table.c if column.name != "value"))
    if psid is not None:
        query = query.where(table.c.psid == psid)
    if topic is not None:
        query = query.where(table.c.topic == topic)
    return [_row(r) for r in tx.execute(query.order_by(table.c.granted_at, table.c.id))]


def _row(r: Any) -> TokenRow:
    return TokenRow(
        id=r.id,
        who=Who(r.page, r.psid),
        topic=r.topic,
        kind=TokenKind(r.kind),
        granted_at=from_ms(r.granted_at),
        expires_at=_moment(r.expires_at),
        spent_at=_moment(r.spent_at),
        spent_by=r.spent_by,
        retired_at=_moment(r.retired_at),
        claimed_by=r.claimed_by,
    )


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
