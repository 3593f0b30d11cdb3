"""What a webhook's events mean for the store, kept in one transaction before it is acknowledged."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from policy_guard import (
    breaker_rows,
    inbox_rows,
    journal,
    people_rows,
    privacy_rows,
    sends,
    template_rows,
    thread_rows,
)
from policy_guard.clock import from_ms, to_ms
from policy_guard.guard import Guard
from policy_guard.inbox_rows import NOTED, PENDING, InboxRow
from policy_guard.languages import Languages
from policy_guard.people_rows import Who
from policy_guard.sql_store import count
from policy_guard.vocabulary import (
    DEFAULT_TITLE,
    LONGEST_TOPIC,
    Frequency,
    Opener,
    OpenerKind,
    TokenKind,
)

from . import events, threads
from .events import (
    Comment,
    Delivery,
    Echo,
    Event,
    Message,
    Optin,
    PolicyEnforcement,
    Read,
    TemplateStatus,
)
from .threads import Apps
from .typed_text import keyword
from .webhook import Parsed

#: Kinds that the dialogue answers; every other kind is kept and counted.
TURNS = frozenset(
    {
        "message",
        "postback",
        "referral",
        "one_time_notification_optin",
        "send_to_messenger",
        "comment",
        "visitor_post",
    }
)
LONGEST_TOKEN = (
    2000  # characters, which an index of PostgreSQL holds; the platform's have under 300
)
#: Kinds that tell of a message on its way or arrived, and of nothing that the person said.
AFTERWARDS = frozenset({"echo", "delivery", "read"})


@dataclass(frozen=True)
class Intake:
    """Keeps what came for one Page."""

    guard: Guard
    page_id: str
    apps: Apps
    languages: Languages  # whose words for STOP and START are heeded

    def receive(self, parsed: Parsed) -> list[InboxRow]:
        """Keep every event once, with the facts it carries; returns those the dialogue answers.

        Raises StoreBusy where another process holds the store; nothing is kept then.
        """
        psids = {event.psid for event in parsed.events if event.psid is not None}
        with self.guard.store.write(*(Who(self.page_id, psid) for psid in psids)) as tx:
            now = self.guard.clock.now()
            if parsed.foreign:
                count(tx, "events_for_another_page", parsed.foreign)
            return [row for event in parsed.events for row in self._keep(tx, event, now)]

    def _keep(self, tx: Connection, event: Event, now: datetime) -> list[InboxRow]:
        who = Who(self.page_id, event.psid) if event.psid is not None else None
        at = self._moment(event, self._latest(tx, event, who, now))
        if who is not None and self._of_the_forgotten(tx, who, event, at or now):
            self._keep_without_person(tx, who, event, now)
            return []
        answers = event.kind in TURNS and who is not None and not event.standby
        new = inbox_rows.add(
            tx,
            page=self.page_id,
            psid=event.psid,
            key=event.key,
            kind=event.kind,
            at=at or now,
            received_at=now,
            body=events.to_dict(event),
            state=PENDING if answers else NOTED,
        )
        if not new:
            count(tx, "events_repeated")
            return []
        count(tx, f"events.{event.kind}")
        if who is not None:
            self._note_person(tx, who, event, at)
        self._note_page(tx, event, now)
        if who is not None and isinstance(event, Delivery | Read):
            self._note_receipt(tx, who, event)
        owed: InboxRow | None = None
        if who is not None:
            answers = self._note_thread(tx, who, event, at or now, answers=answers)
            owed = threads.owed_confirmation(tx, who) if event.kind in threads.RETURNS else None
        row = inbox_rows.get(tx, self.page_id, event.key) if answers else None
        return [each for each in (owed, row) if each is not None]

    def _of_the_forgotten(self, tx: Connection, who: Who, event: Event, at: datetime) -> bool:
        """Tell whether the event only speaks of a message that went to somebody forgotten since.

        The echo and the receipts of the last words come when everything is deleted already.
        """
        if event.kind not in AFTERWARDS:
            return False
        since = privacy_rows.gone_since(tx, who)
        if since is None:
            return False
        return not isinstance(event, Echo) or at <= since or bool(event.metadata)

    def _keep_without_person(self, tx: Connection, who: Who, event: Event, now: datetime) -> None:
        """Keep that the event came, so that it counts once, and nothing of what it says."""
        new = inbox_rows.add(
            tx,
            page=self.page_id,
            psid=privacy_rows.stand_in(tx, who),
            key=event.key,
            kind=event.kind,
            at=now,
            received_at=now,
            body={},
            state=NOTED,
        )
        if new:
            count(tx, f"events.{event.kind}")
            self._note_page(tx, event, now)

    def _note_thread(
        self, tx: Connection, who: Who, event: Event, at: datetime, *, answers: bool
    ) -> bool:
        """Keep whose thread it is; tell whether there is something to do for the event after all.

        What another answers stays noted. A thread that comes back has what waited asked again.
        """
        returned = threads.note(tx, who, event, at, self.apps)
        thread, now = thread_rows.read(tx, who), self.guard.clock.now()
        left = answers and not threads.starts_turn(event, thread, now, self.languages)
        if left:
            until = thread.human_until.isoformat() if thread.human_until else None
            said = {"key": event.key, "owner": thread.owner, "human_until": until}
            journal.write(tx, at, who, "left_to_a_person", **said)
        does = returned or (answers and not left)
        if does != answers:
            row = inbox_rows.get(tx, self.page_id, event.key)
            if row is not None:
                inbox_rows.finish(tx, row, PENDING if does else NOTED)
        return does

    def _latest(self, tx: Connection, event: Event, who: Who | None, now: datetime) -> datetime:
        """Return the latest moment that is believed of an event: now, by our clock.

        A clock that has gone back makes every event one of the future. What came before then is the
        measure, or a STOP would count for older than the START before it.
        """
        if who is None or event.at_ms is None or event.at_ms <= to_ms(now):
            return now
        known = (people_rows.last_act(tx, who), inbox_rows.last_waiting(tx, who))
        return max([now, *(moment for moment in known if moment is not None)])

    def _moment(self, event: Event, now: datetime) -> datetime | None:
        """Return the event's own moment, never later than *now*; None where it has none."""
        if event.at_ms is None:
            return None
        try:
            return min(from_ms(event.at_ms), now)
        except OverflowError:
            return None

    def _note_person(self, tx: Connection, who: Who, event: Event, at: datetime | None) -> None:
        """Keep what the event says of the person; without a moment it opens and grants nothing."""
        if isinstance(event, Echo):
            return
        people_rows.ensure(tx, who)
        if at is None:
            return
        if event.opener is not None:
            ref = getattr(event, "ref", None)
            people_rows.record_opener(tx, who, Opener(OpenerKind(event.opener), at, ref))
        if isinstance(event, Message) and event.text and event.quick_reply is None:
            self._note_keyword(tx, who, event, at)
        if isinstance(event, Optin):
            self._note_optin(tx, who, event, at)
        if isinstance(event, Comment):
            people_rows.record_grant(
                tx,
                who,
                topic=event.object_kind,
                value=event.object_id,
                at=at,
                kind=TokenKind.PRIVATE_REPLY,
            )

    def _note_keyword(self, tx: Connection, who: Who, event: Message, at: datetime) -> None:
        word = keyword(event.text or "", self.languages)
        if word == "stop":
            people_rows.record_stop(tx, who, at)
        if word == "start":
            people_rows.record_start(tx, who, at)
        if word is not None:
            # Where another app has the thread nobody confirms it yet: the platform would refuse it.
            said = {"unconfirmed": event.key} if event.standby else {}
            journal.write(tx, at, who, f"person_wrote_{word}", **said)

    def _note_optin(self, tx: Connection, who: Who, event: Optin, at: datetime) -> None:
        kinds = {
            "one_time_notification_optin": TokenKind.ONE_TIME,
            "recurring_notification_optin": TokenKind.RECURRING,
            "recurring_notification_resume": TokenKind.RECURRING,
        }
        topic = (event.payload or "").strip()[:LONGEST_TOPIC]
        if not topic:
            return
        if event.kind == "recurring_notification_stop":
            people_rows.retire_agreements(tx, who, topic, at)
            people_rows.record_choice(tx, who, [topic], False, at)
            journal.write(tx, at, who, "agreement_ended", topic=topic)
            return
        kind = kinds.get(event.kind)
        if kind is None or not event.token or len(event.token) > LONGEST_TOKEN:
            return
        recurs = kind is TokenKind.RECURRING
        expires_at = _moment_of(event.token_expiry) if recurs else None
        frequency = _frequency(event.frequency) if recurs else None
        if people_rows.record_grant(
            tx,
            who,
            topic=topic,
            value=event.token,
            at=at,
            kind=kind,
            expires_at=expires_at,
            frequency=frequency,
            title=event.title or DEFAULT_TITLE if recurs else None,
        ):
            journal.write(tx, at, who, "token_granted", topic=topic, kind=kind.value)
        if recurs:
            people_rows.renew_agreement(tx, event.token, at, expires_at, frequency)
            people_rows.record_choice(tx, who, [topic], True, at)

    def _note_receipt(self, tx: Connection, who: Who, event: Delivery | Read) -> None:
        """Settle a doubt that a receipt can only be about."""
        if event.watermark_ms is None:
            return
        mids = event.mids if isinstance(event, Delivery) else ()
        with contextlib.suppress(OverflowError):  # a moment that no calendar has
            self.guard.evidence(tx, who, mids, from_ms(event.watermark_ms), event.kind)

    def _note_page(self, tx: Connection, event: Event, now: datetime) -> None:
        """Keep what the event says of our own sends and of the Page."""
        if isinstance(event, Echo) and event.metadata:
            part = sends.part_of_echo(tx, event.metadata)
            if part is not None:
                self.guard.settle_sent(tx, part, event.mid, "echo")
                threads.learn_own_app(tx, event, self.apps)
        if isinstance(event, TemplateStatus):
            told = self._moment(event, now) or now
            row = template_rows.TemplateRow(
                event.name, event.language, event.status, event.reason, event.template_id, told
            )
            template_rows.record(tx, self.page_id, row)
            page = Who(self.page_id, "")
            journal.write(
                tx,
                now,
                page,
                "template_status",
                name=event.name,
                language=event.language,
                status=event.status,
                reason=event.reason,
            )
        if isinstance(event, PolicyEnforcement):
            page = Who(self.page_id, "")
            said = {"action": event.action, "reason": event.reason}
            journal.write(tx, now, page, "policy_enforcement", **said)
            self._note_enforcement(tx, event, now)

    def _note_enforcement(self, tx: Connection, event: PolicyEnforcement, now: datetime) -> None:
        """Stop what is proactive while the platform blocks the Page, and no longer."""
        if event.action == "block":
            why = f"the platform blocks the Page: {event.reason or 'it gives no reason'}"
            breaker_rows.trip(tx, self.page_id, breaker_rows.PAGE, now, why)
        if event.action == "unblock":
            by = breaker_rows.BY_PLATFORM
            stop = breaker_rows.opened(tx, self.page_id).get(breaker_rows.PAGE)
            if stop is not None and stop.by == by:  # what an operator stopped is theirs to close
                breaker_rows.close(tx, self.page_id, breaker_rows.PAGE, now, by)


def _frequency(told: str | None) -> Frequency | None:
    """Return how often an agreement lets us notify, None where the platform does not say."""
    known = {frequency.name: frequency for frequency in Frequency}
    return known.get(told or "")


def _moment_of(ms: str | None) -> datetime | None:
    """Return the moment that the platform writes in milliseconds, None where it writes none."""
    try:
        return None if ms is None else from_ms(int(ms))
    except (ValueError, OverflowError):
        return None
