"""What the store knows of a person: read as facts, and moved only forward by dated events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from . import privacy_rows, schema, thread_rows
from .clock import from_ms, to_ms
from .prepared import change, given, rows_of, where, written
from .regions import ZONES, normal
from .send_states import LEFT
from .sql_store import insert_new
from .thread_rows import Thread
from .vocabulary import OPENING, SPEECH, Opener, OpenerKind, Person, Purpose, Token, TokenKind

ANSWERS = (Purpose.REPLY.value, Purpose.HUMAN_AGENT.value)
STOP_ALL = "stop_all:"  # what `applied` says of a dialogue's stop of everything


@dataclass(frozen=True)
class Who:
    """One person of one Page."""

    page: str
    psid: str


@dataclass(frozen=True)
class WishRow:
    """Something a person asked to be told once and has not been."""

    id: int
    psid: str
    topic: str
    asked_at: datetime
    claimed_by: str | None


def _mine(table: Any, who: Who) -> Any:
    return and_(table.c.page == who.page, table.c.psid == who.psid)


def _rows(tx: Connection, table: Any, who: Who) -> Any:
    return tx.execute(rows_of(table, "page", "psid"), given(page=who.page, psid=who.psid))


def ensure(tx: Connection, who: Who) -> None:
    """Make sure the person has a row; who was forgotten begins as somebody who stopped."""
    if insert_new(tx, schema.person, page=who.page, psid=who.psid):
        since = privacy_rows.forgotten_at(tx, who)
        if since is not None:
            _raise_to(tx, who, "stop_at", since)


def read(
    tx: Connection,
    who: Who,
    now: datetime,
    page_zone: str,
    *,
    beside: str | None = None,
    plus_one: bool = False,
    thread: Thread | None = None,
) -> Person:
    """Return the facts of a person; raises ValueError where a stored value cannot be read.

    The send *beside* is not counted among today's: it is the one that is asked about. With
    *plus_one* it is looked up whether the one further message after the window has gone. Who has
    the *thread* may be given by a caller who has looked already.
    """
    row = _rows(tx, schema.person, who).mappings().first()
    if row is None:
        since = privacy_rows.forgotten_at(tx, who)
        return Person(stopped=since is not None, stopped_at=since)
    stop_at, start_at = row["stop_at"], row["start_at"]
    stopped = stop_at is not None and (start_at is None or stop_at >= start_at)
    openers = _openers(tx, who)
    tokens, comment = _tokens(tx, who)
    return Person(
        openers=openers,
        last_message_at=_moment(row["last_message_at"]),
        tokens=tokens,
        private_reply_used=comment is not None and comment.spent_at is not None,
        private_reply_id=None if comment is None else comment.id,
        plus_one_used=plus_one and _plus_one_used(tx, who, openers, beside),
        alerts=frozenset(chosen_alerts(tx, who)),
        stopped=stopped,
        stopped_at=_moment(stop_at) if stopped else None,
        paused_until=_moment(row["paused_until"]),
        region=normal(row["region"]) if row["region"] else None,
        time_zone=row["time_zone"],
        blocked=row["blocked_at"] is not None,
        human_until=(thread or thread_rows.read(tx, who)).human_until,
        proactive_today=_proactive_since(
            tx, who, _midnight(now, row["time_zone"] or page_zone), beside
        ),
    )


def record_opener(tx: Connection, who: Who, opener: Opener) -> None:
    """Keep the latest event of each opener kind, never moved backwards; who acts can be reached."""
    kind, at, ref = opener.kind, opener.at, opener.ref
    if kind is OpenerKind.REFERRAL and ref is None:
        return  # it opens nothing, and must not hide an earlier one that did
    ms = to_ms(at)
    values = {"at": ms, "ref": ref}
    new = insert_new(tx, schema.opener, page=who.page, psid=who.psid, kind=kind.value, **values)
    known = given(page=who.page, psid=who.psid) | {"moment": ms}
    if not new:
        statement = change(schema.opener, _opened_earlier, tuple(values))
        tx.execute(statement, written(values) | known | given(kind=kind.value))
    if kind in SPEECH:
        for condition, column, value in (
            (_spoke_earlier, "last_message_at", ms),
            (_blocked_earlier, "blocked_at", None),
        ):
            statement = change(schema.person, condition, (column,))
            tx.execute(statement, written({column: value}) | known)


def _opened_earlier() -> Any:
    table = schema.opener
    return and_(where(table, "page", "psid", "kind"), table.c.at < bindparam("moment"))


def _spoke_earlier() -> Any:
    table, moment = schema.person, bindparam("moment")
    earlier = or_(table.c.last_message_at.is_(None), table.c.last_message_at < moment)
    return and_(where(table, "page", "psid"), earlier)


def _blocked_earlier() -> Any:
    table = schema.person
    return and_(where(table, "page", "psid"), table.c.blocked_at < bindparam("moment"))


def record_stop(tx: Connection, who: Who, at: datetime) -> None:
    """Keep the latest STOP; an older event never undoes a newer one."""
    _raise_to(tx, who, "stop_at", at)


def stopped(tx: Connection, who: Who) -> bool:
    """Tell whether the person's last word on it was STOP."""
    row = tx.execute(select(schema.person).where(_mine(schema.person, who))).mappings().first()
    if row is None or row["stop_at"] is None:
        return False
    return row["start_at"] is None or bool(row["stop_at"] >= row["start_at"])


