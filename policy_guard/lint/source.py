"""Files as they were written: their text, and where in it something stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LARGEST = 20_000_000  # bytes; no project is written by hand in a file of this size

_BOM = "\ufeff"
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


@dataclass(frozen=True)
class Problem:
    """Why a file cannot be linted; *line* and *column* count from 1, 0 where there is none."""

    path: str
    line: int
    column: int
    says: str

    def __str__(self) -> str:
        where = "".join(f":{number}" for number in (self.line, self.column) if number)
        return f"{self.path}{where}: {self.says}"


class BrokenError(Exception):
    """A file that cannot be used; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, eq=False)
class Source:
    """One file: its path as shown to people, and its text without a byte order mark.

    *exact* tells that the text is the file's own, so that it may be written back after a fix;
    *key* is its path within the project, wherever the program was started.
    """

    path: str
    text: str
    bom: bool = False
    exact: bool = True
    key: str = ""

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at != -1:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Return (line, column) of an offset, both from 1, columns in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line (from 1) without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def start_of(self, number: int) -> int:
        """Return where a line (from 1) begins; beyond the last the end of the text."""
        return self._starts[number - 1] if number <= len(self._starts) else len(self.text)

    def broken(self, offset: int, says: str) -> BrokenError:
        """Return the error that says what is wrong at an offset."""
        line, column = self.place(min(offset, len(self.text)))
        return BrokenError(Problem(self.path, line, column, says))


def read(path: Path, shown: str, key: str = "") -> Source:
    """Read a file; raises BrokenError with one sentence where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        said = problem.strerror or str(problem)
        raise BrokenError(Problem(shown, 0, 0, f"cannot be read: {said.lower()}")) from None
    if len(data) > LARGEST:
        says = f"is larger than {LARGEST // 1_000_000} MB"
        raise BrokenError(Problem(shown, 0, 0, says))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        start = data.rfind(b"\n", 0, problem.start) + 1
        before = data[start : problem.start].decode("utf-8", "replace")
        column = len(before.removeprefix(_BOM)) + 1
        says = f"is not UTF-8 text: the byte `0x{data[problem.start]:02x}` fits nowhere"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            line, column, says = 1, 1, "is not UTF-8 text: it looks like UTF-16"
        raise BrokenError(Problem(shown, line, column, says)) from None
    return of_text(text, shown, key)


def of_text(text: str, shown: str, key: str = "") -> Source:
    """Return a text as a file.

    Rasa reads pairs of surrogate escapes in pure ASCII files as the characters they stand for;
    libyaml refuses them, so they are replaced, and the file is then only read.
    """
    bom = text.startswith(_BOM)
    body = text[1:] if bom else text
    if body.isascii() and "\\u" in body and _PAIR.search(body):
        joined = _PAIR.sub(lambda found: _character(found[0]), body)
        return Source(shown, joined, bom, exact=False, key=key or shown)
    return Source(shown, body, bom, key=key or shown)


def _character(pair: str) -> str:
    high, low = int(pair[2:6], 16), int(pair[8:12], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
