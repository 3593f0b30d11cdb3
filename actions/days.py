"""Which day a question about opening hours is about: a date, a weekday, the weekend, a holiday."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from policy_guard.hours import Holiday
from policy_guard.languages import Languages, fold

from .dates import next_date, next_weekday, real
from .patterns import any_of, whole

_SATURDAY = 5
_MONTHS = 12
_SHORTEST_MONTH = 3  # letters of its name that are enough: "dec"
_DAYS_OF_A_MONTH = 31


@dataclass(frozen=True)
class Asked:
    """What is asked about: dates, days of every week (0 is Monday), or a holiday with no date.

    Nothing at all is a day that is named and cannot be told.
    """

    days: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    weekend: bool = False
    holiday: bool = False


@dataclass(frozen=True)
class _Patterns:
    day_month: re.Pattern[str]
    month_day: re.Pattern[str]
    after_tomorrow: re.Pattern[str]
    tomorrow: re.Pattern[str]
    weekend: re.Pattern[str]
    holidays: re.Pattern[str]
    every: re.Pattern[str]
    weekdays: tuple[re.Pattern[str], ...]
    months: Mapping[str, int]


_NUMBERS = re.compile(r"\b(\d{1,2})/(\d{1,2})\b(?:/(\d{4})\b)?")
_ALWAYS = re.compile(r"\b24 ?/ ?7\b")


def day_asked(
    said: str, today: date, holidays: Mapping[date, Holiday], languages: Languages
) -> Asked | None:
    """Return what a question about opening hours names; None where it names no day."""
    words = " ".join(_ALWAYS.sub(" ", fold(said)).split())
    heard = _patterns(languages)
    return (
        _date(words, today, heard)
        or _holiday(words, today, holidays)
        or _near(words, today, heard)
        or (Asked(holiday=True) if heard.holidays.search(words) else None)
        or _weekend(words, today, heard)
        or _weekdays(words, today, heard)
    )


def _date(words: str, today: date, heard: _Patterns) -> Asked | None:
    found = heard.month_day.search(words) or heard.day_month.search(words)
    if found:
        return _the_day(found["day"], heard.months[found["month"]], found["year"], today)
    found = _NUMBERS.search(words)
    if found is None:
        return None
    # Which comes first, day or month, is a custom of the country: told where one can only be a day.
    first, second = int(found[1]), int(found[2])
    if 1 <= second <= _MONTHS < first <= _DAYS_OF_A_MONTH:
        return _the_day(found[1], second, found[3], today)
    if 1 <= first <= _MONTHS < second <= _DAYS_OF_A_MONTH:
        return _the_day(found[2], first, found[3], today)
    return None


def _the_day(day: str, month: int, year: str | None, today: date) -> Asked:
    """Return the next such day, or the one of the year that is said; a past one cannot be told."""
    asked = real(int(year), month, int(day)) if year else next_date(month, int(day), today)
    return Asked(days=(asked,)) if asked is not None and asked >= today else Asked()


def _holiday(words: str, today: date, holidays: Mapping[date, Holiday]) -> Asked | None:
    """Return the next day of the holiday that is named; of two the longer name: Christmas Eve."""
    found: dict[str, list[date]] = defaultdict(list)
    for day, holiday in holidays.items():
        for name in (*(name for _, name in holiday.names), *holiday.hears):
            if re.search(rf"\b{re.escape(fold(name))}\b", words):
                found[fold(name)].append(day)
    if not found:
        return None
    coming = [day for day in found[max(found, key=len)] if day >= today]
    return Asked(days=(min(coming),)) if coming else Asked(holiday=True)


def _near(words: str, today: date, heard: _Patterns) -> Asked | None:
    if heard.after_tomorrow.search(words):
        return Asked(days=(today + timedelta(days=2),))
    if heard.tomorrow.search(words):
        return Asked(days=(today + timedelta(days=1),))
    return None


def _weekend(words: str, today: date, heard: _Patterns) -> Asked | None:
    if heard.weekend.search(words):
        days = (next_weekday(_SATURDAY, today), next_weekday(_SATURDAY + 1, today))
        return Asked(days=days, weekend=True)
    return None


def _weekdays(words: str, today: date, heard: _Patterns) -> Asked | None:
    """Return the weekdays that are named: "on Sunday" is the next one, "on Sundays" all of them."""
    found = [(n, match) for n, name in enumerate(heard.weekdays) if (match := name.search(words))]
    if not found:
        return None
    every = any(match["plural"] or heard.every.search(words[: match.start()]) for _, match in found)
    numbers = tuple(number for number, _ in found)
    if every:
        return Asked(weekdays=numbers)
    return Asked(days=tuple(sorted(next_weekday(number, today) for number in numbers)))


@lru_cache(maxsize=4)
def _patterns(languages: Languages) -> _Patterns:
    months = _months(languages)
    month = rf"(?P<month>{any_of(months)})"
    year = r"(?:,? (?P<year>\d{4})\b)?"
    return _Patterns(
        # "3 May", "3rd of May", "1er mai", "3 de mayo"
        day_month=re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:[a-z]{{2}})? (?:[a-z]{{2}} )?{month}\b\.?{year}"
        ),
        # "May 3rd", "May the 3rd", and neither "May 10 am" nor "may 9:30"
        month_day=re.compile(
            rf"\b{month}\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b"
            rf"(?! ?(?::|h\b|[ap]m\b)){year}"
        ),
        after_tomorrow=whole(languages.heard("after_tomorrow")),
        tomorrow=whole(languages.heard("tomorrow")),
        weekend=whole(languages.heard("weekend")),
        holidays=whole(languages.heard("holidays")),
        every=re.compile(rf"\b(?:{any_of(languages.heard('every'))})\s+$"),
        weekdays=tuple(_weekday(languages, number) for number in range(7)),
        months=months,
    )


def _months(languages: Languages) -> dict[str, int]:
    """Return the months by their names, and by each beginning that only one of them has."""
    found: dict[str, set[int]] = defaultdict(set)
    for language in languages.all:
        for number, name in enumerate(language.months, start=1):
            folded = fold(name)
            for length in range(_SHORTEST_MONTH, len(folded) + 1):
                found[folded[:length]].add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _weekday(languages: Languages, number: int) -> re.Pattern[str]:
    names = {fold(language.weekdays[number]) for language in languages.all}
    return re.compile(rf"\b(?:{any_of(names)})(?P<plural>s?)\b")
