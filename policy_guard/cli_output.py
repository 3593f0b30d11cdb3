"""What every command shares: how it is added, how it complains, how it prints."""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from .errors import GuardError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Run: TypeAlias = Callable[[argparse.Namespace], int]

#: How a person writes a count or the number of a line.
NUMBER = re.compile(r"[0-9]{1,19}")
#: Where a project's settings are, if nothing else is said.
ENDPOINTS = Path("endpoints.yml")
_MOST_LINES = 1_000_000


class UsageError(GuardError):
    """The command line itself cannot be understood."""


class Parser(argparse.ArgumentParser):
    """A parser that says one sentence instead of printing its usage."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = ", ".join(f"`{choice}`" for choice in action.choices)
            says = f"invalid choice: `{value}` (choose from {names})"
            raise argparse.ArgumentError(action, says)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` tells more")


def add_command(commands: Commands, name: str, run: Run, says: str) -> argparse.ArgumentParser:
    """Return the parser of a new command that has the options common to all."""
    parser = commands.add_parser(
        name, help=says, description=f"{says[0].upper()}{says[1:]}.", allow_abbrev=False
    )
    parser.add_argument(
        "--endpoints", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=argparse.SUPPRESS
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    parser.set_defaults(run=run)
    return parser


def add_last(parser: argparse.ArgumentParser, default: int) -> None:
    """Add the option that keeps only the newest lines."""
    says = f"only so many of the newest (default: {default})"
    parser.add_argument("--last", type=_number, default=default, metavar="N", help=says)


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text) or not 1 <= int(text) <= _MOST_LINES:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 1 to {_MOST_LINES}")
    return int(text)


def of_person(psid: str | None) -> str:
    """Return the end of a sentence that names the person asked for, or nothing."""
    return f" of the person `{psid}`" if psid else ""


def print_json(value: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=2))


def say_all(lines: Iterable[str]) -> None:
    """Print every line."""
    for line in lines:
        say(line)


def say(line: str) -> None:
    """Print one line, with control characters written out."""
    print(_plain(line))


def complain(sentence: str) -> None:
    """Print one sentence on standard error, with control characters written out."""
    print(_plain(sentence), file=sys.stderr)


def _plain(text: str) -> str:
    """Return *text* with control characters written out: what people type may hold some."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in {"Cc", "Cs"} else c
        for c in text
    )


def write_anything() -> None:
    """Let a terminal with a narrow character set show what it cannot, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
