"""What a rule saw, where, and how it could be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .source import Source
from .tree import Branch, Leaf, Row, Tree

if TYPE_CHECKING:
    from .model import Project


class Severity(str, Enum):
    """How much a finding weighs."""

    ERROR = "error"  # refused by the platform or by Rasa, or against the platform's policy
    WARNING = "warning"  # a person will stumble
    NOTE = "note"  # worth knowing


@dataclass(frozen=True)
class Part:
    """What a change means: the characters *start* to *end* of a scalar's value become *text*."""

    leaf: Leaf
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Edit:
    """Replaces the span *start* to *end* of a source's text; *part* tells of one in a scalar."""

    source: Source
    start: int
    end: int
    text: str
    part: Part | None = None


@dataclass(frozen=True)
class Fix:
    """A change that mends a finding; a *safe* one leaves what people read or may do as it is."""

    says: str
    edits: tuple[Edit, ...]
    safe: bool


@dataclass(frozen=True)
class Spot:
    """A span of a source; a comment at one of *heads* (offsets) speaks of it too."""

    source: Source
    start: int
    end: int
    heads: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What one rule saw; *subject* is the response, intent or the like that it is about."""

    spot: Spot
    says: str
    subject: str = ""
    fix: Fix | None = None


Check = Callable[["Project"], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """One rule: a stable id, a name, how much it weighs, and the pure function that checks it."""

    id: str
    name: str
    severity: Severity
    check: Check


@dataclass(frozen=True)
class Report:
    """A finding under the rule that it belongs to."""

    rule: Rule
    finding: Finding

    @property
    def place(self) -> tuple[str, int, int]:
        """Return file, line and column."""
        spot = self.finding.spot
        return (spot.source.path, *spot.source.place(spot.start))

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Return what reports are sorted by: place, then id, then words."""
        return (*self.place, self.rule.id, self.finding.says)


def spot(tree: Tree, heads: tuple[int, ...] = ()) -> Spot:
    """Return the span to show for a value: a scalar as a whole, else its first sign."""
    if isinstance(tree, Leaf):
        return Spot(tree.source, tree.start, tree.end, (tree.start, *heads))
    assert isinstance(tree, Branch | Row)  # noqa: S101 - for the type checker: there is no other
    return Spot(tree.source, tree.start, tree.start + 1, (tree.start, *heads))


def within(leaf: Leaf, start: int, end: int, heads: tuple[int, ...] = ()) -> Spot:
    """Return the span of the characters *start* to *end* of a scalar's value."""
    first, last = leaf.inside(start), leaf.inside(end - 1)
    if first is None or last is None or end <= start:
        return spot(leaf, heads)
    return Spot(leaf.source, first, last + 1, (leaf.start, *heads))
