"""The commands `explain`, `journal` and `disagreements`: what happened, and why."""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; these commands import it

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import explain
from .cli_output import NUMBER, Commands, add_command, add_last, of_person, print_json, say, say_all
from .durations import clock_text
from .edition import known
from .errors import StoreError
from .sentences import LANGUAGES

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .journal import Entry


def add_explain(commands: Commands) -> None:
    """Add the command `explain`."""
    says = "tell in sentences why a person did or did not get a message"
    parser = add_command(commands, "explain", _explain, says)
    parser.add_argument("id", metavar="ID", help="a send, a line of the journal, or a mid")
    words = "the language of the sentences (default: en)"
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=words)


def _explain(args: argparse.Namespace) -> int:
    from . import journal, sends
    from .cli_reading import reading

    with reading(args.endpoints) as tx:
        entry = journal.entry(tx, int(args.id)) if NUMBER.fullmatch(args.id) else None
        send_id = entry.send_id if entry else sends.id_of(tx, args.id)
        story = _story(tx, send_id, entry) if send_id else None
    if story is not None:
        if args.json:
            print_json(explain.as_dict(story, known(), args.lang))
        else:
            say_all(explain.sentences(story, known(), args.lang))
    elif entry is not None:
        _print_entries([entry], args.json, "", args.lang)
    else:
        raise StoreError(
            f"nothing is known of `{args.id}`: it is no send, no line of the journal and no mid"
        )
    return 0


def _story(tx: Connection, send_id: str, asked: Entry | None) -> explain.Story:
    from . import sends
    from .journal import entries

    send, parts = sends.get(tx, send_id), sends.parts(tx, send_id)
    return explain.story_of(send, parts, entries(tx, send_id=send_id), asked)


def add_journal(commands: Commands) -> None:
    """Add the command `journal`."""
    parser = add_command(commands, "journal", _journal, "list what was decided and what came of it")
    parser.add_argument("--psid", help="of one person")
    parser.add_argument("--what", help="one kind of line, such as decided, sent or unknown")
    add_last(parser, 50)


def _journal(args: argparse.Namespace) -> int:
    from .cli_reading import reading
    from .journal import entries

    with reading(args.endpoints) as tx:
        found = entries(tx, psid=args.psid, what=args.what, last=args.last)
    kind = f" of the kind `{args.what}`" if args.what else ""
    _print_entries(found, args.json, f"the journal holds nothing{kind}{of_person(args.psid)}")
    return 0


def add_disagreements(commands: Commands) -> None:
    """Add the command `disagreements`."""
    says = "list where the guard allowed a message and the platform refused it"
    add_last(add_command(commands, "disagreements", _disagreements, says), 50)


def _disagreements(args: argparse.Namespace) -> int:
    from .cli_reading import reading
    from .journal import DISAGREEMENT, entries

    with reading(args.endpoints) as tx:
        found = entries(tx, what=DISAGREEMENT, last=args.last)
    _print_entries(found, args.json, "the platform has refused nothing that the guard allowed")
    return 0


def _print_entries(
    found: Sequence[Entry], as_json: bool, nothing: str, language: str = LANGUAGES[0]
) -> None:
    if as_json:
        print_json([entry.as_dict() for entry in found])
        return
    for entry in found:
        about = [f"person {entry.psid}"] if entry.psid else []
        about += [entry.send_id] if entry.send_id else []
        subject = f"  {', '.join(about)}" if about else ""
        say(f"{entry.id}  {clock_text(entry.at)}{subject}  {explain.happened(entry, language)}")
    if not found:
        say(nothing)
