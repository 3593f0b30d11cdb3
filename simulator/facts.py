"""The simulator's own facts about the platform, read from `facts.yaml` and checked."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FACTS_FILE = Path(__file__).with_name("facts.yaml")


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
    """When and for whom a message tag is accepted; `until` is UTC and excluded."""

    until: datetime | None
    needs: str | None
    days_since_message: int | None
    source: str


@dataclass(frozen=True)
class Cut:
    """A time during which one-time notifications were off in some regions; end excluded."""

    regions: frozenset[str]
    start: datetime
    end: datetime
    source: str


@dataclass(frozen=True)
class Facts:
    """Everything the judge knows about the platform; moments are UTC."""

    checked_on: str
    sources: Mapping[str, Mapping[str, str]]
    history_starts: datetime
    window: timedelta
    openers: frozenset[str]
    tags: Mapping[str, TagFact]
    token_valid: timedelta
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


@functools.cache
def load_facts(path: Path = FACTS_FILE) -> Facts:
    """Return the facts in `path`; raises FactsError with one sentence for a bad file."""
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        return _facts(raw)
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        raise FactsError(f"the facts in `{path.name}` cannot be used: {error!r}") from error


def _only(section: Mapping[str, Any], *allowed: str) -> Mapping[str, Any]:
    unknown = set(section) - set(allowed)
    if unknown:
        raise ValueError(f"unknown key `{sorted(unknown)[0]}`")
    return section


def _facts(raw: Mapping[str, Any]) -> Facts:
    _only(
        raw,
        *("checked_on", "sources", "history_starts", "standard_window", "tags"),
        *("one_time_notification", "regions", "limits", "since", "errors", "http_status"),
        "reviewer",
    )
    window, once, review = raw["standard_window"], raw["one_time_notification"], raw["reviewer"]
    _only(window, "hours", "openers", "source", "judgement")
    _only(once, "valid_days", "source", "judgement", "cuts", "cuts_judgement")
    _only(review, "source", "stop_words", "start_words", "promotional")
    statuses = dict(raw["http_status"])
    facts = Facts(
        checked_on=raw["checked_on"],
        sources=raw["sources"],
        history_starts=parse_moment(raw["history_starts"]["at"]),
        window=timedelta(hours=window["hours"]),
        openers=frozenset(window["openers"]),
        tags={name: _tag(tag) for name, tag in raw["tags"].items()},
        token_valid=timedelta(days=once["valid_days"]),
        cuts=tuple(_cut(cut, raw["regions"]) for cut in once["cuts"]),
        limits=raw["limits"],
        since={name: parse_moment(at) for name, at in raw["since"].items()},
        errors={name: _error(error) for name, error in raw["errors"].items()},
        default_status=statuses.pop("default"),
        http_status=statuses,
        stop_words=frozenset(review["stop_words"]),
        start_words=frozenset(review["start_words"]),
        promotional=tuple(re.compile(p, re.IGNORECASE) for p in review["promotional"]),
    )
    _check_sources(facts, raw)
    return facts


def _tag(tag: Mapping[str, Any]) -> TagFact:
    _only(tag, "until", "needs", "days_since_message", "source")
    until = tag.get("until")
    return TagFact(
        until=parse_moment(until) if until else None,
        needs=tag.get("needs"),
        days_since_message=tag.get("days_since_message"),
        source=tag["source"],
    )


def _cut(cut: Mapping[str, Any], regions: Mapping[str, list[str]]) -> Cut:
    _only(cut, "regions", "from", "until", "source")
    return Cut(
        regions=frozenset(regions[cut["regions"]]),
        start=parse_moment(cut["from"]),
        end=parse_moment(cut["until"]),
        source=cut["source"],
    )


def _error(error: Mapping[str, Any]) -> ErrorFact:
    _only(error, "code", "subcode", "says", "source")
    return ErrorFact(error["code"], error.get("subcode"), error["says"], error["source"])


def _check_sources(facts: Facts, raw: Mapping[str, Any]) -> None:
    cited = {tag.source for tag in facts.tags.values()}
    cited |= {error.source for error in facts.errors.values()}
    cited |= {cut.source for cut in facts.cuts}
    cited |= {raw[key]["source"] for key in ("history_starts", "standard_window", "reviewer")}
    missing = cited - set(facts.sources)
    if missing:
        raise ValueError(f"`{sorted(missing)[0]}` is cited but is not among the sources")
