"""The grounds that rest on what the person agreed to: one-time and recurring notifications."""

from __future__ import annotations

from datetime import datetime

from ..decisions import Finding, Send
from ..sentences import Said, said
from ..vocabulary import DEFAULT_TITLE, Question, Token, TokenKind
from .answers import send
from .windows import closed_to, not_open_to

OTN_REQUEST = "one_time_notif_req"
#: What is missing, the source that says so, and what would change it.
Lack = tuple[Said, str, Said | None]


def token_held(q: Question) -> Send | Finding:
    """A token pays for one message on the topic that the person agreed to, within a year.

    Messenger Platform FAQ and One-Time Notification page.
    """
    name, rule, m = "token_held", q.edition.one_time, q.message

    def lacks(words: Said, change: Said | None = None) -> Finding:
        return Finding(name, words, source=rule.source, change=change)

    if m.purpose not in rule.serves:
        return lacks(said("otn_wrong_purpose", purpose=m.purpose))
    if m.topic is None:
        return lacks(said("otn_no_topic"))
    closed = one_time_lacks(q)
    if closed is not None:
        # a permission alone would not do: the person would still have to ask
        return Finding(name, closed[0], source=closed[1])
    live = [t for t in q.person.tokens if _pays(t, q)]
    if not live:
        # what is chosen once and for all is never asked for
        return lacks(_why_no_token(q), said("if_asks") if m.asked_once else None)
    if m.template == OTN_REQUEST:
        return lacks(said("otn_request_outside"))
    if m.parts != 1:
        return lacks(said("otn_parts", parts=m.parts), said("if_one_message"))
    token = min(live, key=lambda t: (_expires(t, q), t.granted_at, t.id))
    reason = Finding(name, said("otn_pays", topic=m.topic), source=rule.source)
    return send(q, "one_time_notification", reason, token_id=token.id)


def recurring_agreed(q: Question) -> Send | Finding:
    """A standing agreement pays for a message on its topic, with a gap between two.

    Recurring Notifications page; ended in most regions on 2026-02-10 (Marketing Messages FAQ).
    """
    name, rule, m = "recurring_agreed", q.edition.recurring, q.message

    def lacks(words: Said, change: Said | None = None) -> Finding:
        return Finding(name, words, source=rule.source, change=change)

    if m.purpose not in rule.serves:
        return lacks(said("recurring_wrong_purpose", purpose=m.purpose))
    closed = recurring_lacks(q)
    if closed is not None:
        return Finding(name, closed[0], source=closed[1])
    if m.topic is None:
        return lacks(said("recurring_no_topic"))
    if m.governed is not None:
        return lacks(said("recurring_is_template", template=m.governed))
    held = [t for t in q.person.tokens if _recurs(t, m.topic)]
    if not held:
        return lacks(said("recurring_no_token", topic=m.topic), said("if_agrees"))
    live = [t for t in held if not _ended(t, q)]
    if not live:
        last = max(t.expires_at for t in held if t.expires_at)
        return lacks(said("recurring_expired", topic=m.topic, at=last), said("if_agrees"))
    if m.parts != 1:
        return lacks(said("recurring_parts", parts=m.parts), said("if_one_message"))
    # the gap is one person's, whatever the topic, and an agreement that ended since counts too
    every = [t for t in q.person.tokens if t.kind is TokenKind.RECURRING]
    used = max((min(t.last_used_at, q.at) for t in every if t.last_used_at), default=None)
    after_all = q.at if used is None else max(used + rule.gap, q.at)
    ready, token = min(
        ((max(after_all, _next(t, q)), t) for t in live),
        key=lambda pair: (pair[0], pair[1].granted_at, pair[1].id),
    )
    if q.at < ready:
        change = said("if_later", at=ready)
        words, source = said("recurring_gap", topic=m.topic, at=ready), rule.source_of("gap")
        return Finding(name, words, source=source, change=change, opens_at=ready)
    reason = Finding(name, said("recurring_pays", topic=m.topic), source=rule.source)
    return send(q, "recurring_notification", reason, token_id=token.id)


