"""The command `responsiveness`: how quickly people are answered, and whose window closes."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .cli_output import NUMBER, Commands, add_command, print_json, say
from .clock import Clock
from .durations import clock_text, duration

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .hours import Hours, Measured
    from .responsiveness import Exchange, Report, Tally

_MOST_DAYS = 3650
#: The longest window that a person's message has ever opened: a question of that age still counts.
_LONGEST_WINDOW = timedelta(days=7)


@dataclass(frozen=True)
class _Closing:
    """A question without an answer, and when its window closes (UTC)."""

    exchange: Exchange
    until: datetime


def add_responsiveness(commands: Commands, clock: Callable[[Connection], Clock]) -> None:
    """Add the command `responsiveness`."""
    says = "tell how many are answered, how quickly, and whose window closes unanswered"
    parser = add_command(
        commands, "responsiveness", lambda args: _responsiveness(args, clock), says
    )
    parser.add_argument(
        "--days", type=_days, default=7, metavar="N", help="questions of so many days (default: 7)"
    )
    parser.add_argument(
        "--closing-within",
        type=_span,
        default=timedelta(hours=4),
        metavar="SPAN",
        help="unanswered conversations whose window closes so soon (default: 4h)",
    )


def _responsiveness(args: argparse.Namespace, clock: Callable[[Connection], Clock]) -> int:
    from zoneinfo import ZoneInfo

    from . import hours_file, settings
    from .answering import measured_from
    from .cli_reading import reading
    from .response_rows import steps
    from .responsiveness import exchanges, measure

    config = settings.load(args.endpoints)
    hours = None if config.hours is None else hours_file.load(config.hours)
    zone = hours.zone if hours else ZoneInfo(config.page.time_zone)
    with reading(args.endpoints) as tx:
        now = clock(tx).now()
        since = now - timedelta(days=args.days)
        found = exchanges(steps(tx, min(since, now - _LONGEST_WINDOW)))
        report = measure(found, since, now, zone)
        closing = _closing(tx, report.waiting, now, args.closing_within, config)
        taken = measured_from(tx, hours, now) if hours else None
    if args.json:
        print_json(_as_dict(report, closing, taken, hours))
    else:
        _print(report, closing, taken, args, hours, str(zone))
    return 0


def _closing(
    tx: Connection, waiting: list[Exchange], now: datetime, within: timedelta, config: Any
) -> list[_Closing]:
    """Return the unanswered whose open window closes soon, the first to close first."""
    from . import people_rows
    from .edition import known
    from .people_rows import Who
    from .rules import window_until
    from .vocabulary import Message, Question

    edition = known(config.switches).at(now)
    found = []
    for exchange in waiting:
        who = Who(exchange.page, exchange.psid)
        person = people_rows.read(tx, who, now, config.page.time_zone)
        question = Question(now, Message(), person, config.page, edition, config.settings)
        window = window_until(question)
        if window is not None and now < window[1] <= now + within:
            found.append(_Closing(exchange, window[1]))
    return sorted(found, key=lambda each: (each.until, each.exchange.psid))


def _print(
    report: Report,
    closing: list[_Closing],
    taken: Measured | None,
    args: argparse.Namespace,
    hours: Hours | None,
    zone: str,
) -> None:
    say(f"{clock_text(report.since)} to {clock_text(report.until)}, days and hours in {zone}")
    say(f"{'':12}{'asked':>8}{'answered':>10}{'rate':>7}{'median':>10}{'p90':>10}")
    _print_tally("all", report.everything)
    for day in sorted(report.days):
        _print_tally(f"{day}", report.days[day])
    for hour in sorted(report.hours):
        _print_tally(f"{hour:02}:00", report.hours[hour])
    if hours is not None and taken is not None:
        say(_hand_over_line(taken, hours))
    for each in closing:
        latest = clock_text(each.exchange.latest_at)
        say(f"closes {clock_text(each.until)}  person {each.exchange.psid}  last wrote {latest}")
    if not closing:
        say(f"no unanswered conversation closes within {_short(args.closing_within)}")


def _print_tally(name: str, tally: Tally) -> None:
    from .responsiveness import P90

    rate = "-" if tally.rate is None else f"{tally.rate:.0%}"
    median, late = _short(tally.at_share(0.5)), _short(tally.at_share(P90))
    say(f"{name:12}{tally.asked:>8}{len(tally.waits):>10}{rate:>7}{median:>10}{late:>10}")


def _hand_over_line(taken: Measured, hours: Hours) -> str:
    if not taken.count:
        return "no hand-over to a person is measured yet"
    said = "" if taken.count >= hours.measured_from else f", said from {hours.measured_from} on"
    half = "most had no answer" if taken.median is None else f"median {_short(taken.median)}"
    return f"hand-overs of the last 90 days: {taken.count}, {half} in opening hours{said}"


def _as_dict(
    report: Report, closing: list[_Closing], taken: Measured | None, hours: Hours | None
) -> dict[str, Any]:
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "all": _tally_dict(report.everything),
        "by_day": {str(day): _tally_dict(report.days[day]) for day in sorted(report.days)},
        "by_hour": {str(hour): _tally_dict(report.hours[hour]) for hour in sorted(report.hours)},
        "hand_overs": taken
        and hours
        and {
            "count": taken.count,
            "median_seconds": _seconds(taken.median),
            "enough": taken.count >= hours.measured_from,
        },
        "closing": [
            {
                "page": each.exchange.page,
                "psid": each.exchange.psid,
                "asked_at": each.exchange.asked_at.isoformat(),
                "last_wrote_at": each.exchange.latest_at.isoformat(),
                "window_closes_at": each.until.isoformat(),
            }
            for each in closing
        ],
    }


def _tally_dict(tally: Tally) -> dict[str, Any]:
    from .responsiveness import P90

    return {
        "asked": tally.asked,
        "answered": len(tally.waits),
        "rate": tally.rate,
        "median_seconds": _seconds(tally.at_share(0.5)),
        "p90_seconds": _seconds(tally.at_share(P90)),
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _short(span: timedelta | None) -> str:
    """Return a time span in at most two units, as a table has room for: `1h 05m`, `2.4s`."""
    if span is None:
        return "-"
    hours, rest = divmod(span, timedelta(hours=1))
    minutes = rest // timedelta(minutes=1)
    if hours:
        return f"{hours}h {minutes:02}m" if minutes else f"{hours}h"
    return f"{minutes}m {rest.seconds % 60:02}s" if minutes else f"{rest.total_seconds():.1f}s"


def _days(text: str) -> int:
    if not NUMBER.fullmatch(text) or not 1 <= int(text) <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of days from 1 to {_MOST_DAYS}")
    return int(text)


def _span(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
