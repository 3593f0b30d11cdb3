"""The command `classify`: for each line of JSON with a text, a line of JSON with the verdict."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from ..cli_output import Commands, add_command, complain
from ..json_object import once_each
from . import lookup
from .judge import judge_text

_SAYS = "say of each text on standard input whether it is promotional, and why"


class _LineError(ValueError):
    """A line of the input cannot be judged."""


def add_parser(subparsers: Commands) -> argparse.ArgumentParser:
    """Add the command `classify` and return its parser."""
    parser = add_command(subparsers, "classify", run, _SAYS)
    parser.epilog = (
        'Each line is a JSON object such as {"text": "Your order has left", "lang": "en"}.'
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Judge standard input; returns 0, or 2 without a verdict where a line is wrong."""
    try:
        # all lines are read first: half an answer would be taken for a whole one
        texts = list(_read(sys.stdin.buffer))
    except _LineError as problem:
        complain(str(problem))
        return 2
    verdicts = (_verdict(text, lang) for text, lang in texts)
    if args.json:
        print(json.dumps(list(verdicts), indent=2))
    else:
        for verdict in verdicts:
            print(json.dumps(verdict))
    return 0


def _verdict(text: str, lang: str | None) -> dict[str, Any]:
    verdict = judge_text(text, lang)
    return {
        "promotional": verdict.promotional,
        "score": verdict.score,
        "reasons": list(verdict.reasons),
    }


def _read(lines: Iterable[bytes]) -> Iterator[tuple[str, str | None]]:
    """Give the text and the language of each line; raises _LineError."""
    for number, line in enumerate(lines, start=1):
        try:
            yield _fields(line)
        except _LineError as problem:
            raise _LineError(f"line {number}: {problem}") from None


def _fields(line: bytes) -> tuple[str, str | None]:
    if not line.strip():
        raise _LineError("is empty")
    try:
        row = json.loads(
            line.decode("utf-8").rstrip("\r\n"),
            object_pairs_hook=once_each(_LineError),
            parse_constant=_no_number,
        )
    except UnicodeDecodeError:
        raise _LineError("is not UTF-8 text") from None
    except json.JSONDecodeError as problem:
        raise _LineError(f"is not JSON: {problem.msg} at column {problem.colno}") from None
    except RecursionError:
        raise _LineError("is nested too deeply") from None
    if not isinstance(row, dict):
        raise _LineError("is not a JSON object")
    text, lang = row.get("text"), row.get("lang")
    if "text" not in row:
        raise _LineError("has no `text`")
    if not isinstance(text, str):
        raise _LineError(f"`text` is `{json.dumps(text)}`, not a string")
    if lang is not None and not isinstance(lang, str):
        raise _LineError(f"`lang` is `{json.dumps(lang)}`, not a string")
    if lang is not None and lookup.plain_code(lang) is None:
        raise _LineError(f"the language `{lang}` is not one of {', '.join(lookup.LANGUAGES)}")
    return text, lang


def _no_number(constant: str) -> NoReturn:
    raise _LineError(f"`{constant}` is not JSON")
