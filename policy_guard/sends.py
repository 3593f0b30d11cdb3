"""The rows of intended sends and their states on the way out."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, func, literal_column, or_, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .decisions import SINGLE_USE, Decision, Hold, Send, bodies_on, to_keep
from .errors import StoreBusy
from .people_rows import Who
from .prepared import change, given, rows_of, where, words, written
from .prepared import new_row as prepared_row
from .send_states import (
    CANCELLED,
    CLAIMED,
    COMMITTED,
    HELD,
    LEFT,
    LIVE,
    OPEN,
    READY,
    REFUSED,
    REJECTED,
    SENT,
    UNKNOWN,
)
from .sql_store import hold
from .vocabulary import Author, Feature, Message, Purpose, Push

JSON = Mapping[str, Any]

_ECHO_KEY = re.compile(r"snd_[0-9a-f]{20}\.\d+\.[0-9a-f]{8}")
#: The rules that hold a message for a breaker.
PAGE_STOPPED, LANE_STOPPED = "page_restricted", "lane_stopped"
PAGE_LANE = "page"
#: The states of a broadcast in which none of its messages leaves.
STOPPED_ONES = ("paused", "cancelled")
_LAST = 2**62  # after the number of every message
_SKEW = timedelta(seconds=5)  # that the platform's clock may differ from ours


@dataclass(frozen=True)
class Outgoing:
    """One rendered response on its way to the guard: all its parts, before anything is decided."""

    who: Who
    turn_key: str
    ordinal: int
    message: Message
    parts: tuple[JSON, ...]
    single: JSON | None = None  # all parts as one message, where that loses nothing
    utility: JSON | None = None  # the same said by a utility template, where one is named
    text: str = ""
    response: str | None = None
    lane: str = LIVE  # or BULK: a broadcast's, which waits for what is live
    broadcast: int | None = None  # the one it is a message of
    wording: int | None = None  # which of its variations it says


@dataclass(frozen=True)
class Claim:
    """Who takes a row when it is decided on, and until when nobody else may (UTC)."""

    worker: str
    until: datetime


@dataclass(frozen=True)
class SendRow:
    """A response that was decided on; times in UTC."""

    id: str
    who: Who
    turn_key: str
    ordinal: int
    state: str
    message: Message
    parts: tuple[JSON, ...]
    single: JSON | None
    utility: JSON | None
    text: str
    response: str | None
    decision: JSON
    ground: str | None
    token_id: str | None
    created_at: datetime
    decided_at: datetime
    not_before: datetime | None
    expires_at: datetime | None
    seq: int  # the order among the person's messages
    lane: str
    claimed_by: str | None
    lease_until: datetime | None
    why: str | None  # it was cancelled
    halted_by: str | None  # the breaker that it is held for
    probes: tuple[str, ...]  # the breakers that it is let through to try
    broadcast: int | None = None
    wording: int | None = None


@dataclass(frozen=True)
class PartRow:
    """One message on the wire."""

    send_id: str
    n: int
    body: JSON
    state: str
    echo_key: str
    mid: str | None
    error: JSON | None
    committed_at: datetime | None  # when its latest try began
    attempts: int  # how often it was committed; names the try that an outcome belongs to
    resent: bool  # it is tried once more after a doubt


def enter(
    tx: Connection,
    out: Outgoing,
    decision: Decision,
    now: datetime,
    claim: Claim | None = None,
    *,
    begun: bool = False,
) -> tuple[SendRow, list[PartRow]]:
    """Write a response and its decision; a send gets its messages, claimed or ready to leave.

    Its number among the person's messages is the next one: who writes for a person writes alone.
    Of what is *begun* the first message is committed, as by `commit_part` and `move`.
    """
    seq = tx.execute(_number(), given(page=out.who.page, psid=out.who.psid)).scalar_one()
    values = new_row(out, decision, now, claim) | {"seq": seq, "probes": None}
    if begun:
        values["state"] = COMMITTED
    tx.execute(prepared_row(schema.send), values)
    row = _row(values)
    return row, lay_out(tx, row, begun=now if begun else None) if isinstance(decision, Send) else []


def new_row(
    out: Outgoing, decision: Decision, now: datetime, claim: Claim | None = None
) -> dict[str, Any]:
    """Return the row of a response and its decision, with an id of its own, without its number."""
    return {**asked(out, now), "id": new_id(), **decided(decision, now, claim)}


def new_id() -> str:
    """Return an id that no send has."""
    return f"snd_{uuid.uuid4().hex[:20]}"


def asked(out: Outgoing, now: datetime) -> dict[str, Any]:
    """Return what a row says of a response before anything is decided."""
    return {
        "page": out.who.page,
        "psid": out.who.psid,
        "turn_key": out.turn_key,
        "ordinal": out.ordinal,
        "purpose": out.message.purpose.value,
        "topic": out.message.topic,
        "response": out.response,
        "message": json.dumps(message_to_json(out.message), ensure_ascii=False),
        "parts": json.dumps(list(out.parts), ensure_ascii=False),
        "single": _json_or_none(out.single),
        "utility": _json_or_none(out.utility),
        "text": out.text,
        "created_at": to_ms(now),
        "lane": out.lane,
        "broadcast": out.broadcast,
        "wording": out.wording,
    }


def declare(tx: Connection, send_id: str, message: Message) -> None:
    """Write what is declared of a response over what was."""
    said = json.dumps(message_to_json(message), ensure_ascii=False)
    tx.execute(update(schema.send).where(schema.send.c.id == send_id).values(message=said))


@cache
def _number() -> Any:
    """Return the query for the number of a person's next message."""
    table = schema.send
    return select(func.coalesce(func.max(table.c.seq), 0) + 1).where(where(table, "page", "psid"))


