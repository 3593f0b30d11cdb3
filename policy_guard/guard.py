"""The shell around the decision: facts, decision, claim and journal in one transaction.

What came of a message is the other half, in `outcomes`.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from . import (
    breaker_rows,
    broadcast_rows,
    journal,
    leases,
    pace_rows,
    people_rows,
    proofread,
    sends,
    template_rows,
    thread_rows,
)
from .accounts import accounted
from .breaker_rows import EVERYTHING, PAGE, Breaker
from .broadcast_rows import Broadcast
from .catalogue import Catalogue
from .clock import Clock, to_ms
from .decide import decide
from .decisions import Decision, Finding, Hold, Refuse, Send, Whose
from .delivery import Delivery
from .edition import Edition, Editions, known
from .errors import EditionError, GuardError
from .lint.send_time import SentFinding
from .outcomes import Outcomes, Refusal
from .pace import kind_of
from .pace_rows import PaceNow
from .people_rows import Who
from .proofread import Proofreader
from .send_states import (
    CANCELLED,
    CLAIMED,
    COMMITTED,
    DROPPED,
    EXPIRED,
    HELD,
    LIVE,
    READY,
    SUPERSEDED,
)
from .sends import Claim, Outgoing, PartRow, SendRow
from .sentences import plain
from .sql_store import SqlStore
from .thread_rows import Thread
from .vocabulary import RECURRING_REQUEST, Author, Message, Page, Person, Question, Settings

#: A decision older than this (seconds) is asked again before the first byte leaves.
STALE_AFTER = timedelta(seconds=60)
#: How soon to look again whether the person's earlier message, which another worker has, is out.
_LOOK_AGAIN = timedelta(milliseconds=100)
_MOST_DUE = 100  # rows that one look at what is due takes up
_UNREADABLE = (ValueError, KeyError, OverflowError)

__all__ = ["Guard", "Later", "Refusal", "Standing", "Wire"]


@dataclass(frozen=True)
class Wire:
    """What the platform is to be told with one message; the recipient's token stays out of logs."""

    part: PartRow
    psid: str
    ground: str | None
    topic: str | None  # of the token: what it was given for
    token: str | None
    messaging_type: str | None
    tag: str | None
    notification_type: str | None
    attempts: int  # tries before this one
    lane: str
    last: bool = True  # no further message of its row comes after it
    claims: bool = True  # its arrival may fulfil what the person asked for

    def __repr__(self) -> str:
        return f"Wire(part={self.part.echo_key}, ground={self.ground})"


@dataclass(frozen=True)
class Later:
    """A message has to wait, until a moment (UTC) at which it is worth asking again.

    *why* is `pace`, `put_off`, `earlier` (the person's earlier message goes first) or `breaker`.
    """

    until: datetime
    why: str
    lane: str


@dataclass(frozen=True)
class Standing:
    """How delivery stands: rows by state, what is stopped, the pace of each kind of message.

    *halted* are the broadcasts that have paused by themselves.
    """

    rows: Mapping[str, int]
    stopped: tuple[Breaker, ...]
    pace: tuple[PaceNow, ...]
    halted: tuple[Broadcast, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "outbox": dict(self.rows),
            "stopped": [one.as_dict() for one in self.stopped],
            "pace": [one.as_dict() for one in self.pace],
            "halted": [{"broadcast": one.id, "why": one.why} for one in self.halted],
        }

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return a sentence for everything that is not as it should be."""
        return (
            *(f"`{one.lane}` is stopped by {one.by}: {one.why}" for one in self.stopped),
            *(one.says for one in self.pace if one.says),
            *(f"broadcast `{one.id}` has paused by itself: {one.why}" for one in self.halted),
        )


class _NotYetError(Exception):
    """Ends a transaction that would have committed a message too early."""

    def __init__(self, later: Later) -> None:
        super().__init__(later.why)
        self.later = later


@dataclass(frozen=True)
class Weighed:
    """A decision with the two sides that it was made for."""

    decision: Decision
    page: Page
    person: Person
    stops: Collection[str] = ()  # what the platform has stopped of the Page, of everything too

    @property
    def regions(self) -> dict[str, str]:
        """Return which regions the decision rests on, and where the person's comes from."""
        told, taken = self.person.region, self.page.default_person_region
        source = "the person" if told else "the settings" if taken else "the Page"
        here = self.page.region
        return {"page": here, "person": told or taken or here, "told_by": source}


