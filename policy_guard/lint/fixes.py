"""Applies fixes to files, and proves that each file still says what it said otherwise."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .findings import Edit, Fix, Report
from .source import BrokenError, Source, of_text
from .tree import Branch, Leaf, Tree, parse


@dataclass(frozen=True)
class Mended:
    """A file after its fixes: its new text, and how many findings were mended in it."""

    source: Source
    text: str
    count: int

    @property
    def whole(self) -> str:
        """Return what is written to disk."""
        return ("\ufeff" if self.source.bom else "") + self.text

    def diff(self) -> str:
        """Return the change as a unified diff."""
        return "".join(
            difflib.unified_diff(
                self.source.text.splitlines(keepends=True),
                self.text.splitlines(keepends=True),
                self.source.path,
                self.source.path,
            )
        )


def mended(reports: Iterable[Report], *, unsafe: bool) -> list[Mended]:
    """Return the files that fixes change; of two fixes that overlap the first is applied.

    A fix after which a file could not be read any more, or would say something else elsewhere, is
    left out.
    """
    by_source: dict[Source, list[Fix]] = {}
    for report in reports:
        fix = report.finding.fix
        if fix is not None and (fix.safe or unsafe):
            by_source.setdefault(fix.edits[0].source, []).append(fix)
    found = [_mend(source, fixes) for source, fixes in by_source.items()]
    return sorted((one for one in found if one.count), key=lambda one: one.source.path)


def _mend(source: Source, fixes: list[Fix]) -> Mended:
    apart: list[Fix] = []
    for fix in sorted(fixes, key=lambda one: one.edits[0].start):
        if all(not _overlaps(edit, other) for edit in fix.edits for other in _edits(apart)):
            apart.append(fix)
    if not _holds(source, _edits(apart)):
        apart = _those_that_hold(source, apart)
    return Mended(source, _applied(source.text, _edits(apart)), len(apart))


def _those_that_hold(source: Source, fixes: list[Fix]) -> list[Fix]:
    taken: list[Fix] = []
    for fix in fixes:
        if _holds(source, _edits([*taken, fix])):
            taken.append(fix)
    return taken


def _edits(fixes: Iterable[Fix]) -> tuple[Edit, ...]:
    return tuple(edit for fix in fixes for edit in fix.edits)


def _overlaps(one: Edit, other: Edit) -> bool:
    return one.start == other.start or (one.start < other.end and other.start < one.end)


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _holds(source: Source, edits: tuple[Edit, ...]) -> bool:
    """Tell whether a file can be read after these edits, and says the same outside of them."""
    text = _applied(source.text, edits)
    if source.path.endswith(".py"):
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
        return True
    try:
        before, after = parse(source), parse(of_text(text, source.path))
    except BrokenError:
        return False
    old = [value for value, start, end in _said(before) if not _touched(start, end, edits)]
    new = iter([value for value, _, _ in _said(after)])
    return all(value in new for value in old)  # in the same order, with changed ones between


def _touched(start: int, end: int, edits: tuple[Edit, ...]) -> bool:
    return any(edit.start < end and start < edit.end for edit in edits)


def _said(tree: Tree | None) -> Iterator[tuple[str, int, int]]:
    """Give every key and every value of a document in order."""
    if isinstance(tree, Leaf):
        yield tree.value, tree.start, tree.end
    elif isinstance(tree, Branch):
        for key, value in tree.pairs:
            yield key.value, key.start, key.end
            yield from _said(value)
    elif tree is not None:
        for item in tree.items:
            yield from _said(item)
