"""YAML as a tree whose every word knows where it stands.

The tree is built from libyaml's events, not from its nodes: that is quicker, does not recurse, and
so is not brought down by a file that nests too deeply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .places import length_at, written_at
from .source import Source

DEEPEST = 100
MOST = 2_000_000  # values after aliases are followed: a few lines can stand for billions

#: An anchor and a tag in front of a value, with the white space and comments between.
_PROPERTIES = re.compile(
    r"(?:(?:&[^\s,\[\]{}]+|!<[^>\s]*>|![^\s,\[\]{}]*)(?:\s+(?:#[^\n]*\n\s*)*|\Z))*"
)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, eq=False)
class Leaf:
    """A scalar: its value as text, and the span *start* to *end* of the source that wrote it.

    *style* is YAML's own sign (`"`, `'`, `|`, `>`), None for a plain scalar, and `py` for a text
    out of a Python file.
    """

    value: str
    source: Source
    start: int
    end: int
    style: str | None = None

    @property
    def is_null(self) -> bool:
        """Tell whether a plain scalar stands for nothing."""
        return self.style is None and self.value in _NULL

    @cached_property
    def _map(self) -> list[int] | None:
        return written_at(self.value, self.source.text[self.start : self.end], self.style)

    def at(self, index: int) -> int:
        """Return where in the source the character at *index* was written, or the start."""
        found = self.inside(index) if index else None
        return self.start if found is None else found

    def inside(self, index: int) -> int | None:
        """Return where the character at *index* was written, behind a quote; None if unclear."""
        if self._map is None or not 0 <= index <= len(self.value):
            return None
        return self.start + self._map[index]

    def behind(self, index: int) -> int | None:
        """Return where what wrote the character at *index* ends; None if unclear.

        The next character may begin later: behind a folded line, or the indentation of a block.
        """
        place = self.inside(index)
        if place is None or index >= len(self.value):
            return None
        return place + length_at(self.source.text, place, self.style)


@dataclass(frozen=True, eq=False)
class Branch:
    """A mapping; *pairs* in the order written, merged keys (`<<`) last."""

    pairs: tuple[tuple[Leaf, Tree], ...]
    source: Source
    start: int
    end: int
    flow: bool = False

    def get(self, key: str) -> Tree | None:
        """Return the value of a key, or None."""
        for name, value in self.pairs:  # a loop: this is asked for more than anything else
            if name.value == key:
                return value
        return None

    def key(self, key: str) -> Leaf | None:
        """Return the key itself, or None."""
        return next((name for name, _ in self.pairs if name.value == key), None)

    def leaf(self, key: str) -> Leaf | None:
        """Return the value of a key where it is a scalar that is not null."""
        value = self.get(key)
        return value if isinstance(value, Leaf) and not value.is_null else None

    def branch(self, key: str) -> Branch | None:
        """Return the value of a key where it is a mapping."""
        value = self.get(key)
        return value if isinstance(value, Branch) else None

    def row(self, key: str) -> tuple[Tree, ...]:
        """Return the items of a key's list, or nothing."""
        value = self.get(key)
        return value.items if isinstance(value, Row) else ()


@dataclass(frozen=True, eq=False)
class Row:
    """A list."""

    items: tuple[Tree, ...]
    source: Source
    start: int
    end: int


Tree: TypeAlias = "Leaf | Branch | Row"


def plain(tree: Tree | None) -> Any:
    """Return a tree as the values that YAML means by it; None where there is none."""
    if isinstance(tree, Branch):
        return {key.value: plain(value) for key, value in tree.pairs}
    if isinstance(tree, Row):
        return [plain(item) for item in tree.items]
    if tree is None:
        return None
    if tree.style is not None:
        return tree.value
    try:
        return yaml.safe_load(tree.value)
    except (ValueError, yaml.YAMLError):  # such as a day that no month has
        return tree.value


def begin_of(event: Any, text: str, end: int) -> int:
    """Return where the value of an event itself begins, behind its anchor and its tag."""
    start: int = event.start_mark.index
    if event.anchor is None and event.tag is None:
        return start
    found = _PROPERTIES.match(text, start, end)
    return start if found is None else found.end()


def parse(source: Source) -> Tree | None:
    """Return the one document of a file, None where it is empty; raises BrokenError."""
    try:
        return _Builder(source).build()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        said = " ".join(str(problem.problem or problem.context or "cannot be read").split())
        says = f"is not valid YAML: {said}"
        raise source.broken(mark.index if mark else 0, says) from None
    except yaml.YAMLError as problem:
        at = getattr(problem, "position", 0) or 0
        character = getattr(problem, "character", None)
        shown = f"`U+{ord(character) if isinstance(character, str) else character:04X}`"
        says = f"is not valid YAML: the character {shown} is not allowed"
        raise source.broken(
            at, says if character is not None else f"is not YAML: {problem}"
        ) from None


def walk(tree: Tree | None) -> Iterator[tuple[Leaf | None, Tree]]:
    """Give every value below a tree with its key, None for items of a list and the tree itself."""
    if tree is None:
        return
    waiting: list[tuple[Leaf | None, Tree]] = [(None, tree)]
    while waiting:
        key, value = waiting.pop()
        yield key, value
        if isinstance(value, Branch):
            waiting.extend(reversed(value.pairs))
        elif isinstance(value, Row):
            waiting.extend((None, item) for item in reversed(value.items))


class _Open:
    """A mapping or list whose end has not been read yet."""

    __slots__ = ("anchor", "event", "items", "key", "pairs", "size")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.anchor: str | None = event.anchor
        self.items: list[Tree] = []
        self.pairs: list[tuple[Leaf, Tree]] = []
        self.key: Leaf | None = None
        self.size = 1


class _Builder:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Tree, int]] = {}
        self._root: Tree | None = None
        self._size = 0

    def build(self) -> Tree | None:
        """Read every event; the tree hangs together when the last one is read."""
        source, documents = self._source, 0
        # the types of yaml's events are only told apart at run time
        events: Iterator[Any] = iter(yaml.parse(source.text, Loader=yaml.CSafeLoader))
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                leaf = Leaf(
                    event.value,
                    source,
                    begin_of(event, source.text, event.end_mark.index),
                    event.end_mark.index,
                    None if event.style in (None, "") else event.style,
                )
                self._add(leaf, 1, event.anchor)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(self._stack) >= DEEPEST:
                    raise source.broken(event.start_mark.index, "is nested too deeply to be read")
                self._stack.append(_Open(event))
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(event.end_mark.index)
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    at = event.start_mark.index
                    raise source.broken(at, "holds a second document: Rasa reads one in a file")
        return self._root

    def _alias(self, event: Any) -> None:
        at = event.start_mark.index
        if any(one.anchor == event.anchor for one in self._stack):
            raise self._source.broken(at, f"`*{event.anchor}` stands inside of itself")
        if event.anchor not in self._anchors:
            raise self._source.broken(at, f"`*{event.anchor}` refers to nothing")
        tree, size = self._anchors[event.anchor]
        self._add(tree, size, None)

    def _close(self, end: int) -> None:
        one = self._stack.pop()
        start = one.event.start_mark.index
        if isinstance(one.event, MappingStartEvent):
            flow = bool(one.event.flow_style)
            start = begin_of(one.event, self._source.text, end) if flow else start
            tree: Tree = Branch(self._merged(one.pairs), self._source, start, end, flow)
        else:
            tree = Row(tuple(one.items), self._source, start, end)
        self._add(tree, one.size, one.anchor)

    def _add(self, tree: Tree, size: int, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = (tree, size)
        if not self._stack:
            self._root = tree
            return
        one = self._stack[-1]
        one.size += size
        if one.size > MOST:
            raise self._source.broken(tree.start, "its aliases stand for too many values")
        if isinstance(one.event, SequenceStartEvent):
            one.items.append(tree)
        elif one.key is not None:
            one.pairs.append((one.key, tree))
            one.key = None
        elif isinstance(tree, Leaf):
            one.key = tree
        else:
            raise self._source.broken(tree.start, "a key is not a word: quote what has braces")

    def _merged(self, pairs: list[tuple[Leaf, Tree]]) -> tuple[tuple[Leaf, Tree], ...]:
        """Return the pairs with merge keys followed; raises BrokenError for a key that is twice."""
        own: dict[str, tuple[Leaf, Tree]] = {}
        merges: list[Tree] = []
        for key, value in pairs:
            if key.value == "<<" and key.style is None:
                merges.extend(value.items if isinstance(value, Row) else (value,))
            elif key.value in own:
                raise self._source.broken(key.start, f"the key `{key.value}` is there twice")
            else:
                own[key.value] = (key, value)
        for merge in merges:
            if isinstance(merge, Branch):
                for key, value in merge.pairs:
                    own.setdefault(key.value, (key, value))
        return tuple(own.values())
