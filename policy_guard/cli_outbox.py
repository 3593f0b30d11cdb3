"""The command `outbox`: what waits, is on its way or in doubt, and an operator's word on it."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; these commands import it

from __future__ import annotations

import argparse
import getpass
from typing import TYPE_CHECKING, Any

from . import send_states
from .cli_output import Commands, add_command, add_last, print_json, say, say_all
from .durations import clock_text
from .errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .sends import PartRow, SendRow

_HOW = ("sent", "not-sent", "cancel")


def add_outbox(commands: Commands) -> None:
    """Add the command `outbox`, which without a further word lists."""
    says = "list the messages that wait, are on their way, or are in doubt, and settle doubts"
    parser = add_command(commands, "outbox", _list, says)
    _add_list_options(parser)
    deeds = parser.add_subparsers(title="commands", metavar="COMMAND")
    listing = add_command(deeds, "list", _list, "list the messages that are not over")
    _add_list_options(listing)
    showing = add_command(deeds, "show", _show, "show one message, and each part of it on the wire")
    showing.add_argument("id", metavar="ID", help="a send, or a mid")
    says = "say what came of a message that nothing else tells of"
    settling = add_command(deeds, "resolve", _resolve, says)
    settling.add_argument("id", metavar="ID", help="a send")
    settling.add_argument(
        "--as",
        dest="how",
        required=True,
        choices=_HOW,
        help="it arrived; it did not, so that it is asked again; or it is not to be sent",
    )
    add_by(settling)


def add_by(parser: argparse.ArgumentParser) -> None:
    """Add the option that says whose word it is; the journal keeps it."""
    parser.add_argument("--by", metavar="NAME", help="whose word it is (default: your user name)")


def named(args: argparse.Namespace) -> str:
    """Return whose word it is."""
    given = str(args.by or getpass.getuser()).strip()
    return given[:64] or "operator"


def _add_list_options(parser: argparse.ArgumentParser) -> None:
    states = send_states.ALL
    parser.add_argument("--state", action="append", choices=states, help="(may be repeated)")
    parser.add_argument("--all", action="store_true", help="in every state")
    lanes = (send_states.LIVE, send_states.BULK)
    parser.add_argument("--lane", choices=lanes, help="only answers, or only a broadcast's")
    parser.add_argument("--psid", help="of one person")
    add_last(parser, 1000)


def _list(args: argparse.Namespace) -> int:
    from .cli_reading import reading
    from .sends import listed

    states = send_states.ALL if args.all else tuple(args.state or send_states.LISTED)
    with reading(args.endpoints) as tx:
        found = listed(tx, states=states, lane=args.lane, last=args.last)
    rows = [row for row in found if args.psid in {None, row.who.psid}]
    if args.json:
        print_json([_send_dict(row) for row in rows])
    else:
        say_all(map(_send_line, rows))
        if not rows:
            say(f"the outbox holds no message that is {' or '.join(states)}")
    return 0


def _show(args: argparse.Namespace) -> int:
    from . import sends
    from .cli_reading import reading

    with reading(args.endpoints) as tx:
        row = _row(tx, args.id)
        parts = sends.parts(tx, row.id)
    if args.json:
        print_json({**_send_dict(row), "messages": [_part_dict(part) for part in parts]})
        return 0
    say(_send_line(row))
    say_all(map(_part_line, parts))
    say(f"policy-guard explain {row.id}")
    return 0


def _resolve(args: argparse.Namespace) -> int:
    from .cli_reading import opened
    from .people import open_guard

    with opened(args.endpoints) as store:
        guard = open_guard(args.endpoints, store=store)
        with store.read() as tx:
            row = _row(tx, args.id)
        try:
            after = guard.resolve(row.id, args.how, named(args))
        except ValueError as problem:
            raise StoreError(str(problem)) from None
        guard.release()  # what is to leave after all is the channel's to send
        with store.read() as tx:
            after = _row(tx, after.id)
    if args.json:
        print_json(_send_dict(after))
    else:
        say(f"`{after.id}` was {row.state} and is {after.state}")
    return 0


def _row(tx: Connection, name: str) -> SendRow:
    from . import sends

    send_id = sends.id_of(tx, name)
    if send_id is None:
        raise StoreError(f"nothing is known of `{name}`: it is no send and no mid")
    return sends.get(tx, send_id)


def _send_dict(row: SendRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "page": row.who.page,
        "psid": row.who.psid,
        "state": row.state,
        "response": row.response,
        "purpose": row.message.purpose.value,
        "topic": row.message.topic,
        "text": row.text,
        "ground": row.ground,
        "rule": row.decision["rule"],
        "reason": row.decision["reason"],
        "edition": row.decision["edition"],
        "created_at": row.created_at.isoformat(),
        "decided_at": row.decided_at.isoformat(),
        "not_before": row.not_before.isoformat() if row.not_before else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "lane": row.lane,
        "claimed_by": row.claimed_by,
        "lease_until": row.lease_until.isoformat() if row.lease_until else None,
        "why": row.why,
        "held_for": row.halted_by,
    }


def _send_line(row: SendRow) -> str:
    what = ", ".join(
        word for word in (row.response, row.message.purpose.value, row.message.topic) if word
    )
    reason = f"{row.decision['reason']} (rule `{row.decision['rule']}`)"
    wait = f"  not before {clock_text(row.not_before)}" if row.not_before else ""
    ends = f"  expires {clock_text(row.expires_at)}" if row.expires_at else ""
    decided = clock_text(row.decided_at)
    return (
        f"{row.id}  {row.state}  person {row.who.psid}  {what}  decided {decided}"
        f"{wait}{ends}  {reason}"
    )


def _part_dict(part: PartRow) -> dict[str, Any]:
    return {
        "n": part.n,
        "state": part.state,
        "mid": part.mid,
        "metadata": part.echo_key,
        "attempts": part.attempts,
        "sent_once_more": part.resent,
        "committed_at": part.committed_at.isoformat() if part.committed_at else None,
        "error": part.error,
    }


def _part_line(part: PartRow) -> str:
    tries = f"  tries {part.attempts}" if part.attempts else ""
    mid = f"  mid {part.mid}" if part.mid else ""
    error = part.error or {}
    said = error.get("why") or error.get("says")
    return f"    message {part.n + 1}  {part.state}{tries}{mid}{f'  {said}' if said else ''}"
