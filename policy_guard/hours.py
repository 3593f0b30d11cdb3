"""Opening hours: when a person is there to answer, and how that is said in two languages.

A span belongs to the day it begins on, over midnight too. Wall times are read in the configured
zone; a wall time that a clock change skips or repeats is read with the offset before the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
#: How far ahead an opening or a closing is looked for: farther away nobody plans.
_FARTHEST = timedelta(days=400)
_NEAR = 7  # days ahead that the name of a weekday still tells apart

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_WORDS = {
    "en": {
        "today": "today",
        "tomorrow": "tomorrow",
        "weekday": "on {name}",
        "date": "on {day} {month}",
        "from": "{day} from {time}",
        "by": "{day} by {time}",
        "span": "{start} to {end}",
        "until": "until {time}",
        "and": " and ",
        "closed": "closed",
        "all_day": "all day",
        "within": "within {span}",
        "usually": "usually {words}",
        "unknown": "we can't say when",
        "minute": "{n} minute",
        "minutes": "{n} minutes",
        "hour": "{n} hour",
        "hours": "{n} hours",
        "hours_minutes": "{n} h {m:02}",
    },
    "fr": {
        "today": "aujourd'hui",
        "tomorrow": "demain",
        "weekday": "{name}",
        "date": "le {day} {month}",
        "from": "{day} à partir de {time}",
        "by": "{day} avant {time}",
        "span": "de {start} à {end}",
        "until": "jusqu'à {time}",
        "and": " et ",
        "closed": "fermé",
        "all_day": "toute la journée",
        "within": "en moins de {span}",
        "usually": "en général {words}",
        "unknown": "nous ne pouvons pas dire quand",
        "minute": "{n} minute",
        "minutes": "{n} minutes",
        "hour": "{n} heure",
        "hours": "{n} heures",
        "hours_minutes": "{n} h {m:02}",
    },
}


@dataclass(frozen=True)
class Span:
    """A stretch of a day in minutes since its midnight; an *end* over 1440 is on the next day."""

    start: int
    end: int


@dataclass(frozen=True)
class Holiday:
    """A day with hours of its own, none where it is closed; *names* are (language, words)."""

    names: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...] = ()

    def name(self, language: str) -> str:
        """Return the holiday's name in *language*, or in its first one."""
        return dict(self.names).get(language, self.names[0][1])


@dataclass(frozen=True)
class Measured:
    """What past hand-overs took in opening hours; *median* is None where most had no answer."""

    count: int = 0
    median: timedelta | None = None


