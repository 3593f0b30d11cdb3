"""What puts a message off although a ground was found."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..decisions import Hold, Send, Whose
from ..sentences import said
from ..vocabulary import NON_PROMOTIONAL, Question, QuietHours
from .answers import hold
from .grounds import window_open


def page_restricted(q: Question) -> Hold | None:
    """While the platform restricts the Page, only answers are tried."""
    if not q.page.restricted or not q.message.proactive:
        return None
    words, change = said("page_restricted"), said("if_lifted")
    return hold(q, "page_restricted", words, Whose.PLATFORM, None, change=change)


def wording_reads_as_promotion(q: Question) -> Hold | None:
    """Where the settings say so, what reads as promotion waits if its purpose may carry none.

    Inside the window promotion is lawful, so it goes once the person writes, or once somebody has
    read the words and approves them (Messenger Platform policy: no promotion under a tag).
    """
    m = q.message
    if not q.settings.hold_promotional or not m.promotional or m.purpose not in NON_PROMOTIONAL:
        return None
    if isinstance(window_open(q), Send):
        return None
    words, change = said("reads_as_promotion", purpose=m.purpose), said("if_approves")
    return hold(q, "wording_reads_as_promotion", words, Whose.OURS, None, change=change)


def person_paused(q: Question) -> Hold | None:
    """A person who paused hears nothing proactive before the moment they named."""
    until = q.person.paused_until
    if until is None or not q.message.proactive or q.at >= until:
        return None
    words, change = said("paused", until=until), said("if_resumes")
    return hold(q, "person_paused", words, Whose.OURS, until, change=change)


def quiet_hours(q: Question) -> Hold | None:
    """Nothing proactive in the person's quiet hours."""
    quiet = q.settings.quiet_hours
    if quiet is None or not q.message.proactive:
        return None
    ends = _quiet_until(q.at.astimezone(ZoneInfo(q.person_zone)), quiet)
    if ends is None:
        return None
    words = said("quiet_hours", until=ends)
    return hold(q, "quiet_hours", words, Whose.OURS, ends.astimezone(q.at.tzinfo))


def daily_cap(q: Question) -> Hold | None:
    """At most so many proactive messages a day for one person."""
    cap = q.settings.proactive_per_day
    if cap is None or not q.message.proactive or q.person.proactive_today < cap:
        return None
    here = q.at.astimezone(ZoneInfo(q.person_zone))
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    words = said("daily_cap", had=q.person.proactive_today, cap=cap)
    return hold(q, "daily_cap", words, Whose.OURS, tomorrow.astimezone(q.at.tzinfo))


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
