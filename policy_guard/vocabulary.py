"""The words of a question: message, person, page, settings; all frozen, no clock, no store."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .edition import Edition


class Purpose(str, Enum):
    """Why a message is written; the author declares it, the guard finds the ground."""

    REPLY = "reply"
    PROMOTION = "promotion"
    ACCOUNT_UPDATE = "account_update"
    POST_PURCHASE_UPDATE = "post_purchase_update"
    CONFIRMED_EVENT_UPDATE = "confirmed_event_update"
    FEEDBACK = "feedback"
    HUMAN_AGENT = "human_agent"
    NEWS = "news"
    ALERT = "alert"


#: Purposes whose grounds outside the window may carry no promotion.
NON_PROMOTIONAL = frozenset(
    {
        Purpose.ACCOUNT_UPDATE,
        Purpose.POST_PURCHASE_UPDATE,
        Purpose.CONFIRMED_EVENT_UPDATE,
        Purpose.FEEDBACK,
        Purpose.HUMAN_AGENT,
        Purpose.NEWS,
    }
)
#: What an author declares of a message: why it is written, and how it may be sent.
REASONS = ("purpose", "topic", "push", "hold_for")
DECLARED = (*REASONS, "utility_template", "parameters", "not_promotional")
#: A reason in words; `true` and `yes` give none.
IN_WORDS = re.compile(r"\s*\S+\s+\S")
LONGEST_TOPIC = 200  # characters
#: A utility template's name as the platform takes it.
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,128}")


class Author(str, Enum):
    """Who wrote the text."""

    BOT = "bot"
    HUMAN = "human"


class Push(str, Enum):
    """How loudly the person's phone tells of a message, in our words."""

    REGULAR = "regular"
    SILENT = "silent"
    NONE = "none"


class OpenerKind(str, Enum):
    """What a person did; the edition says which of these open the standard messaging window."""

    MESSAGE = "message"
    POSTBACK = "postback"
    REFERRAL = "referral"
    REACTION = "reaction"
    COMMENT = "comment"
    AD_CLICK_MESSAGE = "ad_click_message"
    SEND_TO_MESSENGER = "send_to_messenger"
    UNREACT = "unreact"
    READ = "read"
    DELIVERY = "delivery"
    ECHO = "echo"
    MESSAGE_EDIT = "message_edit"
    ACCOUNT_LINKING = "account_linking"
    MESSAGING_FEEDBACK = "messaging_feedback"  # a filled-in feedback form
    RESPONSE_FEEDBACK = "response_feedback"  # a thumb under an answer
    AD_CLICK_WITHOUT_MESSAGE = "ad_click_without_message"
    ONE_TIME_NOTIFICATION_OPTIN = "one_time_notification_optin"
    RECURRING_NOTIFICATION_OPTIN = "recurring_notification_optin"


#: What a person does that may open a window; the edition has the last word.
OPENING = frozenset(
    {
        OpenerKind.MESSAGE,
        OpenerKind.POSTBACK,
        OpenerKind.REFERRAL,
        OpenerKind.REACTION,
        OpenerKind.AD_CLICK_MESSAGE,
        OpenerKind.SEND_TO_MESSENGER,
    }
)
#: The templates that the platform's policy has rules of its own for; any other is only a shape.
GOVERNED = ("one_time_notif_req", "customer_feedback", "notification_messages")
RECURRING_REQUEST = "notification_messages"
#: The title of a request for recurring notifications that names none (Marketing Messages page).
DEFAULT_TITLE = "Updates and promotions"
#: The openers in which the person wrote or tapped something that a person can answer.
SPEECH = frozenset({OpenerKind.MESSAGE, OpenerKind.POSTBACK, OpenerKind.AD_CLICK_MESSAGE})


class TokenKind(str, Enum):
    """What kind of permission a stored token is."""

    ONE_TIME = "one_time_notification"
    RECURRING = "recurring_notification"
    PRIVATE_REPLY = "private_reply"  # a comment or a post that may be answered once in private


