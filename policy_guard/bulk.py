"""Many messages of a broadcast at once: facts, decisions, claims and commits in one transaction.

A message is committed in the transaction that decides on it, so between the two there is no moment
in which a person could have stopped, or an operator paused: what was taken is on its way, what was
not is untouched. A process that is killed leaves at most one batch in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from . import broadcast_rows, journal, people_rows, schema, sends
from .broadcast_rows import DECIDED, FAILED, SKIPPED, Broadcast
from .clock import to_ms
from .decisions import Decision, Refuse, Send
from .guard import Guard, Weighed, Wire
from .people_rows import Who
from .sends import CANCELLED, JSON, READY, SENDING, SENT, Outgoing, PartRow, SendRow
from .sql_store import hold
from .vocabulary import Message

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

    *looked* is how many recipients were looked at, *last* the last of them; *stopped* tells that
    the broadcast is paused or cancelled.
    """

    wires: tuple[Wire, ...] = ()
    looked: int = 0
    last: str = ""
    stopped: bool = False


class Bulk:
    """The guard's way of deciding on many; a method is a transaction."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

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

        What was held and has come due goes first; then recipients after the person *after*.
        """
        with self.guard.store.write() as tx:
            now = self.guard.clock.now()
            self._settle(tx, broadcast.page, arrived, now)
            if not broadcast_rows.may_send(tx, broadcast.id, lock=True):
                return Taken(stopped=True)
            due = broadcast_rows.due(tx, broadcast.id, now, most)
            psids = broadcast_rows.take_waiting(tx, broadcast.id, after, most - len(due))
            people = sorted({*psids, *broadcast_rows.whose(tx, due)})
            hold(tx, *(Who(broadcast.page, psid) for psid in people))
            wires = self._again(tx, due, now)
            if psids:
                wires += self._decide(tx, broadcast, psids, compose, now)
            return Taken(tuple(wires), len(due) + len(psids), psids[-1] if psids else after)

    def settle(self, page: str, arrived: Sequence[Arrived]) -> None:
        """Write down what arrived to people of a Page, where nothing more is to be taken."""
        if arrived:
            with self.guard.store.write() as tx:
                self._settle(tx, page, arrived, self.guard.clock.now())

    def sweep(self, broadcast: Broadcast) -> int:
        """Cancel what waits of a cancelled broadcast, some of it at a time; 0 at the end."""
        with self.guard.store.write() as tx:
            now = self.guard.clock.now()
            swept = broadcast_rows.sweep(tx, broadcast)
            if swept:
                return swept
            ids = broadcast_rows.waiting_sends(tx, broadcast.id)
            for send_id in ids:
                row = sends.get(tx, send_id)
                hold(tx, row.who)
                people_rows.release_claim(tx, send_id, token_unused=True)  # nothing of it has left
                sends.drop_rest(tx, send_id)
                sends.set_state(tx, send_id, CANCELLED)
                journal.write(tx, now, row.who, CANCELLED, send_id, broadcast=broadcast.id)
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

    def _again(self, tx: Connection, ids: Sequence[str], now: datetime) -> list[Wire]:
        """Ask again about what was held or put off, and commit what may leave."""
        wires = []
        for send_id in ids:
            row = sends.get(tx, send_id)
            self.guard.ask_again(tx, row, "its moment came", now)
            row = sends.get(tx, send_id)
            if row.state != READY:
                continue
            part = sends.parts(tx, send_id)[0]
            sends.move_part(tx, part, SENDING, now)
            token = people_rows.token_wire(tx, row.token_id) if row.token_id else None
            wires.append(self.guard.wire(row, part, token))
        return wires

    def _decide(
        self,
        tx: Connection,
        broadcast: Broadcast,
        psids: Sequence[str],
        compose: Compose,
        now: datetime,
    ) -> list[Wire]:
        asking = list(psids)
        if broadcast.asked_once:
            wishing = broadcast_rows.wishes_of(tx, broadcast, psids)
            asking = [psid for psid in psids if psid in wishing]
            gone = {psid: NOT_ASKED for psid in psids if psid not in wishing}
            broadcast_rows.set_aside(tx, broadcast.id, SKIPPED, gone)
        said, failed = self._said(tx, broadcast, asking, compose)
        broadcast_rows.set_aside(tx, broadcast.id, FAILED, failed)
        if not said:
            return []
        weighed = self._weighed(tx, broadcast, said, now)
        busy = _with_open_sends(tx, broadcast.page, list(said))
        batch = _Batch(broadcast, now)
        for psid, words in said.items():
            batch.add(psid, words, weighed[psid], leaves=psid not in busy)
        return batch.write(tx, self.guard)

    def _said(
        self, tx: Connection, broadcast: Broadcast, psids: Sequence[str], compose: Compose
    ) -> tuple[dict[str, Words], dict[str, str]]:
        """Return what is said to each, and why nothing can be said to the others."""
        if not psids:
            return {}, {}
        languages = people_rows.languages(tx, broadcast.page, psids)
        words = {psid: compose(languages.get(psid)) for psid in psids}
        failed = {psid: said for psid, said in words.items() if isinstance(said, str)}
        return {p: said for p, said in words.items() if not isinstance(said, str)}, failed

    def _weighed(
        self, tx: Connection, broadcast: Broadcast, said: Mapping[str, Words], now: datetime
    ) -> dict[str, Weighed]:
        fitted: dict[int, Message] = {}
        for words in said.values():
            if words.wording not in fitted:
                fitted[words.wording] = self.guard.as_its_type(
                    words.message, has_template=words.utility is not None
                )
        messages = {psid: fitted[words.wording] for psid, words in said.items()}
        return self.guard.weigh_many(tx, broadcast.page, messages, now)

    def _settle(self, tx: Connection, page: str, arrived: Sequence[Arrived], now: datetime) -> None:
        """Write down arrivals; what its echo told before, or was erased since, stays as it is."""
        if not arrived:
            return
        hold(tx, *(Who(page, psid) for psid in sorted({each.wire.psid for each in arrived})))
        part, send = schema.part, schema.send
        by_key = {each.wire.part.echo_key: each for each in arrived}
        query = select(part.c.echo_key).where(
            part.c.echo_key.in_(list(by_key)), part.c.state == SENDING
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
        ids = [each.wire.part.send_id for each in still if each.wire.last]
        if ids:
            tx.execute(
                update(send).where(send.c.id.in_(ids), send.c.state == SENDING).values(state=SENT)
            )
            people_rows.fulfil_claims(tx, ids, now)
        for each in still:
            if not each.wire.last:  # the rest of it leaves now, message by message
                sends.set_state(tx, each.wire.part.send_id, READY)
        # whose they are is read again: who was forgotten since is named in no line
        query = select(send.c.id, send.c.page, send.c.psid)
        sent = [each.wire.part.send_id for each in still]
        whose = {r.id: Who(r.page, r.psid) for r in tx.execute(query.where(send.c.id.in_(sent)))}
        lines = []
        for each in still:
            part_row = each.wire.part
            said = {"part": part_row.n, "mid": each.mid, "told_by": "answered"}
            who = whose[part_row.send_id]
            lines.append(journal.line(now, who, "sent", part_row.send_id, said))
        journal.write_all(tx, lines)


class _Batch:
    """The rows that a batch of decisions becomes."""

    def __init__(self, broadcast: Broadcast, now: datetime) -> None:
        self._broadcast = broadcast
        self._now = now
        self._rows: list[dict[str, Any]] = []
        self._parts: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._wires: list[tuple[dict[str, Any], dict[str, Any], int, Send]] = []
        self._spent: dict[str, str] = {}
        self._claims: dict[str, str] = {}

    def add(self, psid: str, words: Words, weighed: Weighed, *, leaves: bool) -> None:
        """Take a decision; with *leaves* its message is committed, else it waits in line."""
        decision, now = weighed.decision, self._now
        who = Who(self._broadcast.page, psid)
        row = self._row(who, words, decision)
        if isinstance(decision, Send):
            bodies = sends.bodies_on(decision.ground, words.parts, words.single, words.utility)
            parts = [sends.new_part(row["id"], n, body) for n, body in enumerate(bodies)]
            if leaves:
                row["state"] = parts[0]["state"] = SENDING
                self._wires.append((row, parts[0], len(parts), decision))
            for part in parts:
                part["at"] = to_ms(now)
            self._parts += parts
            if words.message.proactive and self._broadcast.asked_once:
                self._claims[psid] = row["id"]
            if decision.token_id is not None:
                self._spent[decision.token_id] = row["id"]
        self._rows.append(row)
        told = {**json.loads(row["decision"]), "regions": weighed.regions}
        told["broadcast"] = self._broadcast.id
        self._lines.append(journal.line(now, who, "decided", row["id"], told))

    def write(self, tx: Connection, guard: Guard) -> list[Wire]:
        """Write everything; returns what may leave once the transaction is committed."""
        number, page = self._broadcast.id, self._broadcast.page
        tx.execute(insert(schema.send), self._rows)
        if self._parts:
            tx.execute(insert(schema.part), self._parts)
        if self._claims:
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
                part=_part_of(part),
                psid=row["psid"],
                ground=decision.ground,
                topic=tokens[decision.token_id][0] if decision.token_id else None,
                token=tokens[decision.token_id][1] if decision.token_id else None,
                messaging_type=decision.messaging_type,
                tag=decision.tag,
                notification_type=decision.notification_type,
                attempts=0,
                last=number_of == 1,
            )
            for row, part, number_of, decision in self._wires
        ]

    def _row(self, who: Who, words: Words, decision: Decision) -> dict[str, Any]:
        out = Outgoing(
            who=who,
            turn_key=self._broadcast.turn_key(who.psid),
            ordinal=0,
            message=words.message,
            parts=words.parts,
            single=words.single,
            utility=words.utility,
            text=words.text,
            response=self._broadcast.response,
            broadcast=self._broadcast.id,
            wording=words.wording,
        )
        row = sends.new_row(out, decision, self._now)
        row["to_remember"] = None if isinstance(decision, Refuse) else True
        return row


