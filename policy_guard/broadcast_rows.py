"""Broadcasts and their recipients: entered in chunks, counted, paused, resumed and cancelled.

What becomes of a recipient who was decided on is the state of their send and is kept nowhere else:
so every recipient is in exactly one state, and counts follow what is held long after it was held.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, literal, literal_column, or_, select, update
from sqlalchemy.engine import Connection

from . import journal, people_rows, schema
from .clock import from_ms, to_ms
from .delivery import Brake
from .errors import BroadcastError
from .prepared import given, rows_of, where
from .send_states import CLAIMED, HELD, OPEN, READY, REJECTED, SENT
from .sql_store import change, insert_new, insert_selected, keep

RUNNING, PAUSED, CANCELLED, DONE = "running", "paused", "cancelled", "done"
WAITING, DECIDED, SKIPPED, FAILED = "waiting", "decided", "skipped", "failed"
OURSELVES = "policy-guard"  # who paused what paused by itself
CHUNK = 1000  # recipients entered or swept in one transaction: some milliseconds
#: What a broadcast that ended may still have to send: what was held comes due, or was put off.
_AT_WORK = (RUNNING, DONE)
_UNDECIDED = literal_column("state") != literal_column("'decided'")


@dataclass(frozen=True)
class Broadcast:
    """One order to tell everybody who asked for a topic or chose it; times in UTC.

    *variations* are the response as the domain had it when the order was given; *why* is a
    sentence where it has paused by itself.
    """

    id: int
    page: str
    key: str
    topic: str
    response: str
    slots: Mapping[str, Any]
    variations: tuple[Mapping[str, Any], ...]
    channel: str
    created_by: str
    created_at: datetime
    state: str
    cursor: str
    filled_at: datetime | None
    total: int
    why: str | None = None

    @property
    def filled(self) -> bool:
        """Tell whether every recipient is entered."""
        return self.filled_at is not None

    @property
    def asked_once(self) -> bool:
        """Tell whether it is about a single thing, such as `back_in_stock:sku-42`."""
        return ":" in self.topic

    def turn_key(self, psid: str) -> str:
        """Return the key of its one message to a person: there is never a second with this key."""
        return f"notify:{self.id}:{psid}"


@dataclass(frozen=True)
class Order:
    """What an operator or a shop wants told, and by whom; the same *key* again is the same one."""

    page: str
    key: str
    topic: str
    response: str
    slots: Mapping[str, Any]
    variations: tuple[Mapping[str, Any], ...]
    channel: str
    by: str


def create(tx: Connection, order: Order, now: datetime) -> tuple[Broadcast, bool]:
    """Keep an order as a broadcast; True where it is new.

    Raises BroadcastError where another order has the key.
    """
    new = insert_new(
        tx,
        schema.broadcast,
        page=order.page,
        key=order.key,
        topic=order.topic,
        response=order.response,
        slots=json.dumps(dict(order.slots), ensure_ascii=False, sort_keys=True),
        variations=json.dumps(list(order.variations), ensure_ascii=False),
        channel=order.channel,
        created_by=order.by,
        created_at=to_ms(now),
        state=RUNNING,
        cursor="",
        total=0,
    )
    table = schema.broadcast
    here = and_(table.c.page == order.page, table.c.key == order.key)
    found = _row(tx.execute(select(table).where(here)).mappings().one())
    told = (found.topic, found.response, dict(found.slots))
    if told != (order.topic, order.response, json.loads(json.dumps(dict(order.slots)))):
        raise BroadcastError(
            f"the key `{order.key}` is that of broadcast `{found.id}`, which says "
            f"`{found.response}` on `{found.topic}`"
        )
    if new:
        said = {"broadcast": found.id, "topic": found.topic, "response": found.response}
        journal.note(tx, now, order.page, "broadcast_created", by=order.by, **said)
    return found, new


def get(tx: Connection, number: int) -> Broadcast:
    """Return a broadcast; raises BroadcastError where there is none."""
    row = tx.execute(rows_of(schema.broadcast, "id"), given(id=number)).mappings().first()
    if row is None:
        raise BroadcastError(f"there is no broadcast `{number}`")
    return _row(row)


def listed(tx: Connection, last: int | None = None) -> list[Broadcast]:
    """Return broadcasts, the oldest first; *last* keeps only so many of the newest."""
    query = select(schema.broadcast).order_by(schema.broadcast.c.id.desc())
    if last is not None:
        query = query.limit(last)
    return [_row(row) for row in tx.execute(query).mappings()][::-1]


def at_work(tx: Connection, page: str) -> list[Broadcast]:
    """Return what there is something to be done for, the oldest first."""
    return [_row(row) for row in tx.execute(_at_work(), given(page=page)).mappings()]


@cache
def _at_work() -> Any:
    table = schema.broadcast
    unswept = and_(table.c.state == CANCELLED, table.c.swept_at.is_(None))
    query = select(table).where(where(table, "page"), or_(table.c.state == RUNNING, unswept))
    return query.order_by(table.c.id)


def may_send(tx: Connection, number: int, *, lock: bool = False) -> bool:
    """Tell whether messages of a broadcast may leave now.

    With *lock* nobody changes that before the transaction ends: who pauses waits until then, and
    knows afterwards that nothing more is taken. Raises StoreBusy while somebody changes it.
    """
    if lock:
        keep(tx, _name_of(number))
    table = schema.broadcast
    return tx.execute(select(table.c.state).where(table.c.id == number)).scalar() in _AT_WORK


def _name_of(number: int) -> str:
    """Return what the state of a broadcast is locked by: not its row, which filling it writes to.

    Of those who share the lock of a row there is always one more, and who wants it for themselves
    waits for good.
    """
    return f"broadcast `{number}`"


# -- recipients ------------------------------------------------------------------------------------


def fill(tx: Connection, broadcast: Broadcast, now: datetime, chunk: int = CHUNK) -> int:
    """Enter the next recipients; returns how many, 0 when all are, or when it does not run.

    Who asked or chose after the order was given is none: a broadcast never grows by itself.
    """
    row = schema.broadcast
    # read again, and locked: another process may have entered some since, or somebody stopped it
    columns = (row.c.state, row.c.cursor, row.c.filled_at)
    here = tx.execute(select(*columns).where(row.c.id == broadcast.id).with_for_update()).one()
    if here.filled_at is not None or here.state != RUNNING:
        return 0
    asked = _who_asked(broadcast)
    next_ones = asked(here.cursor).limit(chunk).subquery()
    found = select(func.count(), func.max(next_ones.c.psid)).select_from(next_ones)
    number, last = tx.execute(found).one()
    if not number:
        filled = {"filled_at": to_ms(now)}
        tx.execute(update(row).where(row.c.id == broadcast.id).values(**filled))
        return 0
    people = (
        select(literal(broadcast.id), literal(broadcast.page), next_ones.c.psid, literal(WAITING))
        .select_from(next_ones)
        .where(next_ones.c.psid > here.cursor)  # SQLite reads a conflict clause only after a WHERE
    )
    insert_selected(tx, schema.recipient, ["broadcast", "page", "psid", "state"], people)
    values = {"cursor": last, "total": row.c.total + number}
    tx.execute(update(row).where(row.c.id == broadcast.id).values(**values))
    return int(number)


def asked_by(tx: Connection, broadcast: Broadcast, after: str, most: int) -> list[str]:
    """Return the next people a broadcast would be for, without entering them."""
    return list(tx.execute(_who_asked(broadcast)(after).limit(most)).scalars())


def _who_asked(broadcast: Broadcast) -> Any:
    """Return the query of who asked for the topic or chose its type, after a person, in order."""
    at = to_ms(broadcast.created_at)
    if broadcast.asked_once:
        wish = schema.wish
        query = select(wish.c.psid).where(
            wish.c.page == broadcast.page,
            wish.c.topic == broadcast.topic,
            people_rows.still_wished(),
            wish.c.asked_at <= at,
        )
        return lambda after: query.where(wish.c.psid > after).distinct().order_by(wish.c.psid)
    chose = schema.preference
    query = select(chose.c.psid).where(
        chose.c.page == broadcast.page,
        chose.c.alert_type == broadcast.topic,
        chose.c.chosen,
        chose.c.since <= at,
    )
    return lambda after: query.where(chose.c.psid > after).order_by(chose.c.psid)


def take_waiting(tx: Connection, number: int, after: str, most: int) -> list[str]:
    """Return recipients who were not decided on, in order; nobody else takes them meanwhile."""
    table = schema.recipient
    query = (
        select(table.c.psid)
        .where(
            table.c.broadcast == number,
            table.c.state == WAITING,
            _UNDECIDED,  # what the index of the undecided is asked by
            table.c.psid > after,
        )
        .order_by(table.c.psid)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(tx.execute(query).scalars())


def wishes_of(tx: Connection, broadcast: Broadcast, psids: Sequence[str]) -> set[str]:
    """Return who of these people still waits to be told of the thing."""
    wish = schema.wish
    query = select(wish.c.psid).where(
        wish.c.page == broadcast.page,
        wish.c.topic == broadcast.topic,
        people_rows.still_wished(),
        wish.c.psid.in_(psids),
    )
    return set(tx.execute(query).scalars())


def set_aside(tx: Connection, number: int, state: str, why: Mapping[str, str]) -> None:
    """Move recipients to a final state without a send, each with its sentence."""
    table = schema.recipient
    for psid, said in why.items():
        mine = and_(table.c.broadcast == number, table.c.psid == psid)
        tx.execute(update(table).where(mine).values(state=state, why=said))


def sweep(tx: Connection, broadcast: Broadcast, chunk: int = CHUNK) -> int:
    """Cancel the next recipients who were not decided on; returns how many, 0 when all are."""
    table = schema.recipient
    psids = take_waiting(tx, broadcast.id, "", chunk)
    if psids:
        mine = and_(table.c.broadcast == broadcast.id, table.c.psid.in_(psids))
        tx.execute(update(table).where(mine, table.c.state == WAITING).values(state=CANCELLED))
    return len(psids)


def waiting_sends(tx: Connection, number: int, most: int = 100) -> list[str]:
    """Return the next of its messages of which nothing has left; nobody else takes them."""
    query = _waiting_sends(number).order_by(schema.send.c.id).limit(most)
    return list(tx.execute(query.with_for_update(skip_locked=True)).scalars())


def _waiting_sends(number: int) -> Any:
    send, part = schema.send, schema.part
    begun = select(part.c.n).where(part.c.send_id == send.c.id, part.c.state != READY).exists()
    waits = send.c.state.in_((HELD, READY, CLAIMED))
    return select(send.c.id).where(send.c.broadcast == number, waits, ~begun)


def has_open(tx: Connection, number: int) -> bool:
    """Tell whether a message of a broadcast is on its way out."""
    send = schema.send
    query = select(send.c.id).where(send.c.broadcast == number, send.c.state.in_(OPEN))
    return tx.execute(query.limit(1)).first() is not None


def swept(tx: Connection, number: int, now: datetime) -> bool:
    """Keep that nothing of a cancelled broadcast is left to cancel; False where something is.

    What another process has locked is seen here: that one may die before it has cancelled it.
    """
    row = schema.broadcast
    if _undecided(tx, number) or tx.execute(_waiting_sends(number).limit(1)).first():
        return False
    here = and_(row.c.id == number, row.c.state == CANCELLED)
    return bool(tx.execute(update(row).where(here).values(swept_at=to_ms(now))).rowcount)


def _undecided(tx: Connection, number: int) -> bool:
    """Tell whether a recipient waits to be decided on, whoever has them locked."""
    recipient = schema.recipient
    mine = (recipient.c.broadcast == number, recipient.c.state == WAITING, _UNDECIDED)
    return tx.execute(select(recipient.c.psid).where(*mine).limit(1)).first() is not None


# -- states and counts -----------------------------------------------------------------------------


def end(tx: Connection, number: int, now: datetime) -> bool:
    """Mark a running broadcast as done if every recipient is final or held; tell whether it is."""
    table = schema.broadcast
    if _undecided(tx, number) or has_open(tx, number):
        return False
    here = and_(table.c.id == number, table.c.state == RUNNING, table.c.filled_at.isnot(None))
    if not tx.execute(update(table).where(here).values(state=DONE)).rowcount:
        return False
    found = get(tx, number)
    said = {name: n for name, n in counts(tx, found).items() if n}
    journal.note(tx, now, found.page, "broadcast_done", broadcast=number, **said)
    return True


_MOVES = {
    PAUSED: ((RUNNING, DONE), "broadcast_paused"),
    RUNNING: ((PAUSED,), "broadcast_resumed"),
    CANCELLED: ((RUNNING, PAUSED, DONE), "broadcast_cancelled"),
}


def move(tx: Connection, number: int, state: str, by: str, now: datetime) -> Broadcast:
    """Pause, resume or cancel a broadcast, and write down who did.

    It is so from the transaction's end on: what is on its way then still arrives. Doing the same
    again changes nothing. Raises BroadcastError where it cannot be done any more.
    """
    table = schema.broadcast
    change(tx, _name_of(number))
    before = tx.execute(
        select(table.c.state).where(table.c.id == number).with_for_update()
    ).scalar()
    found = get(tx, number)
    if before == state:
        return found
    allowed, what = _MOVES[state]
    if before not in allowed:
        raise BroadcastError(f"broadcast `{number}` is {before}, so it cannot become {state}")
    if before == DONE and not counts(tx, found)[HELD]:
        raise BroadcastError(f"broadcast `{number}` is done and nothing of it is held")
    values = {"state": state, "changed_by": by, "changed_at": to_ms(now), "swept_at": None}
    values["why"] = None
    tx.execute(update(table).where(table.c.id == number).values(**values))
    journal.note(tx, now, found.page, what, broadcast=number, by=by)
    return get(tx, number)


def brake(tx: Connection, number: int, brake: Brake, now: datetime) -> bool:
    """Pause a broadcast of whose latest messages too many were refused; tell whether it was.

    What was decided on before somebody last changed it does not count: who resumes it has seen
    that. It waits for no batch that is at work, since it is no order of anybody's.
    """
    table, found = schema.broadcast, get(tx, number)
    if found.state not in _AT_WORK:
        return False
    refused = _refused_lately(tx, number, brake.of_last)
    if refused is None or not brake.stops(refused):
        return False
    why = f"{refused} of its last {brake.of_last} messages were refused by the platform"
    values = {"state": PAUSED, "changed_by": OURSELVES, "changed_at": to_ms(now), "why": why}
    here = and_(table.c.id == number, table.c.state.in_(_AT_WORK))
    if not tx.execute(update(table).where(here).values(**values)).rowcount:
        return False
    said = {"broadcast": number, "by": OURSELVES, "why": why}
    journal.note(tx, now, found.page, "broadcast_halted", **said)
    return True


def _refused_lately(tx: Connection, number: int, of_last: int) -> int | None:
    """Return how many of the latest messages were refused, None where there are not so many."""
    answered: list[tuple[int, bool]] = []
    for state in (SENT, REJECTED):
        values = given(broadcast=number, state=state) | {"most": of_last}
        answered += [(at, state == REJECTED) for at in tx.execute(_latest(), values).scalars()]
    if len(answered) < of_last:
        return None
    # of those decided on at once the ones that arrived count as the later ones
    latest = sorted(answered, key=lambda one: (-one[0], one[1]))[:of_last]
    return sum(refused for _, refused in latest)


@cache
def _latest() -> Any:
    send, row = schema.send, schema.broadcast
    changed = select(func.coalesce(row.c.changed_at, 0)).where(row.c.id == send.c.broadcast)
    mine = and_(where(send, "broadcast", "state"), send.c.decided_at > changed.scalar_subquery())
    latest_first = select(send.c.decided_at).where(mine).order_by(send.c.decided_at.desc())
    return latest_first.limit(bindparam("most"))


def halted(tx: Connection, page: str) -> list[Broadcast]:
    """Return the broadcasts of a Page that have paused by themselves, the oldest first."""
    return [_row(row) for row in tx.execute(_halted(), given(page=page)).mappings()]


@cache
def _halted() -> Any:
    table = schema.broadcast
    query = select(table).where(where(table, "page"), table.c.state == PAUSED)
    return query.where(table.c.why.isnot(None)).order_by(table.c.id)


def counts(tx: Connection, broadcast: Broadcast) -> dict[str, int]:
    """Return how many recipients are in each state: their send's, where they were decided on."""
    found: Counter[str] = Counter()
    for query in _counts():
        for state, number in tx.execute(query, given(broadcast=broadcast.id)):
            found[state] += number
    return found


