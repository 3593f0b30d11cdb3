"""The simulated world: a movable clock, people, their threads and what they agreed to."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from .ads import Ads
from .facts import Facts
from .grounds.window import opens
from .known import Comment, Opening, OptInRequest, PersonFacts, Subscription, Token
from .message_shape import OptIn
from .reviewer import keyword
from .templates import Templates

MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# A typing bubble nobody renews goes away by itself after this long.
TYPING_LASTS = timedelta(seconds=20)


class WorldError(ValueError):
    """Something asked of the world that it cannot do, with one sentence saying why."""


class Clock:
    """The platform's clock: the real one moved by `offset_ms` milliseconds; it keeps running."""

    def __init__(self, start_at: datetime | None = None) -> None:
        self._start_at = start_at
        self.offset_ms = 0
        self.reset()

    def reset(self) -> None:
        """Go back to the moment the simulation began with."""
        self.offset_ms = 0
        if self._start_at is not None:
            self.set_now(self._start_at)

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return datetime.now(timezone.utc) + self.offset_ms * MILLISECOND

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, backwards when negative; raises WorldError past the calendar."""
        self.set_offset(self.offset_ms + round(seconds * 1000))

    def set_now(self, moment: datetime) -> None:
        """Make `moment` (UTC) the present."""
        self.set_offset(round((moment - datetime.now(timezone.utc)) / MILLISECOND))

    def set_offset(self, offset_ms: int) -> None:
        """Set the distance to the real clock; raises WorldError past the calendar."""
        try:
            moved = datetime.now(timezone.utc) + offset_ms * MILLISECOND
            # A century at either end keeps every later sum inside the calendar.
            moved.replace(year=moved.year + 100), moved.replace(year=moved.year - 100)
        except (OverflowError, ValueError) as error:
            raise WorldError(f"the clock cannot be moved by `{offset_ms}` ms") from error
        self.offset_ms = offset_ms


@dataclass
class Message:
    """One line of a thread; `said` is what it shows, in the platform's own form."""

    seq: int
    mid: str
    sender: str  # "page" or "person"
    at: datetime
    said: dict[str, Any]
    kind: str = "message"
    messaging_type: str | None = None
    tag: str | None = None
    notification_type: str | None = None
    paid_with: str | None = None
    ground: str | None = None
    persona_id: str | None = None
    metadata: str | None = None
    reaction: str | None = None
    notify_tapped: bool = False


@dataclass(frozen=True)
class Note:
    """A line of a thread that nobody wrote: a refused call, an objection, a jump of the clock."""

    seq: int
    at: datetime
    kind: str
    text: str


@dataclass
class Person:
    """Somebody who may talk to the Page; `region` None means the Page's."""

    psid: str
    name: str
    region: str | None = None
    blocked: bool = False
    thread_owner: str = "us"
    human_writing: bool = False
    openings: list[Opening] = field(default_factory=list)
    last_message_at: datetime | None = None
    stopped_at: datetime | None = None
    tokens: list[Token] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    opt_in_requests: list[OptInRequest] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    plus_one_at: datetime | None = None
    messages: list[Message] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    typing_since: datetime | None = None
    seen_at: datetime | None = None
    read_at: datetime | None = None

    def facts(self, book: Facts) -> PersonFacts:
        """Return what the judge needs to know."""
        used_at = self.plus_one_at
        return PersonFacts(
            psid=self.psid,
            openings=tuple(self.openings),
            last_message_at=self.last_message_at,
            tokens=tuple(self.tokens),
            region=self.region,
            stopped_at=self.stopped_at,
            blocked=self.blocked,
            thread_owner=self.thread_owner,
            mids=frozenset(m.mid for m in self.messages),
            plus_one_used=used_at is not None
            and not any(o.at >= used_at and opens(o, book) for o in self.openings),
            subscriptions=tuple(self.subscriptions),
            opt_in_requests=tuple(self.opt_in_requests),
            comments=tuple(self.comments),
        )

    def did(self, kind: str, at: datetime, ref: str | None = None) -> None:
        """Record what the person did at a UTC moment."""
        self.openings.append(Opening(kind, at, ref))
        if kind in ("message", "postback", "ad_click_message") and (
            self.last_message_at is None or at > self.last_message_at
        ):
            self.last_message_at = at

    def wrote(self, text: str, at: datetime, facts: Facts) -> None:
        """Notice STOP and START among what the person typed."""
        word = keyword(text, facts)
        if word == "stop":
            self.stopped_at = at
        elif word == "start":
            self.stopped_at = None

    def is_typing(self, now: datetime) -> bool:
        """Whether the Page's typing bubble shows to the person."""
        return self.typing_since is not None and now - self.typing_since < TYPING_LASTS

    def message(self, mid: str) -> Message:
        """Return the message of the thread with this id; raises WorldError."""
        for message in reversed(self.messages):
            if message.mid == mid:
                return message
        raise WorldError(f"the thread has no message `{mid}`")

    def from_page(self, mid: str | None = None) -> Iterator[Message]:
        """Yield the Page's messages, newest first, only the one called `mid` when it is given."""
        for message in reversed(self.messages):
            if message.sender == "page" and mid in (None, message.mid):
                yield message


