"""The rules, one function each: it answers, or says what it found missing.

`FORBIDS` come first, then `GROUNDS` from free to dear, `POSTPONES` where a ground was found, and
`LAST` when none was. A rule reads nothing but the question.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .decisions import Finding, Hold, Refuse, Send, Whose
from .durations import clock_text
from .regions import inside
from .vocabulary import OpenerKind, Purpose, Push, Question, QuietHours, Token, TokenKind

Forbid = Callable[[Question], Refuse | Hold | None]
Ground = Callable[[Question], Send | Finding]
Postpone = Callable[[Question], Hold | None]
Last = Callable[[Question], Hold | Refuse | None]

OTN_REQUEST = "one_time_notif_req"

#: What each push is called on the wire (Send API reference, `notification_type`).
NOTIFICATION_TYPES = {
    Push.REGULAR: "REGULAR",
    Push.SILENT: "SILENT_PUSH",
    Push.NONE: "NO_PUSH",
}


# --- forbid -----------------------------------------------------------------------------------


def facts_are_readable(q: Question) -> Refuse | None:
    """A fact that cannot be read is a refusal, never a skip."""
    if not q.unreadable:
        return None
    return _refuse(q, "facts_are_readable", f"a fact cannot be read: {q.unreadable[0]}", Whose.OURS)


def nothing_from_the_future(q: Question) -> Refuse | None:
    """A fact dated more than the tolerance ahead shows a wrong clock, so nothing is built on it."""
    limit = q.at + q.settings.future_tolerance
    for name, at in _dated(q):
        if at > limit:
            said = f"the {name} is dated {clock_text(at)}, ahead of the clock"
            return _refuse(q, "nothing_from_the_future", said, Whose.OURS)
    return None


def person_can_be_reached(q: Question) -> Refuse | None:
    """The platform said that the person cannot be reached; only they can change that."""
    if not q.person.blocked:
        return None
    said = "the platform said that this person cannot be reached"
    return _refuse(
        q, "person_can_be_reached", said, Whose.PLATFORM, change="the person writes again"
    )


def person_stopped(q: Question) -> Refuse | None:
    """Who stopped hears nothing but answers to what they wrote after stopping.

    Platform policy: respect every request to stop (Messenger Platform policy).
    """
    if not q.person.stopped:
        return None
    change = "the person writes START"
    if q.message.proactive or not q.message.in_turn:
        said = "the person stopped all messages"
        return _refuse(q, "person_stopped", said, Whose.OURS, change=change)
    if q.message.confirms_stop:
        return None
    wrote, stopped_at = q.person.last_message_at, q.person.stopped_at
    if wrote is not None and (stopped_at is None or wrote > stopped_at):
        return None
    said = "the person stopped all messages and has not written since"
    return _refuse(q, "person_stopped", said, Whose.OURS, change=change)


def alert_chosen(q: Question) -> Refuse | None:
    """A proactive message on a topic goes only to those who chose that alert type."""
    m = q.message
    if not m.proactive or m.topic is None or m.asked_once or m.purpose is Purpose.FEEDBACK:
        return None
    if m.purpose is Purpose.HUMAN_AGENT or m.topic in q.person.alerts:
        return None
    said = f"the person has not chosen alerts of the type `{m.topic}`"
    return _refuse(
        q, "alert_chosen", said, Whose.OURS, change=f"the person chooses `{m.topic}` alerts"
    )


def asked_once_told_once(q: Question) -> Refuse | None:
    """A single thing the person asked for and has been told is not told again."""
    m = q.message
    if not m.proactive or not m.asked_once or m.purpose is Purpose.FEEDBACK:
        return None
    mine = [t for t in q.person.tokens if t.topic == m.topic and t.kind is TokenKind.ONE_TIME]
    if not mine or not all(t.fulfilled for t in mine):
        return None
    said = f"what the person asked of `{m.topic}` is settled: told once, or taken back"
    return _refuse(q, "asked_once_told_once", said, Whose.OURS, change="the person asks again")


def notification_complete(q: Question) -> Refuse | None:
    """A one-time notification is complete at its first message; its turn says nothing more.

    One token buys one message (Messenger Platform FAQ).
    """
    if not q.message.turn_paid:
        return None
    said = "an earlier message of this turn was paid with a single-use permission"
    return _refuse(q, "notification_complete", said, Whose.PLATFORM, q.edition.one_time.source)


def request_allowed(q: Question) -> Refuse | None:
    """A one-time notification is asked for only where the platform takes the request."""
    if q.message.template != OTN_REQUEST:
        return None
    lacks = _one_time_lacks(q)
    if lacks is None:
        return None
    said, source = lacks
    return _refuse(q, "request_allowed", said, Whose.PLATFORM, source)


def thread_is_ours(q: Question) -> Hold | None:
    """While another app or a person in the inbox owns the thread, we wait."""
    if q.page.ours:
        return None
    said = "another app or a person in the inbox has this conversation"
    return _hold(q, "thread_is_ours", said, Whose.OURS, None, change="the thread comes back to us")


# --- grounds ----------------------------------------------------------------------------------


def window_open(q: Question) -> Send | Finding:
    """Inside the standard messaging window anything may be said, within the platform's terms.

    Answers go as RESPONSE, everything else as UPDATE; the window is 24 hours from the person's
    last opening action (Messenger Platform policy).
    """
    source = q.edition.window_source
    change = "the person writes or taps something"
    opened = window_until(q)
    if opened is None:
        said = "the person has done nothing that opens the standard messaging window"
        return Finding("window_open", said, source=source, change=change)
    kind, until = opened
    if q.at >= until:
        said = f"the standard messaging window closed at {clock_text(until)} ({kind.value})"
        return Finding("window_open", said, source=source, change=change)
    margin = q.settings.window_margin
    if q.at >= until - margin:
        said = f"the standard messaging window closes at {clock_text(until)}, within our margin"
        return Finding("window_open", said, Whose.OURS, source, change)
    said = f"the standard messaging window is open until {clock_text(until)} ({kind.value})"
    reply = q.message.purpose is Purpose.REPLY
    return _send(
        q,
        "standard_window",
        Finding("window_open", said, source=source),
        messaging_type="RESPONSE" if reply else "UPDATE",
    )


def tag_covers_purpose(q: Question) -> Send | Finding:
    """A message tag carries its one purpose outside the window, while the platform takes it."""
    rule = q.edition.tag_for(q.message.purpose)
    name = "tag_covers_purpose"
    if rule is None:
        return Finding(name, f"no message tag carries the purpose `{q.message.purpose.value}`")

    def lacks(said: str, change: str | None = None) -> Finding:
        return Finding(name, said, source=rule.source, change=change)

    if not rule.accepted:
        return lacks(f"the platform refuses the tag {rule.name} since {q.edition.id}")
    if q.message.template is not None:
        return lacks(f"the tag {rule.name} does not carry a `{q.message.template}` template")
    if q.message.author not in rule.authors:
        return lacks(f"the tag {rule.name} is for a person's own words, not for the bot's")
    if rule.needs is not None and not getattr(q.page, rule.needs):
        said = f"the Page is not approved for the tag {rule.name}"
        return lacks(said, f"the platform approves `{rule.needs}` for the Page")
    if window_until(q) is None:
        return lacks("the person never started a conversation", "the person writes")
    if rule.within is not None:
        wrote = q.person.last_message_at
        if wrote is None:
            return lacks("the person has never written", "the person writes")
        ends = min(wrote, q.at) + rule.within
        if q.at >= ends:
            said = f"the tag {rule.name} could be used until {clock_text(ends)}"
            return lacks(said, "the person writes again")
    said = f"the tag {rule.name} carries the purpose `{q.message.purpose.value}`"
    return _send(
        q,
        f"tag:{rule.name}",
        Finding(name, said, source=rule.source),
        messaging_type="MESSAGE_TAG",
        tag=rule.name,
    )


def token_held(q: Question) -> Send | Finding:
    """A token pays for one message on the topic that the person agreed to, within a year.

    Messenger Platform FAQ and One-Time Notification page.
    """
    rule, m = q.edition.one_time, q.message
    name, source = "token_held", q.edition.one_time.source
    ask = "the person asks to be notified of it"

    def lacks(said: str, change: str | None = None) -> Finding:
        return Finding(name, said, source=source, change=change)

    if m.purpose not in rule.serves:
        return lacks(f"a one-time notification does not serve the purpose `{m.purpose.value}`")
    if m.topic is None:
        return lacks("a one-time notification needs a topic, and the message names none")
    closed = _one_time_lacks(q)
    if closed is not None:
        return Finding(name, closed[0], source=closed[1])
    live = [t for t in q.person.tokens if _pays(t, q)]
    if not live:
        return lacks(_why_no_token(q), ask)
    if m.template == OTN_REQUEST:
        return lacks("a request for a one-time notification is made inside the window only")
    if m.parts != 1:
        said = f"a token pays for one message, and this would be {m.parts}"
        return lacks(said, "the response fits in one message")
    token = min(live, key=lambda t: (_expires(t, q), t.granted_at, t.id))
    said = f"the person asked once to be told of `{m.topic}`"
    return _send(q, "one_time_notification", Finding(name, said, source=source), token_id=token.id)


# --- postpone: a ground was found, but not now --------------------------------------------------


def page_restricted(q: Question) -> Hold | None:
    """While the platform restricts the Page, only answers are tried."""
    if not q.page.restricted or not q.message.proactive:
        return None
    said = "the platform has restricted this Page"
    return _hold(
        q, "page_restricted", said, Whose.PLATFORM, None, change="the restriction is lifted"
    )


def person_paused(q: Question) -> Hold | None:
    """A person who paused hears nothing proactive before the moment they named."""
    until = q.person.paused_until
    if until is None or not q.message.proactive or q.at >= until:
        return None
    said = f"the person paused alerts until {clock_text(until)}"
    return _hold(q, "person_paused", said, Whose.OURS, until, change="the person resumes")


def quiet_hours(q: Question) -> Hold | None:
    """Nothing proactive in the person's quiet hours."""
    quiet = q.settings.quiet_hours
    if quiet is None or not q.message.proactive:
        return None
    ends = _quiet_until(q.at.astimezone(ZoneInfo(q.person_zone)), quiet)
    if ends is None:
        return None
    said = f"it is quiet hours where the person is, until {clock_text(ends)}"
    return _hold(q, "quiet_hours", said, Whose.OURS, ends.astimezone(q.at.tzinfo))


