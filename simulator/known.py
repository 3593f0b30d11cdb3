"""What the judge is told: what is true of a person and of a Page at the moment of a call.

Every field has a default under which nothing more is allowed than without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Opening:
    """Something the person did at a UTC moment, by its kind (`message`, `reaction`, `read`...)."""

    kind: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True)
class Token:
    """A one-time notification token the person granted; moments are UTC.

    `fulfilled`: the person has had the message they asked for already, by another way.
    """

    value: str
    topic: str
    granted_at: datetime
    used_at: datetime | None = None
    fulfilled: bool = False


@dataclass(frozen=True)
class Subscription:
    """A recurring notification the person agreed to, by its token; moments are UTC."""

    value: str
    topic: str
    granted_at: datetime
    last_sent_at: datetime | None = None
    expires_at: datetime | None = None
    stopped: bool = False
    title: str = ""
    frequency: str | None = None  # DAILY, WEEKLY or MONTHLY, before 2023-02-02


@dataclass(frozen=True)
class OptInRequest:
    """A request for recurring notifications that the person was sent at a UTC moment."""

    title: str
    at: datetime


@dataclass(frozen=True)
class Comment:
    """A comment on a post of the Page, or a visitor's own post; moments are UTC."""

    id: str
    at: datetime
    replied_at: datetime | None = None
    is_post: bool = False


@dataclass(frozen=True)
class PersonFacts:
    """What is true of one person towards the Page; `region` None means the Page's."""

    psid: str
    openings: tuple[Opening, ...] = ()
    last_message_at: datetime | None = None
    tokens: tuple[Token, ...] = ()
    region: str | None = None
    stopped_at: datetime | None = None
    blocked: bool = False
    thread_owner: str = "us"
    mids: frozenset[str] = frozenset()  # messages of the thread that a react or reply may name
    plus_one_used: bool = False  # since the last opening; before 2020-03-04
    subscriptions: tuple[Subscription, ...] = ()
    opt_in_requests: tuple[OptInRequest, ...] = ()
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class UtilityTemplate:
    """A template of the Page in one language: how many parameters each part takes.

    `names` are those of a template with named parameters, empty for numbered ones; `words` is the
    fixed text of the body and header.
    """

    name: str
    language: str
    status: str = "APPROVED"
    header: int = 0
    body: int = 0
    buttons: int = 0
    names: frozenset[str] = frozenset()
    words: str = ""
    image: bool = False  # the header is a picture, which a send may replace


@dataclass(frozen=True)
class PageFacts:
    """What is true of the Page.

    `ad_click_window` is how long the platform lets this Page answer the first message after an ad.
    """

    region: str = "US"
    human_agent: bool = False
    one_time_notification: bool = True
    restricted: bool = False
    recurring_notifications: bool = False
    news_page_index: bool = False
    utility_everywhere: bool = False
    utility_templates: tuple[UtilityTemplate, ...] = ()
    ad_click_window: timedelta = timedelta(hours=24)
