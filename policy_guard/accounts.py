"""What a decision is explained with: what it rests on, and what the grounds not asked would say.

Deciding stops at the first rule that answers; who wants to know why asks the others here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from .decide import decisive
from .decisions import Accounted, Assumption, Decision, Finding, Refuse, Send, findings_of
from .rules import FORBIDS, GROUNDS, lane_open
from .rules.forbids import (
    facts_are_readable,
    features_are_open,
    nothing_from_the_future,
    request_allowed,
)
from .rules.grounds import plus_one_left, private_reply_owed, tag_covers_purpose, window_open
from .rules.paid import sponsored_message, template_approved
from .rules.tokens import recurring_agreed, token_held
from .vocabulary import Purpose, Question

if TYPE_CHECKING:
    from .edition import Switch

_Answer = Decision | Finding | None
_Rule = Callable[[Question], _Answer]

#: After these nothing that is known of the person can be built on.
_UNFOUNDED = frozenset(rule.__name__ for rule in (facts_are_readable, nothing_from_the_future))
_FORBIDDING = tuple(rule.__name__ for rule in FORBIDS)
#: By the part of an edition that a switch changes: the rules that look at it.
_LOOK_AT: Mapping[str, tuple[_Rule, ...]] = {
    # a conversation that was opened is what a tag and a template follow
    "window": (window_open, tag_covers_purpose, template_approved, plus_one_left),
    "plus_one": (plus_one_left,),
    "tags": (tag_covers_purpose,),
    "utility_template": (template_approved,),
    "recurring_notification": (recurring_agreed, request_allowed),
    "one_time_notification": (token_held, request_allowed),
    "private_reply": (private_reply_owed,),
    "sponsored": (sponsored_message,),
    "features": (features_are_open,),
}


def accounted(q: Question, decision: Decision) -> Decision:
    """Return the decision on *q* with what it assumes and what the other grounds would have said.

    Nothing of the decision itself changes.
    """
    if decision.reason.rule in _UNFOUNDED:
        return decision
    asked = len(findings_of(decision)) + isinstance(decision, Send)
    unasked = tuple(_would_say(ground(q), q) for ground in GROUNDS[asked:])
    assumed = _assumed(q)
    if not assumed:
        return replace(decision, unasked=unasked)
    reason, telling = decision.reason, decision.reason.rule
    if reason.rule == "no_ground":
        telling = decisive(q, findings_of(decision)).rule
    own = assumed.get(telling, ())
    if reason.rule not in _FORBIDDING:  # what let the message come as far as this
        own += tuple(one for rule in _FORBIDDING for one in assumed.get(rule, ()))
    return _with_findings(
        decision,
        _with(reason, own),
        tuple(_with(f, assumed.get(f.rule, ())) for f in findings_of(decision)),
        tuple(_with(f, assumed.get(f.rule, ())) for f in unasked),
    )


def _would_say(answer: Send | Finding, q: Question) -> Finding:
    if isinstance(answer, Finding):
        return answer
    return lane_open(q, answer) or _with(answer.reason, carries=True)


def _assumed(q: Question) -> dict[str, tuple[Assumption, ...]]:
    """Return by rule the switches that, the other way, would let it answer otherwise."""
    found: dict[str, tuple[Assumption, ...]] = {}
    now: dict[str, _Answer] = {}
    for name, switch in q.edition.switches.items():
        rules = [r for part in switch.changes if _concerns(switch, part, q) for r in _LOOK_AT[part]]
        if not rules:
            continue
        other = replace(q, edition=q.edition.flipped(name))
        for rule in rules:
            told = rule.__name__
            if told not in now:
                now[told] = rule(q)
            on = name in q.edition.switched_on
            if _differ(now[told], rule(other), words=on):
                found[told] = (*found.get(told, ()), Assumption(name, on))
    return found


def _concerns(switch: Switch, part: str, q: Question) -> bool:
    """Tell whether what a switch changes of a part can be of any weight to the question."""
    if part == "window":
        changed = switch.changes[part].get("openers", {})
        return any(opener.kind.value in changed for opener in q.person.openers)
    if part == "tags":
        tag = q.edition.tag_for(q.message.purpose)
        return tag is not None and tag.name in switch.changes[part]
    if part == "features":
        return bool(q.message.features) or q.message.template is not None
    return part != "sponsored" or q.message.purpose is Purpose.PROMOTION


def _differ(one: _Answer, other: _Answer, *, words: bool) -> bool:
    """Tell whether two answers of a rule differ: in what comes of them or, asked so, in words.

    A switch that is on is in the words themselves; one that is off is worth telling of where the
    message would fare otherwise, or other advice would be given.
    """
    return _gist(one, words=words) != _gist(other, words=words)


def _gist(answer: _Answer, *, words: bool) -> object:
    if answer is None:
        return None
    finding = answer if isinstance(answer, Finding) else answer.reason
    advice = finding.change and finding.change.key
    return type(answer), finding.said if words else advice


def _with(f: Finding, assumes: tuple[Assumption, ...] = (), *, carries: bool = False) -> Finding:
    if not assumes and not carries:
        return f
    carries = carries or (isinstance(f, Accounted) and f.carries)
    return Accounted(f.rule, f.said, f.whose, f.source, f.change, f.opens_at, assumes, carries)


def _with_findings(
    decision: Decision, reason: Finding, findings: tuple[Finding, ...], unasked: tuple[Finding, ...]
) -> Decision:
    if isinstance(decision, Refuse):
        return replace(decision, reason=reason, lacking=findings, unasked=unasked)
    return replace(decision, reason=reason, passed=findings, unasked=unasked)
