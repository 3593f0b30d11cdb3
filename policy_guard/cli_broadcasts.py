"""The command `broadcasts`: list them, look one up, pause, resume and cancel them."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; these commands import it

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from .cli_output import Commands, add_command, add_last, print_json, say, say_all
from .durations import clock_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from .broadcast_rows import Broadcast

_MOST = 50  # recipients that `show` names one by one unless it is told otherwise


def add_broadcasts(commands: Commands) -> None:
    """Add the command `broadcasts` with what it can do."""
    says = "what `notify` was asked to tell many people: list, show, pause, resume, cancel"
    group = commands.add_parser("broadcasts", help=says, description=f"{says[0].upper()}{says[1:]}")
    inner = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_last(add_command(inner, "list", _list, "list broadcasts with their states and counts"), 20)
    show = add_command(inner, "show", _show, "tell how far a broadcast is, and of its recipients")
    show.add_argument("id", type=int, metavar="ID")
    add_last(show, _MOST)
    for name, state, words in (
        ("pause", "paused", "let nothing more of a broadcast leave until it is resumed"),
        ("resume", "running", "go on with a broadcast that is paused"),
        ("cancel", "cancelled", "end a broadcast: what has not left never does"),
    ):
        parser = add_command(inner, name, partial(_move, state), words)
        parser.add_argument("id", type=int, metavar="ID")
        parser.add_argument("--by", metavar="NAME", help="who does it (default: you)")


def operator(named: str | None) -> str:
    """Return who gives an order: the one that is named, else who is logged in here."""
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have them
        return "operator"


def _list(args: argparse.Namespace) -> int:
    from . import broadcast_rows
    from .cli_reading import reading

    with reading(args.endpoints) as tx:
        found = [as_dict(tx, each) for each in broadcast_rows.listed(tx, args.last)]
    if args.json:
        print_json(found)
        return 0
    say_all(map(line, found))
    if not found:
        say("there was no broadcast")
    return 0


def _show(args: argparse.Namespace) -> int:
    from . import broadcast_rows
    from .cli_reading import reading

    with reading(args.endpoints) as tx:
        broadcast = broadcast_rows.get(tx, args.id)
        told = as_dict(tx, broadcast)
        rows = broadcast_rows.recipients(tx, args.id, args.last)
    if args.json:
        print_json({**told, "recipients": rows})
        return 0
    say(line(told))
    say(f"    key `{told['key']}`, by {told['created_by']}")
    say_all(each for row in rows for each in recipient_lines(row))
    if told["total"] > len(rows):
        say(f"    and {told['total'] - len(rows):,} more (--last)")
    return 0


def _move(state: str, args: argparse.Namespace) -> int:
    from . import broadcast_rows
    from .cli_reading import opened
    from .sql_store import clock_in

    with opened(args.endpoints) as store, store.write() as tx:
        now = clock_in(tx).now()
        moved = broadcast_rows.move(tx, args.id, state, operator(args.by), now)
        told = as_dict(tx, moved)
    if args.json:
        print_json(told)
    else:
        say(line(told))
    return 0


def as_dict(tx: Connection, broadcast: Broadcast) -> dict[str, Any]:
    """Return a broadcast as JSON-ready values, with how many recipients are in each state."""
    from . import broadcast_rows

    held_until = broadcast_rows.held_until(tx, broadcast.id)
    return {
        "id": broadcast.id,
        "key": broadcast.key,
        "topic": broadcast.topic,
        "response": broadcast.response,
        "slots": dict(broadcast.slots),
        "created_by": broadcast.created_by,
        "created_at": broadcast.created_at.isoformat(),
        "state": broadcast.state,
        "why": broadcast.why,
        "entered": broadcast.filled,
        "total": broadcast.total,
        "counts": {name: n for name, n in broadcast_rows.counts(tx, broadcast).items() if n},
        "held_until": _moment(held_until),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def line(told: Mapping[str, Any]) -> str:
    """Return a broadcast in one line."""
    from datetime import datetime

    total = f"{told['total']:,}" if told["entered"] else f"{told['total']:,} so far"
    ends = told["held_until"]
    why = f", paused by itself: {told['why']}" if told["why"] else ""
    held = f", held until {clock_text(datetime.fromisoformat(ends))} at the latest" if ends else ""
    return (
        f"{told['id']}  {told['state']}  `{told['response']}` on `{told['topic']}`  "
        f"{clock_text(datetime.fromisoformat(told['created_at']))}  "
        f"{total} recipients: {counted(told['counts']) or 'nobody'}{held}{why}"
    )


def counted(counts: Mapping[str, int]) -> str:
    """Return how many are in each state, in words, the most first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{number:,} {state}" for state, number in ordered if number)


def recipient_lines(row: Mapping[str, Any]) -> list[str]:
    """Return one recipient in a line, and how to learn more."""
    how = f" on {row['ground']}" if row.get("ground") else ""
    decided = f"{row['decision']}{how}, " if row.get("decision") else ""
    why = f": {row['reason']}" if row.get("reason") else ""
    more = [f"    policy-guard explain {row['send']}"] if row.get("send") else []
    return [f"{row['psid']}: {decided}{row['state']}{why}", *more]