@dataclass(frozen=True)
class Hours:
    """A week of opening hours (from Monday on) with holidays, a zone and what is promised."""

    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]
    promise: timedelta
    measured_from: int
    holidays: Mapping[date, Holiday] = field(default_factory=dict)

    def open_at(self, moment: datetime) -> bool:
        """Tell whether somebody is there at *moment*: from an opening on, not at a closing."""
        return self._around(moment) is not None

    def next_opening(self, moment: datetime) -> datetime | None:
        """Return the first opening after *moment* (UTC), None where there is none in 400 days."""
        return next((start for start, _ in self._stretches(moment) if start > moment), None)

    def closes_at(self, moment: datetime) -> datetime | None:
        """Return when what is open at *moment* closes (UTC), None where nothing is or ends."""
        stretch = self._around(moment)
        return None if stretch is None or stretch[1] - moment >= _FARTHEST else stretch[1]

    def closed_since(self, moment: datetime) -> datetime | None:
        """Return when the closed time around *moment* began (UTC), None where it is open.

        It names this closed time; one that is longer than 400 days has no beginning but 1970.
        """
        if self.open_at(moment):
            return None
        for back in (timedelta(days=_NEAR), _FARTHEST):
            closings = [end for _, end in self._stretches(moment - back, moment)]
            if closings:
                return closings[-1]
        return _EPOCH

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much of the time from *start* to *end* was open."""
        total = timedelta(0)
        for opens, closes in self._stretches(start, end):
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        return total

    def after_open_time(self, start: datetime, span: timedelta) -> datetime | None:
        """Return the moment (UTC) when *span* of open time has passed since *start*, or None."""
        left = span
        for opens, closes in self._stretches(start):
            begin = max(opens, start)
            if closes - begin >= left:
                return begin + left
            left -= max(closes - begin, timedelta(0))
        return None

    def today_in_words(self, moment: datetime, language: str) -> str:
        """Return the hours of the local day of *moment*: `9:00 to 17:30`, `closed (Noël)`."""
        words = _WORDS[_spoken(language)]
        today = moment.astimezone(self.zone).date()
        said = []
        midnight = self._instant(today, 0)
        late = max(
            (e for s, e in self._day(today - timedelta(days=1)) if e > midnight), default=None
        )
        if late is not None and moment < late:
            said.append(words["until"].format(time=self._clock(late, language)))
        said += [_span_words(span, language) for span in self._spans(today)]
        holiday = self.holidays.get(today)
        name = f" ({holiday.name(language)})" if holiday else ""
        return (words["and"].join(said) or words["closed"]) + name

    def next_opening_in_words(self, moment: datetime, language: str) -> str | None:
        """Return the next opening as said at *moment*, `tomorrow from 9:00`; None without one."""
        opening = self.next_opening(moment)
        return None if opening is None else self._at("from", opening, moment, language)

    def answer_promise(self, measured: Measured, now: datetime, language: str) -> str:
        """Return when a person answers what is asked at *now*, in words that follow a colon.

        Measured times are said only from enough hand-overs on; else what is promised. Both are
        counted in opening hours, so an answer may fall into the next ones.
        """
        words = _WORDS[_spoken(language)]
        known = measured.count >= self.measured_from
        span = measured.median if known else self.promise
        if span is None:
            return words["unknown"]
        stretch = self._around(now)
        if stretch is None:
            return self.next_opening_in_words(now, language) or words["unknown"]
        span = _rounded_up(span) if known else span
        due = self.after_open_time(now, span)
        if due is None:
            return words["unknown"]
        if due <= stretch[1]:
            said = words["within"].format(span=_span_text(span, language))
        else:
            said = self._at("by", _to_quarter(due), now, language)
        return words["usually"].format(words=said) if known else said

    def _spans(self, day: date) -> tuple[Span, ...]:
        holiday = self.holidays.get(day)
        return self.weekly[day.weekday()] if holiday is None else holiday.spans

    def _instant(self, day: date, minutes: int) -> datetime:
        ahead, minute = divmod(minutes, DAY_MINUTES)
        wall = datetime.combine(day + timedelta(days=ahead), time(*divmod(minute, HOUR_MINUTES)))
        return wall.replace(tzinfo=self.zone).astimezone(timezone.utc)

    def _day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give the stretches that begin on *day*; one that a clock change swallows is left out."""
        for span in self._spans(day):
            start, end = self._instant(day, span.start), self._instant(day, span.end)
            if start < end:
                yield start, end

    def _stretches(
        self, moment: datetime, until: datetime | None = None
    ) -> Iterator[tuple[datetime, datetime]]:
        """Give what is open around *moment* and before *until*, in order; what touches is one."""
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        last = moment + _FARTHEST if until is None else until
        running: tuple[datetime, datetime] | None = None
        while self._instant(day, 0) <= last:
            for start, end in self._day(day):
                if until is not None and start > until:
                    break
                if running is None:
                    running = start, end
                elif start <= running[1]:
                    running = running[0], max(running[1], end)
                else:
                    if running[1] > moment:
                        yield running
                    running = start, end
            day += timedelta(days=1)
        if running is not None and running[1] > moment:
            yield running

    def _around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        first = next(self._stretches(moment), None)
        return first if first is not None and first[0] <= moment else None

    def _at(self, form: str, at: datetime, now: datetime, language: str) -> str:
        words = _WORDS[_spoken(language)]
        day, today = at.astimezone(self.zone).date(), now.astimezone(self.zone).date()
        ahead = (day - today).days
        if ahead == 0:
            said = words["today"]
        elif ahead == 1:
            said = words["tomorrow"]
        elif ahead < _NEAR:
            said = words["weekday"].format(name=_WEEKDAYS[_spoken(language)][day.weekday()])
        else:
            month = _MONTHS[_spoken(language)].split()[day.month - 1]
            first = "1er" if day.day == 1 and _spoken(language) == "fr" else day.day
            said = words["date"].format(day=first, month=month)
        return words[form].format(day=said, time=self._clock(at, language))

    def _clock(self, at: datetime, language: str) -> str:
        here = at.astimezone(self.zone)
        return _clock_text(here.hour * HOUR_MINUTES + here.minute, language)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_QUARTER = timedelta(minutes=15)
_STEPS = ((10, 1), (HOUR_MINUTES, 5))  # up to so many minutes, rounded up to so many


def _spoken(language: str | None) -> str:
    return language if language in _WORDS else "en"


def _span_words(span: Span, language: str) -> str:
    words = _WORDS[_spoken(language)]
    if span.start == 0 and span.end == DAY_MINUTES:
        return words["all_day"]
    end = span.end if span.end == DAY_MINUTES else span.end % DAY_MINUTES
    return words["span"].format(
        start=_clock_text(span.start, language), end=_clock_text(end, language)
    )


def _clock_text(minutes: int, language: str) -> str:
    hour, minute = divmod(minutes, HOUR_MINUTES)
    if _spoken(language) == "fr":
        return f"{hour} h {minute:02}" if minute else f"{hour} h"
    return f"{hour}:{minute:02}"


def _rounded_up(span: timedelta) -> timedelta:
    """Return a measured time as people say it: never less, by 1 or 5 minutes, then by hours."""
    minutes = max(-(-span // timedelta(minutes=1)), 1)
    step = next((size for most, size in _STEPS if minutes <= most), HOUR_MINUTES)
    return timedelta(minutes=-(-minutes // step) * step)


def _to_quarter(at: datetime) -> datetime:
    """Return the next full quarter of an hour: a later promise, and one that reads as meant."""
    over = (at - _EPOCH) % _QUARTER
    return at if not over else at - over + _QUARTER


def _span_text(span: timedelta, language: str) -> str:
    words = _WORDS[_spoken(language)]
    hours, minutes = divmod(-(-span // timedelta(minutes=1)), HOUR_MINUTES)
    if hours and minutes:
        return words["hours_minutes"].format(n=hours, m=minutes)
    one, n = ("hour", hours) if hours else ("minute", minutes)
    return words[one if n == 1 else f"{one}s"].format(n=n)