def _part_of(row: Mapping[str, Any]) -> PartRow:
    body = json.loads(row["body"])
    return PartRow(row["send_id"], row["n"], body, row["state"], row["echo_key"], None, None)


def _with_open_sends(tx: Connection, page: str, psids: Sequence[str]) -> set[str]:
    """Return who has a message that is to leave before: theirs leave in order."""
    table = schema.send
    query = select(table.c.psid).where(
        table.c.page == page, table.c.psid.in_(psids), table.c.state.in_((READY, SENDING))
    )
    return set(tx.execute(query).scalars())


def remembered_later(tx: Connection, who: Who) -> list[SendRow]:
    """Return what left to a person by broadcasts that their conversation does not hold yet."""
    table = schema.send
    query = (
        select(table.c.id)
        .where(
            table.c.page == who.page,
            table.c.psid == who.psid,
            table.c.to_remember.isnot(None),
            table.c.state.in_((SENDING, SENT, sends.UNKNOWN)),
        )
        .order_by(table.c.decided_at, table.c.id)
    )
    return [sends.get(tx, send_id) for send_id in tx.execute(query).scalars()]


def mark_remembered(tx: Connection, ids: Sequence[str]) -> None:
    """Keep that a conversation holds these now."""
    table = schema.send
    tx.execute(update(table).where(table.c.id.in_(ids)).values(to_remember=None))
