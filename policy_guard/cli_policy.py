"""The commands `policy show`, `diff`, `forecast` and `document`: the rules, and what they touch."""
# ruff: noqa: PLC0415 - the program starts without SQLAlchemy, which the project's settings import

from __future__ import annotations

import argparse
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from . import policy_text
from .cli_output import ENDPOINTS, Commands, UsageError, add_command, print_json, say_all
from .clock import Clock, SystemClock
from .edition import Editions, known
from .sentences import LANGUAGES

if TYPE_CHECKING:
    from .settings import Configuration


def add_policy(commands: Commands, clock: Clock | None = None) -> None:
    """Add the command `policy` with its own commands, and the short `forecast`."""
    now = (clock or SystemClock()).now
    says = "the platform's rules by date, and what their changes touch"
    policy = commands.add_parser(
        "policy", help=says, description=f"{says[0].upper()}{says[1:]}.", allow_abbrev=False
    )
    own = policy.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def show(args: argparse.Namespace) -> int:
        return _show(args, now())

    def forecast(args: argparse.Namespace) -> int:
        return _forecast(args, now())

    parser = add_command(own, "show", show, "the rules in force, each with its source")
    parser.add_argument("--at", type=_day, metavar="DAY", help="such as 2026-04-27 (default: now)")
    _add_language(parser)
    parser = add_command(own, "diff", _diff, "what differs between the rules of two days")
    parser.add_argument("first", type=_day, metavar="A", help="a day, such as 2026-02-10")
    parser.add_argument("second", type=_day, metavar="B", help="another, earlier or later")
    _add_language(parser)
    add_command(own, "document", _document, "the whole of docs/policy.md")
    for place in (own, commands):
        says = "which messages of a project each known change touches, with file and line"
        _add_forecast(add_command(place, "forecast", forecast, says))


def _add_forecast(parser: argparse.ArgumentParser) -> None:
    here = Path()
    parser.add_argument(
        "--project", type=Path, default=here, metavar="DIR", help="a Rasa project (default: here)"
    )
    parser.add_argument(
        "--from", dest="since", type=_day, metavar="DAY", help="only changes from this day on"
    )
    _add_language(parser)


def _add_language(parser: argparse.ArgumentParser) -> None:
    says = "the language of the sentences (default: en)"
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=says)


def _day(text: str) -> datetime:
    """Return the first moment of a day in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a day such as 2026-04-27") from None
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def _show(args: argparse.Namespace, now: datetime) -> int:
    at = args.at or now
    editions = _editions(args.endpoints)
    edition = editions.at(at)
    if args.json:
        print_json(policy_text.show_data(edition, at.date(), args.lang))
    else:
        say_all(policy_text.show(editions, edition, at.date(), args.lang))
    return 0


def _diff(args: argparse.Namespace) -> int:
    found = policy_text.differ(_editions(args.endpoints), args.first, args.second)
    if args.json:
        print_json(policy_text.diff_data(found, args.lang))
    else:
        say_all(policy_text.diff(found, args.lang))
    return 0


def _forecast(args: argparse.Namespace, now: datetime) -> int:
    from . import forecast
    from .forecast_project import read

    if not args.project.is_dir():
        raise UsageError(f"`{args.project}` is not a folder")
    config = _configuration(_of_project(args.endpoints, args.project))
    editions = known(config.switches)
    if args.since is not None:
        editions.at(args.since)
    subjects = read(args.project, _shown(config.alerts, args.project), editions)
    found = forecast.forecast(subjects, editions, config.page, config.settings, now, args.since)
    if args.json:
        data = forecast.as_data(found, args.lang)
        print_json({"now": now.isoformat(), "switches": sorted(config.switches), **data})
    else:
        say_all(forecast.sentences(found, args.lang))
    return 0


def _document(args: argparse.Namespace) -> int:
    from .policy_document import document

    text = document(known())
    if args.json:
        print_json({"document": text})
    else:
        print(text, end="")
    return 0


def _editions(endpoints: Path) -> Editions:
    """Return the editions with the switches of the project here, or as assumed where none is."""
    if endpoints == ENDPOINTS and not endpoints.exists():
        return known()
    return known(_configuration(endpoints).switches)


def _configuration(endpoints: Path) -> Configuration:
    from .settings import load

    return load(endpoints)


def _of_project(endpoints: Path, folder: Path) -> Path:
    """Return the endpoints file that was named, else the project's own."""
    return folder / ENDPOINTS if endpoints == ENDPOINTS else endpoints


def _shown(alerts: Path, folder: Path) -> Path:
    """Return the path of alerts.yml as the other files are called: below the project's folder."""
    try:
        return folder / alerts.resolve().relative_to(folder.resolve())
    except ValueError:
        return alerts
