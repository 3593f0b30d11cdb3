"""A sponsored message as a plan: who it is meant for, what it costs, whether there still are any.

Pure. Promotion outside the window is never sent by the Send API; while the platform takes sponsored
messages, an ad may carry it to people who have a conversation with the Page (Messenger Platform
policy). An ad is aimed by place and language only: the platform does not want custom audiences used
to leave out people who unsubscribed (Sending Sponsored Messages), so a plan also tells whom of the
people left out the ad may still reach.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from .catalogue import Catalogue, Consent
from .edition import Edition, Editions
from .errors import GuardError
from .regions import GROUPS, surely_inside
from .rules.windows import conversed
from .vocabulary import Message, Page, Person, Purpose, Question

#: The switch of the editions that counts on sponsored messages after all.
SWITCH = "sponsored_messages_remain"
#: Currencies without a smaller unit; every other has hundredths ("Currency Codes" of the Marketing
#: API, 2024-04-16).
WHOLE_UNITS = frozenset("CLP COP CRC HUF ISK IDR JPY KRW PYG TWD VND".split())

_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{2}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_A_SECOND = timedelta(seconds=1)
_MOST_DAYS = 365
_HUNDREDTHS = 100
_DIGEST = 16  # characters of the hash in a name


class PlanError(GuardError):
    """A plan cannot be made, or a file does not hold one."""


class LeftOut(str, Enum):
    """Why a person is not meant; the first that applies, in this order."""

    UNREADABLE = "unreadable"
    NO_CONVERSATION = "no_conversation"
    OTHER_REGION = "other_region"
    OTHER_LANGUAGE = "other_language"
    BLOCKED = "blocked"
    STOPPED = "stopped"
    PAUSED = "paused"
    NOT_CHOSEN = "not_chosen"


#: Those that the ad may reach although they are not meant: it cannot be told of them.
STILL_REACHED = (LeftOut.UNREADABLE, LeftOut.STOPPED, LeftOut.PAUSED, LeftOut.NOT_CHOSEN)


@dataclass(frozen=True)
class Candidate:
    """A person of the store; None as *person* where what is stored cannot be read."""

    psid: str
    person: Person | None
    language: str | None  # in which the person was last heard


@dataclass(frozen=True)
class Aim:
    """Whom a plan is for: the alert type, and the place and language of the people.

    *spoken* are the languages of the response, the one for everybody else first.
    """

    topic: str
    spoken: tuple[str, ...]
    language: str | None = None
    region: str | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that are aimed at."""
        return self.spoken if self.language is None else (self.language,)


@dataclass(frozen=True)
class Audience:
    """The people that are meant, each with the language of their text, and why others are not."""

    people: tuple[tuple[str, str], ...]
    left_out: Mapping[LeftOut, int]

    def speaking(self, language: str) -> tuple[str, ...]:
        """Return the PSIDs of those who get the text in a language."""
        return tuple(psid for psid, spoken in self.people if spoken == language)


@dataclass(frozen=True)
class Availability:
    """Whether the platform takes sponsored messages at a moment, by which edition and source.

    *ended*: where it does not, the first instant (UTC) from which an edition says so. *instead*:
    sentences on what takes their place. *assumed*: the switch that is counted on.
    """

    offered: bool
    edition: str
    source: str
    assumed: str | None = None
    ended: datetime | None = None
    instead: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.ended is None:
            why = f", because the switch `{self.assumed}` is on" if self.assumed else ""
            return f"sponsored messages are taken{why} (edition {self.edition}; {self.source})"
        since = f"{self.ended:%Y-%m-%d}"
        return f"sponsored messages are not taken any more since {since} ({self.source})"


@dataclass(frozen=True)
class Budget:
    """Money for the whole campaign, in the smallest unit that the Marketing API counts in."""

    units: int
    currency: str

    def __str__(self) -> str:
        if self.currency in WHOLE_UNITS:
            return f"{self.units} {self.currency}"
        return f"{self.units / _HUNDREDTHS:.2f} {self.currency}"


