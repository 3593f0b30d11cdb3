"""How quickly people are answered, out of a stream of what came and what left; pure.

A first-response time runs from a person's first message after the last answer to the first answer
that left. A hand-over's answer time is counted in opening hours: a night is nobody's delay.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from .hours import Hours, Measured

P90 = 0.9


@dataclass(frozen=True)
class Step:
    """Something said in a conversation at a moment (UTC): by the person, or else to them."""

    page: str
    psid: str
    at: datetime
    by_person: bool


@dataclass(frozen=True)
class Exchange:
    """A person's question and when it was answered, None while it is not."""

    page: str
    psid: str
    asked_at: datetime
    latest_at: datetime  # the person's latest message of the question
    answered_at: datetime | None


@dataclass
class Tally:
    """How many questions, and how long (seconds) the answered ones waited."""

    asked: int = 0
    waits: array[float] = field(default_factory=lambda: array("d"))

    def add(self, exchange: Exchange) -> None:
        """Count one."""
        self.asked += 1
        if exchange.answered_at is not None:
            self.waits.append((exchange.answered_at - exchange.asked_at).total_seconds())

    @property
    def rate(self) -> float | None:
        """Return which share was answered, None where nothing was asked."""
        return len(self.waits) / self.asked if self.asked else None

    def at_share(self, share: float) -> timedelta | None:
        """Return the wait that *share* of the answered did not exceed, None where none was."""
        if not self.waits:
            return None
        place = max(math.ceil(share * len(self.waits)), 1) - 1
        return timedelta(seconds=sorted(self.waits)[place])


@dataclass
class Report:
    """The questions of a period: all, by local day, and by the local hour they were asked in."""

    since: datetime
    until: datetime
    everything: Tally = field(default_factory=Tally)
    days: dict[date, Tally] = field(default_factory=dict)
    hours: dict[int, Tally] = field(default_factory=dict)
    waiting: list[Exchange] = field(default_factory=list)  # unanswered, also from before *since*


@dataclass(frozen=True)
class HandOver:
    """A conversation given to a person, and when that person first wrote, None while not."""

    at: datetime
    answered_at: datetime | None


def exchanges(steps: Iterable[Step]) -> Iterator[Exchange]:
    """Give the questions in *steps*, which come by conversation and then in order of time."""
    who: tuple[str, str] | None = None
    asked: Step | None = None
    latest: Step | None = None
    for step in steps:
        if (step.page, step.psid) != who:
            if asked is not None and latest is not None:
                yield _exchange(asked, latest, None)
            who, asked, latest = (step.page, step.psid), None, None
        if step.by_person:
            asked, latest = asked or step, step
        elif asked is not None and latest is not None:
            yield _exchange(asked, latest, step.at)
            asked = latest = None
    if asked is not None and latest is not None:
        yield _exchange(asked, latest, None)


def measure(found: Iterable[Exchange], since: datetime, until: datetime, zone: tzinfo) -> Report:
    """Return the report of the questions asked from *since* on, days and hours in *zone*."""
    report = Report(since, until)
    for exchange in found:
        if exchange.answered_at is None:
            report.waiting.append(exchange)
        if exchange.asked_at < since:
            continue
        here = exchange.asked_at.astimezone(zone)
        report.everything.add(exchange)
        report.days.setdefault(here.date(), Tally()).add(exchange)
        report.hours.setdefault(here.hour, Tally()).add(exchange)
    return report


def measured(found: Sequence[HandOver], hours: Hours, now: datetime) -> Measured:
    """Return what hand-overs took in opening hours.

    One without an answer counts as never answered, unless it is younger than the promise: leaving
    all of them out would tell of the lucky ones only.
    """
    took = []
    for each in found:
        if each.answered_at is not None:
            took.append(_worked(hours, each.at, each.answered_at))
        elif hours.open_time(each.at, now) > hours.promise:
            took.append(math.inf)
    if not took:
        return Measured()
    middle = sorted(took)[math.ceil(len(took) / 2) - 1]
    return Measured(len(took), None if middle == math.inf else timedelta(seconds=middle))


def _worked(hours: Hours, start: datetime, end: datetime) -> float:
    """Return the open seconds between, or all of them where somebody answered while closed."""
    return (hours.open_time(start, end) or end - start).total_seconds()


def _exchange(asked: Step, latest: Step, answered_at: datetime | None) -> Exchange:
    return Exchange(asked.page, asked.psid, asked.at, latest.at, answered_at)
