"""Many messages of a broadcast at once: facts, decisions, claims and commits in one transaction.

A message is committed in the transaction that decides on it, so between the two there is no moment
in which a person could have stopped, or an operator paused: what was taken is on its way, what was
not is untouched. A process that is killed leaves at most one batch in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.engine import Connection

from . import (
    breaker_rows,
    broadcast_rows,
    journal,
    pace_rows,
    people_rows,
    proofread,
    schema,
    sends,
)
from .breaker_rows import EVERYTHING, Breaker
from .broadcast_rows import DECIDED, FAILED, SKIPPED, Broadcast
from .clock import to_ms
from .decisions import Decision, Refuse, Send, bodies_on
from .guard import Guard, Weighed, Wire
from .pace import UNLIMITED, kind_of
from .people_rows import Who
from .prepared import given, where
from .send_states import BULK, COMMITTED, SENT, UNKNOWN
from .sends import JSON, Claim, Outgoing, PartRow, SendRow
from .sql_store import hold
from .vocabulary import Message

#: Longer than a call to the platform may take: what is on the wire needs no renewal.
LEASE = timedelta(seconds=30)
_MOST_KNOWN = 500  # wordings that are kept
_LOOK_AGAIN = timedelta(milliseconds=500)
NOT_ASKED = "the request was taken back or answered before its turn came"


@dataclass(frozen=True)
class Words:
    """A response as it is said to somebody: *wording* is which of its variations it is."""

    wording: int
    message: Message
    parts: tuple[JSON, ...]
    single: JSON | None
    utility: JSON | None
    text: str
    seen: Any = ()  # what the rules of the linter see in it


#: What is said to who speaks a language, or a sentence why nothing can be.
Compose = Callable[[str | None], Words | str]


@dataclass(frozen=True)
class Arrived:
    """A message that the platform has taken, with the id that it gave it."""

    wire: Wire
    mid: str | None


@dataclass(frozen=True)
class Taken:
    """What is on its way now: its first byte may leave.

    *looked* is how many recipients were looked at, *last* the last of them who is settled;
    *stopped* tells that the broadcast is paused or cancelled; nothing more leaves before
    *wait_until* (UTC): the pace, or the platform, takes no more now.
    """

    wires: tuple[Wire, ...] = ()
    looked: int = 0
    last: str = ""
    stopped: bool = False
    wait_until: datetime | None = None


class Bulk:
    """The guard's way of deciding on many; a method is a transaction."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._known: dict[int, tuple[Words, Words]] = {}

    def take(
        self,
        broadcast: Broadcast,
        compose: Compose,
        most: int,
        *,
        after: str = "",
        arrived: Sequence[Arrived] = (),
    ) -> Taken:
        """Write down what arrived, decide on the next recipients and commit what may leave.

        Looked at are the recipients after the person *after*, in order.
        """
        with self.guard.store.write() as tx:
            now = self.guard.clock.now()
            self._settle(tx, broadcast.page, arrived, now)
            if not broadcast_rows.may_send(tx, broadcast.id, lock=True):
                return Taken(stopped=True)
            stops = breaker_rows.opened(tx, broadcast.page)
            shut = [stops[lane] for lane in EVERYTHING if lane in stops]
            if shut and not self._may_try(tx, broadcast, shut, now):
                return Taken(wait_until=now + _LOOK_AGAIN)
            most = 1 if shut else most
            psids = broadcast_rows.take_waiting(tx, broadcast.id, after, most)
            if not psids:
                return Taken(last=after)
            hold(tx, *(Who(broadcast.page, psid) for psid in psids))
            return self._decide(tx, broadcast, psids, compose, now, leaves=not shut)

    def _may_try(
        self, tx: Connection, broadcast: Broadcast, shut: Sequence[Breaker], now: datetime
    ) -> bool:
        """Tell whether one message may be decided on, to see if the platform takes it again.

        It stands in line as any other, where who is let through to try is settled.
        """
        return all(one.half_open(now) for one in shut) and not broadcast_rows.has_open(
            tx, broadcast.id
        )

    def settle(self, page: str, arrived: Sequence[Arrived]) -> None:
        """Write down what arrived to people of a Page, where nothing more is to be taken."""
        if arrived:
            with self.guard.store.write() as tx:
                self._settle(tx, page, arrived, self.guard.clock.now())

    def sweep(self, broadcast: Broadcast) -> int:
        """Cancel some of what waits of a cancelled broadcast; returns how much that was."""
        with self.guard.store.write() as tx:
            now = self.guard.clock.now()
            swept = broadcast_rows.sweep(tx, broadcast)
            if swept:
                return swept
            ids = broadcast_rows.waiting_sends(tx, broadcast.id)
            for send_id in ids:
                self.guard.cancel(tx, send_id, f"broadcast {broadcast.id}", now)
            if not ids:
                broadcast_rows.swept(tx, broadcast.id, now)
            return len(ids)

    def forecast(
        self, broadcast: Broadcast, compose: Compose, after: str, most: int
    ) -> tuple[list[Decision | str], str]:
        """Decide for the next people a broadcast would be for, writing nothing; and who was last.

        A sentence stands for who could be told nothing. An empty list is the end.
        """
        with self.guard.store.read() as tx:
            psids = broadcast_rows.asked_by(tx, broadcast, after, most)
            if not psids:
                return [], after
            said, failed = self._said(tx, broadcast, psids, compose)
            weighed = self._weighed(tx, broadcast, said, self.guard.clock.now())
            answers = [failed[p] if p in failed else weighed[p].decision for p in psids]
            return answers, psids[-1]

    # -- inside ------------------------------------------------------------------------------

    def _decide(
        self,
        tx: Connection,
        broadcast: Broadcast,
        psids: Sequence[str],
        compose: Compose,
        now: datetime,
        *,
        leaves: bool,
    ) -> Taken:
        asking = list(psids)
        if broadcast.asked_once:
            wishing = broadcast_rows.wishes_of(tx, broadcast, psids)
            asking = [psid for psid in psids if psid in wishing]
            gone = {psid: NOT_ASKED for psid in psids if psid not in wishing}
            broadcast_rows.set_aside(tx, broadcast.id, SKIPPED, gone)
        said, failed = self._said(tx, broadcast, asking, compose)
        broadcast_rows.set_aside(tx, broadcast.id, FAILED, failed)
        if not said:
            return Taken((), len(psids), psids[-1])
        weighed = self._weighed(tx, broadcast, said, now)
        before, busy = _numbers(tx, broadcast.page, list(said))
        moment = self.guard.store.moment(tx)
        batch = _Batch(broadcast, now, Claim(self.guard.worker, moment + LEASE))
        later, last = None, psids[-1]
        for psid, words in said.items():
            goes = leaves and psid not in busy and isinstance(weighed[psid].decision, Send)
            who = Who(broadcast.page, psid)
            if goes and (later := self._debit(tx, who, words, now, moment)):
                # whoever comes after this one waits with it, untouched
                last = _before(psids, psid)
                break
            batch.add(psid, words, weighed[psid], before.get(psid, 0) + 1, leaves=goes)
        return Taken(tuple(batch.write(tx)), len(psids), last, wait_until=later)

    def _debit(
        self, tx: Connection, who: Who, words: Words, now: datetime, moment: datetime
    ) -> datetime | None:
        """Take a message from the Page's pace; returns from when on to ask again, if it lacks."""
        pace = self.guard.delivery.pace
        if pace == UNLIMITED:
            return None
        part = tx.begin_nested()
        later = pace_rows.debit(tx, who, kind_of(words.parts[0]), BULK, pace, now, moment)
        if later is None:
            part.commit()
        else:
            part.rollback()
        return later

    def _said(
        self, tx: Connection, broadcast: Broadcast, psids: Sequence[str], compose: Compose
    ) -> tuple[dict[str, Words], dict[str, str]]:
        """Return what is said to each, and why nothing can be said to the others."""
        if not psids:
            return {}, {}
        languages = people_rows.languages(tx, broadcast.page, psids)
        words = {psid: compose(languages.get(psid)) for psid in psids}
        failed = {psid: said for psid, said in words.items() if isinstance(said, str)}
        told = {p: self._fitted(broadcast, w) for p, w in words.items() if isinstance(w, Words)}
        return told, failed

    def _fitted(self, broadcast: Broadcast, words: Words) -> Words:
        """Return words as the guard is asked about them, looked at once for all who are told."""
        found = self._known.get(id(words))
        if found is not None:
            return found[1]
        seen = self.guard.proofreader.read(
            Outgoing(
                Who(broadcast.page, ""),
                "",
                0,
                words.message,
                words.parts,
                words.single,
                words.utility,
                words.text,
                broadcast.response,
            )
        )
        message = self.guard.as_its_type(words.message, has_template=words.utility is not None)
        message = replace(message, promotional=proofread.promotional(seen))
        fitted = replace(words, message=message, seen=proofread.as_data(seen))
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known[id(words)] = (words, fitted)  # kept with it, so that its id stays its own
        return fitted

    def _weighed(
        self, tx: Connection, broadcast: Broadcast, said: Mapping[str, Words], now: datetime
    ) -> dict[str, Weighed]:
        messages = {psid: words.message for psid, words in said.items()}
        return self.guard.weigh_many(tx, broadcast.page, messages, now)

    def _settle(self, tx: Connection, page: str, arrived: Sequence[Arrived], now: datetime) -> None:
        """Write down arrivals; what its echo told before, or was erased since, stays as it is."""
        if not arrived:
            return
        hold(tx, *(Who(page, psid) for psid in sorted({each.wire.psid for each in arrived})))
        part, send = schema.part, schema.send
        by_key = {each.wire.part.echo_key: each for each in arrived}
        query = select(part.c.echo_key).where(
            part.c.echo_key.in_(list(by_key)), part.c.state.in_((COMMITTED, UNKNOWN))
        )
        still = [by_key[key] for key in tx.execute(query).scalars()]
        if not still:
            return
        moved = (
            update(part)
            .where(part.c.send_id == bindparam("a_send"), part.c.n == bindparam("a_n"))
            .values(state=SENT, at=to_ms(now), mid=bindparam("a_mid"))
        )
        tx.execute(
            moved,
            [
                {"a_send": each.wire.part.send_id, "a_n": each.wire.part.n, "a_mid": each.mid}
                for each in still
            ],
        )
        ids = [each.wire.part.send_id for each in still]
        values = {"claimed_by": None, "lease_until": None, "not_before": None, "probes": None}
        here = and_(send.c.id.in_(ids), send.c.state.in_((COMMITTED, UNKNOWN)))
        tx.execute(update(send).where(here).values(state=SENT, **values))
        paying = [e.wire.part.send_id for e in still if e.wire.claims]
        if paying:
            people_rows.fulfil_claims(tx, paying, now)
        # whose they are is read again: who was forgotten since is named in no line
        query = select(send.c.id, send.c.page, send.c.psid)
        whose = {r.id: Who(r.page, r.psid) for r in tx.execute(query.where(send.c.id.in_(ids)))}
        lines = []
        for each in still:
            part_row = each.wire.part
            said = {"part": part_row.n, "mid": each.mid, "told_by": "answered"}
            who = whose[part_row.send_id]
            lines.append(journal.line(now, who, "sent", part_row.send_id, said))
        journal.write_all(tx, lines)


