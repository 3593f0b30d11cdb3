"""Message tags: what carries one kind of message out of the window."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..facts import Facts
from ..known import PageFacts, PersonFacts
from ..reading import refusal
from ..shape import ASKING, SUBSCRIPTION, Call
from .window import Window


def tag_of(call: Call, facts: Facts) -> str | None:
    """Return the tag of a call; before 2020-03-04 one messaging type did the work of a tag."""
    if call.messaging_type == SUBSCRIPTION:
        return facts.subscription_type_tag
    return call.tag


def check_tag(
    tag: str,
    call: Call,
    person: PersonFacts,
    page: PageFacts,
    moment: datetime,
    window: Window,
    facts: Facts,
) -> None:
    """Raise RefusedError unless the tag carries the call."""
    fact = facts.tags[tag]
    if fact.until is not None and moment >= fact.until:
        raise refusal(facts, fact.refusal or "bad_parameter")
    if fact.needs is not None and not getattr(page, fact.needs):
        raise refusal(facts, f"{fact.needs}_missing")
    if fact.template is not None and call.shape.template != fact.template:
        raise refusal(facts, "feedback_only")
    if not (window.has_thread or person.tokens or person.subscriptions):
        # A tag continues a conversation: somebody who never began one has no thread.
        raise refusal(facts, "outside_window")
    if fact.days_since_message is not None:
        last = person.last_message_at
        if last is None or not last <= moment < last + timedelta(days=fact.days_since_message):
            raise refusal(facts, "outside_window")
    asks = call.shape.template in ASKING and call.shape.template != fact.template
    if asks and not window.is_open:
        raise refusal(facts, "outside_window")
