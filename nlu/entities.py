"""What the training data teaches of entities beside the statistical tagger.

A word that was mostly marked in training is found again wherever it is said; an entity that never
occurred with an intent is not found with it ("is my data used for ads" chooses no alert type).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Products are endless and durations have a grammar; alert types are a short list of words.
_LISTED = "alert_type"
_SEEN = 2  # a word marked once may be a slip
_MOSTLY = 0.6  # of what is said with these intents
_COMPANY = 3  # an entity met less often with an intent is an oversight
_FILE = "entity_words.json"
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True)
class Marked:
    """A stretch of a text that names something: entity, first character, one past the last."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """A training sentence with its intent and what is marked in it."""

    text: str
    intent: str
    marked: tuple[Marked, ...]


@dataclass(frozen=True)
class EntityWords:
    """Words that name an alert type, and which entities go with which intent."""

    words: frozenset[str]
    company: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def learnt(cls, examples: Sequence[Example]) -> EntityWords:
        """Return what *examples* teach."""
        pairs = Counter((each.intent, mark.entity) for each in examples for mark in each.marked)
        company: dict[str, set[str]] = {each.intent: set() for each in examples}
        for (intent, entity), times in pairs.items():
            if times >= _COMPANY:
                company[intent].add(entity)
        telling = [each for each in examples if _LISTED in company[each.intent]]
        marked = Counter(
            fold(each.text[mark.start : mark.end])
            for each in telling
            for mark in each.marked
            if mark.entity == _LISTED
        )
        said = Counter(word for each in telling for word, _, _ in _words(each.text))
        words = frozenset(
            word
            for word, times in marked.items()
            if " " not in word and times >= _SEEN and times >= _MOSTLY * said[word]
        )
        return cls(words, {intent: frozenset(found) for intent, found in company.items()})

    def goes_with(self, intent: str, entity: str) -> bool:
        """Return whether *entity* is met with *intent*; an unknown intent knows nothing of it."""
        return intent not in self.company or entity in self.company[intent]

    def found(self, text: str, intent: str, taken: Sequence[Marked]) -> list[Marked]:
        """Return the known words of *text* that no stretch of *taken* covers."""
        if _LISTED not in self.company.get(intent, ()):
            return []
        return [
            Marked(_LISTED, start, end)
            for word, start, end in _words(text)
            if word in self.words
            and not any(mark.start < end and start < mark.end for mark in taken)
        ]

    def save(self, folder: Path) -> None:
        """Write the words into *folder*, readable."""
        content = {
            "words": sorted(self.words),
            "company": {intent: sorted(found) for intent, found in sorted(self.company.items())},
        }
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> EntityWords:
        """Return the words that `save` wrote into *folder*."""
        content = json.loads((folder / _FILE).read_text("utf-8"))
        company = {intent: frozenset(found) for intent, found in content["company"].items()}
        return cls(frozenset(content["words"]), company)


def fold(text: str) -> str:
    """Return *text* in small letters without accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _words(text: str) -> list[tuple[str, int, int]]:
    return [(fold(match[0]), *match.span()) for match in _WORD.finditer(text)]
