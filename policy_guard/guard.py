"""The shell around the decision: facts, decision, claim and journal in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Connection

from . import broadcast_rows, journal, people_rows, schema, sends, template_rows, thread_rows
from .catalogue import Catalogue
from .clock import Clock, to_ms
from .decide import decide
from .decisions import Decision, Finding, Refuse, Send, Whose
from .edition import Editions, known
from .errors import EditionError
from .people_rows import Who
from .sends import HELD, READY, SENDING, Outgoing, PartRow, SendRow
from .sentences import plain
from .sql_store import SqlStore
from .thread_rows import Thread
from .vocabulary import Author, Message, Page, Person, Question, Settings

#: A decision older than this (seconds) is asked again before the first byte leaves.
STALE_AFTER = timedelta(seconds=60)
_UNREADABLE = (ValueError, KeyError, OverflowError)


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
    last: bool = True  # no further message of its row comes after it

    def __repr__(self) -> str:
        return f"Wire(part={self.part.echo_key}, ground={self.ground})"


@dataclass(frozen=True)
class Refusal:
    """What a definite no of the platform means for the row, as the errors' table says."""

    error: Mapping[str, Any]
    token_unused: bool = False
    person_gone: bool = False
    outside_window: bool = False
    unlawful: bool = False  # it contradicts the guard: a tag, a token, a window
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Weighed:
    """A decision with the two sides that it was made for."""

    decision: Decision
    page: Page
    person: Person

    @property
    def regions(self) -> dict[str, str]:
        """Return which regions the decision rests on, and where the person's comes from."""
        told, taken = self.person.region, self.page.default_person_region
        source = "the person" if told else "the settings" if taken else "the Page"
        here = self.page.region
        return {"page": here, "person": told or taken or here, "told_by": source}


