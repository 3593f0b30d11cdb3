"""What happens when no ground was found: a refusal of its own, or waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ..decisions import Finding, Hold, Refuse, Whose
from ..sentences import said
from ..vocabulary import Purpose, Question
from .answers import hold, refuse


def reply_needs_its_turn(q: Question, _: Sequence[Finding]) -> Refuse | None:
    """Outside a turn that the person started nothing is an answer, so it is not kept as one."""
    if q.message.purpose is not Purpose.REPLY or q.message.in_turn:
        return None
    words, change = said("not_an_answer"), said("if_purpose")
    return refuse(q, "reply_needs_its_turn", words, Whose.OURS, change=change)


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