@dataclass(frozen=True)
class Creative:
    """What the ad says in one language, in the platform's shape, to how many that are meant."""

    language: str
    people: int
    message: Mapping[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Everything that makes a campaign; moments in UTC, no person by name or id."""

    page: str
    response: str
    aim: Aim
    starts_at: datetime
    ends_at: datetime
    availability: Availability
    left_out: Mapping[LeftOut, int]
    budget: Budget | None
    creatives: tuple[Creative, ...]

    @property
    def people(self) -> int:
        """Return how many people are meant."""
        return sum(creative.people for creative in self.creatives)

    @property
    def spoken(self) -> tuple[Creative, ...]:
        """Return the creatives that somebody is meant to get."""
        return tuple(creative for creative in self.creatives if creative.people)

    @property
    def still_reached(self) -> dict[LeftOut, int]:
        """Return how many that are not meant the ad may reach, by why they are not."""
        return {why: self.left_out[why] for why in STILL_REACHED if self.left_out.get(why)}

    @property
    def name(self) -> str:
        """Return the campaign's name: the same for the same campaign, another for any other."""
        made_of = {
            "page": self.page,
            "topic": self.aim.topic,
            "response": self.response,
            "language": self.aim.language,
            "region": self.aim.region,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "budget": None if self.budget is None else [self.budget.units, self.budget.currency],
            "says": [[creative.language, creative.message] for creative in self.spoken],
        }
        told = json.dumps(made_of, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        return f"policy-guard {self.aim.topic} {digest[:_DIGEST]}"


def promoted(topic: str, catalogue: Catalogue) -> str:
    """Return the alert type that a sponsored message may be about; raises PlanError.

    Only a standing choice of promotion is one: who asked for one thing did not ask for an ad.
    """
    kind = catalogue.get(topic)
    if kind is None:
        raise PlanError(f"the topic `{topic}` is no alert type of the catalogue")
    if kind.purpose is not Purpose.PROMOTION:
        raise PlanError(
            f"the topic `{topic}` is for `{kind.purpose.value}`: a sponsored message carries "
            "`promotion` only"
        )
    if kind.consent is not Consent.PREFERENCE:
        raise PlanError(f"the topic `{topic}` is asked for once: nobody chose to hear of it again")
    return kind.id


def audience(
    candidates: Iterable[Candidate], aim: Aim, page: Page, edition: Edition, at: datetime
) -> Audience:
    """Return who is meant by a campaign that begins at *at* (UTC), and why the others are not."""
    people: list[tuple[str, str]] = []
    left_out: Counter[LeftOut] = Counter(dict.fromkeys(LeftOut, 0))
    for candidate in candidates:
        language = candidate.language if candidate.language in aim.spoken else aim.spoken[0]
        why = _why_left_out(candidate, language, aim, page, edition, at)
        if why is None:
            people.append((candidate.psid, language))
        else:
            left_out[why] += 1
    return Audience(tuple(people), dict(left_out))


def availability(
    editions: Editions, at: datetime, page: Page, topic: str, region: str | None = None
) -> Availability:
    """Return whether sponsored messages are taken at a moment (UTC), and what there is instead.

    *region* is where the people are that a campaign is for, None where it is for all. Raises
    EditionError where no edition covers the moment.
    """
    edition = editions.at(at)
    source = str(edition.sources[edition.sponsored.source])
    if edition.sponsored.offered:
        assumed = SWITCH if SWITCH in edition.switched_on else None
        return Availability(True, edition.id, source, assumed)
    first = edition
    for earlier in reversed([e for e in editions.all if e.valid_from <= at]):
        if earlier.sponsored.offered:
            break
        first = earlier
    said_by = str(first.sources[first.sponsored.source])
    instead = tuple(_instead(edition, page, topic, region))
    return Availability(False, edition.id, said_by, None, first.valid_from, instead)


def available_throughout(
    editions: Editions, span: tuple[datetime, datetime], page: Page, aim: Aim
) -> Availability:
    """Return whether sponsored messages are taken from a campaign's beginning to its end (UTC)."""
    starts_at, ends_at = span
    there = availability(editions, starts_at, page, aim.topic, aim.region)
    if not there.offered:
        return there
    last = availability(editions, ends_at - _A_SECOND, page, aim.topic, aim.region)
    return there if last.offered else last


def budget(amount: str, currency: str) -> Budget:
    """Return money as the Marketing API counts it; raises PlanError."""
    if not _CURRENCY.fullmatch(currency):
        raise PlanError(f"`{currency}` is not a currency code such as `USD`")
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        raise PlanError(f"`{amount}` is not an amount such as `50` or `12.50`")
    whole, hundredths = int(found[1]), int(found[2] or 0)
    if currency in WHOLE_UNITS:
        if hundredths:
            raise PlanError(f"`{amount}`: {currency} has no smaller unit")
        units = whole
    else:
        units = whole * _HUNDREDTHS + hundredths
    if units == 0:
        raise PlanError(f"`{amount}` {currency} is no budget")
    return Budget(units, currency)


def period(starts_at: datetime, days: int) -> tuple[datetime, datetime]:
    """Return when a campaign begins and ends (UTC, whole seconds); raises PlanError."""
    if not 1 <= days <= _MOST_DAYS:
        raise PlanError(f"`{days}` days: a campaign lasts from 1 to {_MOST_DAYS} days")
    begins = starts_at.replace(microsecond=0)
    return begins, begins + timedelta(days=days)


def countries(region: str) -> tuple[str, ...]:
    """Return the countries of an ISO code or a group, in the order of their codes."""
    return tuple(sorted(GROUPS.get(region, frozenset({region}))))


def _why_left_out(
    candidate: Candidate, language: str, aim: Aim, page: Page, edition: Edition, at: datetime
) -> LeftOut | None:
    person = candidate.person
    if person is None:
        return LeftOut.UNREADABLE
    q = Question(at=at, message=Message(), person=person, page=page, edition=edition)
    paused = person.paused_until is not None and person.paused_until > at
    reasons = (
        (LeftOut.NO_CONVERSATION, not conversed(q)),
        (
            LeftOut.OTHER_REGION,
            aim.region is not None and not surely_inside(q.person_region, [aim.region]),
        ),
        (LeftOut.OTHER_LANGUAGE, language not in aim.languages),
        (LeftOut.BLOCKED, person.blocked),
        (LeftOut.STOPPED, person.stopped),
        (LeftOut.PAUSED, paused),
        (LeftOut.NOT_CHOSEN, aim.topic not in person.alerts),
    )
    return next((why for why, applies in reasons if applies), None)


def _instead(edition: Edition, page: Page, topic: str, region: str | None) -> Iterable[str]:
    marketing = edition.marketing
    if marketing.takes(page.region, region):
        beyond = f", for people outside {', '.join(marketing.people_not_in)}"
        where = beyond if region is None else ""
        yield f"the paid Marketing Message API, for technology providers{where}"
    rule = edition.recurring
    open_there = all(surely_inside(side, rule.open_in) for side in (page.region, region) if side)
    may_begin = page.recurring_notifications or rule.new_businesses
    if rule.offered and open_there and may_begin:
        permitted = "" if page.recurring_notifications else ", where the Page is permitted them"
        yield f"a recurring notification to people who agreed to hear of `{topic}`{permitted}"
    yield "the same words while a person's standard messaging window is open"
