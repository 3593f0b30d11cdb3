"""The command `breaker`: what is stopped of the Page, and an operator's word on it."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; these commands import it

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from .cli_outbox import add_by, named
from .cli_output import Commands, add_command, print_json, say
from .durations import clock_text, duration
from .errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .breaker_rows import Breaker
    from .clock import Clock

ClockOf = Callable[["Connection"], "Clock"]
_LANES = "`page` for all that is proactive, or one way of sending such as `tag:HUMAN_AGENT`"


def add_breaker(commands: Commands, clock_of: ClockOf) -> None:
    """Add the command `breaker`; *clock_of* tells the clock that a store goes by."""
    says = "show what is stopped, by the platform or by an operator; stop it, or take it up again"
    parser = add_command(commands, "breaker", partial(_list, clock_of), says)
    deeds = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, run, tells in (
        ("list", _list, "show what is stopped, and until when"),
        ("close", _close, "take up again what is stopped; what waits for it is asked again"),
        ("open", _open, "stop what is proactive, or one way of sending"),
    ):
        one = add_command(deeds, name, partial(run, clock_of), tells)
        if name != "list":
            one.add_argument("lane", metavar="LANE", help=_LANES)
            add_by(one)
        if name == "open":
            one.add_argument("--for", dest="span", metavar="TIME", help="such as 2h; else for good")
            one.add_argument("--why", default="an operator stopped it", help="the journal keeps it")


def _list(clock_of: ClockOf, args: argparse.Namespace) -> int:
    from . import breaker_rows
    from .cli_reading import reading

    with reading(args.endpoints) as tx:
        found, now = [one for _, one in breaker_rows.all_opened(tx)], clock_of(tx).now()
    if args.json:
        print_json([one.as_dict() for one in found])
        return 0
    for one in found:
        say(_line(one, now))
    if not found:
        say("nothing is stopped")
    return 0


def _close(clock_of: ClockOf, args: argparse.Namespace) -> int:
    from . import breaker_rows
    from .cli_reading import opened

    with opened(args.endpoints) as store, store.write() as tx:
        page, by = _page(tx), named(args)
        if not breaker_rows.close(tx, page, args.lane, clock_of(tx).now(), by):
            raise StoreError(f"`{args.lane}` is not stopped; `policy-guard breaker` shows what is")
    _tell(args, {"lane": args.lane, "open": False, "by": by}, f"`{args.lane}` is taken up again")
    return 0


def _open(clock_of: ClockOf, args: argparse.Namespace) -> int:
    from . import breaker_rows
    from .cli_reading import opened

    span = _span(args.span)
    with opened(args.endpoints) as store, store.write() as tx:
        page, by = _page(tx), named(args)
        breaker_rows.open_by(tx, page, args.lane, clock_of(tx).now(), by, args.why, span)
    until = f"for `{args.span}`" if span else "until `policy-guard breaker close`"
    _tell(args, {"lane": args.lane, "open": True, "by": by}, f"`{args.lane}` is stopped {until}")
    return 0


def _tell(args: argparse.Namespace, said: dict[str, Any], words: str) -> None:
    if args.json:
        print_json(said)
    else:
        say(words)


def _line(one: Breaker, now: datetime) -> str:
    again = "until an operator closes it"
    if one.probe_at is not None:
        again = f"tries again at {clock_text(one.probe_at)}"
    if one.half_open(now):
        again = "tries with the next message"
    return f"{one.lane}  since {clock_text(one.since)}  by {one.by}  {again}  {one.why}"


def _span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as problem:
        raise StoreError(f"`--for`: {problem}") from None


def _page(tx: Connection) -> str:
    from .people import PAGE_ID
    from .sql_store import get_meta

    page = get_meta(tx, PAGE_ID)
    if page is None:
        raise StoreError("the store serves no Page yet: the channel says which when it starts")
    return page
