"""Recurring notifications: asked for once, then sent again and again with the same token."""

from __future__ import annotations

from datetime import datetime

from ..facts import Facts
from ..known import PageFacts, PersonFacts, Subscription
from ..message_shape import OptIn
from ..reading import refusal
from .regions import regions_of


def find_subscription(
    value: str, person: PersonFacts | None, moment: datetime, facts: Facts
) -> Subscription:
    """Return the person's subscription; raises RefusedError for one that buys nothing now."""
    for one in person.subscriptions if person else ():
        if one.value == value and one.granted_at <= moment:
            if is_expired(one, moment, facts):
                raise refusal(facts, "recurring_token", "the token has expired")
            if one.stopped:
                raise refusal(facts, "recurring_stopped")
            if _is_too_soon(one, person, moment, facts):
                raise refusal(facts, "recurring_too_soon")
            return one
    raise refusal(facts, "recurring_token", "the notification_messages_token is unknown")


def is_expired(one: Subscription, moment: datetime, facts: Facts) -> bool:
    """Whether the token is dead; those that lived on 2023-08-10 expire no more."""
    return (
        one.expires_at is not None
        and one.expires_at <= moment
        and (one.expires_at < facts.recurring.expire_until)
    )


def _is_too_soon(
    one: Subscription, person: PersonFacts | None, moment: datetime, facts: Facts
) -> bool:
    """Whether the person's gap or the token's own frequency is not over yet."""
    rules = facts.recurring
    gap = next(gap for start, gap in reversed(rules.gaps) if moment >= start)
    sent = [s.last_sent_at for s in (person.subscriptions if person else ()) if s.last_sent_at]
    if sent and moment < max(sent) + gap:
        return True
    if one.frequency is None or one.last_sent_at is None or moment >= rules.frequencies_until:
        return False
    return moment < one.last_sent_at + rules.frequencies[one.frequency]


def check_recurring(
    person: PersonFacts, page: PageFacts, moment: datetime, facts: Facts, *, asks: bool
) -> None:
    """Raise RefusedError unless the Page may notify there, or ask to."""
    rules = facts.recurring
    if moment >= rules.only_from and not regions_of(person, page) <= rules.only_regions:
        raise refusal(facts, "recurring_ended")
    if not page.recurring_notifications:
        raise refusal(facts, "recurring_request_missing" if asks else "recurring_missing")


def check_opt_in(opt_in: OptIn, person: PersonFacts, moment: datetime, facts: Facts) -> None:
    """Raise RefusedError for a request that repeats another."""
    for request in person.opt_in_requests:
        if request.title == opt_in.title and (
            request.at <= moment < request.at + facts.recurring.same_title
        ):
            raise refusal(facts, "recurring_repeated")
    for one in person.subscriptions:
        if (
            (one.title == opt_in.title or one.topic == opt_in.payload)
            and not one.stopped
            and one.granted_at <= moment
            and not is_expired(one, moment, facts)
        ):
            raise refusal(facts, "recurring_repeated")
