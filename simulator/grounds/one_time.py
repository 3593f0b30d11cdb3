"""One-time notifications: one message for one token."""

from __future__ import annotations

from datetime import datetime

from ..facts import Facts
from ..known import PageFacts, PersonFacts, Token
from ..reading import refusal


def find_token(value: str, person: PersonFacts | None, moment: datetime, facts: Facts) -> Token:
    """Return the person's token; raises RefusedError for one that buys nothing."""
    for token in person.tokens if person else ():
        if token.value == value and token.granted_at <= moment:
            if token.used_at is not None:
                raise refusal(facts, "token_refused", "the one_time_notif_token was used before")
            if moment >= token.granted_at + facts.token_valid:
                raise refusal(facts, "token_refused", "the one_time_notif_token has expired")
            return token
    raise refusal(facts, "token_refused", "the one_time_notif_token is unknown")


def check_one_time(page: PageFacts, facts: Facts) -> None:
    """Raise RefusedError unless the Page may ask and notify."""
    if not page.one_time_notification:
        raise refusal(facts, "one_time_missing")
