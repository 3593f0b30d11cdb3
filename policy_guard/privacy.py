"""Privacy: what is kept of a person, being forgotten on request, and what age does to the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.engine import Connection

from . import broadcast_rows, inbox_rows, journal, privacy_rows, schema
from .clock import from_ms, to_ms
from .people_rows import Who
from .privacy_rows import FORGET, STAND_IN
from .retention import Retention
from .send_states import UNSETTLED as _OPEN_SENDS

MASK = "***"
_PAYS = frozenset({"token", "one_time_notif_token", "notification_messages_token"})
_TIME = ("at", "_at", "_until", "until", "not_before", "used_before")
_SPANS = ("next_at",)  # microseconds of the pace, and no moment for a person to read
_JSON = frozenset({"message", "parts", "single", "utility", "decision", "body", "data", "error"})
_WAITS = (inbox_rows.PENDING, inbox_rows.RUNNING)
#: Rows of each kind that one call of `age` lets go of: a few milliseconds.
STEP = 200
_LOOKED_AT = 5  # times as many rows are looked at, for those that still wait


@dataclass(frozen=True)
class Aged:
    """How many rows of each kind were let go of because of their age."""

    events: int = 0
    texts: int = 0
    sends: int = 0
    journal: int = 0
    others: int = 0

    def __add__(self, other: Aged) -> Aged:
        mine, theirs = astuple(self), astuple(other)
        return Aged(*(a + b for a, b in zip(mine, theirs, strict=True)))

    def __bool__(self) -> bool:
        return any(astuple(self))


def enter(tx: Connection, who: Who, key: str, at: datetime, now: datetime, by: str) -> str:
    """Keep a request to be forgotten as an event to process; returns its code.

    *by* is who asked: `person`, `operator` or `platform`. The same *key* again asks once.
    """
    code = privacy_rows.request(tx, who, at)
    inbox_rows.add(
        tx,
        page=who.page,
        psid=who.psid,
        key=f"{FORGET}:{key}",
        kind=FORGET,
        at=at,
        received_at=now,
        body={"code": code, "by": by},
    )
    return code


def operators_key(who: Who) -> str:
    """Return the key of an operator's request; it is free again once the person is forgotten."""
    return f"operator:{who.psid}"


def in_conversation(tx: Connection, who: Who) -> bool:
    """Tell whether a turn of the person waits or runs: erasing then would be written over."""
    table = schema.inbox
    mine = and_(table.c.page == who.page, table.c.psid == who.psid, table.c.state.in_(_WAITS))
    return tx.execute(select(table.c.id).where(mine).limit(1)).first() is not None


def carry_out(tx: Connection, who: Who, at: datetime, now: datetime, by: str) -> str | None:
    """Erase a person as of *at*; returns the code, None where they were erased already."""
    if who.psid.startswith(STAND_IN):
        return None
    code = privacy_rows.request(tx, who, at)
    left = Who(who.page, privacy_rows.stand_in(tx, who))
    privacy_rows.erase(tx, who)
    privacy_rows.done(tx, who, now)
    journal.write(tx, now, left, "forgotten", code=code, by=by)
    return code


def export(tx: Connection, who: Who) -> dict[str, Any]:
    """Return everything the store keeps of a person, as JSON-ready values, tokens masked."""
    kept: dict[str, Any] = {"page": who.page, "psid": who.psid}
    for table in schema.metadata.sorted_tables:
        if {"page", "psid"} <= set(table.c.keys()):
            mine = and_(table.c.page == who.page, table.c.psid == who.psid)
            rows = tx.execute(select(table).where(mine).order_by(*table.primary_key.columns))
            kept[table.name] = [_readable(table.name, row) for row in rows.mappings()]
    ids = [row["id"] for row in kept["send"]]
    part = schema.part
    parts = tx.execute(
        select(part).where(part.c.send_id.in_(ids)).order_by(part.c.send_id, part.c.n)
    )
    kept["part"] = [_readable("part", row) for row in parts.mappings()]
    since = privacy_rows.forgotten_at(tx, who)
    kept["forgotten_at"] = None if since is None else since.isoformat()
    return kept


def knows(tx: Connection, who: Who) -> bool:
    """Tell whether the store keeps anything of a person."""
    kept = export(tx, who)
    return any(isinstance(rows, list) and rows for rows in kept.values())


