"""The store's figures for an operator: counted from the journal, and read where they stand.

The journal says everything that was decided and what came of it, so its lines are counted once
each and the sums kept: a scrape reads the sums, and never the journal from its beginning. Whoever
asks counts what is new first, so every process of a store tells the same. No label holds a person.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func as f
from sqlalchemy import literal, select, update
from sqlalchemy.engine import Connection

from . import inbox_rows, journal, pace_rows, schema
from .broadcast_rows import PAUSED, RUNNING
from .clock import from_ms, to_ms
from .pace import FULL
from .send_states import LISTED, OPEN
from .sql_store import counters, get_meta, insert_new, set_meta

PREFIX = "policy_guard"
STEP = 200  # journal lines that are counted in one transaction: a few milliseconds
MOST = 100_000  # rows of one kind that are counted at a scrape; more is told as so many
_UPTO, _MARK = "tallied_upto", "tallied_mark"
#: Milliseconds after which no transaction is open any more that may still bring an earlier line.
_SETTLED_AFTER = 15_000
_DECISIONS = frozenset({"decided", "asked_again"})
_WAITING_EVENTS = (inbox_rows.PENDING, inbox_rows.RUNNING, inbox_rows.FAILED)
_MOST_ERRORS = 100  # different error codes that are told apart; the rest is `other`
_OTHER = "other"

DECISIONS, OUTCOMES, WINDOW, NOTES = "decisions", "outcomes", "window", "notes"
_LABELS: Mapping[str, tuple[str, ...]] = {
    DECISIONS: ("decision", "ground", "rule", "whose"),
    OUTCOMES: ("outcome", "error"),
    WINDOW: ("what",),
    NOTES: ("what",),
}
_HELP = {
    DECISIONS: "Decisions of the guard, asked again ones included.",
    OUTCOMES: "What came of sends, by the platform's error code where there is one.",
    WINDOW: "Sends in and outside the standard window, holds for it, and disagreements about it.",
    NOTES: "Other lines of the journal: stops, grants, hand-overs, the platform's own measures.",
}


@dataclass
class _Tally:
    """How often each set of labels was seen."""

    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, name: str, *values: object) -> None:
        """Count once; a label without a value is an empty text."""
        labels = ["" if value is None else str(value) for value in values]
        self.seen[name, json.dumps(labels, ensure_ascii=False)] += 1


def count_new(tx: Connection, moment: datetime, most: int = STEP) -> bool:
    """Count up to *most* lines of the journal that were not counted yet; tells whether more wait.

    Needs a transaction that may write; *moment* is the store's own (`SqlStore.moment`). On
    PostgreSQL a line is counted 15 to 30 seconds after it was written.
    """
    table = schema.journal
    upto = _position(tx)
    query = select(table.c.id, table.c.what, table.c.send_id, table.c.data)
    query = query.where(table.c.id > upto, table.c.id <= _ceiling(tx, moment)).order_by(table.c.id)
    rows = tx.execute(query.limit(most)).all()
    if not rows:
        return False
    tally = _Tally()
    for row in rows:
        _count(tally, row.what, row.send_id is not None, json.loads(row.data))
    _keep(tx, tally)
    set_meta(tx, _UPTO, str(rows[-1].id))
    return len(rows) == most


def families(tx: Connection, now: datetime) -> Iterator[Metric]:
    """Give the store's figures: what was counted, and what waits at *now*."""
    yield from _counted(tx)
    events = CounterMetricFamily(
        f"{PREFIX}_store_counter", "Events by kind and other counts of the store.", labels=["name"]
    )
    for name, value in counters(tx).items():
        events.add_metric([name], value)
    yield events
    yield from _waiting(tx, now)
    yield from _stopped(tx)
    yield from _paced(tx, now)
    yield _broadcasts(tx)


# -- counting ---------------------------------------------------------------------------------


def _position(tx: Connection) -> int:
    """Return the last line that was counted, and keep others from counting the same lines."""
    meta = schema.meta
    query = select(meta.c.value).where(meta.c.key == _UPTO).with_for_update()
    found = tx.execute(query).scalar()
    if found is None:
        insert_new(tx, meta, key=_UPTO, value="0")
        found = tx.execute(query).scalar()
    return int(found or 0)