class World:
    """Everybody, everything said, the Page's templates and ads, and the clock."""

    def __init__(self, facts: Facts, start_at: datetime | None = None) -> None:
        self.facts = facts
        self.clock = Clock(start_at)
        self.people: dict[str, Person] = {}
        self.templates = Templates(facts)
        self.ads = Ads(facts)
        self.profile: dict[str, Any] = {}  # the Page's Messenger profile, by property
        self._known_by: dict[str, Person] = {}  # by a token, or by a comment's id
        self._asked_in: dict[str, str] = {}  # one-time token: the message that asked for it
        self._seq = 0

    def reset(self) -> None:
        """Forget everybody and go back to the first moment."""
        self.people.clear()
        self.templates.clear()
        self.ads.clear()
        self.profile.clear()
        self._known_by.clear()
        self._asked_in.clear()
        self.clock.reset()

    def next_seq(self) -> int:
        """Return the next place in the order in which things happened."""
        self._seq += 1
        return self._seq

    def add_person(self, psid: str | None, name: str | None, region: str | None) -> Person:
        """Return a new person; raises WorldError for a PSID that is taken."""
        psid = psid or str(secrets.randbelow(9 * 10**15) + 10**15)
        if psid in self.people:
            raise WorldError(f"the person `{psid}` exists already")
        self.people[psid] = Person(psid, name or f"Person {len(self.people) + 1}", region)
        return self.people[psid]

    def person(self, psid: str) -> Person:
        """Return a known person; raises WorldError."""
        if psid not in self.people:
            raise WorldError(f"there is no person `{psid}`")
        return self.people[psid]

    def known_by(self, name: str) -> Person | None:
        """Return who granted a token or wrote a comment."""
        return self._known_by.get(name)

    # -- what people agree to -----------------------------------------------------------------

    def grant(self, person: Person, topic: str, at: datetime, mid: str) -> Token:
        """Return a new one-time token for `topic` that the message `mid` asked for."""
        token = Token("otn_" + secrets.token_hex(16), topic, at)
        person.tokens.append(token)
        self._known_by[token.value] = person
        self._asked_in[token.value] = mid
        return token

    def spend(self, person: Person, token: Token, at: datetime) -> None:
        """Mark a token used at a UTC moment; others that the same message asked for fulfilled."""
        asked_in = self._asked_in.get(token.value)
        for place, one in enumerate(person.tokens):
            if one.value == token.value:
                person.tokens[place] = replace(one, used_at=at)
            elif self._asked_in.get(one.value) == asked_in:
                person.tokens[place] = replace(one, fulfilled=True)

    def subscribe(self, person: Person, asked: OptIn, at: datetime) -> Subscription:
        """Return a new subscription to what the Page asked for."""
        rules = self.facts.recurring
        one = Subscription(
            value="rn_" + secrets.token_hex(16),
            topic=asked.payload,
            granted_at=at,
            expires_at=at + rules.lives[asked.frequency or "MONTHLY"],
            title=asked.title,
            frequency=asked.frequency,
        )
        person.subscriptions.append(one)
        self._known_by[one.value] = person
        return one

    def change_subscription(
        self, person: Person, one: Subscription, **changes: Any
    ) -> Subscription:
        """Return a person's subscription with `changes`, which replaces it."""
        place = [s.value for s in person.subscriptions].index(one.value)
        person.subscriptions[place] = replace(one, **changes)
        return person.subscriptions[place]

    def add_comment(self, person: Person, comment: Comment) -> None:
        """Record a comment or a visitor's post; raises WorldError for an id that is taken."""
        if comment.id in self._known_by:
            raise WorldError(f"the comment `{comment.id}` exists already")
        person.comments.append(comment)
        self._known_by[comment.id] = person

    def answer_comment(self, person: Person, comment: Comment, at: datetime) -> None:
        """Mark a comment as privately answered at a UTC moment."""
        place = [c.id for c in person.comments].index(comment.id)
        person.comments[place] = replace(comment, replied_at=at)

    # -- threads ------------------------------------------------------------------------------

    def said(
        self, person: Person, sender: str, at: datetime, said: Mapping[str, Any], **how: Any
    ) -> Message:
        """Return the new line of the person's thread; `how` holds Message's further fields."""
        message = Message(self.next_seq(), new_mid(), sender, at, dict(said), **how)
        person.messages.append(message)
        return message

    def note(self, person: Person, kind: str, text: str) -> None:
        """Write a line nobody said into the person's thread."""
        person.notes.append(Note(self.next_seq(), self.clock.now(), kind, text))


def new_mid() -> str:
    """Return a message id that no other run of the simulator gives."""
    return "m_" + secrets.token_urlsafe(24)


def milliseconds(moment: datetime) -> int:
    """Return a UTC moment as whole milliseconds since 1970."""
    return (moment - EPOCH) // MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """Return the UTC moment `value` milliseconds after 1970; raises WorldError for none."""
    try:
        return EPOCH + value * MILLISECOND
    except OverflowError as error:
        raise WorldError(f"`{value}` ms is no moment") from error


def rfc3339(moment: datetime | None) -> str | None:
    """Return a UTC moment as RFC 3339 text, None for None."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