def last_act(tx: Connection, who: Who) -> datetime | None:
    """Return when the person last wrote, stopped or started, as it is kept."""
    row = schema.person.c
    query = select(row.last_message_at, row.stop_at, row.start_at).where(_mine(schema.person, who))
    found = tx.execute(query).first()
    return _moment(max((ms for ms in found or () if ms is not None), default=None))


def stopped_in_turn(tx: Connection, turn_key: str) -> bool:
    """Tell whether the dialogue stopped everything in a turn, whose answer then says so."""
    values = given(key=turn_key, operation=STOP_ALL)
    return tx.execute(rows_of(schema.applied, "key", "operation"), values).first() is not None


def record_start(tx: Connection, who: Who, at: datetime) -> None:
    """Keep the latest START."""
    _raise_to(tx, who, "start_at", at)


def record_blocked(tx: Connection, who: Who, at: datetime) -> None:
    """Keep that the platform said the person cannot be reached."""
    _raise_to(tx, who, "blocked_at", at)


def record_pause(tx: Connection, who: Who, until: datetime | None, at: datetime) -> None:
    """Pause proactive messages until a moment, or resume with None; the latest event decides."""
    row, ms = schema.person, to_ms(at)
    later = or_(row.c.pause_set_at.is_(None), row.c.pause_set_at <= ms)
    value = None if until is None else to_ms(until)
    tx.execute(
        update(row).where(_mine(row, who), later).values(paused_until=value, pause_set_at=ms)
    )


def record_choice(
    tx: Connection, who: Who, alert_types: Iterable[str], chosen: bool, at: datetime
) -> None:
    """Keep that the person chose or dropped alert types; the latest event of each decides."""
    if chosen and not privacy_rows.consents(tx, who, at):
        return
    table, ms = schema.preference, to_ms(at)
    for name in alert_types:
        values = {"chosen": chosen, "at": ms}
        if not insert_new(tx, table, page=who.page, psid=who.psid, alert_type=name, **values):
            same = and_(_mine(table, who), table.c.alert_type == name, table.c.at <= ms)
            tx.execute(update(table).where(same).values(**values))


def chosen_alerts(tx: Connection, who: Who) -> tuple[str, ...]:
    """Return the alert types the person has chosen, in the order of choosing."""
    chosen = [row for row in _rows(tx, schema.preference, who) if row.chosen]
    return tuple(row.alert_type for row in sorted(chosen, key=lambda r: (r.at, r.alert_type)))


def who_chose(tx: Connection, page: str, alert_type: str) -> list[str]:
    """Return the PSIDs of everybody who has chosen an alert type."""
    table = schema.preference
    query = select(table.c.psid).where(
        table.c.page == page, table.c.alert_type == alert_type, table.c.chosen
    )
    return [row.psid for row in tx.execute(query.order_by(table.c.at, table.c.psid))]


def record_grant(
    tx: Connection,
    who: Who,
    *,
    topic: str,
    value: str,
    at: datetime,
    kind: TokenKind = TokenKind.ONE_TIME,
    expires_at: datetime | None = None,
) -> bool:
    """Keep a granted token, once however often its event comes, and the wish it stands for."""
    if kind is not TokenKind.PRIVATE_REPLY and not privacy_rows.consents(tx, who, at):
        return False
    new = insert_new(
        tx,
        schema.token,
        id=f"tok_{uuid.uuid4().hex[:16]}",
        page=who.page,
        psid=who.psid,
        topic=topic,
        kind=kind.value,
        value=value,
        granted_at=to_ms(at),
        expires_at=None if expires_at is None else to_ms(expires_at),
    )
    if new and kind is TokenKind.ONE_TIME:
        record_wish(tx, who, topic, at)
    return new


def record_wish(tx: Connection, who: Who, topic: str, at: datetime) -> None:
    """Keep that the person asked to be told of *topic* once; an open wish stays one wish."""
    table = schema.wish
    still_open = and_(
        _mine(table, who),
        table.c.topic == topic,
        table.c.closed_at.is_(None),
        table.c.claimed_by.is_(None),
    )
    if tx.execute(select(table.c.id).where(still_open)).first() is None:
        tx.execute(
            insert(table).values(page=who.page, psid=who.psid, topic=topic, asked_at=to_ms(at))
        )


