"""What the store knows of a person: read as facts, and moved only forward by dated events."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, case, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from . import privacy_rows, schema, thread_rows
from .clock import from_ms, to_ms
from .prepared import change, given, rows_of, where, words, written
from .regions import ZONES, normal
from .send_states import LEFT
from .sql_store import insert_new
from .thread_rows import Thread
from .vocabulary import (
    DEFAULT_TITLE,
    OPENING,
    RECURRING_REQUEST,
    SPEECH,
    Frequency,
    Opener,
    OpenerKind,
    Person,
    Purpose,
    Request,
    Token,
    TokenKind,
)

ANSWERS = (Purpose.REPLY.value, Purpose.HUMAN_AGENT.value)
_LONGEST_TITLE = 200  # characters; the platform takes fewer
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
    requests_since: datetime | None = None,
    thread: Thread | None = None,
) -> Person:
    """Return the facts of a person; raises ValueError where a stored value cannot be read.

    The send *beside* is not counted among today's: it is the one that is asked about. With
    *plus_one* it is looked up whether the one further message after the window has gone, with
    *requests_since* which requests for recurring notifications have gone since then. Who has the
    *thread* may be given by a caller who has looked already.
    """
    row = _rows(tx, schema.person, who).mappings().first()
    if row is None:
        since = privacy_rows.forgotten_at(tx, who)
        return Person(stopped=since is not None, stopped_at=since)
    midnight = _midnight(now, row["time_zone"] or page_zone)
    person = _person(
        row,
        openers=_rows(tx, schema.opener, who).all(),
        tokens=_rows(tx, schema.token, who).all(),
        chosen=chosen_alerts(tx, who),
        thread=thread or thread_rows.read(tx, who),
        today=_proactive_since(tx, who, midnight, beside),
    )
    if requests_since is not None:
        person = replace(person, requests=_requests(tx, who, requests_since, beside))
    if not plus_one:
        return person
    return replace(person, plus_one_used=_plus_one_used(tx, who, person.openers, beside))


def read_many(
    tx: Connection,
    page: str,
    psids: Sequence[str],
    now: datetime,
    page_zone: str,
    *,
    plus_one: bool = False,
    requests_since: datetime | None = None,
    threads: Mapping[str, Thread] | None = None,
) -> dict[str, Person | Exception]:
    """Return the facts of many people of a Page, with as many queries as for one; see `read`.

    Of who has a value that cannot be read, it is the error that is returned.
    """
    table = schema.person
    found_rows = tx.execute(select(table).where(_of(table, page, psids)))
    rows = {row["psid"]: row for row in found_rows.mappings()}
    known = [psid for psid in psids if psid in rows]
    if threads is None:
        threads = thread_rows.read_many(tx, page, known)
    openers = _by_person(tx, schema.opener, page, known)
    tokens = _by_person(tx, schema.token, page, known)
    chosen = _chosen(tx, page, known)
    zones = {psid: rows[psid]["time_zone"] or page_zone for psid in known}
    today, unreadable = _proactive_today(tx, page, zones, now)
    found: dict[str, Person | Exception] = {}
    for psid in psids:
        if psid not in rows:
            since = privacy_rows.forgotten_at(tx, Who(page, psid))
            found[psid] = Person(stopped=since is not None, stopped_at=since)
            continue
        try:
            if psid in unreadable:
                raise unreadable[psid]
            person = _person(
                rows[psid],
                openers=openers.get(psid, ()),
                tokens=tokens.get(psid, ()),
                chosen=chosen.get(psid, ()),
                thread=threads.get(psid, Thread()),
                today=today.get(psid, 0),
            )
            if plus_one:
                used = _plus_one_used(tx, Who(page, psid), person.openers, None)
                person = replace(person, plus_one_used=used)
            if requests_since is not None:
                gone = _requests(tx, Who(page, psid), requests_since, None)
                person = replace(person, requests=gone)
            found[psid] = person
        except (ValueError, KeyError, OverflowError) as problem:
            found[psid] = problem
    return found


def _person(
    row: Mapping[str, Any],
    *,
    openers: Sequence[Any],
    tokens: Sequence[Any],
    chosen: Iterable[str],
    thread: Thread,
    today: int,
) -> Person:
    """Return the facts that the rows of a person are; raises ValueError for what is none."""
    stop_at, start_at = row["stop_at"], row["start_at"]
    stopped = stop_at is not None and (start_at is None or stop_at >= start_at)
    granted, comment = _tokens(tokens)
    return Person(
        openers=tuple(Opener(OpenerKind(r.kind), from_ms(r.at), r.ref) for r in openers),
        last_message_at=_moment(row["last_message_at"]),
        tokens=granted,
        private_reply_used=comment is not None and comment.spent_at is not None,
        private_reply_id=None if comment is None else comment.id,
        alerts=frozenset(chosen),
        stopped=stopped,
        stopped_at=_moment(stop_at) if stopped else None,
        paused_until=_moment(row["paused_until"]),
        region=normal(row["region"]) if row["region"] else None,
        time_zone=row["time_zone"],
        blocked=row["blocked_at"] is not None,
        human_until=thread.human_until,
        proactive_today=today,
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


def last_start(tx: Connection, who: Who) -> datetime | None:
    """Return the moment of the person's latest START."""
    row = schema.person.c
    found = tx.execute(select(row.start_at).where(_mine(schema.person, who))).scalar()
    return _moment(found)


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
    """Keep that the person chose or dropped alert types; the latest event of each decides.

    Choosing again what is chosen keeps since when it is.
    """
    if chosen and not privacy_rows.consents(tx, who, at):
        return
    table, ms = schema.preference, to_ms(at)
    for name in alert_types:
        values = {"chosen": chosen, "at": ms}
        key = {"page": who.page, "psid": who.psid, "alert_type": name}
        if not insert_new(tx, table, **key, **values, since=ms):
            same = and_(_mine(table, who), table.c.alert_type == name, table.c.at <= ms)
            since = case((table.c.chosen == chosen, table.c.since), else_=ms)
            tx.execute(update(table).where(same).values(**values, since=since))