def daily_cap(q: Question) -> Hold | None:
    """At most so many proactive messages a day for one person."""
    cap = q.settings.proactive_per_day
    if cap is None or not q.message.proactive or q.person.proactive_today < cap:
        return None
    here = q.at.astimezone(ZoneInfo(q.person_zone))
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    said = (
        f"the person has had {q.person.proactive_today} proactive messages today, our cap is {cap}"
    )
    return _hold(q, "daily_cap", said, Whose.OURS, tomorrow.astimezone(q.at.tzinfo))


# --- no ground ----------------------------------------------------------------------------------


def reply_needs_its_turn(q: Question) -> Refuse | None:
    """Outside a turn that the person started nothing is an answer, so it is not kept as one."""
    if q.message.purpose is not Purpose.REPLY or q.message.in_turn:
        return None
    said = "it is declared as an answer, but the person did not start this turn"
    change = "the response declares a purpose other than `reply`"
    return _refuse(q, "reply_needs_its_turn", said, Whose.OURS, change=change)


def may_wait(q: Question) -> Hold | None:
    """An answer waits until the person writes; other messages where their author said how long."""
    m = q.message
    if m.hold_for is None and m.purpose is not Purpose.REPLY:
        return None
    if m.hold_for == timedelta(0):
        return None
    said = "no ground is open now; it is kept until the person writes"
    return _hold(q, "may_wait", said, Whose.PLATFORM, None, change="the person writes again")