class _Batch:
    """The rows that a batch of decisions becomes."""

    def __init__(self, broadcast: Broadcast, now: datetime, claim: Claim) -> None:
        self._broadcast = broadcast
        self._now = now
        self._claim = claim
        self._rows: list[dict[str, Any]] = []
        self._parts: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._leaving: list[tuple[dict[str, Any], dict[str, Any], int, Send]] = []
        self._same: dict[int, dict[str, Any]] = {}  # what rows with the same words share
        self._spent: dict[str, str] = {}
        self._claims: dict[str, str] = {}

    def add(self, psid: str, words: Words, weighed: Weighed, number: int, *, leaves: bool) -> None:
        """Take a decision in, as the person's message of this *number*.

        With *leaves* its message is committed, else it waits in line.
        """
        decision, now = weighed.decision, self._now
        who = Who(self._broadcast.page, psid)
        row = {**self._row(who, words, decision), "seq": number}
        if isinstance(decision, Send):
            bodies = bodies_on(decision.ground, words.parts, words.single, words.utility)
            parts = [sends.new_part(row["id"], n, body) for n, body in enumerate(bodies)]
            for part in parts:
                part.update(at=None, committed_at=None)
            if leaves:
                row["state"] = COMMITTED
                row["claimed_by"] = self._claim.worker
                row["lease_until"] = to_ms(self._claim.until)
                parts[0].update(state=COMMITTED, at=to_ms(now), committed_at=to_ms(now), attempts=1)
                self._leaving.append((row, parts[0], len(parts), decision))
            self._parts += parts
            if words.message.proactive and self._broadcast.asked_once:
                self._claims[psid] = row["id"]
            if decision.token_id is not None:
                self._spent[decision.token_id] = row["id"]
        self._rows.append(row)
        beside = json.dumps({"regions": weighed.regions, "broadcast": self._broadcast.id})
        told = f"{row['decision'][:-1]}, {beside[1:]}"  # written once, not read and written again
        self._lines.append(journal.written(now, who, "decided", row["id"], told))
        if words.seen:
            found = {"found": words.seen}
            self._lines.append(journal.line(now, who, journal.FINDING, row["id"], found))

    def write(self, tx: Connection) -> list[Wire]:
        """Write everything; returns what may leave once the transaction is committed."""
        if not self._rows:
            return []
        number, page = self._broadcast.id, self._broadcast.page
        tx.execute(insert(schema.send), self._rows)
        if self._parts:
            tx.execute(insert(schema.part), self._parts)
        people_rows.claim_topics(tx, page, self._broadcast.topic, self._claims)
        people_rows.spend_tokens(tx, self._spent, self._now)
        journal.write_all(tx, self._lines)
        table = schema.recipient
        decided = (
            update(table)
            .where(table.c.broadcast == number, table.c.psid == bindparam("a_psid"))
            .values(state=DECIDED, send_id=bindparam("a_send"))
        )
        tx.execute(decided, [{"a_psid": r["psid"], "a_send": r["id"]} for r in self._rows])
        tokens = people_rows.token_wires(tx, list(self._spent))
        return [
            Wire(
                part=_part_of(part, self._now),
                psid=row["psid"],
                ground=decision.ground,
                topic=tokens[decision.token_id][0] if decision.token_id else None,
                token=tokens[decision.token_id][1] if decision.token_id else None,
                messaging_type=decision.messaging_type,
                tag=decision.tag,
                notification_type=decision.notification_type,
                attempts=0,
                lane=BULK,
                last=parts == 1,
                claims=decision.token_id is not None or row["psid"] in self._claims,
            )
            for row, part, parts, decision in self._leaving
        ]

    def _row(self, who: Who, words: Words, decision: Decision) -> dict[str, Any]:
        same = self._same.get(id(words))
        if same is None:
            out = Outgoing(
                who=who,
                turn_key="",
                ordinal=0,
                message=words.message,
                parts=words.parts,
                single=words.single,
                utility=words.utility,
                text=words.text,
                response=self._broadcast.response,
                lane=BULK,
                broadcast=self._broadcast.id,
                wording=words.wording,
            )
            same = self._same[id(words)] = sends.asked(out, self._now)
        return {
            **same,
            "id": sends.new_id(),
            "psid": who.psid,
            "turn_key": self._broadcast.turn_key(who.psid),
            "to_remember": None if isinstance(decision, Refuse) else True,
            **sends.decided(decision, self._now, None),
        }


