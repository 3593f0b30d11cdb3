"""The command `approve`: what is held for its words may go, because somebody has read them."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse

from .cli_output import Commands, add_command, print_json, say
from .errors import StoreError


def add_approve(commands: Commands) -> None:
    """Add the command `approve`."""
    says = "let a message go that is held because its words read as promotion"
    parser = add_command(commands, "approve", _approve, says)
    parser.add_argument("id", metavar="ID", help="the send, as `outbox` lists it")


def _approve(args: argparse.Namespace) -> int:
    from . import sends
    from .cli_reading import opened
    from .people import open_guard

    with opened(args.endpoints) as store:
        guard = open_guard(args.endpoints, store=store)
        try:
            guard.approve(args.id)
            guard.release()  # the channel sends it, and need not wait for this process's lease
        except KeyError:
            raise StoreError(f"nothing is known of `{args.id}`: it is no send") from None
        with store.read() as tx:
            row = sends.get(tx, args.id)
    if args.json:
        print_json({"id": row.id, "state": row.state, "reason": row.decision["reason"]})
    else:
        say(f"{row.id}  {row.state}  {row.decision['reason']} (rule `{row.decision['rule']}`)")
    return 0