FORBIDS: tuple[Forbid, ...] = (
    facts_are_readable,
    nothing_from_the_future,
    person_can_be_reached,
    person_stopped,
    alert_chosen,
    asked_once_told_once,
    notification_complete,
    request_allowed,
    thread_is_ours,
)
GROUNDS: tuple[Ground, ...] = (window_open, tag_covers_purpose, token_held)
POSTPONES: tuple[Postpone, ...] = (page_restricted, person_paused, quiet_hours, daily_cap)
LAST: tuple[Last, ...] = (reply_needs_its_turn, may_wait)


# --- shared -------------------------------------------------------------------------------------


def window_until(q: Question) -> tuple[OpenerKind, datetime] | None:
    """Return what keeps the window open longest and until when (UTC), None if nothing did."""
    ends = [
        (min(o.at, q.at) + q.edition.window, o.kind)
        for o in q.person.openers
        if (rule := q.edition.openers.get(o.kind)) and (o.ref or not rule.needs_ref)
    ]
    if not ends:
        return None
    until, kind = max(ends)
    return kind, until


def _one_time_lacks(q: Question) -> tuple[str, str] | None:
    """Return why there are no one-time notifications here, and the source that says so."""
    rule = q.edition.one_time
    if not rule.offered:
        return "the platform offers no one-time notifications", rule.source
    if not q.page.one_time_notification:
        return "the Page is not permitted one-time notifications", rule.source
    for who, region in (("Page", q.page.region), ("person", q.person_region)):
        area = inside(region, rule.closed_in)
        if area is not None:
            said = f"one-time notifications are closed in {area}, where the {who} is"
            return said, rule.closed_source
    return None