class Guard(Outcomes):
    """Answers whether a message may leave, and keeps the answer; a method is a transaction.

    *worker* names who claims what is decided here: one process, or one of its parts.
    """

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        page: Page,
        settings: Settings,
        catalogue: Catalogue,
        editions: Editions | None = None,
        delivery: Delivery | None = None,
        worker: str | None = None,
        proofreader: Proofreader | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.page = page
        self.settings = settings
        self.catalogue = catalogue
        self.editions = editions or known()
        self.delivery = delivery or Delivery()
        self.worker = worker or f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.proofreader = proofreader or Proofreader()

    # -- asking ------------------------------------------------------------------------------

    def ask(self, who: Who, message: Message, at: datetime | None = None) -> Decision:
        """Answer without writing anything."""
        with self.store.read() as tx:
            return self._weigh(tx, who, message, at or self.clock.now()).decision

    def authorize(self, out: Outgoing) -> tuple[SendRow, bool]:
        """Decide on a response, claim what pays for it and write it down; True where it is new.

        A turn that runs again finds what it decided before and decides nothing twice.
        """
        seen = self.proofreader.read(out)  # before the store is locked
        with self.store.write(out.who) as tx:
            before = sends.of_turn(tx, out.turn_key, out.ordinal)
            if before is not None:
                return before, False
            now = self.clock.now()
            asked, weighed = self._decide(tx, out, seen, now)
            row, _ = sends.enter(tx, asked, weighed.decision, now, self._claims_it(tx))
            self._account(tx, row, weighed, seen, now)
            return row, True

    def authorize_and_begin(self, out: Outgoing) -> tuple[SendRow, bool, Wire | None]:
        """Decide as `authorize` does, and take the first message for sending where nothing waits.

        Then nothing can change between the decision and the commit, and it costs one transaction
        less. Where anything is in the way (an earlier message, something stopped, the pace) the
        response is only decided on, and `begin` takes it later.
        """
        seen = self.proofreader.read(out)  # before the store is locked
        try:
            with self.store.write(out.who) as tx:
                before = sends.of_turn(tx, out.turn_key, out.ordinal)
                if before is not None:
                    return before, False, None
                now = self.clock.now()
                asked, weighed = self._decide(tx, out, seen, now)
                at_once = self._goes_at_once(tx, asked, weighed)
                moment = self.store.moment(tx)
                claim = Claim(self.worker, moment + leases.LEASE)
                row, parts = sends.enter(tx, asked, weighed.decision, now, claim, begun=at_once)
                self._account(tx, row, weighed, seen, now)
                if not at_once:
                    return row, True, None
                wire = self._wire(tx, row, parts[0])
                self._debit(tx, row, parts[0], now, moment)
                return row, True, wire
        except _NotYetError:  # with it the whole transaction is undone
            return (*self.authorize(out), None)

    def _decide(
        self, tx: Connection, out: Outgoing, seen: Sequence[SentFinding], now: datetime
    ) -> tuple[Outgoing, Weighed]:
        """Decide on a response, whose declaration the store and its words add to."""
        message = replace(self._in_turn(tx, out), promotional=proofread.promotional(seen))
        return replace(out, message=message), self._weigh(tx, out.who, message, now)

    def _goes_at_once(self, tx: Connection, out: Outgoing, weighed: Weighed) -> bool:
        """Tell whether a response may be committed as it is decided on: nothing stands before it.

        What is stopped of everything is not the decision's business, but that of whoever tries it.
        """
        if not isinstance(weighed.decision, Send) or weighed.stops or out.lane != LIVE:
            return False
        return not sends.anything_open(tx, out.who)

    def _account(
        self,
        tx: Connection,
        row: SendRow,
        weighed: Weighed,
        seen: Sequence[SentFinding],
        now: datetime,
    ) -> None:
        """Let a new row claim what pays for it, and write down why it was decided as it was."""
        self._claim(tx, row, weighed.decision, now)
        where = weighed.regions
        journal.write(tx, now, row.who, "decided", row.id, **row.decision, regions=where)
        if seen:
            found = proofread.as_data(seen)
            journal.write(tx, now, row.who, journal.FINDING, row.id, found=found)

    def refuse(self, out: Outgoing, rule: str, said: str) -> SendRow:
        """Write down a response that cannot even be asked about, such as one declared wrongly."""
        with self.store.write(out.who) as tx:
            before = sends.of_turn(tx, out.turn_key, out.ordinal)
            if before is not None:
                return before
            now = self.clock.now()
            decision = Refuse(Finding(rule, plain(said), Whose.OURS), edition="none")
            row, _ = sends.enter(tx, out, decision, now)
            journal.write(tx, now, out.who, "decided", row.id, **row.decision)
            return row

    def reconsider(self, send_id: str, why: str) -> SendRow:
        """Ask again about a response that waits, with the facts and the edition of now."""
        with self.store.write() as tx:
            row = sends.held(tx, send_id)
            waiting = sends.parts(tx, send_id)
            untouched = sends.untouched(waiting)
            # what is held has not left, even where the platform has refused a first try of it
            free = row.state == HELD or (untouched and (row.state == READY or self._has(row)))
            if free and _may_go(tx, row):
                self._reconsider(tx, row, why, self.clock.now())
            return sends.get(tx, send_id)

    def approve(self, send_id: str) -> SendRow:
        """Let the words of a held message pass, as somebody has read them, and ask again about it.

        Raises GuardError where it is not held for its words.
        """
        with self.store.write() as tx:
            row, now = sends.held(tx, send_id), self.clock.now()
            if row.state != HELD or row.decision["rule"] != "wording_reads_as_promotion":
                raise GuardError(f"`{send_id}` is {row.state}, and not held for its words")
            passed = replace(row.message, promotional=False)
            sends.declare(tx, row.id, passed)
            journal.write(tx, now, row.who, "approved", row.id)
            self._reconsider(tx, replace(row, message=passed), "somebody approved its words", now)
            return sends.get(tx, send_id)

    def waiting_for(self, who: Who) -> list[SendRow]:
        """Return what is held for a person until they write, in the order in which it was held."""
        with self.store.read() as tx:
            return sends.waiting_for(tx, who)

    def due(self, most: int = _MOST_DUE) -> list[SendRow]:
        """Return what is held and may be asked again, because its moment has come."""
        with self.store.read() as tx:
            return sends.due(tx, self.clock.now(), most)

    def overdue(self, most: int = _MOST_DUE) -> list[SendRow]:
        """Return some of what was held past its last useful moment."""
        with self.store.read() as tx:
            return sends.overdue(tx, self.clock.now(), most)

    def expire(self) -> int:
        """Let go of some of what was held past its last useful moment; returns how many."""
        return sum(self.expire_one(row) for row in self.overdue())

    def expire_one(self, row: SendRow) -> bool:
        """Let go of what was held past its last useful moment; False where it is not any more."""
        with self.store.write(row.who) as tx:
            now, fresh = self.clock.now(), sends.get(tx, row.id)
            if fresh.state != HELD or fresh.expires_at is None or fresh.expires_at > now:
                return False
            self._end(tx, fresh, EXPIRED, "its last useful moment passed", now)
            return True

    def try_again(self) -> list[SendRow]:
        """Let the oldest message that waits for a half-open breaker try; returns what may leave."""
        with self.store.read() as tx:
            now = self.clock.now()
            asked = [
                (page, one)
                for page, one in breaker_rows.all_opened(tx)
                if one.lane not in EVERYTHING and one.half_open(now)
            ]
        return [row for page, one in asked for row in self._trial(page, one)]

    def standing(self, page: str) -> Standing:
        """Return how delivery stands for a Page: what waits, what is stopped, how fast it goes."""
        with self.store.read() as tx:
            now = self.clock.now()
            return Standing(
                sends.counted(tx, page),
                tuple(breaker_rows.opened(tx, page).values()),
                tuple(pace_rows.standing(tx, page, now)),
                tuple(broadcast_rows.halted(tx, page)),
            )

    def silenced(self) -> bool:
        """Tell whether nothing at all may leave, because the platform takes or answers nothing."""
        with self.store.read() as tx:
            return any(one.lane in EVERYTHING for _, one in breaker_rows.all_opened(tx))

    # -- claiming ----------------------------------------------------------------------------

    def claim_due(self, worker: str, most: int, lane: str | None = None) -> list[SendRow]:
        """Take rows that may leave now and that nobody has, or whose worker has ended.

        Live ones come first, one person's in order, and one person's one at a time.
        """
        with self.store.read() as tx:
            if not leases.anything_due(tx, self.clock.now(), self.store.moment(tx)):
                return []
        with self.store.write() as tx:
            moment = self.store.moment(tx)
            claim = Claim(worker, moment + leases.LEASE)
            return leases.claim_due(tx, claim, self.clock.now(), moment, most, lane)

    def renew(self, send_ids: Collection[str]) -> int:
        """Keep what this worker has of these for another lease; returns how many that are."""
        with self.store.write() as tx:
            return leases.renew(tx, self._claims_it(tx), send_ids)

    def release(self) -> int:
        """Let others take at once what this worker has claimed and not committed."""
        with self.store.write() as tx:
            return leases.release(tx, self.worker)

    # -- delivering --------------------------------------------------------------------------

    def begin(self, send_id: str) -> Wire | Later | None:
        """Take the next message of a row for sending, committed before its first byte leaves.

        None where this worker has nothing to send: it is held, over, or another's.
        """
        try:
            with self.store.write() as tx:
                return self._begin(tx, sends.held(tx, send_id), self.clock.now())
        except _NotYetError as wait:
            return wait.later

    def _begin(self, tx: Connection, row: SendRow, now: datetime) -> Wire | Later | None:
        if row.state != READY and not self._has(row):
            return None
        if leases.put_off(row, now) and row.not_before is not None:
            return Later(row.not_before, "put_off", row.lane)
        ahead = sends.older_open(tx, row)
        if ahead is not None:
            until = ahead.not_before if leases.put_off(ahead, now) else None
            return Later(until or now + _LOOK_AGAIN, "earlier", row.lane)
        waiting = sends.parts(tx, row.id)
        # what may have left already is never decided anew: it goes once more as it went, or not
        untouched = sends.untouched(waiting)
        if not untouched and self._stays_in_doubt(tx, row, waiting, now):
            return None
        if untouched and not _may_go(tx, row):  # what has begun is brought to its end
            self._let_go(tx, row, now)
            return None
        if untouched and now >= self.deadline(row):
            people_rows.release_claim(tx, row.id, token_unused=True)
            self._over(tx, row, EXPIRED, "its last useful moment passed", now)
            return None
        stops = breaker_rows.opened(tx, row.who.page)
        probes = (*row.probes, *self._tries(tx, row, stops, now))
        if untouched and self._must_ask_again(tx, row, stops, now):
            self._reconsider(tx, row, "asked again before it left", now)
            row = sends.get(tx, row.id)
            if not self._has(row):
                return None
            waiting = sends.parts(tx, row.id)
        part = sends.commit_part(tx, next(p for p in waiting if p.state == READY), now)
        moment = self.store.moment(tx)
        claim = Claim(self.worker, moment + leases.LEASE)
        taken = {"claimed_by": claim.worker, "lease_until": to_ms(claim.until)}
        taken |= {"not_before": None, "probes": sends.joined(probes)}
        sends.move(tx, row, state=COMMITTED, **taken)
        wire = self._wire(tx, row, part)
        self._debit(tx, row, part, now, moment)
        return wire

    def _let_go(self, tx: Connection, row: SendRow, now: datetime) -> None:
        """Leave a message of a broadcast that is paused to whoever goes on with it.

        What it was let through to try another tries.
        """
        if self._has(row) or row.probes:
            sends.move(tx, row, state=READY, claimed_by=None, lease_until=None, probes=None)
            self._tried_in_vain(tx, row, now)

    def _debit(
        self, tx: Connection, row: SendRow, part: PartRow, now: datetime, moment: datetime
    ) -> None:
        """Take the message from the Page's pace, last of all, since that row is everybody's."""
        kind, pace = kind_of(part.body), self.delivery.pace
        until = pace_rows.debit_thread(tx, row.who, pace, now, moment)
        if until is not None:  # nobody else waits for this person
            raise _NotYetError(Later(until, "thread", row.lane))
        until = pace_rows.debit_page(tx, row.who.page, kind, row.lane, pace, now, moment)
        if until is not None:
            raise _NotYetError(Later(until, "pace", row.lane))

    def _tries(
        self, tx: Connection, row: SendRow, stops: dict[str, Breaker], now: datetime
    ) -> tuple[str, ...]:
        """Return the breakers of everything that this message is let through to try.

        Raises _NotYetError where one is open and another message tries.
        """
        closed = [stops[lane] for lane in EVERYTHING if lane in stops]
        for stop in closed:
            if stop.lane in row.probes:
                continue
            if not (stop.half_open(now) and self._let_through(tx, row, stop, now)):
                until = stop.probe_at or now + breaker_rows.TRIAL
                later = Later(max(until, now + _LOOK_AGAIN), "breaker", row.lane)
                raise _NotYetError(later)
        return tuple(stop.lane for stop in closed)

    def _let_through(self, tx: Connection, row: SendRow, stop: Breaker, now: datetime) -> bool:
        return breaker_rows.let_through(tx, row.who.page, stop.lane, now)

    def _wire(self, tx: Connection, row: SendRow, part: PartRow) -> Wire:
        said = row.decision
        topic, value = None, None
        if row.token_id:
            topic, value = people_rows.token_wire(tx, row.token_id)
        return Wire(
            part,
            row.who.psid,
            row.ground,
            topic,
            value,
            said["messaging_type"],
            said["tag"],
            said["notification_type"],
            part.attempts - 1,
            row.lane,
        )

    # -- inside ------------------------------------------------------------------------------

    def _weigh(
        self,
        tx: Connection,
        who: Who,
        message: Message,
        now: datetime,
        beside: str | None = None,
        trying: Collection[str] = (),
    ) -> Weighed:
        """Read the facts and decide; *beside* is the send that is asked about, if it is known.

        *trying* are breakers that count as closed, because the message is to try them.
        """
        try:
            edition = self.editions.at(now)
        except EditionError:
            return self._out_of_time(now)
        thread = thread_rows.read(tx, who)
        try:
            person: Person | Exception = people_rows.read(
                tx,
                who,
                now,
                self.page.time_zone,
                beside=beside,
                plus_one=edition.plus_one,
                requests_since=_requests_since([message], edition, now),
                thread=thread,
            )
        except _UNREADABLE as problem:
            person = problem
        stops = breaker_rows.opened(tx, who.page)
        page = self._as_it_stands(stops, trying)
        page = self._to_person(tx, who.page, page, message, thread, {})
        return replace(self._answer(now, message, person, page, edition), stops=stops)

    def weigh_many(
        self, tx: Connection, page_id: str, messages: Mapping[str, Message], now: datetime
    ) -> dict[str, Weighed]:
        """Read the facts of many people, each to be sent one message, and decide for each."""
        try:
            edition = self.editions.at(now)
        except EditionError:
            return dict.fromkeys(messages, self._out_of_time(now))
        psids, zone = list(messages), self.page.time_zone
        threads = thread_rows.read_many(tx, page_id, psids)
        people = people_rows.read_many(
            tx,
            page_id,
            psids,
            now,
            zone,
            plus_one=edition.plus_one,
            requests_since=_requests_since(messages.values(), edition, now),
            threads=threads,
        )
        stands = self._as_it_stands(breaker_rows.opened(tx, page_id), ())
        approvals: dict[tuple[str, str | None], bool] = {}
        found = {}
        for psid, message in messages.items():
            thread = threads.get(psid, Thread())
            page = self._to_person(tx, page_id, stands, message, thread, approvals)
            found[psid] = self._answer(now, message, people[psid], page, edition)
        return found

    def _out_of_time(self, now: datetime) -> Weighed:
        finding = Finding("edition_in_force", self.editions.none_at(now))
        return Weighed(Refuse(finding, edition="none"), self.page, Person())

    def _answer(
        self,
        now: datetime,
        message: Message,
        read: Person | Exception,
        page: Page,
        edition: Edition,
    ) -> Weighed:
        """Decide on what was read; facts that cannot be read are told to the rules as such."""
        unreadable: tuple[str, ...] = () if isinstance(read, Person) else (str(read),)
        person = read if isinstance(read, Person) else Person()
        if message.topic is not None and self.catalogue.type_of(message.topic) is None:
            unreadable = (*unreadable, f"the topic `{message.topic}` is not in alerts.yml")
        question = Question(now, message, person, page, edition, self.settings, unreadable)
        return Weighed(accounted(question, decide(question)), page, person)

    def _as_it_stands(self, opened: Collection[str], trying: Collection[str]) -> Page:
        """Return the Page with what the platform has stopped of it."""
        stops = frozenset(opened) - {*trying, *EVERYTHING}
        if not stops:
            return self.page
        restricted = self.page.restricted or PAGE in stops
        return replace(self.page, restricted=restricted, stopped=stops - {PAGE})

    def _to_person(
        self,
        tx: Connection,
        page_id: str,
        page: Page,
        message: Message,
        thread: Thread,
        approvals: dict[tuple[str, str | None], bool],
    ) -> Page:
        """Return the Page as it is to a person: whose thread it is, what template is approved.

        What was looked up of templates is kept in *approvals*.
        """
        if thread.owner is not None:
            page = replace(page, ours=False)
        name = message.utility_template
        if name is None or name in page.utility_templates:
            return page
        here = (name, message.language)
        if here not in approvals:
            approvals[here] = template_rows.approved(tx, page_id, name, message.language)
        if not approvals[here]:
            return page
        return replace(page, utility_templates=(*page.utility_templates, name))

    def _in_turn(self, tx: Connection, out: Outgoing) -> Message:
        message = replace(
            out.message,
            text=out.text,
            parts=1 if out.single is not None else max(1, len(out.parts)),
            turn_paid=sends.turn_is_paid(tx, out.turn_key),
            confirms_stop=out.message.confirms_stop
            or (out.message.in_turn and people_rows.stopped_in_turn(tx, out.turn_key)),
        )
        return self.as_its_type(message, has_template=out.utility is not None)

    def as_its_type(self, message: Message, *, has_template: bool) -> Message:
        """Return a message with the push and the template that its alert type gives it."""
        kind = self.catalogue.type_of(message.topic) if message.topic else None
        if message.push is None and kind is not None:
            message = replace(message, push=kind.push)
        if not has_template and message.utility_template is None and kind is not None:
            message = replace(message, utility_template=kind.utility_template)
        return message

    def _claim(self, tx: Connection, row: SendRow, decision: Decision, now: datetime) -> None:
        """Let the row claim what the person asked for once, and spend the token that pays."""
        if not isinstance(decision, Send):
            return
        if row.message.proactive and row.message.asked_once and row.message.topic:
            people_rows.claim_topic(tx, row.who, row.message.topic, row.id)
        if decision.token_id is not None and not people_rows.spend_token(
            tx, decision.token_id, row.id, now
        ):
            raise RuntimeError("a token was spent twice inside one write transaction")

    def _reconsider(self, tx: Connection, row: SendRow, why: str, now: datetime) -> None:
        people_rows.release_claim(tx, row.id, token_unused=True)  # nothing of it has left
        if row.expires_at is not None and now >= row.expires_at:
            self._end(tx, row, EXPIRED, "its last useful moment passed", now)
            return
        if row.state == HELD and sends.went_out_since(tx, row):
            said = "the same response has gone out since"
            self._over(tx, row, CANCELLED, said, now, cancelled=SUPERSEDED)
            return
        if row.state == HELD and _left_to_a_person(tx, row):
            said = "a person has answered for the Page since"
            self._over(tx, row, CANCELLED, said, now, cancelled=DROPPED)
            return
        weighed = self._weigh_again(tx, row, now, row.probes)
        fresh = sends.redecide(tx, row, weighed.decision, now, self._claims_it(tx))
        if row.state == HELD and isinstance(weighed.decision, Send):
            fresh = sends.to_the_end(tx, fresh)
        self._claim(tx, fresh, weighed.decision, now)
        where = weighed.regions
        journal.write(
            tx, now, row.who, "asked_again", row.id, why=why, **fresh.decision, regions=where
        )

    def _weigh_again(
        self, tx: Connection, row: SendRow, now: datetime, trying: Collection[str]
    ) -> Weighed:
        message = replace(row.message, turn_paid=sends.turn_is_paid(tx, row.turn_key, row.id))
        return self._weigh(tx, row.who, message, now, beside=row.id, trying=trying)

    def _must_ask_again(
        self, tx: Connection, row: SendRow, stops: Collection[str], now: datetime
    ) -> bool:
        if abs(now - row.decided_at) > STALE_AFTER:  # also where the clock went back
            return True
        if self._is_stopped(row, stops):
            return True
        thread = thread_rows.read(tx, row.who)
        if thread.owner is not None:
            return True
        if row.message.author is Author.BOT and not thread.is_the_bots(now):
            return True
        if not row.message.proactive:
            return False
        try:
            person = people_rows.read(tx, row.who, now, self.page.time_zone)
        except _UNREADABLE:
            return True
        paused = person.paused_until is not None and now < person.paused_until
        topic = row.message.topic
        standing = topic is not None and not row.message.asked_once
        return person.stopped or paused or (standing and topic not in person.alerts)

    def _stays_in_doubt(
        self, tx: Connection, row: SendRow, waiting: Sequence[PartRow], now: datetime
    ) -> bool:
        """Leave an answer in doubt as it is where it may not go once more as it went."""
        again = [part for part in waiting if part.state == READY and part.resent]
        why = self._not_again(tx, row, now) if again else None
        if why is None:
            return False
        sends.cancel_rest(tx, row.id)
        sends.follow(tx, row)
        self._tried_in_vain(tx, row, now)
        journal.write(tx, now, row.who, "unknown", row.id, why=why, resend=False)
        return True

    def _not_again(self, tx: Connection, row: SendRow, now: datetime) -> str | None:
        """Return why an answer in doubt may not go once more, None where it may."""
        if people_rows.read(tx, row.who, now, self.page.time_zone).stopped:
            return "the person wrote STOP"
        if now >= self.deadline(row):
            return "its last useful moment passed"
        decision = self._weigh_again(tx, row, now, row.probes).decision
        if not isinstance(decision, Send) or decision.ground != row.ground:
            return f"it may not go once more: {decision.reason.says}"
        return None

    def _is_stopped(self, row: SendRow, stops: Collection[str]) -> bool:
        """Tell whether the platform has stopped since what the decision rests on."""
        ways = {row.ground, breaker_rows.lane_of(row)}
        if row.message.proactive:
            ways.add(PAGE)
        return any(lane in ways for lane in stops if lane not in row.probes)

    def _trial(self, page: str, stop: Breaker) -> list[SendRow]:
        with self.store.write() as tx:
            now = self.clock.now()
            found = sends.next_to_try(tx, page, stop.lane)
            row = sends.held(tx, found.id) if found is not None else None
            if row is None or row.halted_by != stop.lane or not _may_go(tx, row):
                return []
            if not breaker_rows.let_through(tx, page, stop.lane, now):
                return []
            row = sends.let_try(tx, row, self._tried_with(tx, row, stop.lane, now))
            self._reconsider(tx, row, "it tries whether the platform takes it again", now)
            fresh = sends.get(tx, row.id)
            if fresh.state not in {READY, CLAIMED}:
                self._tried_in_vain(tx, row, now)
                return []
            return [fresh]

    def _tried_with(self, tx: Connection, row: SendRow, lane: str, now: datetime) -> list[str]:
        """Return a breaker with those that stop the same message and are half open too.

        It tries all of them at once: one after the other, each would wait for the other for good.
        """
        stops, tries = breaker_rows.opened(tx, row.who.page), [lane]
        while len(stops) > len(tries):
            decision = self._weigh_again(tx, row, now, tries).decision
            other = sends.halted_by(decision) if isinstance(decision, Hold) else None
            half_open = other in stops and other not in tries and stops[other].half_open(now)
            if other is None or not half_open or not self._let_through(tx, row, stops[other], now):
                break
            tries.append(other)
        return tries

    def _end(self, tx: Connection, row: SendRow, state: str, why: str, now: datetime) -> None:
        people_rows.release_claim(tx, row.id, token_unused=False)
        self._over(tx, row, state, why, now)

    def _has(self, row: SendRow) -> bool:
        return row.state == CLAIMED and row.claimed_by == self.worker

    def _claims_it(self, tx: Connection) -> Claim:
        return Claim(self.worker, self.store.moment(tx) + leases.LEASE)


def _requests_since(
    messages: Iterable[Message], edition: Edition, now: datetime
) -> datetime | None:
    """Return since when (UTC) requests for recurring notifications count, None for no request."""
    asks = any(message.template == RECURRING_REQUEST for message in messages)
    return now - edition.recurring.same_title if asks else None


def _left_to_a_person(tx: Connection, row: SendRow) -> bool:
    """Tell whether an answer of the bot's was held only for a person who has answered since.

    What the person asked has its answer then, and a second one, later, would only confuse.
    """
    rule = row.decision["rule"]
    if row.message.proactive or row.message.author is Author.HUMAN:
        return False
    if rule == "person_answers":  # holds only after a person has written
        return True
    wrote = journal.entries(tx, psid=row.who.psid, what="human_wrote", last=1)
    return rule == "thread_is_ours" and bool(wrote) and wrote[0].at >= row.created_at


def _may_go(tx: Connection, row: SendRow) -> bool:
    """Tell whether nobody has paused or cancelled the broadcast that a row is a message of."""
    return row.broadcast is None or broadcast_rows.may_send(tx, row.broadcast, lock=True)