def _ceiling(tx: Connection, moment: datetime) -> int:
    """Return the last line before which none can be missing.

    SQLite has one writer, so lines appear in their order. On PostgreSQL a line may be committed
    after a later one: what was there a while ago is complete, what is there now may not be.
    """
    newest = int(tx.execute(select(f.max(schema.journal.c.id))).scalar() or 0)
    if tx.dialect.name == "sqlite":
        return newest
    at, (last, settled) = to_ms(moment), _marks(tx)
    if last is None or at - last[0] >= _SETTLED_AFTER or at < last[0]:
        settled = last[1] if last is not None and at >= last[0] else settled
        set_meta(tx, _MARK, json.dumps([at, newest, settled]))
    return settled


def _marks(tx: Connection) -> tuple[tuple[int, int] | None, int]:
    """Return the moment and the newest line of the latest mark, and what was settled then."""
    kept = get_meta(tx, _MARK)
    if kept is None:
        return None, 0
    at, newest, settled = json.loads(kept)
    return (at, newest), settled


def _count(tally: _Tally, what: str, of_a_send: bool, data: Mapping[str, Any]) -> None:
    if what in _DECISIONS:
        said = [data.get(name) for name in _LABELS[DECISIONS]]
        tally.add(DECISIONS, *said)
        _count_window(tally, data)
    elif what == journal.DISAGREEMENT:
        platform = data.get("platform") or {}
        tally.add(OUTCOMES, what, _error(platform))
        tally.add(WINDOW, what)
    elif of_a_send:
        tally.add(OUTCOMES, what, _error(data))
    else:
        tally.add(NOTES, what)


def _count_window(tally: _Tally, data: Mapping[str, Any]) -> None:
    decision, ground = data.get("decision"), data.get("ground")
    if decision == "send":
        tally.add(WINDOW, "inside" if ground == "standard_window" else "outside")
    elif decision == "hold" and data.get("until") is None:
        tally.add(WINDOW, "held_until_they_write")
    elif decision == "refuse":
        tally.add(WINDOW, "refused")


def _error(data: Mapping[str, Any]) -> str | None:
    """Return an error as `code/subcode`; no sentence of the platform becomes a label."""
    code, subcode = data.get("code"), data.get("subcode")
    if not isinstance(code, int):
        return None
    return f"{code}/{subcode}" if isinstance(subcode, int) else str(code)


def _keep(tx: Connection, tally: _Tally) -> None:
    """Add to the sums, in one order for all processes."""
    table = schema.tally
    for (name, labels), number in sorted(tally.seen.items()):
        here = (table.c.name == name) & (table.c.labels == labels)
        more = update(table).where(here).values(value=table.c.value + number)
        if tx.execute(more).rowcount == 0:
            insert_new(tx, table, name=name, labels=labels, value=0)
            tx.execute(more)


# -- telling ----------------------------------------------------------------------------------


def _counted(tx: Connection) -> Iterator[Metric]:
    table = schema.tally
    rows: dict[str, list[tuple[list[str], int]]] = {}
    for row in tx.execute(select(table).order_by(table.c.name, table.c.value.desc())):
        rows.setdefault(row.name, []).append((json.loads(row.labels), row.value))
    for name, labels in _LABELS.items():
        family = CounterMetricFamily(f"{PREFIX}_{name}", _HELP[name], labels=labels)
        found = _bounded(rows.get(name, [])) if name == OUTCOMES else rows.get(name, [])
        for values, value in found:
            family.add_metric(values, value)
        yield family


def _bounded(rows: Sequence[tuple[list[str], int]]) -> list[tuple[list[str], int]]:
    """Return outcomes with only so many error codes: the platform may send any number."""
    codes = list(dict.fromkeys(values[1] for values, _ in rows if values[1]))[:_MOST_ERRORS]
    sums: Counter[tuple[str, str]] = Counter()
    for (outcome, error), value in rows:
        sums[outcome, error if error in ("", *codes) else _OTHER] += value
    return [([*key], value) for key, value in sums.items()]


