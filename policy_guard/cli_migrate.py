"""The command `migrate`: the store's schema brought to what this program needs."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; this command imports it

from __future__ import annotations

import argparse

from .cli_output import Commands, add_command, print_json, say


def add_migrate(commands: Commands) -> None:
    """Add the command."""
    says = "make the store's schema what this program needs; by default it is made so at each start"
    add_command(commands, "migrate", _migrate, says)


def _migrate(args: argparse.Namespace) -> int:
    from . import migrations, settings
    from .sql_store import SqlStore

    store = SqlStore(settings.load(args.endpoints).url)
    store.close()
    if args.json:
        print_json({"store": store.shown, "schema": migrations.head()})
    else:
        say(f"the store `{store.shown}` has schema `{migrations.head()}`")
    return 0