def _expires(token: Token, q: Question) -> datetime:
    year = token.granted_at + q.edition.one_time.life
    return min(year, token.expires_at) if token.expires_at else year


def _pays(token: Token, q: Question) -> bool:
    return (
        token.kind is TokenKind.ONE_TIME
        and token.topic == q.message.topic
        and not token.spent
        and not token.fulfilled
        and q.at < _expires(token, q)
    )


def _why_no_token(q: Question) -> str:
    mine = [
        t for t in q.person.tokens if t.topic == q.message.topic and t.kind is TokenKind.ONE_TIME
    ]
    if not mine:
        return f"the person holds no token for `{q.message.topic}`"
    unspent = [t for t in mine if not t.spent and not t.fulfilled]
    if not unspent:
        return f"the token for `{q.message.topic}` is spent"
    last = max(_expires(t, q) for t in unspent)
    return f"the token for `{q.message.topic}` expired at {clock_text(last)}"


def _dated(q: Question) -> list[tuple[str, datetime]]:
    person = q.person
    facts = [(f"person's {o.kind.value}", o.at) for o in person.openers]
    facts += [(f"token for `{t.topic}`", t.granted_at) for t in person.tokens]
    if person.last_message_at is not None:
        facts.append(("person's last message", person.last_message_at))
    if person.stopped_at is not None:
        facts.append(("person's STOP", person.stopped_at))
    return facts


def _quiet_until(here: datetime, quiet: QuietHours) -> datetime | None:
    now = here.time()
    over_midnight = quiet.start > quiet.end
    inside_now = (
        now >= quiet.start or now < quiet.end if over_midnight else quiet.start <= now < quiet.end
    )
    if not inside_now:
        return None
    day = here + timedelta(days=1) if over_midnight and now >= quiet.start else here
    return day.replace(
        hour=quiet.end.hour, minute=quiet.end.minute, second=quiet.end.second, microsecond=0
    )


def _refuse(  # the five things that every refusal says
    q: Question,
    rule: str,
    said: str,
    whose: Whose,
    source: str | None = None,
    change: str | None = None,
) -> Refuse:
    return Refuse(Finding(rule, said, whose, source, change), q.edition.id)


def _hold(
    q: Question,
    rule: str,
    said: str,
    whose: Whose,
    until: datetime | None,
    change: str | None = None,
) -> Hold:
    keep = q.message.hold_for or q.settings.hold_for
    return Hold(
        Finding(rule, said, whose, None, change),
        q.edition.id,
        until=until,
        expires_at=(until or q.at) + keep,
    )


def _send(
    q: Question,
    ground: str,
    reason: Finding,
    *,
    messaging_type: str | None = None,
    tag: str | None = None,
    token_id: str | None = None,
) -> Send:
    return Send(
        ground,
        reason,
        q.edition.id,
        messaging_type=messaging_type,
        tag=tag,
        notification_type=NOTIFICATION_TYPES[q.message.push or Push.REGULAR],
        token_id=token_id,
    )
