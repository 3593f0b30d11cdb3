"""The rules, one function each: it answers, or says what it found missing.

`FORBIDS` come first, then `GROUNDS` from free to dear, `POSTPONES` where a ground was found, and
`LAST` when none was. A rule reads nothing but the question and what the rules before it found.
"""

from __future__ import annotations

from .answers import Forbid, Ground, Last, Postpone
from .forbids import (
    alert_chosen,
    asked_once_told_once,
    facts_are_readable,
    features_are_open,
    nothing_from_the_future,
    notification_complete,
    person_answers,
    person_can_be_reached,
    person_stopped,
    request_allowed,
    thread_is_ours,
)
from .grounds import plus_one_left, private_reply_owed, tag_covers_purpose, window_open
from .last import lane_stopped, may_wait, reply_needs_its_turn
from .paid import sponsored_message, template_approved
from .postpones import (
    daily_cap,
    page_restricted,
    person_paused,
    quiet_hours,
    wording_reads_as_promotion,
)
from .stops import lane_open
from .tokens import OTN_REQUEST, recurring_agreed, token_held
from .windows import window_until

__all__ = ["FORBIDS", "GROUNDS", "LAST", "OTN_REQUEST", "POSTPONES", "lane_open", "window_until"]

FORBIDS: tuple[Forbid, ...] = (
    facts_are_readable,
    nothing_from_the_future,
    person_can_be_reached,
    person_stopped,
    alert_chosen,
    asked_once_told_once,
    notification_complete,
    request_allowed,
    features_are_open,
    thread_is_ours,
    person_answers,
)
#: Free grounds first, then those that can be used up, a person's own token last of all.
GROUNDS: tuple[Ground, ...] = (
    window_open,
    tag_covers_purpose,
    template_approved,
    recurring_agreed,
    private_reply_owed,
    plus_one_left,
    token_held,
    sponsored_message,
)
POSTPONES: tuple[Postpone, ...] = (
    page_restricted,
    wording_reads_as_promotion,
    person_paused,
    quiet_hours,
    daily_cap,
)
LAST: tuple[Last, ...] = (reply_needs_its_turn, lane_stopped, may_wait)
