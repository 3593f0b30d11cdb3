"""The journal: what was decided and what came of it, only ever added to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .people_rows import Who
from .prepared import new_row

DISAGREEMENT = "disagreement"
FINDING = "finding"
_GREATEST_ID = 2**63 - 1  # no line has a greater one, and a store may fail when asked for it


@dataclass(frozen=True)
class Entry:
    """One line of the journal."""

    id: int
    at: datetime
    page: str
    psid: str | None
    send_id: str | None
    what: str
    data: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "psid": self.psid,
            "send": self.send_id,
            "what": self.what,
            "data": dict(self.data),
        }


def write(
    tx: Connection, at: datetime, who: Who, what: str, send_id: str | None = None, **data: Any
) -> None:
    """Add a line."""
    tx.execute(new_row(schema.journal), line(at, who, what, send_id, data))


def write_all(tx: Connection, lines: Sequence[Mapping[str, Any]]) -> None:
    """Add many lines at once, each made by `line` or `written`."""
    if lines:
        tx.execute(new_row(schema.journal), list(lines))


def line(
    at: datetime, who: Who, what: str, send_id: str | None, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a line as it is stored."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return written(at, who, what, send_id, text)


def written(at: datetime, who: Who, what: str, send_id: str | None, text: str) -> dict[str, Any]:
    """Return a line whose data is JSON already."""
    return {
        "at": to_ms(at),
        "page": who.page,
        "psid": who.psid,
        "send_id": send_id,
        "what": what,
        "data": text,
    }


def note(tx: Connection, at: datetime, page: str, what: str, **data: Any) -> None:
    """Add a line that is about no single person."""
    said = json.dumps(data, ensure_ascii=False, sort_keys=True)
    values = {"at": to_ms(at), "page": page, "psid": None, "send_id": None}
    tx.execute(new_row(schema.journal), {**values, "what": what, "data": said})


def entry(tx: Connection, number: int) -> Entry | None:
    """Return the line with this number."""
    if number > _GREATEST_ID:
        return None
    row = tx.execute(select(schema.journal).where(schema.journal.c.id == number)).first()
    return None if row is None else _entry(row)


def entries(
    tx: Connection,
    *,
    send_id: str | None = None,
    psid: str | None = None,
    what: str | None = None,
    last: int | None = None,
) -> list[Entry]:
    """Return lines, oldest first; *last* keeps only so many of the newest."""
    table = schema.journal
    query = select(table)
    for column, value in ((table.c.send_id, send_id), (table.c.psid, psid), (table.c.what, what)):
        if value is not None:
            query = query.where(column == value)
    query = query.order_by(table.c.id.desc())
    if last is not None:
        query = query.limit(last)
    return [_entry(row) for row in tx.execute(query)][::-1]


def newest_at(tx: Connection) -> datetime | None:
    """Return the moment of the newest line."""
    table = schema.journal
    at = tx.execute(select(table.c.at).order_by(table.c.id.desc()).limit(1)).scalar()
    return None if at is None else from_ms(at)


def _entry(r: Any) -> Entry:
    return Entry(r.id, from_ms(r.at), r.page, r.psid, r.send_id, r.what, json.loads(r.data))