def to_the_end(tx: Connection, row: SendRow) -> SendRow:
    """Let a message that waited leave after what was said to the person meanwhile."""
    table = schema.send
    last = tx.execute(_number(), given(page=row.who.page, psid=row.who.psid)).scalar_one()
    tx.execute(update(table).where(table.c.id == row.id).values(seq=last))
    return get(tx, row.id)


def redecide(
    tx: Connection, row: SendRow, decision: Decision, now: datetime, claim: Claim | None = None
) -> SendRow:
    """Write a new decision over an earlier one; an expiry once set is never moved.

    Raises MovedError where the row is no longer as it was read.
    """
    values = decided(decision, now, claim)
    if row.expires_at is not None:
        values["expires_at"] = to_ms(row.expires_at)
    if not isinstance(decision, Send):
        values["probes"] = None
    move(tx, row, **values)
    tried = {p.n: p.attempts for p in parts(tx, row.id)}
    tx.execute(schema.part.delete().where(schema.part.c.send_id == row.id))
    fresh = get(tx, row.id)
    if isinstance(decision, Send):
        lay_out(tx, fresh, tried)
    return fresh


def untouched(waiting: Sequence[PartRow]) -> bool:
    """Tell whether nothing of a row can have left: what is to go once more went before."""
    return all(part.state == READY and not part.resent for part in waiting)


def bodies_of(row: SendRow) -> Sequence[JSON]:
    """Return the messages of a row on its ground, in order."""
    return bodies_on(row.ground, row.parts, row.single, row.utility)


def lay_out(
    tx: Connection,
    row: SendRow,
    tried: Mapping[int, int] | None = None,
    begun: datetime | None = None,
) -> list[PartRow]:
    """Write the messages that go on the wire, and return them: one where a permission pays once.

    *tried* says by number how often each was tried before it was decided on anew; the first is
    committed where it is *begun* at a moment.
    """
    before = tried or {}
    new = [new_part(row.id, n, body, before.get(n, 0)) for n, body in enumerate(bodies_of(row))]
    if begun is not None:
        new[0] |= _begun(0, begun)
    for one in new:
        tx.execute(prepared_row(schema.part), one)
    return [_part({"mid": None, "error": None, "committed_at": None, **one}) for one in new]


def _begun(tries: int, now: datetime) -> dict[str, Any]:
    """Return what is written of a message that begins, after so many tries before."""
    ms = to_ms(now)
    return {"state": COMMITTED, "at": ms, "committed_at": ms, "attempts": tries + 1}


