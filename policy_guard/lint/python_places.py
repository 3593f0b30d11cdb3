"""Where each character of a Python text was written that is joined of several literals."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

_PREFIX = re.compile(r"[a-zA-Z]*")
_QUOTES = ("'''", '"""', "'", '"')
_HEX = {"x": 2, "u": 4, "U": 8}
_SIMPLE = dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True))
_BEHIND_A_NAME = re.compile(r"[!:=]")


class _UnclearError(Exception):
    """A text that is not understood character by character."""


def joined(value: str, raw: str) -> list[int] | None:
    """Return the offset in *raw* of every character of *value*, and of its end; None if unclear.

    *raw* is an expression of literals side by side or joined by `+`; what an f-string fills in
    stands for `{name}` or `{...}`, at its brace.
    """
    try:
        written = [place for literal in _literals(raw) for place in _characters(raw, *literal)]
    except _UnclearError:
        return None
    if "".join(character for character, _ in written) != value or not written:
        return None
    return [at for _, at in written] + [written[-1][1] + 1]


def _literals(raw: str) -> Iterator[tuple[int, int]]:
    """Give the span of each literal."""
    text = f"({raw}\n)"
    starts = [0, 0]
    starts += [at + 1 for at, character in enumerate(text) if character == "\n"]
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        raise _UnclearError from None
    for token in tokens:
        if token.type == tokenize.STRING:
            start = starts[token.start[0]] + token.start[1] - 1
            yield start, start + len(token.string)
        elif token.type == tokenize.NAME or (
            token.type == tokenize.OP and token.string not in ("(", ")", "+")
        ):
            raise _UnclearError


def _characters(raw: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Give what one literal stands for, each character with its place."""
    found = _PREFIX.match(raw, start)
    prefix = found[0].lower() if found is not None else ""
    at = start + len(prefix)
    quote = next((mark for mark in _QUOTES if raw.startswith(mark, at)), None)
    if quote is None or "b" in prefix:
        raise _UnclearError
    at, end = at + len(quote), end - len(quote)
    while at < end:
        character = raw[at]
        if character == "\\" and "r" not in prefix:
            text, length = _escaped(raw, at)
        elif "f" in prefix and character in "{}":
            text, length = _filled(raw, at, end)
        else:
            text, length = character, 1
        for one in text:
            yield one, at
        at += length


def _escaped(raw: str, at: int) -> tuple[str, int]:
    sign = raw[at + 1]
    if sign == "\n":
        return "", 2
    if sign in _SIMPLE:
        return _SIMPLE[sign], 2
    if sign in _HEX:
        length = 2 + _HEX[sign]
        return chr(int(raw[at + 2 : at + length], 16)), length
    raise _UnclearError


def _filled(raw: str, at: int, end: int) -> tuple[str, int]:
    """Return what stands for a brace of an f-string and for all up to the one that closes it."""
    if raw[at : at + 2] in ("{{", "}}"):
        return raw[at], 2
    depth = 0
    for place in range(at, end):
        depth += (raw[place] == "{") - (raw[place] == "}")
        if depth == 0:
            name = _BEHIND_A_NAME.split(raw[at + 1 : place])[0].strip()
            return f"{{{name if name.isidentifier() else '...'}}}", place + 1 - at
    raise _UnclearError
