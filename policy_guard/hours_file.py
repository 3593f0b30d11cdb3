"""The file of opening hours, `hours.yml`: read once, checked whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .durations import duration
from .errors import GuardError
from .hours import DAY_MINUTES, DAYS, HOUR_MINUTES, Holiday, Hours, Span
from .yaml_place import Document, read_text
from .yaml_place import load as load_yaml

_KEYS = ("time_zone", "weekly", "holidays", "promise", "measured_from")
_HOLIDAY_KEYS = ("date", "name", "hours", "hears")  # the last may be left out
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_PROMISE = timedelta(days=30)
_LONGEST_NAME = 40  # it stands inside one short sentence
_MOST_MEASURED = 100_000


class HoursError(GuardError):
    """The opening hours cannot be used; the sentence names the file, the line and the value."""


def load(path: str | Path, languages: Sequence[str] | None = None) -> Hours:
    """Read and check the opening hours at *path*; raises HoursError.

    With *languages* (codes) every holiday has to have its name in each of them and no other.
    """
    file = Path(path)
    document = load_yaml(read_text(file, HoursError), str(file), HoursError)
    return _Reader(str(file), document, languages).hours()


class _Reader:
    """Turns one document into opening hours; every complaint names the line it is about."""

    def __init__(self, name: str, document: Document, languages: Sequence[str] | None) -> None:
        self._name = name
        self._place = document
        self._languages = languages

    def hours(self) -> Hours:
        data = self._place.data
        if not isinstance(data, Mapping):
            raise self._error((), "must be a map of opening hours")
        self._only((), data, _KEYS)
        for key in ("time_zone", "weekly", "promise", "measured_from"):
            if key not in data:
                raise self._error((), f"the opening hours have no `{key}`")
        weekly = self._weekly(data["weekly"])
        return Hours(
            zone=self._zone(data["time_zone"]),
            weekly=weekly,
            promise=self._promise(data["promise"]),
            measured_from=self._measured_from(data["measured_from"]),
            holidays=self._holidays(data.get("holidays"), weekly),
        )

    def _zone(self, name: object) -> ZoneInfo:
        try:
            return ZoneInfo(name if isinstance(name, str) else "")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._error(
                ("time_zone",), f"`{name}` is not a time zone such as `America/New_York`"
            ) from None

    def _promise(self, value: object) -> timedelta:
        try:
            span = duration(value)
        except ValueError as problem:
            raise self._error(("promise",), str(problem)) from None
        if not timedelta(minutes=1) <= span <= _LONGEST_PROMISE:
            raise self._error(("promise",), f"the promise `{value}` is not from `1m` to `30d`")
        return span

    def _measured_from(self, value: object) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 1 <= int(str(value)) <= _MOST_MEASURED:
            raise self._error(
                ("measured_from",), f"`{value}` is not a number of hand-overs from 1 on"
            )
        return int(str(value))

    def _weekly(self, data: object) -> tuple[tuple[Span, ...], ...]:
        if not isinstance(data, Mapping):
            raise self._error(("weekly",), f"`weekly` must map days to hours, not `{data}`")
        self._only(("weekly",), data, DAYS)
        for day in DAYS:
            if day not in data:
                raise self._error(("weekly",), f"`weekly` has no `{day}`: `[]` is a closed day")
        days = tuple(self._spans(("weekly", day), data[day]) for day in DAYS)
        for number, spans in enumerate(days):
            following = days[(number + 1) % len(DAYS)]
            spill = max((span.end for span in spans), default=0) - DAY_MINUTES
            if following and following[0].start < spill:
                raise self._error(
                    ("weekly", DAYS[number]),
                    f"the hours of `{DAYS[number]}` go on into those of "
                    f"`{DAYS[(number + 1) % len(DAYS)]}`",
                )
        return days

    def _spans(self, path: tuple[str | int, ...], data: object) -> tuple[Span, ...]:
        if not isinstance(data, list):
            raise self._error(path, f'hours are a list such as `["09:00-17:30"]`, not `{data}`')
        spans = [self._span((*path, number), text) for number, text in enumerate(data)]
        for number, (before, after) in enumerate(pairwise(spans), start=1):
            if after.start < before.end:
                raise self._error(
                    (*path, number), f"`{data[number]}` overlaps `{data[number - 1]}` before it"
                )
        return tuple(spans)

    def _span(self, path: tuple[str | int, ...], text: object) -> Span:
        found = _SPAN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise self._error(path, f"`{text}` are not hours such as `09:00-17:30`")
        numbers = [int(each) for each in found.groups()]
        start, end = numbers[0] * HOUR_MINUTES + numbers[1], numbers[2] * HOUR_MINUTES + numbers[3]
        if start >= DAY_MINUTES or end > DAY_MINUTES or max(numbers[1], numbers[3]) >= HOUR_MINUTES:
            raise self._error(path, f"`{text}` has a time that no clock shows")
        if start == end:
            raise self._error(path, f"`{text}` has no length: a whole day is `00:00-24:00`")
        return Span(start, end if end > start else end + DAY_MINUTES)

    def _holidays(self, data: object, weekly: Sequence[tuple[Span, ...]]) -> Mapping[date, Holiday]:
        if data is None:
            return {}
        if not isinstance(data, list):
            raise self._error(("holidays",), f"`holidays` must be a list, not `{data}`")
        found: dict[date, Holiday] = {}
        for number, entry in enumerate(data):
            day, holiday = self._holiday(("holidays", number), entry)
            if day in found:
                raise self._error(("holidays", number, "date"), f"`{day}` is there twice")
            found[day] = holiday
        self._no_overlap_around(found, weekly, data)
        return found

    def _holiday(self, path: tuple[str | int, ...], entry: object) -> tuple[date, Holiday]:
        if not isinstance(entry, Mapping):
            raise self._error(path, f"`{entry}` must be a map of a date, a name and hours")
        self._only(path, entry, _HOLIDAY_KEYS)
        for key in _HOLIDAY_KEYS[:-1]:
            if key not in entry:
                raise self._error(path, f"the holiday has no `{key}`")
        names = entry["name"]
        if not isinstance(names, Mapping) or not names:
            raise self._error((*path, "name"), "`name` must map languages to words")
        languages = tuple(names) if self._languages is None else self._languages
        self._only((*path, "name"), names, languages)
        for language in languages:
            words = names.get(language)
            if not isinstance(words, str) or not words.strip():
                raise self._error((*path, "name"), f"`name` has no words in `{language}`")
            if len(words) > _LONGEST_NAME:
                raise self._error(
                    (*path, "name", language),
                    f"`{words}` is longer than {_LONGEST_NAME} characters",
                )
        pairs = tuple((language, str(names[language]).strip()) for language in languages)
        spans = self._spans((*path, "hours"), entry["hours"])
        hears = self._hears((*path, "hears"), entry.get("hears", []))
        return self._date((*path, "date"), entry["date"]), Holiday(pairs, spans, hears)

    def _hears(self, path: tuple[str | int, ...], data: object) -> tuple[str, ...]:
        if not isinstance(data, list):
            raise self._error(path, f"`hears` must be a list of words, not `{data}`")
        for words in data:
            if not isinstance(words, str) or not 0 < len(words.strip()) <= _LONGEST_NAME:
                raise self._error(
                    path, f"`{words}` is not words of at most {_LONGEST_NAME} characters"
                )
        return tuple(words.strip() for words in data)

    def _date(self, path: tuple[str | int, ...], value: object) -> date:
        try:
            if isinstance(value, str) and _DATE.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self._error(path, f"`{value}` is not a date such as `2026-12-25`")

    def _no_overlap_around(
        self,
        holidays: Mapping[date, Holiday],
        weekly: Sequence[tuple[Span, ...]],
        data: Sequence[Any],
    ) -> None:
        """Refuse a holiday whose hours go on into the next day's."""
        for number, (day, holiday) in enumerate(holidays.items()):
            after = day + timedelta(days=1)
            spans = holidays[after].spans if after in holidays else weekly[after.weekday()]
            spill = max((span.end for span in holiday.spans), default=0) - DAY_MINUTES
            if spans and spans[0].start < spill:
                raise self._error(
                    ("holidays", number, "hours"),
                    f"the hours of `{data[number]['date']}` go on into those of the next day",
                )

    def _only(
        self, path: tuple[str | int, ...], data: Mapping[Any, Any], known: Sequence[str]
    ) -> None:
        for key in data:
            if key not in known:
                raise self._error((*path, key), f"unknown key `{key}`, use {', '.join(known)}")

    def _error(self, path: tuple[str | int, ...], says: str) -> HoursError:
        return HoursError(f"{self._name}:{self._place.line(path)}: {says}")
