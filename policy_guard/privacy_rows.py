"""What is left of a person who was forgotten: a keyed hash, so that deletion never turns alerts on.

The key stays in the store; without it the hash says nothing of whom it stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .send_states import CANCELLED, CLAIMED, DROPPED, HELD, READY
from .sql_store import get_meta, insert_new, set_meta

if TYPE_CHECKING:
    from .people_rows import Who

KEY = "privacy_key"
_UNSAID = "unsaid_upto"  # the last line of the journal whose words were let go of
FORGET = "forget"  # the kind of the inbox event that erases a person
STAND_IN = "forgotten:"  # begins what stands in a psid's place
_MACHINES = ("external", FORGET)
_WAITS = ("pending", "running")
_OPEN_SENDS = (READY, CLAIMED, HELD)
#: What keeps its rows, without the person: decisions for the audit, keys against repeated webhooks.
_KEPT = frozenset({"send", "journal", "inbox", "recipient"})


@dataclass(frozen=True)
class Forgotten:
    """A request to be forgotten; *done_at* is None while it is being carried out (UTC)."""

    code: str
    at: datetime
    done_at: datetime | None


def stand_in(tx: Connection, who: Who) -> str:
    """Return what is written in the place of a person's id, making the store's key if need be."""
    _make_key(tx)
    return f"{STAND_IN}{_hash(tx, who)}"


def log_key(tx: Connection) -> str:
    """Return the key under which logs name people, making the store's key if need be.

    Another than the one for the forgotten: a log never tells who they are.
    """
    _make_key(tx)
    kept = bytes.fromhex(get_meta(tx, KEY) or "")
    return hmac.new(kept, b"logs", hashlib.sha256).hexdigest()


def _make_key(tx: Connection) -> None:
    if get_meta(tx, KEY) is None:  # another process may be about to make one too
        insert_new(tx, schema.meta, key=KEY, value=secrets.token_hex(32))


def pseudonym(key: str, psid: str) -> str:
    """Return what stands for a person in logs: the same in every process of a store."""
    return f"person:{hmac.new(key.encode(), psid.encode(), hashlib.sha256).hexdigest()[:12]}"


def request(tx: Connection, who: Who, at: datetime) -> str:
    """Keep that a person is to be forgotten as of *at*; returns the code that tells how far it is.

    Who asks again keeps the code; an older request never undoes a newer one.
    """
    stand_in(tx, who)
    table, name = schema.forgotten, _hash(tx, who)
    row = tx.execute(select(table).where(table.c.hash == name)).first()
    if row is None:
        code = secrets.token_hex(8)
        tx.execute(insert(table).values(hash=name, at=to_ms(at), code=code))
        return code
    values = {"at": max(to_ms(at), row.at), "done_at": None}
    tx.execute(update(table).where(table.c.hash == name).values(**values))
    return str(row.code)


def done(tx: Connection, who: Who, now: datetime) -> None:
    """Write down that the request was carried out."""
    mine = schema.forgotten.c.hash == _hash(tx, who)
    tx.execute(update(schema.forgotten).where(mine).values(done_at=to_ms(now)))


def by_code(tx: Connection, code: str) -> Forgotten | None:
    """Return the request that was given this code."""
    table = schema.forgotten
    row = tx.execute(select(table).where(table.c.code == code)).first()
    if row is None:
        return None
    finished = None if row.done_at is None else from_ms(row.done_at)
    return Forgotten(row.code, from_ms(row.at), finished)


def forgotten_at(tx: Connection, who: Who) -> datetime | None:
    """Return when a person asked to be forgotten, None for everybody else."""
    if get_meta(tx, KEY) is None:
        return None
    table = schema.forgotten
    at = tx.execute(select(table.c.at).where(table.c.hash == _hash(tx, who))).scalar()
    return None if at is None else from_ms(at)


def gone_since(tx: Connection, who: Who) -> datetime | None:
    """Return since when nothing is kept of a person who was forgotten and has not come back."""
    if get_meta(tx, KEY) is None:
        return None
    person, table = schema.person, schema.forgotten
    if tx.execute(select(person.c.psid).where(_mine(person, who))).first() is not None:
        return None
    at = tx.execute(select(table.c.done_at).where(table.c.hash == _hash(tx, who))).scalar()
    return None if at is None else from_ms(at)


def consents(tx: Connection, who: Who, at: datetime) -> bool:
    """Tell whether what a person agreed to at *at* counts, and let it end our own caution.

    What they agreed to before they were forgotten counts no more, however late its event comes;
    what they agree to afterwards is their word, and takes back the stop that deletion left.
    """
    since = forgotten_at(tx, who)
    if since is None:
        return True
    if at <= since:
        return False
    table, ms = schema.person, to_ms(since)
    later = or_(table.c.start_at.is_(None), table.c.start_at <= ms)
    ours = and_(_mine(table, who), table.c.stop_at == ms, later)
    tx.execute(update(table).where(ours).values(start_at=to_ms(at)))
    return True


def erase(tx: Connection, who: Who) -> None:
    """Take a person out of every table; what is kept for the audit holds no word and no id."""
    name = stand_in(tx, who)
    words = {who.psid: name, **_things(tx, who)}
    _erase_sends(tx, who, name, words)
    _erase_journal(tx, who, name, words)
    _erase_inbox(tx, who, name)
    _erase_recipient(tx, who, name)
    table = schema.inbox
    waits = select(table.c.id).where(_mine(table, who), schema.WAITING)
    kept = _KEPT | ({"lease"} if tx.execute(waits.limit(1)).first() is not None else set())
    for table in schema.metadata.sorted_tables:
        if table.name not in kept and {"page", "psid"} <= set(table.c.keys()):
            tx.execute(delete(table).where(_mine(table, who)))


def unsay(tx: Connection, before: int, most: int) -> int:
    """Take what people said out of lines older than *before* (milliseconds), each looked at once.

    Returns how many lines were looked at, *most* at a time.
    """
    table = schema.journal
    upto = int(get_meta(tx, _UNSAID) or 0)
    lines = select(table.c.id, table.c.at, table.c.data).where(table.c.id > upto)
    rows = [r for r in tx.execute(lines.order_by(table.c.id).limit(most)) if r.at < before]
    for row in rows:
        if '"text":' in row.data:
            values = {"data": _scrubbed(row.data, {})}
            tx.execute(update(table).where(table.c.id == row.id).values(**values))
    if rows:
        set_meta(tx, _UNSAID, str(rows[-1].id))
    return len(rows)


def _erase_sends(tx: Connection, who: Who, name: str, words: Mapping[str, str]) -> None:
    table, part = schema.send, schema.part
    for row in tx.execute(select(table).where(_mine(table, who))).mappings().all():
        values = {
            "psid": name,
            "turn_key": row["turn_key"].replace(who.psid, name),
            "topic": None if row["topic"] is None else row["topic"].partition(":")[0],
            "message": _scrubbed(row["message"], words),
            "decision": _scrubbed(row["decision"], words),
            "parts": "[]",
            "single": None,
            "utility": None,
            "text": "",
            "to_remember": None,
        }
        if row["state"] in _OPEN_SENDS:
            values |= {"state": CANCELLED, "why": DROPPED, "claimed_by": None}
        tx.execute(update(table).where(table.c.id == row["id"]).values(**values))
        mine = part.c.send_id == row["id"]
        for each in tx.execute(select(part).where(mine)).mappings().all():
            error = None if each["error"] is None else _scrubbed(each["error"], words)
            state = CANCELLED if each["state"] == READY else each["state"]
            here = and_(mine, part.c.n == each["n"])
            tx.execute(update(part).where(here).values(body="{}", error=error, state=state))


def _erase_journal(tx: Connection, who: Who, name: str, words: Mapping[str, str]) -> None:
    table = schema.journal
    for row in tx.execute(select(table.c.id, table.c.data).where(_mine(table, who))).all():
        values = {"psid": name, "data": _scrubbed(row.data, words)}
        tx.execute(update(table).where(table.c.id == row.id).values(**values))


def _erase_inbox(tx: Connection, who: Who, name: str) -> None:
    """Empty the events that are over; what the person wrote since and waits is still answered."""
    table, applied = schema.inbox, schema.applied
    once = f"closed:{who.page}:{who.psid}:"  # what was said once in a closed time
    tx.execute(delete(applied).where(applied.c.key.startswith(once, autoescape=True)))
    rows = tx.execute(
        select(table.c.id, table.c.key, table.c.kind, table.c.state).where(_mine(table, who))
    ).all()
    for row in rows:
        tx.execute(delete(applied).where(applied.c.key == row.key))
        waits = row.state in _WAITS
        if waits and row.kind not in _MACHINES:
            continue
        ends = "done" if row.kind == FORGET else "noted"
        values = {
            "psid": name,
            "key": row.key.replace(who.psid, name),
            "body": "{}",
            "error": None,
            "state": ends if waits else row.state,
        }
        tx.execute(update(table).where(table.c.id == row.id).values(**values))


def _erase_recipient(tx: Connection, who: Who, name: str) -> None:
    """Keep a broadcast's count without the person; who waited for theirs gets none."""
    table = schema.recipient
    waits = and_(_mine(table, who), table.c.state == "waiting")
    tx.execute(update(table).where(waits).values(state="skipped", why="the person was forgotten"))
    tx.execute(update(table).where(_mine(table, who)).values(psid=name))


