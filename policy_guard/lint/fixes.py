"""Applies fixes to files, and proves that each file still says what it said otherwise."""

from __future__ import annotations

import ast
import difflib
from bisect import bisect, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from .findings import Edit, Fix, Part, Report
from .source import Source, of_text
from .tree import begin_of


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

    A fix after which a file could not be read any more, or would say something else than was
    meant, is left out.
    """
    found = [_mend(source, fixes) for source, fixes in _by_source(reports, unsafe=unsafe).items()]
    return sorted((one for one in found if one.count), key=lambda one: one.source.path)


def that_hold(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Return reports without the fixes that would not be made, so that none is promised."""
    unmade: set[int] = set()
    for source, fixes in _by_source(reports, unsafe=True).items():
        apart = _apart(fixes)
        made = set(map(id, _those_that_hold(source, apart)))
        unmade |= {id(fix) for fix in apart if id(fix) not in made}
    if not unmade:
        return tuple(reports)
    return tuple(
        replace(report, finding=replace(report.finding, fix=None))
        if id(report.finding.fix) in unmade
        else report
        for report in reports
    )


def _by_source(reports: Iterable[Report], *, unsafe: bool) -> dict[Source, list[Fix]]:
    found: dict[Source, list[Fix]] = {}
    for report in reports:
        fix = report.finding.fix
        if fix is not None and (fix.safe or unsafe):
            found.setdefault(fix.edits[0].source, []).append(fix)
    return found


def _mend(source: Source, fixes: list[Fix]) -> Mended:
    made = _those_that_hold(source, _apart(fixes))
    return Mended(source, _applied(source.text, _edits(made)), len(made))


def _apart(fixes: Iterable[Fix]) -> list[Fix]:
    """Return the fixes that do not overlap, of two that do the first."""
    taken: list[tuple[int, int]] = []
    apart: list[Fix] = []
    for fix in sorted(fixes, key=lambda one: one.edits[0].start):
        if all(_is_free(edit, taken) for edit in fix.edits):
            apart.append(fix)
            for edit in fix.edits:
                insort(taken, (edit.start, edit.end))
    return apart


def _is_free(edit: Edit, taken: list[tuple[int, int]]) -> bool:
    """Tell whether an edit overlaps none of *taken*, which are sorted and apart themselves."""
    place = bisect(taken, (edit.start, edit.end))
    return not any(
        edit.start == start or (edit.start < end and start < edit.end)
        for start, end in taken[max(place - 1, 0) : place + 1]
    )


def _those_that_hold(source: Source, fixes: list[Fix]) -> list[Fix]:
    """Return the fixes that can be made together; one that cannot is found by halving."""
    before = _words(source)
    taken: list[Fix] = []
    waiting = [fixes]
    while waiting:
        some = waiting.pop()
        if not some:
            continue
        if _leaves(source, before, _edits([*taken, *some])):
            taken += some
        elif len(some) > 1:
            middle = len(some) // 2
            waiting += [some[middle:], some[:middle]]
    return taken


def _edits(fixes: Iterable[Fix]) -> tuple[Edit, ...]:
    return tuple(edit for fix in fixes for edit in fix.edits)


def _applied(text: str, edits: Iterable[Edit]) -> str:
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*pieces, text[at:]])


_Word = tuple[str, int, int]


def _holds(source: Source, edits: tuple[Edit, ...]) -> bool:
    """Tell whether a file can be read after these edits, and says what was meant."""
    before = _words(source)
    return _leaves(source, before, edits)


def _leaves(source: Source, before: list[_Word] | None, edits: tuple[Edit, ...]) -> bool:
    """Tell whether edits leave every word of a file that they do not mean to change.

    *before* is what it said, None for code.
    """
    text = _applied(source.text, edits)
    if before is None:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            return False
        return True
    said = _words(of_text(text, source.path))
    if said is None:
        return False
    after = [value for value, _, _ in said]
    meant = _meant(edit.part for edit in edits if edit.part is not None)
    others = [edit for edit in edits if edit.part is None]
    old = [
        meant.get(start, value)
        for value, start, end in before
        if start in meant or not _touched(start, end, others)
    ]
    if not others:
        return old == after
    left = iter(after)
    return all(value in left for value in old)  # in the same order, with changed ones between


def _meant(parts: Iterable[Part]) -> dict[int, str]:
    """Return the values that scalars are meant to have, by their places."""
    by_place: dict[int, list[Part]] = {}
    for part in parts:
        by_place.setdefault(part.leaf.start, []).append(part)
    found = {}
    for place, changes in by_place.items():
        changes.sort(key=lambda one: (one.start, one.end))
        value, ends = changes[0].leaf.value, [0, *(one.end for one in changes)]
        kept = [value[end : one.start] for end, one in zip(ends, changes, strict=False)]
        new = "".join(old + one.text for old, one in zip(kept, changes, strict=True))
        found[place] = new + value[ends[-1] :]
    return found


def _touched(start: int, end: int, edits: Iterable[Edit]) -> bool:
    return any(edit.start < end and start < edit.end for edit in edits)


def _words(source: Source) -> list[_Word] | None:
    """Return every key and every value of a file in order; None of code, and of what is broken.

    Events are read, not the tree: that is quicker, and an alias is one word.
    """
    if source.path.endswith(".py"):
        return None
    found: list[_Word] = []
    anchors: set[str] = set()
    documents = 0
    # the types of yaml's events are only told apart at run time
    events: Iterator[Any] = iter(yaml.parse(source.text, Loader=yaml.CSafeLoader))
    try:
        for event in events:
            kind = type(event)
            documents += kind is yaml.DocumentStartEvent
            if kind is yaml.AliasEvent:
                if event.anchor not in anchors:
                    return None
                found.append((f"*{event.anchor}", event.start_mark.index, event.end_mark.index))
            elif getattr(event, "anchor", None) is not None:
                anchors.add(event.anchor)
            if kind is yaml.ScalarEvent:
                end = event.end_mark.index
                found.append((event.value, begin_of(event, source.text, end), end))
    except yaml.YAMLError:
        return None
    return found if documents <= 1 else None
