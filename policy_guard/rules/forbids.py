"""What forbids a message whatever ground there may be."""

from __future__ import annotations

from datetime import datetime

from ..decisions import Hold, Refuse, Whose
from ..regions import WORLD
from ..sentences import Said, plain, said
from ..vocabulary import RECURRING_REQUEST, Author, Feature, Purpose, Question, TokenKind
from .answers import hold, refuse
from .tokens import (
    OTN_REQUEST,
    one_time_lacks,
    recurring_lacks,
    repeats_a_request,
)
from .windows import closed_to

FEEDBACK = "customer_feedback"
_ASKS = {OTN_REQUEST: one_time_lacks, RECURRING_REQUEST: recurring_lacks}


def facts_are_readable(q: Question) -> Refuse | None:
    """A fact that cannot be read is a refusal, never a skip."""
    if not q.unreadable:
        return None
    words = said("unreadable", what=plain(q.unreadable[0]))
    return refuse(q, "facts_are_readable", words, Whose.OURS)


def nothing_from_the_future(q: Question) -> Refuse | None:
    """A fact dated more than the tolerance ahead shows a wrong clock, so nothing is built on it."""
    limit = q.at + q.settings.future_tolerance
    for what, at in _dated(q):
        if at is not None and at > limit:
            words = said("from_the_future", what=_named(q, what), at=at)
            return refuse(q, "nothing_from_the_future", words, Whose.OURS)
    return None


def person_can_be_reached(q: Question) -> Refuse | None:
    """The platform said that the person cannot be reached; only they can change that."""
    if not q.person.blocked:
        return None
    words, change = said("cannot_be_reached"), said("if_writes_again")
    return refuse(q, "person_can_be_reached", words, Whose.PLATFORM, change=change)


def person_stopped(q: Question) -> Refuse | None:
    """Who stopped hears nothing but answers to what they wrote after stopping.

    Platform policy: respect every request to stop (Messenger Platform policy).
    """
    if not q.person.stopped:
        return None
    change = said("if_start")
    if q.message.proactive or not q.message.in_turn:
        return refuse(q, "person_stopped", said("stopped"), Whose.OURS, change=change)
    if q.message.confirms_stop:
        return None
    wrote, stopped_at = q.person.last_message_at, q.person.stopped_at
    if wrote is not None and (stopped_at is None or wrote > stopped_at):
        return None
    return refuse(q, "person_stopped", said("stopped_silent"), Whose.OURS, change=change)


def alert_chosen(q: Question) -> Refuse | None:
    """A proactive message on a topic goes only to those who chose that alert type."""
    m = q.message
    if not m.proactive or m.topic is None or m.asked_once or m.purpose is Purpose.FEEDBACK:
        return None
    if m.purpose is Purpose.HUMAN_AGENT or m.topic in q.person.alerts:
        return None
    words, change = said("not_chosen", topic=m.topic), said("if_chooses", topic=m.topic)
    return refuse(q, "alert_chosen", words, Whose.OURS, change=change)


def asked_once_told_once(q: Question) -> Refuse | None:
    """A single thing the person asked for and has been told is not told again."""
    m = q.message
    if not m.proactive or not m.asked_once or m.purpose is Purpose.FEEDBACK:
        return None
    mine = [t for t in q.person.tokens if t.topic == m.topic and t.kind is TokenKind.ONE_TIME]
    if not mine or not all(t.fulfilled for t in mine):
        return None
    words = said("told_once", topic=m.topic)
    return refuse(q, "asked_once_told_once", words, Whose.OURS, change=said("if_asks_again"))


def notification_complete(q: Question) -> Refuse | None:
    """A single-use permission is complete at its first message; its turn says nothing more.

    One token buys one message (Messenger Platform FAQ).
    """
    if not q.message.turn_paid:
        return None
    source = q.edition.one_time.source
    return refuse(q, "notification_complete", said("turn_paid"), Whose.PLATFORM, source=source)


def request_allowed(q: Question) -> Refuse | None:
    """A one-time or recurring notification is asked for only where the platform takes it."""
    asks = _ASKS.get(q.message.template or "")
    lacks = asks(q) if asks else None
    if lacks is None and q.message.template == RECURRING_REQUEST:
        lacks = repeats_a_request(q)
    if lacks is None:
        return None
    words, source, change = lacks
    return refuse(q, "request_allowed", words, Whose.PLATFORM, source=source, change=change)


def features_are_open(q: Question) -> Refuse | None:
    """What the message is made of has to be open on both sides (Europe and Japan updates)."""
    made_of = q.message.features
    if q.message.template == FEEDBACK:
        made_of = made_of | {Feature.CUSTOMER_FEEDBACK}
    for feature in sorted(made_of):
        rule = q.edition.features.get(feature)
        where = closed_to(q, rule.closed_in) if rule else None
        if rule is not None and where is not None:
            nowhere = where["area"] == WORLD
            words = said(
                "feature_nowhere" if nowhere else "feature_closed", feature=feature, **where
            )
            return refuse(q, "features_are_open", words, Whose.PLATFORM, source=rule.source)
    return None


def thread_is_ours(q: Question) -> Hold | None:
    """While another app or a person in the inbox owns the thread, we wait."""
    if q.page.ours:
        return None
    change = said("if_thread_back")
    return hold(q, "thread_is_ours", said("owned_by_other"), Whose.OURS, None, change=change)


def person_answers(q: Question) -> Hold | None:
    """While a person answers for the Page the bot is silent, but for confirming STOP and START.

    Two voices at once would leave the person guessing who speaks (Messenger Platform policy: tell
    people when they talk to a bot again).
    """
    until, m = q.person.human_until, q.message
    if until is None or q.at >= until or m.author is Author.HUMAN:
        return None
    if m.in_turn and (m.confirms_stop or m.confirms_order):
        return None
    words, change = said("person_answers", until=until), said("if_person_is_done")
    return hold(q, "person_answers", words, Whose.OURS, until, change=change)


def _dated(q: Question) -> list[tuple[int, datetime | None]]:
    """Return every dated fact by a number, which `_named` turns into words only when needed."""
    person = q.person
    facts: list[tuple[int, datetime | None]] = [
        (-1, person.last_message_at),
        (-2, person.stopped_at),
    ]
    facts += [(n, o.at) for n, o in enumerate(person.openers)]
    many = len(person.openers)
    facts += [(many + n, t.granted_at) for n, t in enumerate(person.tokens)]
    return facts


def _named(q: Question, what: int) -> Said:
    person = q.person
    many = len(person.openers)
    if what == -1:
        return said("last_message")
    if what == -2:  # noqa: PLR2004 - the second of the two numbers in `_dated`
        return said("persons_stop")
    if what < many:
        return said("persons_action", action=said(f"by_{person.openers[what].kind.value}"))
    return said("token_for", topic=person.tokens[what - many].topic)