def one_time_lacks(q: Question) -> Lack | None:
    """Return why there are no one-time notifications here."""
    rule = q.edition.one_time
    if not rule.offered:
        return said("otn_not_offered"), rule.source_of("offered"), None
    where = closed_to(q, rule.closed_in)
    if where is not None:  # before the permission, which would change nothing there
        return said("otn_closed", **where), rule.closed_source, None
    if not q.page.one_time_notification:
        approved = said("if_approved", what="one_time_notification")
        return said("otn_not_permitted"), rule.source, approved
    return None


def recurring_lacks(q: Question) -> Lack | None:
    """Return why there are no recurring notifications here."""
    rule = q.edition.recurring
    if not rule.offered:
        return said("recurring_not_offered"), rule.source_of("offered"), None
    where = not_open_to(q, rule.open_in)
    if where is not None:  # before the permission, which would change nothing there
        return said("recurring_closed", **where), rule.source_of("open_in"), None
    if q.page.recurring_notifications:
        return None
    if not rule.new_businesses:
        return said("recurring_not_begun"), rule.source_of("new_businesses"), None
    approved = said("if_approved", what="recurring_notifications")
    return said("recurring_not_permitted"), rule.source, approved


def repeats_a_request(q: Question) -> Lack | None:
    """Return why this request for recurring notifications repeats another (`613`/`1893016`)."""
    rule, title = q.edition.recurring, q.message.request_title or DEFAULT_TITLE
    asked = max((min(r.at, q.at) for r in q.person.requests if r.title == title), default=None)
    if asked is not None and q.at < asked + rule.same_title:
        at = asked + rule.same_title
        words = said("request_repeated", title=title, at=at)
        return words, rule.source_of("same_title"), said("if_later", at=at)
    for token in q.person.tokens:
        same = token.title == title or token.topic == q.message.request_topic
        if same and _recurs(token, token.topic) and not _ended(token, q):
            return said("request_agreed", topic=token.topic), rule.source_of("same_title"), None
    return None


def _expires(token: Token, q: Question) -> datetime:
    year = token.granted_at + q.edition.one_time.life
    return min(year, token.expires_at) if token.expires_at else year


def _pays(token: Token, q: Question) -> bool:
    return (
        token.topic == q.message.topic
        and token.kind is TokenKind.ONE_TIME
        and not token.spent
        and not token.fulfilled
        and q.at < _expires(token, q)
    )


def _recurs(token: Token, topic: str) -> bool:
    mine = token.topic == topic and token.kind is TokenKind.RECURRING
    return mine and not token.spent and not token.fulfilled


def _next(token: Token, q: Question) -> datetime:
    """Return from when on this agreement the person may get a message, by its own frequency."""
    gap = q.edition.recurring.frequencies.get(token.frequency) if token.frequency else None
    if gap is None or token.last_used_at is None:
        return q.at
    return min(token.last_used_at, q.at) + gap


def _ended(token: Token, q: Question) -> bool:
    """Tell whether an agreement has come to its end; those that outlived 2023-08-10 have none."""
    ends, live_on_from = token.expires_at, q.edition.recurring.live_on_from
    if ends is None or q.at < ends:
        return False
    return live_on_from is None or ends < live_on_from


def _why_no_token(q: Question) -> Said:
    topic = q.message.topic
    mine = [t for t in q.person.tokens if t.topic == topic and t.kind is TokenKind.ONE_TIME]
    if not mine:
        return said("otn_no_token", topic=topic)
    unspent = [t for t in mine if not t.spent and not t.fulfilled]
    if not unspent:
        return said("otn_spent", topic=topic)
    return said("otn_expired", topic=topic, at=max(_expires(t, q) for t in unspent))
