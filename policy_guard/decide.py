"""The decision: no clock, no store, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from .decisions import Decision, Finding, Hold, Refuse, Send, Whose
from .rules import FORBIDS, GROUNDS, LAST, POSTPONES, lane_open
from .sentences import said
from .vocabulary import Purpose, Question

#: The ground that is made for a purpose; for the others it is the tag that carries it, if any.
_GROUND_OF = {
    Purpose.PROMOTION: "sponsored_message",
    Purpose.ALERT: "token_held",
}


def decide(q: Question) -> Decision:
    """Answer *q*: what forbids, then the first ground that carries, then waiting, then no."""
    for forbid in FORBIDS:
        no = forbid(q)
        if no is not None:
            return _never_late(q, no)
    missing: list[Finding] = []
    for ground in GROUNDS:
        answer = ground(q)
        if isinstance(answer, Send):
            stopped = lane_open(q, answer)
            if stopped is None:
                return _now_or_later(q, replace(answer, passed=tuple(missing)))
            answer = stopped
        missing.append(answer)
    for last in LAST:
        decision = last(q, missing)
        if isinstance(decision, Hold):
            whose = _whose(missing)
            return replace(
                decision, reason=replace(decision.reason, whose=whose), passed=tuple(missing)
            )
        if decision is not None:
            return replace(decision, lacking=tuple(missing))
    return _no_ground(q, missing)


def _now_or_later(q: Question, send: Send) -> Decision:
    for postpone in POSTPONES:
        later = postpone(q)
        if later is not None:
            return _never_late(q, replace(later, passed=send.passed))
    return send


def _never_late(q: Question, decision: Hold | Refuse) -> Hold | Refuse:
    """Turn a hold into a refusal where the author said that the message is worth nothing later."""
    if isinstance(decision, Hold) and q.message.hold_for == timedelta(0):
        return Refuse(decision.reason, decision.edition, decision.passed)
    return decision


def _no_ground(q: Question, missing: list[Finding]) -> Refuse:
    whose = _whose(missing)
    words = said("no_ground", findings=tuple(f.said for f in missing))
    source = decisive(q, missing).source
    return Refuse(Finding("no_ground", words, whose, source), q.edition.id, tuple(missing))


def decisive(q: Question, missing: Sequence[Finding]) -> Finding:
    """Return what the ground made for this purpose lacked, or else the window's."""
    own = _GROUND_OF.get(q.message.purpose, "tag_covers_purpose")
    return next((f for f in missing if f.rule == own and f.source), missing[0])


def _whose(missing: list[Finding]) -> Whose:
    """Return ours when only our own caution stood between the message and a ground."""
    return Whose.OURS if any(f.whose is Whose.OURS for f in missing) else Whose.PLATFORM