def _before(psids: Sequence[str], psid: str) -> str:
    """Return who stands before a person, after whom to look again; the start if nobody does."""
    place = psids.index(psid)
    return psids[place - 1] if place else ""


def _part_of(row: Mapping[str, Any], now: datetime) -> PartRow:
    return PartRow(
        send_id=row["send_id"],
        n=row["n"],
        body=json.loads(row["body"]),
        state=row["state"],
        echo_key=row["echo_key"],
        mid=None,
        error=None,
        committed_at=now,
        attempts=row["attempts"],
        resent=False,
    )


def _numbers(tx: Connection, page: str, psids: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """Return the number of each person's last message, and who has one still on its way out."""
    table = schema.send
    mine = and_(table.c.page == page, table.c.psid.in_(psids))
    last = select(table.c.psid, func.max(table.c.seq)).where(mine).group_by(table.c.psid)
    open_ones = select(table.c.psid).where(mine, sends.ahead())
    numbers = {psid: int(number) for psid, number in tx.execute(last)}
    return numbers, set(tx.execute(open_ones).scalars()) if numbers else set()


def remembered_later(tx: Connection, who: Who) -> list[SendRow]:
    """Return what left to a person by broadcasts that their conversation does not hold yet."""
    found = tx.execute(_to_remember(), given(page=who.page, psid=who.psid)).scalars()
    return [sends.get(tx, send_id) for send_id in found]


@cache
def _to_remember() -> Any:
    table = schema.send
    query = select(table.c.id).where(
        where(table, "page", "psid"),
        table.c.to_remember.isnot(None),
        table.c.state.in_((SENT, UNKNOWN)),
    )
    return query.order_by(table.c.decided_at, table.c.id)


def mark_remembered(tx: Connection, ids: Sequence[str]) -> None:
    """Keep that a conversation holds these now."""
    table = schema.send
    tx.execute(update(table).where(table.c.id.in_(ids)).values(to_remember=None))
