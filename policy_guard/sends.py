"""The rows of intended sends and their states on the way out."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection

from . import schema
from .clock import from_ms, to_ms
from .decisions import Decision, Hold, Send, as_dict
from .people_rows import LEFT, Who
from .vocabulary import Author, Feature, Message, Purpose, Push

JSON = Mapping[str, Any]

#: Grounds that pay for one message and are then used up.
SINGLE_USE = ("one_time_notification", "private_reply", "plus_one")
#: Grounds on which everything has to go as one message.
ONE_MESSAGE = (*SINGLE_USE, "recurring_notification")

_ECHO_KEY = re.compile(r"snd_[0-9a-f]{20}\.\d+\.[0-9a-f]{8}")
READY, SENDING, SENT, REJECTED, UNKNOWN = "ready", "sending", "sent", "rejected", "unknown"
HELD, REFUSED, EXPIRED, SUPERSEDED, DROPPED = "held", "refused", "expired", "superseded", "dropped"
CANCELLED = "cancelled"  # with the broadcast that it is a message of


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
    broadcast: int | None = None  # the one it is a message of
    wording: int | None = None  # which of its variations it says


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
    attempts: int
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


def enter(tx: Connection, out: Outgoing, decision: Decision, now: datetime) -> SendRow:
    """Write a response and its decision; a send gets its parts, ready to leave."""
    values = new_row(out, decision, now)
    tx.execute(insert(schema.send).values(**values))
    row = get(tx, values["id"])
    if isinstance(decision, Send):
        lay_out(tx, row)
    return row


def new_row(out: Outgoing, decision: Decision, now: datetime) -> dict[str, Any]:
    """Return the row of a response and its decision, with an id of its own."""
    return {
        "id": f"snd_{uuid.uuid4().hex[:20]}",
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
        "broadcast": out.broadcast,
        "wording": out.wording,
        **decided(decision, now),
    }


def redecide(tx: Connection, row: SendRow, decision: Decision, now: datetime) -> SendRow:
    """Write a new decision over an earlier one; an expiry once set is never moved."""
    values = decided(decision, now)
    if row.expires_at is not None:
        values["expires_at"] = to_ms(row.expires_at)
    tx.execute(update(schema.send).where(schema.send.c.id == row.id).values(**values))
    tx.execute(schema.part.delete().where(schema.part.c.send_id == row.id))
    fresh = get(tx, row.id)
    if isinstance(decision, Send):
        lay_out(tx, fresh)
    return fresh


def bodies_on(
    ground: str | None, parts: Sequence[JSON], single: JSON | None, utility: JSON | None
) -> Sequence[JSON]:
    """Return the messages of a response on a ground, in order."""
    if ground in ONE_MESSAGE and single is not None:
        return (single,)
    if ground == "utility_template" and utility is not None:
        return (utility,)
    return parts


def bodies_of(row: SendRow) -> Sequence[JSON]:
    """Return the messages of a row on its ground, in order."""
    return bodies_on(row.ground, row.parts, row.single, row.utility)


def lay_out(tx: Connection, row: SendRow) -> None:
    """Write the messages that go on the wire: one where a single-use permission pays."""
    for n, body in enumerate(bodies_of(row)):
        tx.execute(insert(schema.part).values(**new_part(row.id, n, body)))


def new_part(send_id: str, n: int, body: JSON) -> dict[str, Any]:
    """Return the row of one message on the wire, with a value that its echo tells it by."""
    return {
        "send_id": send_id,
        "n": n,
        "body": json.dumps(body, ensure_ascii=False),
        "state": READY,
        "echo_key": f"{send_id}.{n}.{uuid.uuid4().hex[:8]}",
    }


def is_echo_key(metadata: str) -> bool:
    """Tell whether a message's metadata is of the form that `lay_out` gives to ours."""
    return _ECHO_KEY.fullmatch(metadata) is not None