@cache
def _counts() -> tuple[Any, Any]:
    """Return the queries for who was not decided on yet, and for the sends of the others."""
    table, send = schema.recipient, schema.send
    undecided = select(table.c.state, func.count()).where(where(table, "broadcast"), _UNDECIDED)
    decided = select(send.c.state, func.count()).where(where(send, "broadcast"))
    return undecided.group_by(table.c.state), decided.group_by(send.c.state)


def held_until(tx: Connection, number: int) -> datetime | None:
    """Return when the last of its held messages expires, None where none is held."""
    send = schema.send
    query = select(func.max(send.c.expires_at)).where(
        send.c.broadcast == number, send.c.state == HELD
    )
    last = tx.execute(query).scalar()
    return None if last is None else from_ms(last)


def recipients(tx: Connection, number: int, most: int) -> list[dict[str, Any]]:
    """Return what became of recipients as JSON-ready values, in the order of their ids."""
    values = given(broadcast=number) | {"most": most}
    return [_became(row) for row in tx.execute(_recipients(), values)]


@cache
def _recipients() -> Any:
    table, send = schema.recipient, schema.send
    return (
        select(
            table.c.psid,
            func.coalesce(send.c.state, table.c.state).label("state"),
            table.c.why,
            table.c.send_id,
            send.c.decision,
        )
        .select_from(table.outerjoin(send, send.c.id == table.c.send_id))
        .where(where(table, "broadcast"))
        .order_by(table.c.psid)
        .limit(bindparam("most"))
    )


