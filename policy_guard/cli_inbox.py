"""The command `inbox`: events that were acknowledged and are not finished, or failed."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .cli_output import Commands, add_command, print_json, say
from .durations import clock_text

if TYPE_CHECKING:
    from .inbox_rows import InboxRow

_STATES = ("pending", "running", "failed", "done", "noted")
_OPEN_STATES = _STATES[:3]


def add_inbox(commands: Commands) -> None:
    """Add the command `inbox`."""
    says = "list events whose turn has not been finished, or has failed"
    parser = add_command(commands, "inbox", _inbox, says)
    parser.add_argument(
        "--state", action="append", choices=_STATES, help="only this state; may be repeated"
    )


def _inbox(args: argparse.Namespace) -> int:
    from . import inbox_rows
    from .cli_reading import reading

    states = tuple(args.state or _OPEN_STATES)
    with reading(args.endpoints) as tx:
        rows = inbox_rows.listed(tx, states)
    if args.json:
        print_json([_dict(row) for row in rows])
        return 0
    for row in rows:
        who = f"  person {row.who.psid}" if row.who else ""
        why = f"  {row.error}" if row.error else ""
        say(f"{row.id}  {row.state}{who}  {row.kind} of {clock_text(row.at)}, run {row.runs}{why}")
    if not rows:
        say(f"the inbox holds no event that is {' or '.join(states)}")
    return 0


def _dict(row: InboxRow) -> dict[str, Any]:
    """Return an event without what the person wrote."""
    return {
        "id": row.id,
        "psid": row.who.psid if row.who else None,
        "key": row.key,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "state": row.state,
        "runs": row.runs,
        "error": row.error,
    }
