"""What of a text counts in the verdict: the cues found in it, and its words.

Training and judging both read texts here, so that what was learned is what is looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .cues import CUES, SWALLOWS
from .phrases import Hit
from .words import ENDS, Words

_BEGINNING = 5  # letters; a longer word also counts by its beginning, which inflections share
_ROOM = 16  # distinct words from which on each counts less, so that length alone decides nothing


@dataclass(frozen=True)
class Span:
    """Some words of a text, from *start* to the word before *end*, with the cues among them."""

    words: Words
    start: int
    end: int
    hits: tuple[Hit, ...]

    def cues(self) -> dict[str, Hit]:
        """Return the cues found, each with its longest hit."""
        found: dict[str, Hit] = {}
        for hit in self.hits:
            known = found.get(hit.name)
            if known is None or hit.end - hit.start > known.end - known.start:
                found[hit.name] = hit
        return found

    def counted(self) -> dict[str, int]:
        """Return what counts beside the cues, with the place of the word where it first stands.

        A word counts as itself, a long one also by its beginning (`reduc~`), two words in a row as
        a pair (`right now`), the first word of a sentence once more (`^order`).
        """
        found: dict[str, int] = {}
        opening, before = True, ""
        for place in range(self.start, self.end):
            word = self.words.words[place]
            found.setdefault(word, place)
            if len(word) > _BEGINNING and word[0].isalpha():
                found.setdefault(f"{word[:_BEGINNING]}~", place)
            if before:
                found.setdefault(f"{before} {word}", place)
            if word in ENDS:
                opening = True
            elif opening and (word[0].isalnum() or word[0] == "<"):
                found.setdefault(f"^{word}", place)
                opening = False
            before = word
        return found

    def share(self) -> float:
        """Return how much each of `counted` counts: 1 in a short text, less in a longer one."""
        distinct = len(set(self.words.words[self.start : self.end]))
        return float((_ROOM / max(distinct, _ROOM)) ** 0.5)


def whole(words: Words, hits: Sequence[Hit]) -> Span:
    """Return the text with those of its *hits* that no other sense of the words swallows."""
    kept = sorted(_unswallowed(hits), key=lambda hit: (hit.start, hit.name))
    return Span(words, 0, len(words.words), tuple(kept))


def sentences(text: Span) -> Iterator[Span]:
    """Give each sentence of *text*, where it has more than one."""
    starts = [text.start]
    for place in range(text.start, text.end - 1):
        if text.words.words[place] in ENDS and text.words.words[place + 1] not in ENDS:
            starts.append(place + 1)
    if len(starts) > 1:
        places = [hit.start for hit in text.hits]
        for start, end in zip(starts, [*starts[1:], text.end], strict=True):
            within = text.hits[bisect_left(places, start) : bisect_left(places, end)]
            yield Span(text.words, start, end, tuple(hit for hit in within if hit.end <= end))


def _unswallowed(hits: Sequence[Hit]) -> Iterator[Hit]:
    swallowing = [hit for hit in hits if hit.name in SWALLOWS]
    for hit in hits:
        if CUES[hit.name].weight < 0 or not any(
            s.start <= hit.start and hit.end <= s.end for s in swallowing
        ):
            yield hit
