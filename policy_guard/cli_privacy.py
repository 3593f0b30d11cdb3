"""The commands `forget`, `export`, `retain`, `pseudonym`: what is kept of a person."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; these commands import it

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from .cli_output import Commands, add_command, print_json, say
from .errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .clock import Clock
    from .people_rows import Who
    from .sql_store import SqlStore

ClockOf = Callable[["Connection"], "Clock"]
_BY = "operator"


def add_privacy(commands: Commands, clock_of: ClockOf) -> None:
    """Add the commands; *clock_of* tells the clock that a store goes by."""
    says = "delete everything that is kept of a person; nothing is sent to them unasked afterwards"
    parser = add_command(commands, "forget", partial(_forget, clock_of), says)
    parser.add_argument("psid", metavar="PSID")
    says = "show everything that is kept of a person as JSON, never what a token buys with"
    parser = add_command(commands, "export", _export, says)
    parser.add_argument("psid", metavar="PSID")
    says = "tell what stands for a person in the logs"
    parser = add_command(commands, "pseudonym", _pseudonym, says)
    parser.add_argument("psid", metavar="PSID")
    says = "let go of what is older than `policy_guard.retention` allows; consents and tokens stay"
    add_command(commands, "retain", partial(_retain, clock_of), says)


def _forget(clock_of: ClockOf, args: argparse.Namespace) -> int:
    """Erase at once, or leave the request to the channel where it is talking with the person.

    The person is held all the while: no turn of theirs can begin or end meanwhile, and so none can
    write the conversation anew.
    """
    from .cli_reading import opened

    with opened(args.endpoints) as store:
        done = _erased(clock_of, args, store)
        store.sweep()
    return done


def _erased(clock_of: ClockOf, args: argparse.Namespace, store: SqlStore) -> int:
    from . import privacy, tracker_rows
    from .sql_store import hold

    with store.write() as tx, _conversations(args) as talks:
        who, now = _who(tx, args.psid), clock_of(tx).now()
        hold(tx, who)
        events = tracker_rows.events(talks, args.psid) if talks is not None else []
        if not events and not privacy.knows(tx, who):
            raise StoreError(f"nothing is kept of the person `{args.psid}`")
        talking = privacy.in_conversation(tx, who)
        if talking:
            code = privacy.enter(tx, who, privacy.operators_key(who), now, now, _BY)
        else:
            if talks is not None:
                tracker_rows.erase(talks, args.psid)
            code = privacy.carry_out(tx, who, now, now, _BY) or ""
    said = {"code": code, "done": not talking, "conversation_events": len(events)}
    if args.json:
        print_json(said)
    elif talking:
        say(f"a turn of the person waits or runs: the channel deletes everything after it ({code})")
    else:
        say(f"everything kept of the person is deleted, {len(events)} conversation events too")
        say(f"nothing is sent unasked until they choose alerts again or write START ({code})")
    return 0


def _export(args: argparse.Namespace) -> int:
    from . import privacy, tracker_rows
    from .cli_reading import reading

    with reading(args.endpoints) as tx, _conversations(args) as talks:
        who = _who(tx, args.psid)
        kept = privacy.export(tx, who)
        known = privacy.knows(tx, who)
        kept["conversation"] = tracker_rows.events(talks, args.psid) if talks is not None else []
    if not known and not kept["conversation"]:
        raise StoreError(f"nothing is kept of the person `{args.psid}`")
    print(json.dumps(kept, ensure_ascii=False, indent=2))
    return 0


def _pseudonym(args: argparse.Namespace) -> int:
    from . import privacy_rows
    from .cli_reading import opened

    with opened(args.endpoints) as store, store.write() as tx:
        name = privacy_rows.pseudonym(privacy_rows.log_key(tx), args.psid)
    if args.json:
        print_json({"pseudonym": name})
    else:
        say(name)
    return 0


def _retain(clock_of: ClockOf, args: argparse.Namespace) -> int:
    from . import privacy, settings, tracker_rows
    from .cli_reading import opened
    from .clock import SystemClock

    retention = settings.load(args.endpoints).retention
    aged, more = privacy.Aged(), True
    with opened(args.endpoints) as store:
        while more:
            with store.write() as tx:  # one of many short ones: others write meanwhile
                step = privacy.age(tx, retention, clock_of(tx).now())
            aged, more = aged + step, bool(step)
    events = 0
    if retention.messages is not None:
        # Rasa writes the machine's own time, whatever clock the store goes by
        before = SystemClock().now() - retention.messages
        with _conversations(args) as talks:
            events = tracker_rows.erase_before(talks, before.timestamp()) if talks else 0
    said = {**asdict(aged), "conversation_events": events}
    if args.json:
        print_json(said)
    else:
        say(
            f"let go of {aged.events} events, the words of {aged.texts} messages, {aged.sends} "
            f"decisions, {aged.journal} lines of the journal, {events} conversation events"
        )
    return 0


def _conversations(args: argparse.Namespace) -> AbstractContextManager[Connection | None]:
    from . import tracker_rows

    return tracker_rows.opened(tracker_rows.address(args.endpoints))


def _who(tx: Connection, psid: str) -> Who:
    from .people import PAGE_ID
    from .people_rows import Who
    from .sql_store import get_meta

    page = get_meta(tx, PAGE_ID)
    if page is None:
        raise StoreError("the store serves no Page yet: the channel says which when it starts")
    return Who(page, psid)
