"""The command `tokens`: the single-use permissions that people gave."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from .cli_output import Commands, add_command, of_person, print_json, say, say_all
from .durations import clock_text
from .edition import known
from .errors import EditionError
from .vocabulary import TokenKind

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .clock import Clock
    from .token_rows import TokenRow

_BUYS_NOTHING = frozenset({"spent", "retired", "expired"})


def add_tokens(commands: Commands, clock_of: Callable[[Connection], Clock]) -> None:
    """Add the command `tokens`; *clock_of* tells the clock that a store goes by."""
    says = "list the single-use permissions that people gave, never their values"
    parser = add_command(commands, "tokens", partial(_tokens, clock_of), says)
    parser.add_argument("--psid", help="of one person")
    parser.add_argument("--topic", help="for one topic")
    parser.add_argument("--all", action="store_true", help="also those that buy nothing any more")


def _tokens(clock_of: Callable[[Connection], Clock], args: argparse.Namespace) -> int:
    from .cli_reading import reading
    from .token_rows import listed

    with reading(args.endpoints) as tx:
        now = clock_of(tx).now()
        rows = listed(tx, psid=args.psid, topic=args.topic)
    described = [_token_dict(row, now) for row in rows]
    shown = [row for row in described if args.all or row["state"] not in _BUYS_NOTHING]
    if args.json:
        print_json(shown)
    else:
        say_all(map(_token_line, shown))
        if not shown:
            topic = f" for `{args.topic}`" if args.topic else ""
            usable = "" if args.all else " that can still be used"
            say(f"there is no token{usable}{topic}{of_person(args.psid)}")
    return 0


def _token_dict(row: TokenRow, now: datetime) -> dict[str, Any]:
    expires = _expiry(row, now)
    return {
        "id": row.id,
        "page": row.who.page,
        "psid": row.who.psid,
        "topic": row.topic,
        "kind": row.kind.value,
        "granted_at": row.granted_at.isoformat(),
        "expires_at": None if expires is None else expires.isoformat(),
        "state": _state(row, expires, now),
        "spent_by": row.spent_by,
        "claimed_by": row.claimed_by,
    }


def _expiry(row: TokenRow, now: datetime) -> datetime | None:
    """Return when a token ends (UTC), by the edition in force where it is a one-time token."""
    stated = row.expires_at
    if row.kind is not TokenKind.ONE_TIME:
        return stated
    try:
        life = known().at(now).one_time.life
    except EditionError:
        return stated
    return min(row.granted_at + life, stated) if stated else row.granted_at + life


def _state(row: TokenRow, expires: datetime | None, now: datetime) -> str:
    if row.spent_at is not None:
        return "spent"
    if row.retired_at is not None:
        return "retired"
    if row.claimed_by is not None:
        return "claimed"
    return "expired" if expires is not None and now >= expires else "unspent"


def _token_line(row: dict[str, Any]) -> str:
    granted = clock_text(datetime.fromisoformat(row["granted_at"]))
    ends = row["expires_at"]
    expires = f"expires {clock_text(datetime.fromisoformat(ends))}" if ends else "does not expire"
    about = f"person {row['psid']}  {row['topic']}"
    return f"{row['id']}  {row['state']}  {about}  granted {granted}  {expires}"