class Frequency(str, Enum):
    """How often a recurring notification may come: what the person agreed to until 2023-02-02."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Feature(str, Enum):
    """Something of the platform that is closed to some regions at times."""

    SENDER_ACTIONS = "sender_actions"
    MEDIA = "media"  # audio, video and file attachments
    PERSONAS = "personas"
    PERSISTENT_MENU = "persistent_menu"
    CUSTOMER_FEEDBACK = "customer_feedback"  # the template


@dataclass(frozen=True)
class Opener:
    """Something the person did at a moment (UTC); *ref* is the data of a referral link."""

    kind: OpenerKind
    at: datetime
    ref: str | None = None


@dataclass(frozen=True)
class Token:
    """A permission the person gave for one topic; times in UTC."""

    id: str
    topic: str
    granted_at: datetime
    kind: TokenKind = TokenKind.ONE_TIME
    spent: bool = False
    fulfilled: bool = False
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    frequency: Frequency | None = None  # of a recurring one, where it was agreed to
    title: str | None = None  # of the request that it answers, where it is known


@dataclass(frozen=True)
class Request:
    """A request for recurring notifications that the person got at a moment (UTC)."""

    title: str
    at: datetime


@dataclass(frozen=True)
class Message:
    """What is to be sent, as its author declared it."""

    purpose: Purpose = Purpose.REPLY
    topic: str | None = None
    text: str = ""
    parts: int = 1  # messages on the wire, after merging what may be merged
    push: Push | None = None
    template: str | None = None  # the template it is, where the platform has rules for that one
    request_title: str | None = None  # of a request for recurring notifications; None: the default
    request_topic: str | None = None  # what such a request asks for
    utility_template: str | None = None  # the approved template it could be sent as
    unfilled: tuple[str, ...] = ()  # parameters of that template for which no value was found
    features: frozenset[Feature] = frozenset()
    language: str | None = None  # of the words, where the author's variations tell
    hold_for: timedelta | None = None
    author: Author = Author.BOT
    in_turn: bool = True  # the person's own action started the turn that this answers
    confirms_stop: bool = False  # the one confirmation of the STOP that started the turn
    confirms_order: bool = False  # it answers the word STOP or START, whoever else answers
    promotional: bool = False  # its words read as promotion, and nobody has let them pass
    not_promotional: bool = False  # its author says so, with a reason, however the words read
    turn_paid: bool = False  # an earlier response of this turn went out on a single-use ground

    @property
    def proactive(self) -> bool:
        """Tell whether this is anything but an answer; only a human answers as a human agent."""
        if self.purpose is Purpose.HUMAN_AGENT:
            return self.author is not Author.HUMAN
        return self.purpose is not Purpose.REPLY

    @property
    def governed(self) -> str | None:
        """Return the template it is where the platform has rules for that one, else None."""
        return self.template if self.template in GOVERNED else None

    @property
    def asked_once(self) -> bool:
        """Tell whether the topic is a single thing, such as `back_in_stock:sku-42`."""
        return self.topic is not None and ":" in self.topic


@dataclass(frozen=True)
class Person:
    """What is known of the person; times in UTC, None where nothing is known."""

    openers: tuple[Opener, ...] = ()
    last_message_at: datetime | None = None
    tokens: tuple[Token, ...] = ()
    requests: tuple[Request, ...] = ()  # for recurring notifications, of the last days
    alerts: frozenset[str] = frozenset()
    stopped: bool = False
    stopped_at: datetime | None = None  # None with *stopped*: before everything
    paused_until: datetime | None = None
    region: str | None = None  # None: what the page takes for it
    time_zone: str | None = None  # None: the page's
    blocked: bool = False
    human_until: datetime | None = None  # a person answers for the Page until then
    private_reply_used: bool = False
    private_reply_id: str | None = None  # the stored permission to answer the comment
    plus_one_used: bool = False
    proactive_today: int = 0


@dataclass(frozen=True)
class Page:
    """What the platform has allowed this Page, and where it is."""

    human_agent: bool = False
    one_time_notification: bool = False
    recurring_notifications: bool = False
    utility_templates: tuple[str, ...] = ()
    news_page_index: bool = False
    ours: bool = True  # this app owns the thread
    region: str = "US"
    default_person_region: str | None = None  # None: the page's own
    time_zone: str = "UTC"
    restricted: bool = False  # everything proactive is stopped
    stopped: frozenset[str] = frozenset()  # grounds, and `template:NAME`, that are stopped


@dataclass(frozen=True)
class QuietHours:
    """From *start* to *end*, local time of the person; may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True)
class Settings:
    """Our own caution, never the platform's rules."""

    window_margin: timedelta = timedelta(minutes=5)
    quiet_hours: QuietHours | None = None
    proactive_per_day: int | None = None
    ad_click_window: timedelta = timedelta(hours=24)
    hold_for: timedelta = timedelta(days=2)
    future_tolerance: timedelta = timedelta(minutes=5)
    hold_promotional: bool = False  # what reads as promotion waits


@dataclass(frozen=True)
class Question:
    """Everything a decision rests on; two equal questions have the same answer."""

    at: datetime
    message: Message
    person: Person
    page: Page
    edition: Edition
    settings: Settings = field(default_factory=Settings)
    unreadable: tuple[str, ...] = ()  # sentences: facts that could not be read

    @property
    def person_region(self) -> str:
        """Return the person's region, or what is taken for it where it is not known."""
        return self.person.region or self.page.default_person_region or self.page.region

    @property
    def person_zone(self) -> str:
        """Return the person's time zone, or the page's where it is not known."""
        return self.person.time_zone or self.page.time_zone