def _things(tx: Connection, who: Who) -> dict[str, str]:
    """Return the things a person asked for, each with the alert type that may stay of it."""
    topics: set[str] = set()
    for table in (schema.wish, schema.token, schema.send):
        rows = tx.execute(select(table.c.topic).where(_mine(table, who)).distinct())
        topics |= {row.topic for row in rows if row.topic and ":" in row.topic}
    return {topic: topic.partition(":")[0] for topic in sorted(topics, key=len, reverse=True)}


def _scrubbed(text: str, words: Mapping[str, str]) -> str:
    return json.dumps(_scrub(json.loads(text), words), ensure_ascii=False, sort_keys=True)


def _scrub(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        # what was said is dropped whole; everything else only loses whom and what it was about
        return {key: _scrub(v, words) for key, v in value.items() if key != "text"}
    if isinstance(value, list):
        return [_scrub(each, words) for each in value]
    if not isinstance(value, str):
        return value
    for word, instead in words.items():
        value = value.replace(word, instead)
    return value


def _hash(tx: Connection, who: Who) -> str:
    key = get_meta(tx, KEY) or ""
    said = f"{who.page}\0{who.psid}".encode()
    return hmac.new(bytes.fromhex(key), said, hashlib.sha256).hexdigest()[:40]


def _mine(table: Any, who: Who) -> Any:
    return and_(table.c.page == who.page, table.c.psid == who.psid)