def _json_or_none(value: JSON | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def decided(decision: Decision, now: datetime) -> dict[str, Any]:
    """Return what a decision makes of a row."""
    hold = decision if isinstance(decision, Hold) else None
    send = decision if isinstance(decision, Send) else None
    state = READY if send else HELD if hold else REFUSED
    return {
        "state": state,
        "decision": json.dumps(as_dict(decision), ensure_ascii=False),
        "ground": send.ground if send else None,
        "token_id": send.token_id if send else None,
        "decided_at": to_ms(now),
        "not_before": to_ms(hold.until) if hold and hold.until else None,
        "expires_at": to_ms(hold.expires_at) if hold else None,
    }


def get(tx: Connection, send_id: str) -> SendRow:
    """Return one row; raises KeyError where there is none."""
    row = tx.execute(select(schema.send).where(schema.send.c.id == send_id)).mappings().first()
    if row is None:
        raise KeyError(send_id)
    return _row(row)


def of_turn(tx: Connection, turn_key: str, ordinal: int) -> SendRow | None:
    """Return what a turn already decided at an ordinal."""
    table = schema.send
    where = and_(table.c.turn_key == turn_key, table.c.ordinal == ordinal)
    row = tx.execute(select(table).where(where)).mappings().first()
    return None if row is None else _row(row)


def turn_is_paid(tx: Connection, turn_key: str, beside: str = "") -> bool:
    """Tell whether another response of the turn left, or may have, on a single-use permission."""
    table = schema.send
    query = select(table.c.id).where(
        table.c.turn_key == turn_key,
        table.c.ground.in_(SINGLE_USE),
        table.c.state.in_(LEFT),
        table.c.id != beside,
    )
    return tx.execute(query.limit(1)).first() is not None


def listed(
    tx: Connection,
    *,
    states: Sequence[str] | None = None,
    who: Who | None = None,
    due: datetime | None = None,
    last: int | None = None,
) -> list[SendRow]:
    """Return rows, oldest first, of these states, of one person, or due at a moment."""
    table = schema.send
    query = select(table)
    if states is not None:
        query = query.where(table.c.state.in_(states))
    if who is not None:
        query = query.where(table.c.page == who.page, table.c.psid == who.psid)
    if due is not None:  # a broadcast looks after its own
        query = query.where(table.c.not_before <= to_ms(due), table.c.broadcast.is_(None))
    query = query.order_by(table.c.created_at.desc(), table.c.ordinal.desc())
    if last is not None:
        query = query.limit(last)
    return [_row(row) for row in tx.execute(query).mappings()][::-1]


def overdue(tx: Connection, now: datetime) -> list[SendRow]:
    """Return held rows whose last useful moment has passed."""
    table = schema.send
    query = select(table).where(table.c.state == HELD, table.c.expires_at <= to_ms(now))
    return [_row(row) for row in tx.execute(query).mappings()]


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


def set_state(tx: Connection, send_id: str, state: str, **values: Any) -> None:
    """Move a row to a state."""
    tx.execute(update(schema.send).where(schema.send.c.id == send_id).values(state=state, **values))


def parts(tx: Connection, send_id: str) -> list[PartRow]:
    """Return the messages of a row in order."""
    table = schema.part
    rows = tx.execute(select(table).where(table.c.send_id == send_id).order_by(table.c.n))
    return [_part(row) for row in rows.mappings()]


def part_of_echo(tx: Connection, echo_key: str) -> PartRow | None:
    """Return the message that carries this value in its metadata."""
    table = schema.part
    row = tx.execute(select(table).where(table.c.echo_key == echo_key)).mappings().first()
    return None if row is None else _part(row)


def id_of(tx: Connection, name: str) -> str | None:
    """Return the id of the row with this id, or of the one whose message has this mid or echo."""
    part, send = schema.part.c, schema.send.c
    found = tx.execute(select(send.id).where(send.id == name)).scalar()
    if found is None:
        mine = or_(part.mid == name, part.echo_key == name)
        found = tx.execute(select(part.send_id).where(mine)).scalar()
    return None if found is None else str(found)


def move_part(
    tx: Connection,
    part: PartRow,
    state: str,
    now: datetime,
    *,
    mid: str | None = None,
    error: JSON | None = None,
) -> str:
    """Move one message to a state and let its row follow; returns the row's new state."""
    table = schema.part
    values: dict[str, Any] = {"state": state, "at": to_ms(now)}
    if mid is not None:
        values["mid"] = mid
    if error is not None:
        values["error"] = json.dumps(error, ensure_ascii=False)
    where = and_(table.c.send_id == part.send_id, table.c.n == part.n)
    tx.execute(update(table).where(where).values(**values))
    follows = state_of([p.state for p in parts(tx, part.send_id)])
    set_state(tx, part.send_id, follows)
    return follows


def state_of(part_states: Sequence[str]) -> str:
    """Return what the states of its messages make of a row."""
    states = set(part_states)
    for state in (SENDING, READY, UNKNOWN, REJECTED):
        if state in states:
            return state
    return SENT if SENT in states else DROPPED


def drop_rest(tx: Connection, send_id: str) -> None:
    """Drop the messages of a row that have not left."""
    table = schema.part
    where = and_(table.c.send_id == send_id, table.c.state == READY)
    tx.execute(update(table).where(where).values(state=DROPPED))


def left_hanging(tx: Connection) -> list[PartRow]:
    """Return messages that were on their way when the process ended."""
    table = schema.part
    return [_part(r) for r in tx.execute(select(table).where(table.c.state == SENDING)).mappings()]


def ready_now(tx: Connection, now: datetime) -> list[SendRow]:
    """Return rows that may leave, oldest first."""
    table = schema.send
    query = (
        select(table)
        .where(
            table.c.state == READY,
            or_(
                table.c.not_before.is_(None),
                and_(table.c.not_before <= to_ms(now), table.c.broadcast.is_(None)),
            ),
        )
        .order_by(table.c.created_at, table.c.ordinal)
    )
    return [_row(row) for row in tx.execute(query).mappings()]


def message_to_json(message: Message) -> dict[str, Any]:
    """Return a declaration as JSON-ready values."""
    return {
        "purpose": message.purpose.value,
        "topic": message.topic,
        "parts": message.parts,
        "push": message.push.value if message.push else None,
        "template": message.template,
        "utility_template": message.utility_template,
        "unfilled": list(message.unfilled),
        "features": sorted(feature.value for feature in message.features),
        "language": message.language,
        "hold_for_s": None if message.hold_for is None else message.hold_for.total_seconds(),
        "author": message.author.value,
        "in_turn": message.in_turn,
        "confirms_stop": message.confirms_stop,
        "confirms_order": message.confirms_order,
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
        utility_template=data["utility_template"],
        unfilled=tuple(data["unfilled"]),
        features=frozenset(Feature(name) for name in data["features"]),
        language=data["language"],
        hold_for=None if hold is None else timedelta(seconds=hold),
        author=Author(data["author"]),
        in_turn=data["in_turn"],
        confirms_stop=data["confirms_stop"],
        confirms_order=data["confirms_order"],
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
        attempts=r["attempts"],
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
    )
