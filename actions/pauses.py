"""Until when a person wants silence: read from their words, or honestly not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from policy_guard.languages import Languages, fold

from .dates import next_date, next_weekday, real
from .patterns import any_of, whole

UNITS = {
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(days=7),
    "months": timedelta(days=30),
}
USUAL_PAUSE = timedelta(days=7)
LONGEST_PAUSE = timedelta(days=365)
_SHORT = 3  # letters of an abbreviation, at least: "fri", "sept"
_MONDAY, _SATURDAY = 0, 5
_NOON = 12
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Heard:
    """What is looked for in a text, in every language at once: people mix them."""

    span: re.Pattern[str]
    tomorrow: re.Pattern[str]
    until: re.Pattern[str]
    weekend: re.Pattern[str]
    next_week: re.Pattern[str]
    next_month: re.Pattern[str]
    end_of_month: re.Pattern[str]
    day_and_month: re.Pattern[str]
    month_and_day: re.Pattern[str]
    numbers: Mapping[str, int]
    units: Mapping[str, timedelta]
    feasts: Mapping[str, tuple[int, int]]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    short_weekdays: Mapping[str, int]
    short_months: Mapping[str, int]


def pause_end(said: str, now: datetime, languages: Languages) -> datetime | None:
    """Return when a pause ends: as said, after a week where no end is said; a year at most.

    None where an end is said that cannot be read. *now* is the wall time of the person, whose
    midnight a named day begins with.
    """
    words, heard = " ".join(fold(said).split()), _heard(languages)
    if heard.until.search(words):
        end = _day(words, now, heard) or _clock(words, now, heard) or _span(words, now, heard)
    else:
        end = _span(words, now, heard) or _day(words, now, heard) or now + USUAL_PAUSE
    return None if end is None else min(end, now + LONGEST_PAUSE)


def _day(words: str, now: datetime, heard: _Heard) -> datetime | None:
    """Return the midnight that a named day begins with."""
    readers: tuple[Callable[[str, date, _Heard], date | None], ...] = (
        _written,
        _dated,
        _feast,
        _near,
        _weekday,
        _month,
        _number,
    )
    for read in readers:
        day = read(words, now.date(), heard)
        if day is not None:
            return datetime.combine(day, time(), tzinfo=now.tzinfo)
    return None


def _written(words: str, today: date, _heard: _Heard) -> date | None:
    """Read `2027-01-31`, and `31/01` where it can only be that way round."""
    if found := re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", words):
        return _later(real(int(found[1]), int(found[2]), int(found[3])), today)
    if found := re.search(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?\b", words):
        day, month = int(found[1]), int(found[2])
        if day <= _NOON and day != month:
            return None  # the third of May or the fifth of March: the person is asked
        year = found[3]
        if year is None:
            return _coming(month, day, today)
        return _later(real(int(year) % 100 + 2000, month, day), today)
    return None


def _dated(words: str, today: date, heard: _Heard) -> date | None:
    """Read `3 may`, `may 3rd`, `1er mars 2027`."""
    for pattern in (heard.day_and_month, heard.month_and_day):
        for found in pattern.finditer(words):
            name = found["month"]
            month = heard.months.get(name) or heard.short_months.get(name)
            if month is None:
                continue
            day, year = int(found["day"]), found["year"]
            if year is not None:
                return _later(real(int(year), month, day), today)
            return _coming(month, day, today)
    return None


def _feast(words: str, today: date, heard: _Heard) -> date | None:
    for name in sorted(heard.feasts, key=len, reverse=True):
        if re.search(rf"\b{re.escape(name)}\b", words):
            return _coming(*heard.feasts[name], today)
    return None


def _near(words: str, today: date, heard: _Heard) -> date | None:
    """Read tomorrow, the weekend, next week, next month, the end of the month."""
    if heard.tomorrow.search(words):
        return today + timedelta(days=1)
    if found := heard.weekend.search(words):
        until = heard.until.search(words)
        # "until the weekend" ends as it begins; "over the weekend" ends with it
        begins = until is not None and until.start() < found.start()
        return _coming_weekday(_SATURDAY if begins else _MONDAY, today)
    if heard.next_week.search(words):
        return _coming_weekday(_MONDAY, today)
    if heard.next_month.search(words) or heard.end_of_month.search(words):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return None


def _weekday(words: str, today: date, heard: _Heard) -> date | None:
    for name, number in heard.weekdays.items():
        if re.search(rf"\b{re.escape(name)}s?\b", words):
            return _coming_weekday(number, today)
    short = heard.short_weekdays.get(_after_until(words, heard) or "")
    return None if short is None else _coming_weekday(short, today)


def _month(words: str, today: date, heard: _Heard) -> date | None:
    """Read `until january`, the first of it; a month's name is believed only there."""
    word = _after_until(words, heard) or ""
    month = heard.months.get(word) or heard.short_months.get(word)
    return None if month is None else _coming(month, 1, today)


