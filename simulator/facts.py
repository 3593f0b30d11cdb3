"""The simulator's own facts about the platform, read from `facts.yaml`.

The file is read strictly, and nothing in it may stand without a source that is listed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from .fact_types import (
    Cut,
    ErrorFact,
    Facts,
    FactsError,
    Recurring,
    TagFact,
    Utility,
    parse_moment,
)

__all__ = ["Facts", "FactsError", "load_facts", "parse_moment"]

FACTS_FILE = Path(__file__).with_name("facts.yaml")

Section = Mapping[str, Any]
CITED = ("source", "judgement")
# Sections that are no facts of the platform, or whose parts carry the sources.
UNSOURCED = frozenset({"checked_on", "sources", "regions"})


@functools.cache
def load_facts(path: Path = FACTS_FILE) -> Facts:
    """Return the facts in `path`; raises FactsError with one sentence for a bad file."""
    try:
        raw: Section = yaml.safe_load(path.read_text(encoding="utf-8"))
        _check_sources(raw)
        return _Book(raw).facts()
    except (KeyError, TypeError, ValueError, AttributeError, re.error) as error:
        raise FactsError(f"the facts in `{path.name}` cannot be used: {error!r}") from error


class _Book:
    """The file on its way to `Facts`."""

    def __init__(self, raw: Section) -> None:
        self.raw = _only(
            raw,
            *("checked_on", "sources", "history_starts", "standard_window", "tags", "old_tags"),
            *("subscription_type", "one_time_notification", "recurring_notification", "utility"),
            *("private_reply", "sponsored_messages", "cuts", "regions", "limits", "since"),
            *("errors", "http_status", "reviewer"),
        )

    def facts(self) -> Facts:
        history = parse_moment(self.part("history_starts", "at")["at"])
        window = self.part("standard_window", "hours", "openers", "plus_one", "ad_click")
        ad_click = _only(window["ad_click"], "from", "most_days", *CITED)
        once = self.part("one_time_notification", "from", "valid_days")
        typed = self.part("subscription_type", "until", "tag")
        review = self.part("reviewer", "stop_words", "start_words", "promotional")
        statuses = {k: v for k, v in self.raw["http_status"].items() if k != "source"}
        return Facts(
            checked_on=self.raw["checked_on"],
            sources=self.raw["sources"],
            history_starts=history,
            window=timedelta(hours=window["hours"]),
            openers=frozenset(window["openers"]),
            plus_one_until=parse_moment(_only(window["plus_one"], "until", *CITED)["until"]),
            ad_click_from=parse_moment(ad_click["from"]),
            ad_click_most=timedelta(days=ad_click["most_days"]),
            tags=self.tags(history),
            subscription_type_until=parse_moment(typed["until"]),
            subscription_type_tag=typed["tag"],
            one_time_from=parse_moment(once["from"]),
            token_valid=timedelta(days=once["valid_days"]),
            recurring=self.recurring(),
            utility=self.utility(),
            private_reply=timedelta(days=self.part("private_reply", "days")["days"]),
            sponsored_until=parse_moment(self.part("sponsored_messages", "until")["until"]),
            cuts=tuple(self.cut(cut) for cut in self.raw["cuts"]),
            limits={name: _is(limit) for name, limit in self.raw["limits"].items()},
            since={name: _at(start) for name, start in self.raw["since"].items()},
            errors={name: _error(error) for name, error in self.raw["errors"].items()},
            default_status=statuses.pop("default"),
            http_status=statuses,
            stop_words=frozenset(review["stop_words"]),
            start_words=frozenset(review["start_words"]),
            promotional=tuple(re.compile(p, re.IGNORECASE) for p in review["promotional"]),
        )

    def part(self, name: str, *fields: str) -> Section:
        return _only(self.raw[name], *fields, *CITED)

    def regions(self, name: str) -> frozenset[str]:
        return frozenset(self.raw["regions"][name])

    def tags(self, history: datetime) -> dict[str, TagFact]:
        tags = {name: _tag(tag, history) for name, tag in self.raw["tags"].items()}
        old = self.part("old_tags", "until", "names")
        for name, carries in old["names"].items():
            written = {"until": old["until"], "source": old["source"], "carries": carries}
            tags[name] = _tag(written, history)
        return tags

    def recurring(self) -> Recurring:
        part = self.part(
            "recurring_notification",
            *("from", "gaps", "frequencies", "expire_until", "same_title_days"),
            *("default_title", "only_in"),
        )
        often = _only(part["frequencies"], "until", "days", "lives", *CITED)
        only = _only(part["only_in"], "from", "regions", *CITED)
        return Recurring(
            start=parse_moment(part["from"]),
            gaps=tuple(_gap(gap) for gap in part["gaps"]),
            frequencies_until=parse_moment(often["until"]),
            frequencies=_days(often["days"]),
            lives=_days(often["lives"]),
            expire_until=_at(part["expire_until"]),
            same_title=timedelta(days=_is(part["same_title_days"])),
            default_title=_is(part["default_title"]),
            only_from=parse_moment(only["from"]),
            only_regions=self.regions(only["regions"]),
        )

    def utility(self) -> Utility:
        part = self.part(
            "utility", "from", "regions", "carries", "most_parameters_per_word", "status_field"
        )
        field = _only(part["status_field"], "is", "other", *CITED)
        return Utility(
            start=parse_moment(part["from"]),
            regions=self.regions(part["regions"]),
            carries=frozenset(part["carries"]),
            most_parameters_per_word=_is(part["most_parameters_per_word"]),
            status_fields=(field["is"], field["other"]),
        )

    def cut(self, cut: Section) -> Cut:
        _only(cut, "what", "regions", "from", "until", *CITED)
        return Cut(
            what=cut["what"],
            regions=self.regions(cut["regions"]),
            start=parse_moment(cut["from"]),
            end=parse_moment(cut["until"]),
            source=cut["source"],
        )


def _only(section: Section, *allowed: str) -> Section:
    unknown = set(section) - set(allowed)
    if unknown:
        raise ValueError(f"unknown key `{sorted(unknown)[0]}`")
    return section


def _is(value: Section) -> Any:
    return _only(value, "is", *CITED)["is"]


def _at(value: Section) -> datetime:
    return parse_moment(_only(value, "at", *CITED)["at"])


def _days(table: Mapping[str, int]) -> dict[str, timedelta]:
    return {name: timedelta(days=days) for name, days in table.items()}


def _gap(gap: Section) -> tuple[datetime, timedelta]:
    _only(gap, "from", "hours", *CITED)
    return parse_moment(gap["from"]), timedelta(hours=gap["hours"])


def _tag(tag: Section, history: datetime) -> TagFact:
    _only(
        tag,
        *("from", "until", "refusal", "needs", "days_since_message", "template", "carries"),
        *CITED,
    )
    return TagFact(
        start=parse_moment(tag["from"]) if "from" in tag else history,
        until=parse_moment(tag["until"]) if "until" in tag else None,
        refusal=tag.get("refusal"),
        needs=tag.get("needs"),
        days_since_message=tag.get("days_since_message"),
        template=tag.get("template"),
        carries=frozenset(tag["carries"]) if "carries" in tag else None,
        source=tag["source"],
    )


def _error(error: Section) -> ErrorFact:
    _only(error, "code", "subcode", "says", *CITED)
    return ErrorFact(error["code"], error.get("subcode"), error["says"], error["source"])


def _check_sources(raw: Section) -> None:
    for name, section in raw.items():
        if name in UNSOURCED:
            continue
        for place, source in _citations(name, section, cited=False):
            if source is None:
                raise ValueError(f"`{place}` cites no source")
            if source not in raw["sources"]:
                raise ValueError(f"`{source}` is cited but is not among the sources")


def _citations(place: str, node: object, *, cited: bool) -> Iterator[tuple[str, str | None]]:
    """Yield each citation with its place, None for a value that stands under none."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _citations(f"{place}[{number}]", item, cited=cited)
    elif isinstance(node, Mapping):
        if "source" in node:
            yield place, node["source"]
        for name, item in node.items():
            yield from _citations(f"{place}.{name}", item, cited=cited or "source" in node)
    elif not cited:
        yield place, None