def open_wishes(
    tx: Connection, page: str, *, topic: str | None = None, psid: str | None = None
) -> tuple[WishRow, ...]:
    """Return the wishes that nobody has been told of, the oldest first."""
    table = schema.wish
    query = select(table).where(
        table.c.page == page, table.c.closed_at.is_(None), table.c.claimed_by.is_(None)
    )
    if topic is not None:
        query = query.where(table.c.topic == topic)
    if psid is not None:
        query = query.where(table.c.psid == psid)
    return tuple(
        WishRow(r.id, r.psid, r.topic, from_ms(r.asked_at), r.claimed_by)
        for r in tx.execute(query.order_by(table.c.asked_at, table.c.id))
    )


def cancel_wishes(tx: Connection, who: Who, topics: Sequence[str] | None, at: datetime) -> None:
    """Close open wishes and retire their tokens, which then buy nothing."""
    wish, token, ms = schema.wish, schema.token, to_ms(at)
    mine = and_(_mine(wish, who), wish.c.closed_at.is_(None), wish.c.asked_at <= ms)
    held = and_(_mine(token, who), token.c.retired_at.is_(None), token.c.granted_at <= ms)
    if topics is not None:
        mine = and_(mine, wish.c.topic.in_(topics))
        held = and_(held, token.c.topic.in_(topics))
    tx.execute(update(wish).where(mine).values(closed_at=ms, closed_as="cancelled"))
    tx.execute(update(token).where(held).values(retired_at=ms))


def claim_topic(tx: Connection, who: Who, topic: str, send_id: str) -> None:
    """Let one send answer what the person asked of *topic*: its wish and every token of it."""
    for table, closed in (
        (schema.wish, schema.wish.c.closed_at),
        (schema.token, schema.token.c.retired_at),
    ):
        free = and_(
            _mine(table, who),
            table.c.topic == topic,
            table.c.claimed_by.is_(None),
            closed.is_(None),
        )
        tx.execute(update(table).where(free).values(claimed_by=send_id))


def spend_token(tx: Connection, token_id: str, send_id: str, at: datetime) -> bool:
    """Mark a token spent if it still is unspent; tell whether this send spent it.

    A recurring one is used again and again: what is marked is its last use.
    """
    table = schema.token
    again = table.c.kind == TokenKind.RECURRING.value
    free = and_(
        table.c.id == token_id,
        table.c.retired_at.is_(None),
        or_(table.c.spent_at.is_(None), again),
    )
    values = {"spent_at": to_ms(at), "spent_by": send_id, "used_before": table.c.spent_at}
    return bool(tx.execute(update(table).where(free).values(**values)).rowcount)


def fulfil_claim(tx: Connection, send_id: str, at: datetime) -> None:
    """Close what a send claimed: it arrived, so who asked once was told once."""
    wish, token, ms = schema.wish, schema.token, to_ms(at)
    tx.execute(
        update(wish)
        .where(wish.c.claimed_by == send_id, wish.c.closed_at.is_(None))
        .values(closed_at=ms, closed_as="fulfilled")
    )
    tx.execute(
        update(token)
        .where(token.c.claimed_by == send_id, token.c.retired_at.is_(None))
        .values(retired_at=ms)
    )


def release_claim(tx: Connection, send_id: str, *, token_unused: bool) -> None:
    """Give back what a send claimed and did not use; a token only where that is proven."""
    wish, token = schema.wish, schema.token
    tx.execute(update(wish).where(wish.c.claimed_by == send_id).values(claimed_by=None))
    tx.execute(update(token).where(token.c.claimed_by == send_id).values(claimed_by=None))
    if token_unused:
        values = {"spent_at": token.c.used_before, "spent_by": None}
        tx.execute(update(token).where(token.c.spent_by == send_id).values(**values))


def renew_agreement(tx: Connection, value: str, at: datetime, expires_at: datetime | None) -> None:
    """Take a recurring agreement up again that was given once more, with its new end."""
    table = schema.token
    mine = and_(
        table.c.value == value,
        table.c.kind == TokenKind.RECURRING.value,
        or_(table.c.retired_at.is_(None), table.c.retired_at <= to_ms(at)),
    )
    ends = None if expires_at is None else to_ms(expires_at)
    tx.execute(update(table).where(mine).values(retired_at=None, expires_at=ends))


def retire_agreements(tx: Connection, who: Who, topic: str, at: datetime) -> None:
    """End the recurring agreements of a topic that were given before *at*."""
    table = schema.token
    mine = and_(
        _mine(table, who),
        table.c.topic == topic,
        table.c.kind == TokenKind.RECURRING.value,
        table.c.granted_at <= to_ms(at),
        table.c.retired_at.is_(None),
    )
    tx.execute(update(table).where(mine).values(retired_at=to_ms(at)))


