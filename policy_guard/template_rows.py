"""The Page's utility templates as the platform last told of them: name, language and status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .sql_store import insert_new

APPROVED = "APPROVED"


@dataclass(frozen=True)
class TemplateRow:
    """One utility template in one language; *told_at* (UTC): when the platform said its status."""

    name: str
    language: str
    status: str
    reason: str | None
    platform_id: str | None
    told_at: datetime


def record(tx: Connection, page: str, row: TemplateRow) -> None:
    """Keep what the platform said of a template; an older word never replaces a newer one."""
    table = schema.utility_template
    values = {
        "status": row.status.upper(),
        "reason": row.reason,
        "platform_id": row.platform_id,
        "told_at": to_ms(row.told_at),
    }
    if insert_new(tx, table, page=page, name=row.name, language=row.language, **values):
        return
    same = and_(
        table.c.page == page,
        table.c.name == row.name,
        table.c.language == row.language,
        table.c.told_at <= to_ms(row.told_at),
    )
    tx.execute(update(table).where(same).values(**values))


def replace_all(tx: Connection, page: str, rows: Sequence[TemplateRow]) -> None:
    """Keep a whole list of the platform's: what it no longer names is gone."""
    table = schema.utility_template
    tx.execute(delete(table).where(table.c.page == page))
    for row in rows:
        record(tx, page, row)


def approved(tx: Connection, page: str, name: str, language: str | None) -> bool:
    """Tell whether a template is approved in a language; None asks for any language."""
    table = schema.utility_template
    query = select(table.c.language).where(
        table.c.page == page, table.c.name == name, table.c.status == APPROVED
    )
    found = [row.language for row in tx.execute(query)]
    if language is None:
        return bool(found)
    return any(_speaks(code, language) for code in found)


def wire_language(tx: Connection, page: str, name: str, language: str | None) -> str | None:
    """Return the platform's code of the approved template in a language, such as `en_US`."""
    table = schema.utility_template
    query = select(table.c.language).where(
        table.c.page == page, table.c.name == name, table.c.status == APPROVED
    )
    found = sorted(row.language for row in tx.execute(query))
    if language is None:
        return found[0] if found else None
    return next((code for code in found if _speaks(code, language)), None)


def listed(tx: Connection, page: str) -> list[TemplateRow]:
    """Return the Page's templates by name and language."""
    table = schema.utility_template
    query = select(table).where(table.c.page == page).order_by(table.c.name, table.c.language)
    return [
        TemplateRow(r.name, r.language, r.status, r.reason, r.platform_id, from_ms(r.told_at))
        for r in tx.execute(query)
    ]


def _speaks(code: str, language: str) -> bool:
    """Tell whether a platform's code (`en`, `en_US`) is the language `en`."""
    return code.lower().replace("-", "_").split("_")[0] == language.lower()