def _waiting(tx: Connection, now: datetime) -> Iterator[Metric]:
    """Give what waits, by state, and since when the oldest has waited."""
    inbox, send = schema.inbox, schema.send
    events = GaugeMetricFamily(
        f"{PREFIX}_inbox_events",
        f"Events that wait, run or have failed, at most {MOST} each.",
        labels=["state"],
    )
    for state in _WAITING_EVENTS:
        events.add_metric([state], number(tx, state))
    yield events
    sends = GaugeMetricFamily(
        f"{PREFIX}_sends", f"Sends that have not ended, at most {MOST} each.", labels=["state"]
    )
    for state in LISTED:
        sends.add_metric([state], number(tx, state, send))
    yield sends
    oldest = GaugeMetricFamily(
        f"{PREFIX}_oldest_seconds", "How long the oldest has waited.", labels=["what"]
    )
    came = _first(tx, inbox, inbox.c.received_at, inbox.c.id, _WAITING_EVENTS[:2])
    made = _first(tx, send, send.c.created_at, send.c.created_at, OPEN)
    for what, since in (("event", came), ("send", made)):
        waited = 0.0 if since is None else (now - from_ms(since)).total_seconds()
        oldest.add_metric([what], max(0.0, waited))
    yield oldest


def number(tx: Connection, state: str, table: Any = schema.inbox) -> int:
    """Return how many rows, of the inbox unless said, are in a state, looking at MOST of them."""
    rows = select(literal(1)).select_from(table).where(table.c.state == state).limit(MOST)
    return int(tx.execute(select(f.count()).select_from(rows.subquery())).scalar_one())


def _first(
    tx: Connection, table: Any, column: Any, order: Any, states: Sequence[str]
) -> int | None:
    """Return a column of the first row, by an indexed order, that is in one of these states."""
    found = [
        tx.execute(select(column).where(table.c.state == state).order_by(order).limit(1)).scalar()
        for state in states
    ]
    return min((value for value in found if value is not None), default=None)


def _stopped(tx: Connection) -> Iterator[Metric]:
    """Give which lanes of the Page are stopped, and since when (seconds since 1970)."""
    table = schema.breaker
    stopped = GaugeMetricFamily(
        f"{PREFIX}_breaker_open", "Whether a lane of the Page is stopped.", labels=["lane"]
    )
    since = GaugeMetricFamily(
        f"{PREFIX}_breaker_since_seconds", "When a lane last opened or closed.", labels=["lane"]
    )
    for row in tx.execute(select(table).order_by(table.c.lane)):
        stopped.add_metric([row.lane], int(row.open))
        since.add_metric([row.lane], row.since / 1000)
    yield stopped
    yield since


def _broadcasts(tx: Connection) -> Metric:
    """Give how many broadcasts have not ended; `halted` are those that paused by themselves."""
    table = schema.broadcast
    family = GaugeMetricFamily(
        f"{PREFIX}_broadcasts", "Broadcasts that have not ended.", labels=["state"]
    )
    here = table.c.state.in_((RUNNING, PAUSED))
    halts = table.c.why.isnot(None)
    query = select(table.c.state, halts, f.count()).where(here).group_by(table.c.state, halts)
    found = {(state, bool(by_itself)): n for state, by_itself, n in tx.execute(query)}
    family.add_metric([RUNNING], found.get((RUNNING, False), 0))
    family.add_metric([PAUSED], found.get((PAUSED, False), 0))
    family.add_metric(["halted"], found.get((PAUSED, True), 0))
    return family


def _paced(tx: Connection, now: datetime) -> Iterator[Metric]:
    """Give how fast the Page may send, of the rate that is configured."""
    table = schema.pace
    share = GaugeMetricFamily(
        f"{PREFIX}_pace_share", "The part of the configured rate in force.", labels=["kind"]
    )
    blocked = GaugeMetricFamily(
        f"{PREFIX}_pace_blocked_seconds", "How long the platform still wants none.", labels=["kind"]
    )
    for page in [row.page for row in tx.execute(select(table.c.page).distinct())]:
        for one in pace_rows.standing(tx, page, now):
            share.add_metric([one.kind], one.share / FULL)
            until = one.blocked_until
            left = 0.0 if until is None else max(0.0, (until - now).total_seconds())
            blocked.add_metric([one.kind], left)
    yield share
    yield blocked