def new_part(send_id: str, n: int, body: JSON, attempts: int = 0) -> dict[str, Any]:
    """Return the row of one message on the wire, with a value that its echo tells it by."""
    return {
        "send_id": send_id,
        "n": n,
        "body": json.dumps(body, ensure_ascii=False),
        "state": READY,
        "echo_key": f"{send_id}.{n}.{uuid.uuid4().hex[:8]}",
        "attempts": attempts,
        "resent": False,
    }


def is_echo_key(metadata: str) -> bool:
    """Tell whether a message's metadata is of the form that `lay_out` gives to ours."""
    return _ECHO_KEY.fullmatch(metadata) is not None


def _json_or_none(value: JSON | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def decided(decision: Decision, now: datetime, claim: Claim | None) -> dict[str, Any]:
    """Return what a decision makes of a row."""
    hold = decision if isinstance(decision, Hold) else None
    send = decision if isinstance(decision, Send) else None
    taken = claim if send else None
    state = (CLAIMED if taken else READY) if send else HELD if hold else REFUSED
    return {
        "state": state,
        "claimed_by": taken.worker if taken else None,
        "lease_until": to_ms(taken.until) if taken else None,
        "decision": json.dumps(to_keep(decision), ensure_ascii=False),
        "ground": send.ground if send else None,
        "token_id": send.token_id if send else None,
        "decided_at": to_ms(now),
        "not_before": to_ms(hold.until) if hold and hold.until else None,
        "expires_at": to_ms(hold.expires_at) if hold else None,
        "halted_by": halted_by(hold) if hold else None,
        "why": None,
    }


def halted_by(hold: Hold) -> str | None:
    """Return the breaker that a message is held for, so that its closing lets the message go."""
    if hold.reason.rule == PAGE_STOPPED:
        return PAGE_LANE
    if hold.reason.rule == LANE_STOPPED:
        return str(hold.reason.said.values["lane"])
    return None


def get(tx: Connection, send_id: str) -> SendRow:
    """Return one row; raises KeyError where there is none."""
    row = tx.execute(rows_of(schema.send, "id"), given(id=send_id)).mappings().first()
    if row is None:
        raise KeyError(send_id)
    return _row(row)


def held(tx: Connection, send_id: str) -> SendRow:
    """Return one row whose person nobody else writes of until the transaction ends."""
    row = get(tx, send_id)
    return get(tx, send_id) if hold(tx, row.who) else row


def of_turn(tx: Connection, turn_key: str, ordinal: int) -> SendRow | None:
    """Return what a turn already decided at an ordinal."""
    query = rows_of(schema.send, "turn_key", "ordinal")
    row = tx.execute(query, given(turn_key=turn_key, ordinal=ordinal)).mappings().first()
    return None if row is None else _row(row)


def turn_is_paid(tx: Connection, turn_key: str, beside: str = "") -> bool:
    """Tell whether another response of the turn left, or may have, on a single-use permission."""
    values = given(turn_key=turn_key) | {"beside": beside}
    return tx.execute(_paid(), values).first() is not None


@cache
def _paid() -> Any:
    table = schema.send
    query = select(table.c.id).where(
        where(table, "turn_key"),
        table.c.ground.in_(words(*SINGLE_USE)),
        table.c.state.in_(words(*LEFT)),
        table.c.id != bindparam("beside"),
    )
    return query.limit(1)


def listed(
    tx: Connection,
    *,
    states: Sequence[str] | None = None,
    who: Who | None = None,
    lane: str | None = None,
    last: int | None = None,
    first: int | None = None,
) -> list[SendRow]:
    """Return rows, oldest first, of these states, of one person, or of a lane.

    *last* keeps so many of the newest, *first* so many of the oldest.
    """
    table = schema.send
    query = select(table)
    if states is not None:
        query = query.where(table.c.state.in_(states))
    if who is not None:
        query = query.where(table.c.page == who.page, table.c.psid == who.psid)
    if lane is not None:
        query = query.where(table.c.lane == lane)
    forward = (table.c.created_at, table.c.seq, table.c.id)
    if first is not None:
        ordered = query.order_by(*forward).limit(first)
        return [_row(row) for row in tx.execute(ordered).mappings()]
    query = query.order_by(*(column.desc() for column in forward))
    if last is not None:
        query = query.limit(last)
    return [_row(row) for row in tx.execute(query).mappings()][::-1]


def counted(tx: Connection, page: str) -> dict[str, int]:
    """Return how many rows of a Page are in each state that is not over."""
    table = schema.send
    query = (
        select(table.c.state, func.count())
        .where(table.c.page == page, table.c.state.in_((*OPEN, UNKNOWN, HELD)))
        .group_by(table.c.state)
    )
    return {str(state): int(number) for state, number in tx.execute(query)}


def waiting_for(tx: Connection, who: Who) -> list[SendRow]:
    """Return what is held for a person until they write, in the order in which it was held."""
    return rows(tx, _waiting_for(), given(page=who.page, psid=who.psid))


@cache
def _waiting_for() -> Any:
    table = schema.send
    query = select(table).where(
        where(table, "page", "psid"), table.c.state == HELD, table.c.not_before.is_(None)
    )
    return query.order_by(table.c.created_at, table.c.seq, table.c.id)


def due(tx: Connection, now: datetime, most: int) -> list[SendRow]:
    """Return held rows whose moment has come, those that came due first, then the oldest.

    Broadcasts are asked one by one: of one that is paused not a row is looked at.
    """
    values = {"now": to_ms(now), "most": most}
    found = rows(tx, _due_beside_broadcasts(), values)
    for number in tx.execute(_broadcasts_with_due(), values).scalars().all():
        found += rows(tx, _due_of_broadcast(), values | given(broadcast=number))
    found.sort(key=lambda row: (row.not_before, row.created_at, row.seq, row.id))
    return found[:most]


def overdue(tx: Connection, now: datetime, most: int) -> list[SendRow]:
    """Return held rows whose last useful moment has passed, the first of them first."""
    return rows(tx, _overdue(), {"now": to_ms(now), "most": most})


#: Words and no parameter: only then are the indexes of what is held used.
_IS_HELD = literal_column("send.state") == literal_column(f"'{HELD}'")


def _held_until(moment: str, *more: Any) -> Any:
    table = schema.send
    here = and_(_IS_HELD, table.c[moment] <= bindparam("now"), *more)
    ordered = (table.c[moment], table.c.created_at, table.c.seq)
    return select(table).where(here).order_by(*ordered).limit(bindparam("most"))


@cache
def _overdue() -> Any:
    return _held_until("expires_at")


@cache
def _due_beside_broadcasts() -> Any:
    return _held_until("not_before", schema.send.c.broadcast.is_(None))


@cache
def _due_of_broadcast() -> Any:
    return _held_until("not_before", where(schema.send, "broadcast"))


@cache
def _broadcasts_with_due() -> Any:
    table, row = schema.send, schema.broadcast
    mine = and_(_IS_HELD, table.c.broadcast == row.c.id, table.c.not_before <= bindparam("now"))
    any_due = select(table.c.id).where(mine).exists()
    return select(row.c.id).where(row.c.state.notin_(STOPPED_ONES), any_due).order_by(row.c.id)


def next_to_try(tx: Connection, page: str, lane: str) -> SendRow | None:
    """Return the oldest message that is held for a breaker and may leave where it closes."""
    return next(iter(rows(tx, _halted(), given(page=page, halted_by=lane))), None)


@cache
def _halted() -> Any:
    table = schema.send
    mine = and_(where(table, "page", "halted_by"), _IS_HELD, not_paused())
    return select(table).where(mine).order_by(table.c.created_at, table.c.seq, table.c.id).limit(1)


def let_try(tx: Connection, row: SendRow, lanes: Collection[str]) -> SendRow:
    """Let a held message try breakers; none of them holds it any more."""
    move(tx, row, state=row.state, probes=joined(lanes), halted_by=None)
    return get(tx, row.id)


def joined(lanes: Collection[str]) -> str | None:
    """Return the names of breakers as a row keeps them."""
    return " ".join(dict.fromkeys(lanes)) or None


def ahead(of: Any = schema.send) -> Any:
    """Return the condition that a row *of* the table of sends is on its way out.

    What a paused broadcast has not put on the wire is not: nobody waits for it.
    """
    return and_(of.c.state.in_(words(*OPEN)), or_(of.c.state == COMMITTED, not_paused(of)))


def not_paused(of: Any = schema.send) -> Any:
    """Return the condition that a row is of no broadcast that is paused or cancelled."""
    send, row = of, schema.broadcast
    stopped = select(row.c.id).where(
        row.c.id == send.c.broadcast, row.c.state.in_(words(*STOPPED_ONES))
    )
    return or_(send.c.broadcast.is_(None), ~stopped.exists())


def went_out_since(tx: Connection, row: SendRow) -> bool:
    """Tell whether the same response has gone to the person after this one was held."""
    table = schema.send
    same = table.c.response == row.response if row.response else table.c.text == row.text
    query = select(table.c.id).where(
        table.c.page == row.who.page,
        table.c.psid == row.who.psid,
        table.c.id != row.id,
        table.c.state.in_(LEFT),
        table.c.decided_at > to_ms(row.created_at),
        same,
    )
    topic = (
        table.c.topic.is_(None)
        if row.message.topic is None
        else (table.c.topic == row.message.topic)
    )
    return tx.execute(query.where(topic).limit(1)).first() is not None


class MovedError(StoreBusy):
    """A row is no longer in the state that it was read in; the same call looks again."""


def move(tx: Connection, row: SendRow, *, state: str, **values: Any) -> None:
    """Move a row on if it still is in the state it was read in; raises MovedError otherwise."""
    values["state"] = state
    as_read = _is_nobodys if row.claimed_by is None else _is_somebodys
    statement = change(schema.send, as_read, tuple(values))
    known = given(id=row.id, state=row.state)
    if row.claimed_by is not None:
        known |= given(claimed_by=row.claimed_by)
    if tx.execute(statement, written(values) | known).rowcount != 1:
        raise MovedError(f"the send `{row.id}` is no longer `{row.state}`")


def _is_somebodys() -> Any:
    return where(schema.send, "id", "state", "claimed_by")


def _is_nobodys() -> Any:
    return and_(where(schema.send, "id", "state"), schema.send.c.claimed_by.is_(None))


def older_open(tx: Connection, row: SendRow) -> SendRow | None:
    """Return the person's oldest message before this one that is still on its way out.

    What is live waits for no broadcast, unless that is on the wire this very moment; and nothing
    waits for a broadcast that is paused.
    """
    values = given(page=row.who.page, psid=row.who.psid) | {"before": row.seq}
    found = tx.execute(_ahead(row.lane == LIVE), values).mappings().first()
    return None if found is None else _row(found)


def anything_open(tx: Connection, who: Who) -> bool:
    """Tell whether anything that a new live message waits for is on its way to a person."""
    values = given(page=who.page, psid=who.psid) | {"before": _LAST}
    return tx.execute(_ahead(live=True), values).first() is not None


@cache
def _ahead(live: bool) -> Any:
    table = schema.send
    before = ahead()
    if live:
        before = or_(and_(table.c.lane == LIVE, before), table.c.state == COMMITTED)
    mine = and_(where(table, "page", "psid"), table.c.seq < bindparam("before"))
    return select(table).where(mine, before).order_by(table.c.seq).limit(1)


def parts(tx: Connection, send_id: str) -> list[PartRow]:
    """Return the messages of a row in order."""
    rows = tx.execute(rows_of(schema.part, "send_id"), given(send_id=send_id)).mappings()
    return sorted((_part(row) for row in rows), key=lambda part: part.n)


def part_of_echo(tx: Connection, echo_key: str) -> PartRow | None:
    """Return the message that carries this value in its metadata."""
    table = schema.part
    row = tx.execute(select(table).where(table.c.echo_key == echo_key)).mappings().first()
    return None if row is None else _part(row)


def explained(
    tx: Connection, who: Who, mids: Collection[str], began: datetime, watermark: datetime
) -> bool:
    """Tell whether a receipt may speak of something else than a try that began at a moment.

    It names messages of ours, or fewer than those it may name; another message went out that the
    person may only now have got or read; or somebody else wrote. Who writes has read what was said
    to them before.
    """
    part, send, thread, person = schema.part, schema.send, schema.thread, schema.person
    somebody = (person.c.page == who.page, person.c.psid == who.psid)
    wrote = tx.execute(select(person.c.last_message_at).where(*somebody)).scalar()
    since, until = min(to_ms(began - _SKEW), wrote or 0), to_ms(watermark)
    sent_then = (
        select(part.c.mid)
        .select_from(part.join(send, send.c.id == part.c.send_id))
        .where(
            send.c.page == who.page,
            send.c.psid == who.psid,
            part.c.state.in_((SENT, UNKNOWN, COMMITTED)),
        )
    )
    about_then = part.c.committed_at.between(since, until)
    if mids:
        known = tx.execute(select(part.c.mid).where(part.c.mid.in_(mids))).scalars()
        strangers = set(mids) - set(known)
        nameless = and_(part.c.mid.is_(None), part.c.committed_at <= until)
        if len(tx.execute(sent_then.where(nameless)).all()) > len(strangers):
            return True
    elif len(tx.execute(sent_then.where(about_then)).all()) > 1:
        return True
    theirs = and_(thread.c.page == who.page, thread.c.psid == who.psid)
    away = tx.execute(select(thread.c.away_at).where(theirs)).scalar()
    return away is not None and int(away) >= since


def rows(tx: Connection, query: Any, values: JSON | None = None) -> list[SendRow]:
    """Return the rows that a query on the table of sends gives, with these values in it."""
    return [_row(row) for row in tx.execute(query, values or {}).mappings()]


def part_rows(tx: Connection, query: Any, values: JSON | None = None) -> list[PartRow]:
    """Return the messages that a query on their table gives, with these values in it."""
    return [_part(row) for row in tx.execute(query, values or {}).mappings()]


def id_of(tx: Connection, name: str) -> str | None:
    """Return the id of the row with this id, or of the one whose message has this mid or echo."""
    part, send = schema.part.c, schema.send.c
    found = tx.execute(select(send.id).where(send.id == name)).scalar()
    if found is None:
        mine = or_(part.mid == name, part.echo_key == name)
        found = tx.execute(select(part.send_id).where(mine)).scalar()
    return None if found is None else str(found)


def commit_part(tx: Connection, part: PartRow, now: datetime) -> PartRow:
    """Write down that a message is on its way now; raises MovedError where it was not ready."""
    if not _moved(tx, part, (READY,), _begun(part.attempts, now)):
        raise MovedError(f"message {part.n} of the send `{part.send_id}` is no longer ready")
    return replace(part, state=COMMITTED, committed_at=now, attempts=part.attempts + 1)


def move_part(
    tx: Connection,
    part: PartRow,
    before: Sequence[str],
    state: str,
    now: datetime,
    *,
    mid: str | None = None,
    error: JSON | None = None,
    **values: Any,
) -> bool:
    """Move one message on from one of the states *before*; tell whether it was in one.

    The try that the outcome belongs to must be the latest: an answer that comes after the message
    was tried again says nothing of the new try.
    """
    values = {"state": state, "at": to_ms(now), **values}
    if mid is not None:
        values["mid"] = mid
    if error is not None:
        values["error"] = json.dumps(error, ensure_ascii=False)
    return _moved(tx, part, before, values)


def _moved(tx: Connection, part: PartRow, before: Sequence[str], values: Mapping[str, Any]) -> bool:
    """Write to a message in one of the states *before* and of this try; tell whether it was so."""
    known = given(send_id=part.send_id, n=part.n, attempts=part.attempts)
    statement = change(schema.part, _is_this_try(tuple(before)), tuple(values))
    return bool(tx.execute(statement, written(values) | known).rowcount)


@cache
def _is_this_try(before: tuple[str, ...]) -> Callable[[], Any]:
    one = where(schema.part, "send_id", "n", "attempts")
    return lambda: and_(one, schema.part.c.state.in_(words(*before)))


def follow(tx: Connection, row: SendRow, states: Sequence[str] | None = None, **values: Any) -> str:
    """Let a row follow its messages; returns its new state.

    Their *states* are looked up where they are not given. Between two of its messages a row stays
    with the worker that has it.
    """
    known = [p.state for p in parts(tx, row.id)] if states is None else states
    state = state_of(known)
    if state == READY and row.claimed_by is not None and "claimed_by" not in values:
        state = CLAIMED
    if state not in OPEN:
        values = {"claimed_by": None, "lease_until": None, "not_before": None, **values}
    if state == CANCELLED:
        values = {"why": row.why, **values}
    move(tx, row, state=state, **values)
    return state


def state_of(part_states: Sequence[str]) -> str:
    """Return what the states of its messages make of a row."""
    states = set(part_states)
    for state in (COMMITTED, READY, UNKNOWN, REJECTED):
        if state in states:
            return state
    return SENT if SENT in states else CANCELLED


def cancel_rest(tx: Connection, send_id: str) -> None:
    """Cancel the messages of a row that have not left; one that was to go once more is in doubt."""
    table = schema.part
    where = and_(table.c.send_id == send_id, table.c.state == READY)
    left = case((table.c.resent, UNKNOWN), else_=CANCELLED)
    tx.execute(update(table).where(where).values(state=left))


def message_to_json(message: Message) -> dict[str, Any]:
    """Return a declaration as JSON-ready values."""
    return {
        "purpose": message.purpose.value,
        "topic": message.topic,
        "parts": message.parts,
        "push": message.push.value if message.push else None,
        "template": message.template,
        "request_title": message.request_title,
        "request_topic": message.request_topic,
        "utility_template": message.utility_template,
        "unfilled": list(message.unfilled),
        "features": sorted(feature.value for feature in message.features),
        "language": message.language,
        "hold_for_s": None if message.hold_for is None else message.hold_for.total_seconds(),
        "author": message.author.value,
        "in_turn": message.in_turn,
        "confirms_stop": message.confirms_stop,
        "confirms_order": message.confirms_order,
        "promotional": message.promotional,
    }


def message_from_json(data: JSON, text: str) -> Message:
    """Return the declaration that `message_to_json` wrote."""
    hold = data["hold_for_s"]
    return Message(
        purpose=Purpose(data["purpose"]),
        topic=data["topic"],
        text=text,
        parts=data["parts"],
        push=Push(data["push"]) if data["push"] else None,
        template=data["template"],
        request_title=data.get("request_title"),
        request_topic=data.get("request_topic"),
        utility_template=data["utility_template"],
        unfilled=tuple(data["unfilled"]),
        features=frozenset(Feature(name) for name in data["features"]),
        language=data["language"],
        hold_for=None if hold is None else timedelta(seconds=hold),
        author=Author(data["author"]),
        in_turn=data["in_turn"],
        confirms_stop=data["confirms_stop"],
        confirms_order=data["confirms_order"],
        promotional=data["promotional"],
    )


def _row(r: Any) -> SendRow:
    return SendRow(
        id=r["id"],
        who=Who(r["page"], r["psid"]),
        turn_key=r["turn_key"],
        ordinal=r["ordinal"],
        state=r["state"],
        message=message_from_json(json.loads(r["message"]), r["text"]),
        parts=tuple(json.loads(r["parts"])),
        single=None if r["single"] is None else json.loads(r["single"]),
        utility=None if r["utility"] is None else json.loads(r["utility"]),
        text=r["text"],
        response=r["response"],
        decision=json.loads(r["decision"]),
        ground=r["ground"],
        token_id=r["token_id"],
        created_at=from_ms(r["created_at"]),
        decided_at=from_ms(r["decided_at"]),
        not_before=None if r["not_before"] is None else from_ms(r["not_before"]),
        expires_at=None if r["expires_at"] is None else from_ms(r["expires_at"]),
        seq=r["seq"],
        lane=r["lane"],
        claimed_by=r["claimed_by"],
        lease_until=None if r["lease_until"] is None else from_ms(r["lease_until"]),
        why=r["why"],
        halted_by=r["halted_by"],
        probes=tuple((r["probes"] or "").split()),
        broadcast=r["broadcast"],
        wording=r["wording"],
    )


def _part(r: Any) -> PartRow:
    return PartRow(
        send_id=r["send_id"],
        n=r["n"],
        body=json.loads(r["body"]),
        state=r["state"],
        echo_key=r["echo_key"],
        mid=r["mid"],
        error=None if r["error"] is None else json.loads(r["error"]),
        committed_at=None if r["committed_at"] is None else from_ms(r["committed_at"]),
        attempts=r["attempts"],
        resent=bool(r["resent"]),
    )
