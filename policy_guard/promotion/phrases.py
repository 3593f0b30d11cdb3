"""Phrases of words with alternatives, gaps and beginnings, looked up by their first word.

One phrase is one line: `order|grab yours`, `free? deliver*`, `@buy ... before`. `a|b` is either
word, `deliver*` any word that begins so, `?` behind an element lets it be missing, `...` is up to
four words between, `^` the start of a sentence, `@name` a set of words. Kinds of words are
`<money>`, `<minus>` (money taken off), `<percent>`, `<cut>` (a percentage taken off), `<coupon>`,
`<number>`, `<time>`, `<slot>` (a placeholder) and `<link>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .words import ENDS

_WIDEST_GAP = 4
_PREFIX = 3  # letters by which a beginning is looked up
_ANYTHING: frozenset[str] = frozenset()


class Hit(NamedTuple):
    """A phrase of the cue *name* found from the word *start* to the word before *end*."""

    name: str
    start: int
    end: int


class PhraseError(ValueError):
    """A phrase is not in the notation."""


class _Element(NamedTuple):
    """One place in a phrase; no words and no beginnings: a gap."""

    words: frozenset[str]
    starts: tuple[str, ...]
    optional: bool


class _Phrase(NamedTuple):
    name: str
    elements: tuple[_Element, ...]
    opens: bool  # stands at the start of a sentence only
    second: frozenset[str]  # what the second word must be one of; empty: not that simple


class _Begun(NamedTuple):
    """Phrases that begin alike: those that need a certain word next, by that word, and others.

    Most phrases end at their second word, and matching in full costs ten times as much.
    """

    before: dict[str, list[_Phrase]]
    others: list[_Phrase]

    def add(self, phrase: _Phrase) -> None:
        if not phrase.second:
            self.others.append(phrase)
        for word in phrase.second:
            self.before.setdefault(word, []).append(phrase)


_GAP = _Element(_ANYTHING, (), optional=False)
_NONE: list[_Phrase] = []


class Index:
    """All phrases of a language, found in a text in one walk."""

    def __init__(self, phrases: Mapping[str, str], sets: Mapping[str, str]) -> None:
        """Read *phrases*, lines by the name of their cue, with *sets*, words by their name."""
        self._words: dict[str, _Begun] = {}
        self._starts: dict[str, _Begun] = {}
        known: dict[str, _Element] = {"...": _GAP}
        known.update((f"@{name}", _element(words, known)) for name, words in sets.items())
        for name, lines in phrases.items():
            for line in lines.strip().splitlines():
                self._add(_parse(name, line, known))

    def _add(self, phrase: _Phrase) -> None:
        for element in phrase.elements:
            for word in element.words:
                self._words.setdefault(word, _Begun({}, [])).add(phrase)
            for start in {start[:_PREFIX] for start in element.starts}:
                self._starts.setdefault(start, _Begun({}, [])).add(phrase)
            if not element.optional:
                return

    def hits(self, words: Sequence[str]) -> list[Hit]:
        """Return what is found in *words*, for each cue the longest at each place, in order."""
        found: list[Hit] = []
        last = len(words) - 1
        opening = True
        for place, word in enumerate(words):
            follows = words[place + 1] if place < last else ""
            longest: dict[str, int] = {}
            for begun in (self._words.get(word), self._starts.get(word[:_PREFIX])):
                if begun is None:
                    continue
                for phrases in (begun.before.get(follows, _NONE), begun.others):
                    for name, elements, opens, _ in phrases:
                        if opens and not opening:
                            continue
                        end = _match(elements, 0, words, place)
                        if end > longest.get(name, place):
                            longest[name] = end
            if longest:
                found += [Hit(name, place, end) for name, end in longest.items()]
            opening = word in ENDS or (opening and not word[0].isalnum())
        return found


def _match(elements: tuple[_Element, ...], at: int, words: Sequence[str], place: int) -> int:
    """Return where the elements from *at* on end when they begin at *place*, or -1."""
    while at < len(elements):
        element = elements[at]
        if element is _GAP:
            return _match_after_gap(elements, at + 1, words, place)
        fits = place < len(words) and (
            words[place] in element.words
            or (element.starts and words[place].startswith(element.starts))
        )
        if element.optional:
            if fits:
                end = _match(elements, at + 1, words, place + 1)
                if end >= 0:
                    return end
        elif fits:
            place += 1
        else:
            return -1
        at += 1
    return place


def _match_after_gap(
    elements: tuple[_Element, ...], at: int, words: Sequence[str], place: int
) -> int:
    for start in range(place, min(place + _WIDEST_GAP + 1, len(words))):
        end = _match(elements, at, words, start)
        if end >= 0:
            return end
        if words[start] in ENDS:
            break
    return -1


def _parse(name: str, line: str, known: dict[str, _Element]) -> _Phrase:
    parts = line.split()
    opens = parts[0] == "^"
    if opens:
        del parts[0]
    elements = tuple([_known(part, known) for part in parts])
    if not elements or elements[0] is _GAP or all(e.optional or e is _GAP for e in elements):
        raise PhraseError(f"`{line}` of the cue `{name}` has no certain word to begin with")
    second = _ANYTHING
    if len(elements) > 1 and not elements[0].optional:
        one = elements[1]
        second = _ANYTHING if one.optional or one.starts else one.words
    return _Phrase(name, elements, opens, second)


def _known(part: str, known: dict[str, _Element]) -> _Element:
    element = known.get(part)
    if element is None:
        optional = part[-1] == "?" and len(part) > 1
        element = known[part] = _element(part[:-1] if optional else part, known, optional=optional)
    return element


def _element(part: str, known: Mapping[str, _Element], *, optional: bool = False) -> _Element:
    if "*" not in part and "@" not in part:
        return _Element(frozenset(part.split("|")), (), optional)
    words: set[str] = set()
    starts: set[str] = set()
    for one in part.split("|"):
        if one[0] == "@":
            if one not in known:
                raise PhraseError(f"`{one}` is no set of words")
            words |= known[one].words
            starts.update(known[one].starts)
        elif one[-1] == "*":
            if len(one) <= _PREFIX:
                raise PhraseError(f"`{one}` is too short to begin a word with")
            starts.add(one[:-1])
        else:
            words.add(one)
    return _Element(frozenset(words), tuple(sorted(starts)), optional)