def chosen_alerts(tx: Connection, who: Who) -> tuple[str, ...]:
    """Return the alert types the person has chosen, in the order of choosing."""
    chosen = [row for row in _rows(tx, schema.preference, who) if row.chosen]
    return tuple(row.alert_type for row in sorted(chosen, key=lambda r: (r.at, r.alert_type)))


def record_grant(
    tx: Connection,
    who: Who,
    *,
    topic: str,
    value: str,
    at: datetime,
    kind: TokenKind = TokenKind.ONE_TIME,
    expires_at: datetime | None = None,
    frequency: Frequency | None = None,
    title: str | None = None,
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
        frequency=None if frequency is None else frequency.value,
        title=None if title is None else title[:_LONGEST_TITLE],
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


def still_wished() -> Any:
    """Return the condition that a wish is open: nobody was told of it, and none is about to be."""
    return and_(schema.wish.c.closed_at.is_(None), schema.wish.c.claimed_by.is_(None))


def open_wishes(
    tx: Connection, page: str, *, topic: str | None = None, psid: str | None = None
) -> tuple[WishRow, ...]:
    """Return the wishes that nobody has been told of, the oldest first."""
    table = schema.wish
    query = select(table).where(table.c.page == page, still_wished())
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


def claim_topics(tx: Connection, page: str, topic: str, claims: Mapping[str, str]) -> None:
    """Let one send of each person, by psid, answer what they asked of *topic*."""
    if not claims:
        return
    values = [{"a_psid": psid, "a_send": send_id} for psid, send_id in claims.items()]
    for table, closed in (
        (schema.wish, schema.wish.c.closed_at),
        (schema.token, schema.token.c.retired_at),
    ):
        free = and_(
            table.c.page == page,
            table.c.psid == bindparam("a_psid"),
            table.c.topic == topic,
            table.c.claimed_by.is_(None),
            closed.is_(None),
        )
        tx.execute(update(table).where(free).values(claimed_by=bindparam("a_send")), values)


def spend_tokens(tx: Connection, spent: Mapping[str, str], at: datetime) -> None:
    """Mark tokens spent, each by one send; raises RuntimeError where one was spent already."""
    if not spent:
        return
    table = schema.token
    free = and_(table.c.id == bindparam("a_token"), _may_be_spent(table))
    values = {
        "spent_at": to_ms(at),
        "spent_by": bindparam("a_send"),
        "used_before": table.c.spent_at,
    }
    pairs = [{"a_token": token, "a_send": send_id} for token, send_id in spent.items()]
    tx.execute(update(table).where(free).values(**values), pairs)
    ids = list(spent.values())
    query = select(func.count()).select_from(table).where(table.c.spent_by.in_(ids))
    if tx.execute(query).scalar_one() != len(spent):
        raise RuntimeError("a token was spent twice inside one write transaction")


def _may_be_spent(table: Any) -> Any:
    again = table.c.kind == TokenKind.RECURRING.value
    return and_(table.c.retired_at.is_(None), or_(table.c.spent_at.is_(None), again))


def token_wires(tx: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return, by token, its topic and what the platform gave for it: for the wire, never a log."""
    if not ids:
        return {}
    table = schema.token
    rows = tx.execute(select(table.c.id, table.c.topic, table.c.value).where(table.c.id.in_(ids)))
    return {row.id: (row.topic, row.value) for row in rows}


def spend_token(tx: Connection, token_id: str, send_id: str, at: datetime) -> bool:
    """Mark a token spent if it still is unspent; tell whether this send spent it.

    A recurring one is used again and again: what is marked is its last use.
    """
    table = schema.token
    free = and_(table.c.id == token_id, _may_be_spent(table))
    values = {"spent_at": to_ms(at), "spent_by": send_id, "used_before": table.c.spent_at}
    return bool(tx.execute(update(table).where(free).values(**values)).rowcount)


def fulfil_claim(tx: Connection, send_id: str, at: datetime) -> None:
    """Close what a send claimed: it arrived, so who asked once was told once."""
    fulfil_claims(tx, (send_id,), at)


def fulfil_claims(tx: Connection, send_ids: Sequence[str], at: datetime) -> None:
    """Close what these sends claimed."""
    wish, token, ms = schema.wish, schema.token, to_ms(at)
    tx.execute(
        update(wish)
        .where(_claimed(wish, send_ids), wish.c.closed_at.is_(None))
        .values(closed_at=ms, closed_as="fulfilled")
    )
    tx.execute(
        update(token)
        .where(_claimed(token, send_ids), token.c.retired_at.is_(None))
        .values(retired_at=ms)
    )


def _claimed(table: Any, send_ids: Sequence[str]) -> Any:
    cell = table.c.claimed_by
    return cell == send_ids[0] if len(send_ids) == 1 else cell.in_(send_ids)


def release_claim(tx: Connection, send_id: str, *, token_unused: bool) -> None:
    """Give back what a send claimed and did not use; a token only where that is proven."""
    wish, token = schema.wish, schema.token
    tx.execute(update(wish).where(wish.c.claimed_by == send_id).values(claimed_by=None))
    tx.execute(update(token).where(token.c.claimed_by == send_id).values(claimed_by=None))
    if token_unused:
        values = {"spent_at": token.c.used_before, "spent_by": None}
        tx.execute(update(token).where(token.c.spent_by == send_id).values(**values))


def renew_agreement(
    tx: Connection,
    value: str,
    at: datetime,
    expires_at: datetime | None,
    frequency: Frequency | None = None,
) -> None:
    """Take a recurring agreement up again that was given once more, with its new end."""
    table = schema.token
    mine = and_(
        table.c.value == value,
        table.c.kind == TokenKind.RECURRING.value,
        or_(table.c.retired_at.is_(None), table.c.retired_at <= to_ms(at)),
    )
    ends = None if expires_at is None else to_ms(expires_at)
    values: dict[str, int | str | None] = {"retired_at": None, "expires_at": ends}
    if frequency is not None:
        values["frequency"] = frequency.value
    tx.execute(update(table).where(mine).values(**values))


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


def languages(tx: Connection, page: str, psids: Sequence[str]) -> dict[str, str | None]:
    """Return the languages these people were last heard in, without who is not known."""
    table = schema.person
    rows = tx.execute(select(table.c.psid, table.c.language).where(_of(table, page, psids)))
    return {row.psid: row.language for row in rows}


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


def _by_person(tx: Connection, table: Any, page: str, psids: Sequence[str]) -> dict[str, list[Any]]:
    """Return the rows of a table by person."""
    found: dict[str, list[Any]] = {}
    if psids:
        for row in tx.execute(select(table).where(_of(table, page, psids))):
            found.setdefault(row.psid, []).append(row)
    return found


def _chosen(tx: Connection, page: str, psids: Sequence[str]) -> dict[str, list[str]]:
    table, found = schema.preference, {}  # type: ignore[var-annotated]  # told by the return
    if psids:
        query = select(table.c.psid, table.c.alert_type)
        for row in tx.execute(query.where(_of(table, page, psids), table.c.chosen)):
            found.setdefault(row.psid, []).append(row.alert_type)
    return found


def _of(table: Any, page: str, psids: Sequence[str]) -> Any:
    """Return the condition that a row is of one of these people."""
    one = table.c.psid == psids[0] if len(psids) == 1 else table.c.psid.in_(psids)
    return and_(table.c.page == page, one)


def _tokens(rows: Sequence[Any]) -> tuple[tuple[Token, ...], Any]:
    """Return what the person agreed to, and the row of the latest comment that may be answered."""
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
            frequency=None if r.frequency is None else Frequency(r.frequency),
            title=r.title,
        )
        for r in rows
        if r.kind != TokenKind.PRIVATE_REPLY.value
    )
    return tokens, latest


def _requests(tx: Connection, who: Who, since: datetime, beside: str | None) -> tuple[Request, ...]:
    """Return the requests for recurring notifications that have gone to the person since then."""
    table = schema.send
    query = select(table.c.message, table.c.decided_at).where(
        _mine(table, who),
        table.c.state.in_(LEFT),
        table.c.decided_at >= to_ms(since),
        table.c.message.like(f'%"{RECURRING_REQUEST}"%'),
        table.c.id != (beside or ""),
    )
    told = ((json.loads(r.message), from_ms(r.decided_at)) for r in tx.execute(query))
    return tuple(
        Request(data.get("request_title") or DEFAULT_TITLE, at)
        for data, at in told
        if data["template"] == RECURRING_REQUEST
    )


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
            table.c.state.in_(words(*LEFT)),
            table.c.decided_at >= bindparam("since"),
            table.c.purpose.notin_(words(*ANSWERS)),
            table.c.id != bindparam("beside"),
        )
    )


def _proactive_today(
    tx: Connection, page: str, zones: Mapping[str, str], now: datetime
) -> tuple[dict[str, int], dict[str, Exception]]:
    """Return how many proactive messages people had today, where they are, and whose day is odd."""
    begins: dict[str, int] = {}
    unreadable: dict[str, Exception] = {}
    by_zone: dict[str, int] = {}
    for psid, zone in zones.items():
        try:
            if zone not in by_zone:
                by_zone[zone] = to_ms(_midnight(now, zone))
            begins[psid] = by_zone[zone]
        except (ValueError, KeyError, OverflowError) as problem:
            unreadable[psid] = problem
    if not begins:
        return {}, unreadable
    table = schema.send
    rows = tx.execute(
        select(table.c.psid, table.c.decided_at).where(
            _of(table, page, list(begins)),
            table.c.state.in_(LEFT),
            table.c.decided_at >= min(begins.values()),
            table.c.purpose.notin_(ANSWERS),
        )
    )
    return Counter(row.psid for row in rows if row.decided_at >= begins[row.psid]), unreadable


def _midnight(now: datetime, zone: str) -> datetime:
    here = now.astimezone(ZoneInfo(zone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(timezone.utc)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
