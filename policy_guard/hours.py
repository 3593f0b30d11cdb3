"""Opening hours: when a person is there to answer, and how that is said in a language.

A span belongs to the day it begins on, over midnight too. Wall times are read in the configured
zone; a wall time that a clock change skips or repeats is read with the offset before the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from .languages import Language

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR_MINUTES = 60
DAY_MINUTES = 24 * HOUR_MINUTES
#: How far ahead an opening or a closing is looked for: farther away nobody plans.
_FARTHEST = timedelta(days=400)
_NEAR = 7  # days ahead that the name of a weekday still tells apart
_NAMED = {0: "today", 1: "tomorrow"}
_HOLIDAYS_SAID = 3  # they have to fit into one message
_HOLIDAYS_KNOWN = timedelta(days=30)  # so far ahead a shop knows when it closes


@dataclass(frozen=True)
class Span:
    """A stretch of a day in minutes since its midnight; an *end* over 1440 is on the next day."""

    start: int
    end: int


@dataclass(frozen=True)
class Holiday:
    """A day with hours of its own, none where it is closed; *names* are (language, words).

    *hears* are other words that people have for it.
    """

    names: tuple[tuple[str, str], ...]
    spans: tuple[Span, ...] = ()
    hears: tuple[str, ...] = ()

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

    def today_in_words(self, moment: datetime, language: Language) -> str:
        """Return the hours of the local day of *moment*: `9:00 to 17:30`, `closed (Noël)`."""
        return self._in_words(self.today(moment), moment, language)

    def today(self, moment: datetime) -> date:
        """Return the local day of *moment*."""
        return moment.astimezone(self.zone).date()

    def day_in_words(self, day: date, moment: datetime, language: Language) -> tuple[str, str]:
        """Return what a day is called as seen from *moment*, `on Sunday`, and its hours."""
        named = self._named(day, self.today(moment), language)
        return named, self._in_words(day, moment, language)

    def days_in_words(
        self, days: Sequence[date], moment: datetime, language: Language
    ) -> tuple[str, str]:
        """Return what days are called and their hours, said once where they are the same."""
        return _together([self.day_in_words(day, moment, language) for day in days], language)

    def weekdays_in_words(self, weekdays: Sequence[int], language: Language) -> tuple[str, str]:
        """Return what weekdays (0 is Monday) are called in every week, and their usual hours."""
        return _together(
            [
                (
                    language.say("every_weekday", name=language.weekdays[weekday]),
                    _spans_words(self.weekly[weekday], language),
                )
                for weekday in weekdays
            ],
            language,
        )

    def holidays_in_words(self, moment: datetime, language: Language) -> str | None:
        """Return the next holidays with their hours, None where none is known."""
        today = self.today(moment)
        coming = sorted(day for day in self.holidays if day >= today)[:_HOLIDAYS_SAID]
        said = [
            language.say(
                "holiday",
                name=self.holidays[day].name(language.code),
                date=language.date(day),
                hours=_spans_words(self.holidays[day].spans, language),
            )
            for day in coming
        ]
        return language.say("between_holidays").join(said) or None

    def foretold(self, day: date, moment: datetime) -> bool:
        """Tell whether the holidays around *day* are known: near, or before the last one."""
        last = max(self.holidays, default=day)
        return day <= max(last, self.today(moment) + _HOLIDAYS_KNOWN)

    def _in_words(self, today: date, moment: datetime, language: Language) -> str:
        said = []
        midnight = self._instant(today, 0)
        late = max(
            (e for s, e in self._day(today - timedelta(days=1)) if e > midnight), default=None
        )
        if late is not None and moment < late:
            said.append(language.say("until", time=self._clock(late, language)))
        said += [_span_words(span, language) for span in self._spans(today)]
        hours = language.say("and").join(said) or language.say("closed")
        holiday = self.holidays.get(today)
        if holiday is None:
            return hours
        return language.say("hours_of_holiday", hours=hours, name=holiday.name(language.code))

    def next_opening_in_words(self, moment: datetime, language: Language) -> str | None:
        """Return the next opening as said at *moment*, `tomorrow from 9:00`; None without one."""
        opening = self.next_opening(moment)
        return None if opening is None else self._at("from", opening, moment, language)

    def answer_promise(self, measured: Measured, now: datetime, language: Language) -> str:
        """Return when a person answers what is asked at *now*, in words that follow a colon.

        Measured times are said only from enough hand-overs on; else what is promised. Both are
        counted in opening hours, so an answer may fall into the next ones.
        """
        known = measured.count >= self.measured_from
        span = measured.median if known else self.promise
        if span is None:
            return language.say("unknown")
        stretch = self._around(now)
        if stretch is None:
            return self.next_opening_in_words(now, language) or language.say("unknown")
        span = _rounded_up(span) if known else span
        due = self.after_open_time(now, span)
        if due is None:
            return language.say("unknown")
        if due <= stretch[1]:
            said = language.say("within", span=language.span(span))
        else:
            said = self._at("by", _to_quarter(due), now, language)
        return language.say("usually", words=said) if known else said

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

    def _at(self, form: str, at: datetime, now: datetime, language: Language) -> str:
        said = self._named(self.today(at), self.today(now), language)
        return language.say(form, day=said, time=self._clock(at, language))

    def _named(self, day: date, today: date, language: Language) -> str:
        """Return what a day is called today: `tomorrow`, `on Sunday`, `on 3 May`."""
        ahead = (day - today).days
        if ahead in _NAMED:
            return language.say(_NAMED[ahead])
        if ahead < _NEAR:
            return language.say("weekday", name=language.weekdays[day.weekday()])
        return language.date(day)

    def _clock(self, at: datetime, language: Language) -> str:
        here = at.astimezone(self.zone)
        return language.clock(here.hour * HOUR_MINUTES + here.minute)


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_QUARTER = timedelta(minutes=15)
_STEPS = ((10, 1), (HOUR_MINUTES, 5))  # up to so many minutes, rounded up to so many


def _span_words(span: Span, language: Language) -> str:
    if span.start == 0 and span.end == DAY_MINUTES:
        return language.say("all_day")
    end = span.end if span.end == DAY_MINUTES else span.end % DAY_MINUTES
    return language.say("span", start=language.clock(span.start), end=language.clock(end))


def _spans_words(spans: Sequence[Span], language: Language) -> str:
    said = [_span_words(span, language) for span in spans]
    return language.say("and").join(said) or language.say("closed")


def _together(days: Sequence[tuple[str, str]], language: Language) -> tuple[str, str]:
    """Return days and hours as one pair: the hours once, or with the day that each is of."""
    link = language.say("and")
    named = link.join(day for day, _ in days)
    told = list(dict.fromkeys(hours for _, hours in days))
    if len(told) == 1:
        return named, told[0]
    return named, link.join(language.say("hours_of_day", hours=h, day=d) for d, h in days)


def _rounded_up(span: timedelta) -> timedelta:
    """Return a measured time as people say it: never less, by 1 or 5 minutes, then by hours."""
    minutes = max(-(-span // timedelta(minutes=1)), 1)
    step = next((size for most, size in _STEPS if minutes <= most), HOUR_MINUTES)
    return timedelta(minutes=-(-minutes // step) * step)


def _to_quarter(at: datetime) -> datetime:
    """Return the next full quarter of an hour: a later promise, and one that reads as meant."""
    over = (at - _EPOCH) % _QUARTER
    return at if not over else at - over + _QUARTER