def token_wire(tx: Connection, token_id: str) -> tuple[str, str]:
    """Return the topic of a token and what the platform gave for it: for the wire, never a log."""
    table = schema.token
    row = tx.execute(select(table.c.topic, table.c.value).where(table.c.id == token_id)).one()
    return str(row.topic), str(row.value)


def set_region(tx: Connection, who: Who, code: str) -> None:
    """Remember the region the person told: an ISO code, `EU` or `EEA`; raises ValueError.

    Their time zone goes with it where the region has one, and is the Page's again where not.
    """
    ensure(tx, who)
    here, region = _mine(schema.person, who), normal(code)
    values = {"region": region, "time_zone": ZONES.get(region)}
    tx.execute(update(schema.person).where(here).values(**values))


def language(tx: Connection, who: Who) -> str | None:
    """Return the language the person was last heard in."""
    found = tx.execute(select(schema.person.c.language).where(_mine(schema.person, who))).scalar()
    return None if found is None else str(found)


def set_language(tx: Connection, who: Who, code: str) -> None:
    """Remember the person's language."""
    ensure(tx, who)
    tx.execute(update(schema.person).where(_mine(schema.person, who)).values(language=code))


def last_turn(tx: Connection, who: Who) -> datetime | None:
    """Return when the person's last turn ran, by the clock in use."""
    found = tx.execute(
        select(schema.person.c.last_turn_at).where(_mine(schema.person, who))
    ).scalar()
    return _moment(found)


def set_last_turn(tx: Connection, who: Who, at: datetime) -> None:
    """Remember when the person's last turn ran."""
    ensure(tx, who)
    tx.execute(
        update(schema.person).where(_mine(schema.person, who)).values(last_turn_at=to_ms(at))
    )


def _raise_to(tx: Connection, who: Who, column: str, at: datetime) -> None:
    ensure(tx, who)
    table, ms = schema.person, to_ms(at)
    cell = table.c[column]
    later = and_(_mine(table, who), or_(cell.is_(None), cell < ms))
    tx.execute(update(table).where(later).values({column: ms}))


def _openers(tx: Connection, who: Who) -> tuple[Opener, ...]:
    rows = _rows(tx, schema.opener, who)
    return tuple(Opener(OpenerKind(r.kind), from_ms(r.at), r.ref) for r in rows)


def _tokens(tx: Connection, who: Who) -> tuple[tuple[Token, ...], Any]:
    """Return what the person agreed to, and the row of the latest comment that may be answered."""
    rows = _rows(tx, schema.token, who).all()
    comments = [r for r in rows if r.kind == TokenKind.PRIVATE_REPLY.value]
    latest = max(comments, key=lambda r: (r.granted_at, r.id), default=None)
    tokens = tuple(
        Token(
            id=r.id,
            topic=r.topic,
            granted_at=from_ms(r.granted_at),
            kind=TokenKind(r.kind),
            spent=r.spent_at is not None and r.kind != TokenKind.RECURRING.value,
            fulfilled=r.retired_at is not None or r.claimed_by is not None,
            last_used_at=_moment(r.spent_at),
            expires_at=_moment(r.expires_at),
        )
        for r in rows
        if r.kind != TokenKind.PRIVATE_REPLY.value
    )
    return tokens, latest


def _plus_one_used(tx: Connection, who: Who, openers: Iterable[Opener], beside: str | None) -> bool:
    """Tell whether the one further message has gone since the person last opened the window."""
    opened = max((o.at for o in openers if o.kind in OPENING), default=None)
    if opened is None:
        return False
    table = schema.send
    query = select(table.c.id).where(
        _mine(table, who),
        table.c.ground == "plus_one",
        table.c.state.in_(LEFT),
        table.c.decided_at >= to_ms(opened),
        table.c.id != (beside or ""),
    )
    return tx.execute(query.limit(1)).first() is not None


def _proactive_since(tx: Connection, who: Who, since: datetime, beside: str | None) -> int:
    values = given(page=who.page, psid=who.psid)
    values |= {"since": to_ms(since), "beside": beside or ""}
    return int(tx.execute(_count_proactive(), values).scalar_one())


@cache
def _count_proactive() -> Any:
    table = schema.send
    return (
        select(func.count())
        .select_from(table)
        .where(
            where(table, "page", "psid"),
            table.c.state.in_(LEFT),
            table.c.decided_at >= bindparam("since"),
            table.c.purpose.notin_(ANSWERS),
            table.c.id != bindparam("beside"),
        )
    )


def _midnight(now: datetime, zone: str) -> datetime:
    here = now.astimezone(ZoneInfo(zone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(timezone.utc)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