def _number(words: str, today: date, heard: _Heard) -> date | None:
    """Read `until the 15th`, `jusqu'au 15`: the next day of that number."""
    found = re.fullmatch(r"(?:the |le )?(\d{1,2})(?:st|nd|rd|th|er)?", _rest(words, heard) or "")
    if found is None:
        return None
    day, first = int(found[1]), today.replace(day=1)
    for _ in range(3):  # no two months that follow each other lack the same day
        at = real(first.year, first.month, day)
        if at is not None and at > today:
            return at
        first = (first + timedelta(days=32)).replace(day=1)
    return None


def _clock(words: str, now: datetime, heard: _Heard) -> datetime | None:
    """Read `until 6pm`, `until 18:30`, `jusqu'à 18h`: the next time that a clock shows it."""
    rest = _rest(words, heard) or ""
    found = re.fullmatch(r"(\d{1,2})(?:(?:[:h]| h )(\d{2})?)?\s?(am|pm|h)?", rest)
    if found is None or found[0].isdigit():
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] in {"am", "pm"}:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if found[3] == "pm" else 0)
    if hour >= 24 or minute >= 60:  # noqa: PLR2004 - a day's hours, an hour's minutes
        return None
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)


def _span(words: str, now: datetime, heard: _Heard) -> datetime | None:
    found = heard.span.search(words)
    if found is None:
        return None
    count = int(found[1]) if found[1].isdigit() else heard.numbers[found[1]]
    return now + min(max(count, 1) * heard.units[found[2]], LONGEST_PAUSE)


def _rest(words: str, heard: _Heard) -> str | None:
    """Return what follows the last word for "until", without the full stop; None without one."""
    found = list(heard.until.finditer(words))
    return words[found[-1].end() :].strip(" .!?,;") if found else None


def _after_until(words: str, heard: _Heard) -> str | None:
    """Return the one word that follows "until", where nothing stands behind it."""
    rest = _rest(words, heard)
    return None if rest is None else re.sub(r"^(?:the |le |la |next |en )", "", rest)


def _later(day: date | None, today: date) -> date | None:
    return day if day is not None and day > today else None


def _coming(month: int, day: int, today: date) -> date | None:
    """Return the next day of this date, today's being a year away; None where there is none."""
    return next_date(month, day, today + _DAY)


def _coming_weekday(weekday: int, today: date) -> date:
    return next_weekday(weekday, today + _DAY)


@lru_cache(maxsize=4)
def _heard(languages: Languages) -> _Heard:
    numbers: dict[str, int] = {}
    units: dict[str, timedelta] = {}
    feasts: dict[str, tuple[int, int]] = {}
    weekdays: dict[str, int] = {}
    months: dict[str, int] = {}
    for language in languages.all:
        numbers.update(language.hears.numbers)
        units.update({w: UNITS[u] for u, found in language.hears.units.items() for w in found})
        feasts.update(language.hears.feasts)
        weekdays.update({fold(name): n for n, name in enumerate(language.weekdays)})
        months.update({fold(name): n for n, name in enumerate(language.months, 1)})
    short_months = _shortened(months)
    named = any_of({*months, *short_months})
    year = r"(?:,? (?P<year>20\d\d))?"
    before, after = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er)?", rf"(?P<month>{named})\.?"
    return _Heard(
        span=re.compile(rf"\b(\d{{1,3}}|{any_of(numbers)})\s*({any_of(units)})\b"),
        tomorrow=whole(languages.heard("tomorrow")),
        until=re.compile(rf"(?:\b(?:{any_of(languages.heard('until'))}))(?=\W|$)"),
        weekend=whole(languages.heard("weekend")),
        next_week=whole(languages.heard("next_week")),
        next_month=whole(languages.heard("next_month")),
        end_of_month=whole(languages.heard("end_of_month")),
        day_and_month=re.compile(rf"\b{before}(?: of| de)? {after}(?!\w){year}"),
        month_and_day=re.compile(rf"\b{after}(?: the)? {before}(?!\w|[:/]){year}"),
        numbers=numbers,
        units=units,
        feasts=feasts,
        weekdays=weekdays,
        months=months,
        short_weekdays=_shortened(weekdays),
        short_months=short_months,
    )


def _shortened(names: Mapping[str, int]) -> dict[str, int]:
    """Return the beginnings of three or four letters that can only mean one of the names."""
    meant: dict[str, set[int]] = {}
    for name, number in names.items():
        for length in (_SHORT, _SHORT + 1):
            if len(name) > length:
                meant.setdefault(name[:length], set()).add(number)
    return {short: min(found) for short, found in meant.items() if len(found) == 1}
