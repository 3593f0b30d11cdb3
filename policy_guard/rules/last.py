"""What happens when no ground was found: a refusal of its own, or waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..decisions import Finding, Hold, Refuse, Whose
from ..sentences import said
from ..vocabulary import Purpose, Question
from .answers import hold, refuse
from .stops import LANE_STOPPED


def reply_needs_its_turn(q: Question, _: Sequence[Finding]) -> Refuse | None:
    """Outside a turn that the person started nothing is an answer, so it is not kept as one."""
    if q.message.purpose is not Purpose.REPLY or q.message.in_turn:
        return None
    words, change = said("not_an_answer"), said("if_purpose")
    return refuse(q, "reply_needs_its_turn", words, Whose.OURS, change=change)


def lane_stopped(q: Question, missing: Sequence[Finding]) -> Hold | Refuse | None:
    """What only a stopped way of sending would have carried waits until it is lifted.

    An answer does not wait: what it answers is over by then.
    """
    stopped = [f for f in missing if f.rule == LANE_STOPPED]
    if not stopped:
        return None
    words, change = stopped[0].said, stopped[0].change
    if not q.message.proactive or q.message.hold_for == timedelta(0):
        return refuse(q, LANE_STOPPED, words, Whose.PLATFORM, change=change)
    return hold(q, LANE_STOPPED, words, Whose.PLATFORM, None, change=change)


def may_wait(q: Question, missing: Sequence[Finding]) -> Hold | None:
    """An answer waits until the person writes; other messages where their author said how long.

    Where a ground is known to open by itself before that, it waits for that moment.
    """
    m = q.message
    if m.hold_for is None and m.purpose is not Purpose.REPLY:
        return None
    if m.hold_for == timedelta(0):
        return None
    keep = m.hold_for or q.settings.hold_for
    opening = [f.opens_at for f in missing if f.opens_at and f.opens_at < q.at + keep]
    if opening:
        until = min(opening)
        words = said("waits_until", until=until)
        return hold(q, "may_wait", words, Whose.PLATFORM, until, change=said("if_writes_again"))
    change = said("if_writes_again")
    return hold(q, "may_wait", said("waits"), Whose.PLATFORM, None, change=change)