def _became(row: Any) -> dict[str, Any]:
    said = json.loads(row.decision) if row.decision else {"reason": row.why}
    named = ("decision", "ground", "rule", "whose", "reason")
    shown = {name: said.get(name) for name in named}
    return {"psid": row.psid, **shown, "state": row.state, "send": row.send_id}


def age(tx: Connection, before: int, most: int) -> int:
    """Let go of one broadcast older than *before* (milliseconds) of which no message is kept.

    At most so many rows go at once, its recipients first; returns how many did.
    """
    table, recipient, send = schema.broadcast, schema.recipient, schema.send
    kept = select(send.c.id).where(send.c.broadcast == table.c.id).exists()
    over = table.c.state.in_((DONE, CANCELLED))
    old = select(table.c.id).where(table.c.created_at < before, over, ~kept)
    number = tx.execute(old.order_by(table.c.id).limit(1)).scalar()
    if number is None:
        return 0
    mine = recipient.c.broadcast == number
    next_ones = select(recipient.c.psid).where(mine).order_by(recipient.c.psid).limit(most)
    psids = list(tx.execute(next_ones).scalars())
    if psids:
        tx.execute(delete(recipient).where(mine, recipient.c.psid <= psids[-1]))
    if len(psids) == most:
        return most
    return len(psids) + int(tx.execute(delete(table).where(table.c.id == number)).rowcount)


def _row(r: Any) -> Broadcast:
    return Broadcast(
        id=r["id"],
        page=r["page"],
        key=r["key"],
        topic=r["topic"],
        response=r["response"],
        slots=json.loads(r["slots"]),
        variations=tuple(json.loads(r["variations"])),
        channel=r["channel"],
        created_by=r["created_by"],
        created_at=from_ms(r["created_at"]),
        state=r["state"],
        cursor=r["cursor"],
        filled_at=None if r["filled_at"] is None else from_ms(r["filled_at"]),
        total=r["total"],
        why=r["why"],
    )
