"""What kinds of facts the simulator knows about the platform."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


class FactsError(ValueError):
    """A facts file that cannot be used, with one sentence saying why."""


@dataclass(frozen=True)
class ErrorFact:
    """An error the platform answers with."""

    code: int
    subcode: int | None
    says: str
    source: str


@dataclass(frozen=True)
class TagFact:
    """When, for whom and for what a message tag is accepted; moments are UTC, `until` excluded.

    `refusal` names the error after `until`, None for the one of a tag nobody knows. `carries` lists
    the purposes it is for, None for anything but promotion.
    """

    start: datetime
    until: datetime | None
    refusal: str | None
    needs: str | None
    days_since_message: int | None
    template: str | None
    carries: frozenset[str] | None
    source: str


@dataclass(frozen=True)
class Cut:
    """A time (UTC, end excluded) during which some regions went without `what`."""

    what: str
    regions: frozenset[str]
    start: datetime
    end: datetime
    source: str


@dataclass(frozen=True)
class Recurring:
    """The rules of recurring notifications; moments are UTC, `gaps` newest last."""

    start: datetime
    gaps: tuple[tuple[datetime, timedelta], ...]
    frequencies_until: datetime
    frequencies: Mapping[str, timedelta]
    lives: Mapping[str, timedelta]
    expire_until: datetime
    same_title: timedelta
    default_title: str
    only_from: datetime
    only_regions: frozenset[str]


@dataclass(frozen=True)
class Utility:
    """The rules of utility messages; `start` is UTC."""

    start: datetime
    regions: frozenset[str]
    carries: frozenset[str]
    most_parameters_per_word: float
    status_fields: tuple[str, str]  # the default, then the other spelling


@dataclass(frozen=True)
class Facts:
    """Everything the judge knows about the platform; moments are UTC."""

    checked_on: str
    sources: Mapping[str, Mapping[str, str]]
    history_starts: datetime
    window: timedelta
    openers: frozenset[str]
    plus_one_until: datetime
    ad_click_from: datetime
    ad_click_most: timedelta
    tags: Mapping[str, TagFact]
    subscription_type_until: datetime
    subscription_type_tag: str
    one_time_from: datetime
    token_valid: timedelta
    recurring: Recurring
    utility: Utility
    private_reply: timedelta
    sponsored_until: datetime
    cuts: tuple[Cut, ...]
    limits: Mapping[str, int]
    since: Mapping[str, datetime]
    errors: Mapping[str, ErrorFact]
    http_status: Mapping[int, int]
    default_status: int
    stop_words: frozenset[str]
    start_words: frozenset[str]
    promotional: tuple[re.Pattern[str], ...]

    def status_of(self, code: int) -> int:
        """Return the HTTP status that carries the error `code`."""
        return self.http_status.get(code, self.default_status)


def parse_moment(text: str) -> datetime:
    """Return the UTC moment written as RFC 3339; raises ValueError without an offset."""
    moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    if moment.tzinfo is None:
        raise ValueError(f"the moment `{text}` has no offset from UTC")
    return moment.astimezone(timezone.utc)