class Guard:
    """Answers whether a message may leave, and keeps the answer; a method is a transaction."""

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        page: Page,
        settings: Settings,
        catalogue: Catalogue,
        editions: Editions | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.page = page
        self.settings = settings
        self.catalogue = catalogue
        self.editions = editions or known()

    # -- asking ------------------------------------------------------------------------------

    def ask(self, who: Who, message: Message, at: datetime | None = None) -> Decision:
        """Answer without writing anything."""
        with self.store.read() as tx:
            return self._weigh(tx, who, message, at or self.clock.now()).decision

    def authorize(self, out: Outgoing) -> tuple[SendRow, bool]:
        """Decide on a response, claim what pays for it and write it down; True where it is new.

        A turn that runs again finds what it decided before and decides nothing twice.
        """
        with self.store.write(out.who) as tx:
            before = sends.of_turn(tx, out.turn_key, out.ordinal)
            if before is not None:
                return before, False
            now = self.clock.now()
            message = self._in_turn(tx, out)
            weighed = self._weigh(tx, out.who, message, now)
            row = sends.enter(tx, replace(out, message=message), weighed.decision, now)
            self._claim(tx, row, weighed.decision, now)
            where = weighed.regions
            journal.write(tx, now, out.who, "decided", row.id, **row.decision, regions=where)
            return row, True

    def refuse(self, out: Outgoing, rule: str, said: str) -> SendRow:
        """Write down a response that cannot even be asked about, such as one declared wrongly."""
        with self.store.write(out.who) as tx:
            before = sends.of_turn(tx, out.turn_key, out.ordinal)
            if before is not None:
                return before
            now = self.clock.now()
            decision = Refuse(Finding(rule, plain(said), Whose.OURS), edition="none")
            row = sends.enter(tx, out, decision, now)
            journal.write(tx, now, out.who, "decided", row.id, **row.decision)
            return row

    def reconsider(self, send_id: str, why: str) -> SendRow:
        """Ask again about a response that waits, with the facts and the edition of now."""
        with self.store.write() as tx:
            row = sends.get(tx, send_id)
            if row.state in {HELD, READY} and _may_go(tx, row):
                self.ask_again(tx, row, why, self.clock.now())
            return sends.get(tx, send_id)

    def waiting_for(self, who: Who) -> list[SendRow]:
        """Return what is held for a person until they write, in the order in which it was held."""
        with self.store.read() as tx:
            return [r for r in sends.listed(tx, states=[HELD], who=who) if r.not_before is None]

    def due(self) -> list[SendRow]:
        """Return what may be asked again or sent now because its moment has come."""
        with self.store.read() as tx:
            now = self.clock.now()
            held = sends.listed(tx, states=[HELD], due=now)
            return held + sends.ready_now(tx, now)

    def expire(self) -> int:
        """Let go of what was held past its last useful moment; returns how many."""
        with self.store.read() as tx:
            if not sends.overdue(tx, self.clock.now()):
                return 0
        with self.store.write() as tx:
            now = self.clock.now()
            rows = sends.overdue(tx, now)
            for row in rows:
                self._end(tx, row, sends.EXPIRED, "its last useful moment passed", now)
            return len(rows)

    # -- delivering --------------------------------------------------------------------------

    def begin(self, send_id: str) -> Wire | None:
        """Take the next message of a row for sending, committed before its first byte leaves.

        None where nothing is to be sent: it waits, was sent, or is no longer wanted.
        """
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.get(tx, send_id)
            if row.state != READY or (row.not_before and row.not_before > now):
                return None
            waiting = sends.parts(tx, send_id)
            untouched = all(p.state == READY for p in waiting)
            if untouched and not _may_go(tx, row):
                return None  # what has begun is brought to its end
            if untouched and self._must_ask_again(tx, row, now):
                self.ask_again(tx, row, "asked again before it left", now)
                row = sends.get(tx, send_id)
                if row.state != READY:
                    return None
                waiting = sends.parts(tx, send_id)
            part = next(p for p in waiting if p.state == READY)
            sends.move_part(tx, part, SENDING, now)
            token = people_rows.token_wire(tx, row.token_id) if row.token_id else None
            return self.wire(row, part, token)

    def wire(self, row: SendRow, part: PartRow, token: tuple[str, str] | None) -> Wire:
        """Return what the platform is to be told; *token*: its topic and what was given for it."""
        topic, value = token or (None, None)
        said = row.decision
        return Wire(
            part,
            row.who.psid,
            row.ground,
            topic,
            value,
            said["messaging_type"],
            said["tag"],
            said["notification_type"],
            row.attempts,
            last=part.n + 1 == len(sends.bodies_of(row)),
        )

    def sent(self, part: PartRow, mid: str | None, how: str = "answered") -> None:
        """Write down that a message arrived; the platform's answer or its echo may tell first."""
        with self.store.write() as tx:
            self.settle_sent(tx, part, mid, how)

    def settle_sent(self, tx: Connection, part: PartRow, mid: str | None, how: str) -> None:
        """Write down an arrival within a transaction that is already open."""
        now = self.clock.now()
        row = sends.get(tx, part.send_id)
        here = next((p for p in sends.parts(tx, part.send_id) if p.n == part.n), None)
        if here is None or here.echo_key != part.echo_key:
            return  # the row was decided anew since; this message is no longer part of it
        if here.state == sends.SENT:
            return
        follows = sends.move_part(tx, here, sends.SENT, now, mid=mid)
        journal.write(tx, now, row.who, "sent", row.id, part=part.n, mid=mid, told_by=how)
        if follows not in {READY, SENDING}:
            people_rows.fulfil_claim(tx, row.id, now)

    def unknown(self, part: PartRow, why: str) -> None:
        """Write down that a message may have left; a single-use permission stays spent."""
        with self.store.write() as tx:
            self._unknown(tx, part, why, self.clock.now())

    def never_left(self, part: PartRow, why: str, retry_at: datetime) -> None:
        """Write down that not a byte left, so the message may be tried again from *retry_at* on."""
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.get(tx, part.send_id)
            self._try_later(tx, row, part, retry_at, now)
            journal.write(tx, now, row.who, "never_left", row.id, part=part.n, why=why)

    def rejected(self, part: PartRow, no: Refusal) -> None:
        """Write down the platform's definite no, and where it contradicts the guard's yes."""
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.get(tx, part.send_id)
            if no.retry_at is not None:
                self._try_later(tx, row, part, no.retry_at, now)
                journal.write(tx, now, row.who, "put_off", row.id, part=part.n, **no.error)
                return
            sends.move_part(tx, part, sends.REJECTED, now, error=no.error)
            sends.drop_rest(tx, row.id)
            sends.set_state(tx, row.id, sends.REJECTED)
            if any(p.state == sends.SENT for p in sends.parts(tx, row.id)):
                people_rows.fulfil_claim(tx, row.id, now)  # part of it arrived: they were told
            else:
                people_rows.release_claim(tx, row.id, token_unused=no.token_unused)
            journal.write(tx, now, row.who, "rejected", row.id, part=part.n, **no.error)
            if no.person_gone:
                people_rows.record_blocked(tx, row.who, now)
            if no.unlawful or no.outside_window:
                self._disagree(tx, row, part, no, now)

    def recover(self) -> int:
        """Turn what was on its way when the process ended into doubts; returns how many.

        A message that may have left is never sent again on its own.
        """
        with self.store.write() as tx:
            hanging = sends.left_hanging(tx)
            now = self.clock.now()
            for part in hanging:
                self._unknown(tx, part, "the process ended while the message was on its way", now)
            return len(hanging)

    # -- inside ------------------------------------------------------------------------------

    def _weigh(
        self,
        tx: Connection,
        who: Who,
        message: Message,
        now: datetime,
        beside: str | None = None,
    ) -> Weighed:
        """Read the facts and decide; *beside* is the send that is asked about, if it is known."""
        besides = (beside,) if beside else ()
        return self.weigh_many(tx, who.page, {who.psid: message}, now, besides)[who.psid]

    def weigh_many(
        self,
        tx: Connection,
        page_id: str,
        messages: Mapping[str, Message],
        now: datetime,
        beside: Collection[str] = (),
    ) -> dict[str, Weighed]:
        """Read the facts of many people, each to be sent one message, and decide for each.

        *beside* are the sends that are asked about, where there are such.
        """
        try:
            edition = self.editions.at(now)
        except EditionError as problem:
            refused = Refuse(Finding("edition_in_force", plain(str(problem))), edition="none")
            return {psid: Weighed(refused, self.page, Person()) for psid in messages}
        threads = thread_rows.read_many(tx, page_id, list(messages))
        people = people_rows.read_many(
            tx,
            page_id,
            list(messages),
            now,
            self.page.time_zone,
            beside=beside,
            plus_one=edition.plus_one,
            threads=threads,
        )
        approvals: dict[tuple[str, str | None], bool] = {}
        found = {}
        for psid, message in messages.items():
            read = people[psid]
            unreadable: tuple[str, ...] = ()
            if isinstance(read, Person):
                person = read
            else:
                person, unreadable = Person(), (str(read),)
            if message.topic is not None and self.catalogue.type_of(message.topic) is None:
                unreadable = (
                    *unreadable,
                    f"the topic `{message.topic}` is not in alerts.yml",
                )
            page = self._page(tx, page_id, message, threads.get(psid), approvals)
            question = Question(now, message, person, page, edition, self.settings, unreadable)
            found[psid] = Weighed(decide(question), page, person)
        return found

    def _page(
        self,
        tx: Connection,
        page_id: str,
        message: Message,
        thread: Thread | None,
        approvals: dict[tuple[str, str | None], bool],
    ) -> Page:
        """Return the Page as it is to this person: whose thread it is, what is approved.

        What was looked up of *approvals* is kept there.
        """
        page, name = self.page, message.utility_template
        if thread is not None and thread.owner is not None:
            page = replace(page, ours=False)
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

    def ask_again(self, tx: Connection, row: SendRow, why: str, now: datetime) -> None:
        """Decide anew on a response that waits, within a transaction that is already open."""
        people_rows.release_claim(tx, row.id, token_unused=True)  # nothing of it has left
        if row.expires_at is not None and now >= row.expires_at:
            self._end(tx, row, sends.EXPIRED, "its last useful moment passed", now)
            return
        if row.state == HELD and sends.went_out_since(tx, row):
            self._end(tx, row, sends.SUPERSEDED, "the same response has gone out since", now)
            return
        message = replace(row.message, turn_paid=sends.turn_is_paid(tx, row.turn_key, row.id))
        weighed = self._weigh(tx, row.who, message, now, beside=row.id)
        fresh = sends.redecide(tx, row, weighed.decision, now)
        self._claim(tx, fresh, weighed.decision, now)
        where = weighed.regions
        journal.write(
            tx, now, row.who, "asked_again", row.id, why=why, **fresh.decision, regions=where
        )

    def _must_ask_again(self, tx: Connection, row: SendRow, now: datetime) -> bool:
        if now - row.decided_at > STALE_AFTER:
            return True
        thread = thread_rows.read(tx, row.who)
        if thread.owner is not None:
            return True
        if row.message.author is Author.BOT and not thread.is_the_bots(now):
            return True
        if not row.message.proactive:
            return False
        try:
            return people_rows.read(tx, row.who, now, self.page.time_zone).stopped
        except _UNREADABLE:
            return True

    def _end(self, tx: Connection, row: SendRow, state: str, why: str, now: datetime) -> None:
        people_rows.release_claim(tx, row.id, token_unused=False)
        sends.set_state(tx, row.id, state)
        journal.write(tx, now, row.who, state, row.id, why=why)

    def _unknown(self, tx: Connection, part: PartRow, why: str, now: datetime) -> None:
        row = sends.get(tx, part.send_id)
        here = next((p for p in sends.parts(tx, part.send_id) if p.n == part.n), None)
        if here is None or here.state == sends.SENT:
            return  # its echo was quicker
        sends.move_part(tx, here, sends.UNKNOWN, now, error={"why": why})
        journal.write(tx, now, row.who, "unknown", row.id, part=part.n, why=why)

    def _try_later(
        self, tx: Connection, row: SendRow, part: PartRow, retry_at: datetime, now: datetime
    ) -> None:
        sends.move_part(tx, part, READY, now)
        sends.set_state(tx, row.id, READY, not_before=to_ms(retry_at), attempts=row.attempts + 1)

    def _disagree(
        self, tx: Connection, row: SendRow, part: PartRow, no: Refusal, now: datetime
    ) -> None:
        """The guard said yes and the platform said no: the most valuable line there is."""
        journal.write(
            tx,
            now,
            row.who,
            journal.DISAGREEMENT,
            row.id,
            part=part.n,
            guard=row.decision["reason"],
            ground=row.ground,
            edition=row.decision["edition"],
            platform=dict(no.error),
        )
        may_wait = not row.message.proactive and row.message.in_turn and part.n == 0
        if no.outside_window and may_wait:
            keep = row.message.hold_for or self.settings.hold_for
            values = {"not_before": None, "expires_at": to_ms(now + keep)}
            tx.execute(
                update(schema.send)
                .where(schema.send.c.id == row.id)
                .values(state=HELD, token_id=None, ground=None, **values)
            )
            journal.write(tx, now, row.who, "held", row.id, why="kept until the person writes")


def _may_go(tx: Connection, row: SendRow) -> bool:
    """Tell whether nobody has paused or cancelled the broadcast that a row is a message of."""
    return row.broadcast is None or broadcast_rows.may_send(tx, row.broadcast, lock=True)