def age(tx: Connection, retention: Retention, now: datetime, most: int = STEP) -> Aged:
    """Let go of some of what is older than it may be kept; call again until nothing was.

    Never a consent, a token or an open wish goes, nor what still waits. A call looks at the oldest
    rows only, so that neither the store nor an event loop stands still for it.
    """
    gone = Aged()
    if retention.messages is not None:
        before = to_ms(now - retention.messages)
        gone += Aged(
            events=_age_events(tx, before, most),
            texts=_age_texts(tx, before, most),
            others=_age_applied(tx, before, most) + privacy_rows.unsay(tx, before, most),
        )
    if retention.journal is not None:
        gone += _age_journal(tx, to_ms(now - retention.journal), most)
    return gone


def _age_events(tx: Connection, before: int, most: int) -> int:
    """Delete events that are over; they came in the order of their numbers."""
    table = schema.inbox
    oldest = select(table.c.id, table.c.received_at, table.c.state).order_by(table.c.id)
    rows = tx.execute(oldest.limit(_LOOKED_AT * most))
    over = [row.id for row in rows if row.received_at < before and row.state not in _WAITS]
    if not over:
        return 0
    return int(tx.execute(delete(table).where(table.c.id.in_(over[:most]))).rowcount)


def _age_applied(tx: Connection, before: int, most: int) -> int:
    table = schema.applied
    old = select(table.c.key, table.c.operation).where(table.c.at < before).limit(most)
    rows = tx.execute(old.order_by(table.c.at)).all()
    for row in rows:
        here = and_(table.c.key == row.key, table.c.operation == row.operation)
        tx.execute(delete(table).where(here))
    return len(rows)


def _age_texts(tx: Connection, before: int, most: int) -> int:
    """Empty sends of what they said; those that still say something have an index of their own."""
    send, part = schema.send, schema.part
    worded = select(send.c.id, send.c.state).where(schema.WORDED, send.c.created_at < before)
    rows = tx.execute(worded.order_by(send.c.created_at).limit(_LOOKED_AT * most))
    ids = [row.id for row in rows if row.state not in _OPEN_SENDS][:most]
    if ids:
        empty = {"text": "", "parts": "[]", "single": None, "utility": None}
        tx.execute(update(part).where(part.c.send_id.in_(ids)).values(body="{}"))
        tx.execute(update(send).where(send.c.id.in_(ids)).values(**empty))
    return len(ids)


def _age_journal(tx: Connection, before: int, most: int) -> Aged:
    """Delete lines, and with the line of its decision a send that is over."""
    log, send, part = schema.journal, schema.send, schema.part
    oldest = select(log.c.id, log.c.at, log.c.what, log.c.send_id).order_by(log.c.id)
    rows = [r for r in tx.execute(oldest.limit(_LOOKED_AT * most)) if r.at < before]
    decided = {r.send_id for r in rows if r.what == "decided"}
    waits = select(send.c.id).where(send.c.id.in_(decided), send.c.state.in_(_OPEN_SENDS))
    kept = {row.id for row in tx.execute(waits)}
    going = [r for r in rows if r.what != "decided" or r.send_id not in kept][:most]
    if not going:
        return Aged(others=broadcast_rows.age(tx, before, most))
    tx.execute(delete(log).where(log.c.id.in_([r.id for r in going])))
    over = [r.send_id for r in going if r.what == "decided"]
    tx.execute(delete(part).where(part.c.send_id.in_(over)))
    settled = tx.execute(delete(send).where(send.c.id.in_(over))).rowcount
    others = broadcast_rows.age(tx, before, most)
    return Aged(sends=int(settled), journal=len(going), others=others)


def _readable(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with moments as text and JSON as values; what a token buys with stays hidden."""
    said: dict[str, Any] = {}
    for name, value in row.items():
        if table == "token" and name == "value":
            said[name] = MASK
        elif isinstance(value, int) and not isinstance(value, bool) and _is_moment(name):
            said[name] = from_ms(value).isoformat()
        elif (
            isinstance(value, str) and name in _JSON and not (table == "inbox" and name == "error")
        ):
            said[name] = _masked(json.loads(value))
        else:
            said[name] = value
    return said


def _is_moment(name: str) -> bool:
    return name.endswith(_TIME) and name not in _SPANS


def _masked(value: Any) -> Any:
    """Return nested values without what pays for a message: opt-in events carry it."""
    if isinstance(value, dict):
        return {k: MASK if k in _PAYS and v else _masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return value
