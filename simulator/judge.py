"""The judge: what the platform would answer to one Send API body, and what a reviewer would say.

It is pure: the body, what is true of the person and the Page, and the moment go in; a verdict comes
out. Two verdicts in fact, because the API does not see everything the policy forbids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .facts import Facts, load_facts
from .grounds.one_time import check_one_time, find_token
from .grounds.private_reply import find_comment
from .grounds.recurring import check_opt_in, check_recurring, find_subscription
from .grounds.regions import check_cuts
from .grounds.tags import check_tag, tag_of
from .grounds.utility import check_utility
from .grounds.window import Window, window_until
from .known import (
    Comment,
    Opening,
    OptInRequest,
    PageFacts,
    PersonFacts,
    Subscription,
    Token,
    UtilityTemplate,
)
from .reading import PlatformError, RefusedError, refusal
from .reviewer import Objection, Reviewed, keyword, objections, promotional_phrase
from .shape import COMMENTS, Call, read_call

__all__ = [
    "Accepted",
    "Comment",
    "Objection",
    "Opening",
    "OptInRequest",
    "PageFacts",
    "PersonFacts",
    "Subscription",
    "Token",
    "UtilityTemplate",
    "Verdict",
    "judge",
    "keyword",
    "promotional_phrase",
    "window_until",
]


@dataclass(frozen=True)
class Accepted:
    """The API takes the call on `ground`; what the call uses up or fills in is beside it."""

    call: Call
    ground: str
    token: Token | None = None
    subscription: Subscription | None = None
    comment: Comment | None = None
    template: UtilityTemplate | None = None


@dataclass(frozen=True)
class Verdict:
    """What the API answers, and what a reviewer objects to in what the API took."""

    api: Accepted | PlatformError
    reviewer: tuple[Objection, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the API took the call."""
        return isinstance(self.api, Accepted)


def judge(
    body: object,
    person: PersonFacts | None,
    page: PageFacts,
    moment: datetime,
    *,
    human_wrote: bool = False,
    topic: str | None = None,
    purpose: str | None = None,
    facts: Facts | None = None,
) -> Verdict:
    """Return the verdict on `body` sent at `moment` (UTC) to `person`, None meaning a stranger.

    `topic` and `purpose` are what the message's author declares; nothing is held against a message
    that declares nothing.
    """
    book = facts or load_facts()
    try:
        if moment < book.history_starts:
            raise refusal(book, "before_history")
        call = read_call(body, moment, book)
        accepted = _admit(call, person, page, moment, book)
    except RefusedError as refused:
        return Verdict(refused.error)
    if call.kind != "message" or person is None:
        return Verdict(accepted)
    paid_with = accepted.token or accepted.subscription
    message = Reviewed(call, person, human_wrote, topic, purpose, paid_with, accepted.template)
    return Verdict(accepted, objections(message, book))


def _admit(
    call: Call, person: PersonFacts | None, page: PageFacts, moment: datetime, facts: Facts
) -> Accepted:
    """Return the call with what makes it lawful; raises RefusedError."""
    if page.restricted:
        raise refusal(facts, "page_restricted")
    token = subscription = comment = None
    if call.recipient == "one_time_notif_token":
        token = find_token(call.known_as, person, moment, facts)
    elif call.recipient == "notification_messages_token":
        subscription = find_subscription(call.known_as, person, moment, facts)
    elif call.recipient in COMMENTS:
        comment = find_comment(call, person, moment, facts)
    if person is None or call.psid not in (None, person.psid):
        raise refusal(facts, "unknown_person")
    if person.blocked:
        raise refusal(facts, "person_unavailable")
    if person.thread_owner != "us":
        raise refusal(facts, "other_owner")
    check_cuts(call, person, page, moment, facts)
    window = Window(person, page, moment, facts)
    _check_permissions(call, person, page, moment, facts)
    template = None
    if token is not None:
        ground = "one_time_notification"
    elif subscription is not None:
        ground = "recurring_notification"
    elif comment is not None:
        ground = "private_reply"
    elif call.utility is not None:
        ground = "utility_template"
        template = check_utility(call.utility, person, page, window, facts)
    else:
        ground = _plain_ground(call, person, page, moment, window, facts)
    _check_asking(call, person, moment, window, facts, paid=token is not None)
    _check_named_message(call, person, moment, facts)
    return Accepted(call, ground, token, subscription, comment, template)


def _plain_ground(
    call: Call,
    person: PersonFacts,
    page: PageFacts,
    moment: datetime,
    window: Window,
    facts: Facts,
) -> str:
    tag = tag_of(call, facts)
    if tag is not None:
        check_tag(tag, call, person, page, moment, window, facts)
        return f"tag:{tag}"
    if window.is_open:
        return "standard_window"
    if window.has_plus_one and call.kind == "message":
        return "plus_one"
    raise refusal(facts, "outside_window")


def _check_permissions(
    call: Call, person: PersonFacts, page: PageFacts, moment: datetime, facts: Facts
) -> None:
    if call.recipient == "one_time_notif_token" or call.one_time is not None:
        check_one_time(page, facts)
    if call.recipient == "notification_messages_token" or call.opt_in is not None:
        asks = call.opt_in is not None
        check_recurring(person, page, moment, facts, asks=asks)


def _check_asking(
    call: Call,
    person: PersonFacts,
    moment: datetime,
    window: Window,
    facts: Facts,
    *,
    paid: bool,
) -> None:
    """Check that a request to notify stands in the window; only a one-time token carries one out.

    The one further message before 2020-03-04 and a private reply carry none: the careful reading.
    """
    asks_once_with_token = paid and call.one_time is not None
    asks = call.one_time is not None or call.opt_in is not None
    if asks and not window.is_open and not asks_once_with_token:
        raise refusal(facts, "outside_window")
    if call.opt_in is not None:
        check_opt_in(call.opt_in, person, moment, facts)


def _check_named_message(call: Call, person: PersonFacts, moment: datetime, facts: Facts) -> None:
    named = [mid for mid in (call.reply_to, call.reaction_to) if mid is not None]
    for mid in named:
        if mid not in person.mids:
            raise refusal(facts, "bad_parameter", f"the thread has no message `{mid}`")
    last = person.last_message_at
    if call.reply_to is not None and (last is None or moment >= last + facts.window):
        # Changelog of 2025-07-15: a reply needs a message of the person's in the last 24 hours.
        raise refusal(facts, "outside_window")
