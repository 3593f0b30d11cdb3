"""Texts as people read them: lengths, sentences, placeholders, the language they are in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

PLACEHOLDER = re.compile(r"\{([^\n{}]+?)\}")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 - the apostrophe of phones
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|\n+")  # noqa: RUF001 - closing quotes
_BEYOND_ONE_UNIT = 0xFFFF

#: Words that stand in most sentences of one of our languages and in few of the other.
_TELLING = {
    "en": frozenset(
        "the and you your is are was we it's i'm i'll we'll you'll you're of to for with what "
        "which when how this that have has can can't don't not will be been our my all any would "
        "like please thanks sorry here there yes write ask stop get an".split()
    ),
    "fr": frozenset(
        "le la les des un une et est vous votre quoi être nous notre je j'ai c'est de du pour "
        "avec quel quelle que qui quand ce cette ne pas plus sont avez êtes voulez pouvez dans sur "
        "tout tous merci désolé voici écrivez d'accord aucune bonjour au aux il elle rien par "
        "vos".split()
    ),
}
_MARGIN = 2  # telling words of lead that make a language plain


def units(text: str) -> int:
    """Return the length in UTF-16 code units, the largest count of "characters" in use."""
    if text.isascii():
        return len(text)
    return len(text) + sum(ord(character) > _BEYOND_ONE_UNIT for character in text)


def least(text: str) -> int:
    """Return the smallest length that a text can have once its placeholders are filled."""
    return units(PLACEHOLDER.sub("x", text.replace("{{", "").replace("}}", "")))


def filled(text: str) -> bool:
    """Tell whether a text has placeholders."""
    return PLACEHOLDER.search(text) is not None


@dataclass(frozen=True)
class Piece:
    """A part of a text and where it stands in it."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.start + len(self.text)


def sentences(text: str) -> list[Piece]:
    """Return the sentences and lines of a text."""
    pieces, begin = [], 0
    for end in _SENTENCE_END.finditer(text):
        pieces.append(Piece(text[begin : end.start()], begin))
        begin = end.end()
    pieces.append(Piece(text[begin:], begin))
    return [piece for piece in pieces if piece.text.strip()]


def paragraphs(text: str) -> list[Piece]:
    """Return the lines of a text that hold anything."""
    found, begin = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append(Piece(line, begin))
        begin += len(line) + 1
    return found


def words(text: str) -> list[Piece]:
    """Return the words of a text, without numbers."""
    return [Piece(found[0], found.start()) for found in _WORD.finditer(text)]


@lru_cache(maxsize=512)  # the titles of choices come again and again
def language(text: str) -> str | None:
    """Return `en` or `fr` where a text plainly is in one of the two, else None."""
    plain = text.lower().replace("\u2019", "'").replace("-", " ")
    said = [piece.text for piece in words(plain)]
    hits = {code: sum(word in telling for word in said) for code, telling in _TELLING.items()}
    best = max(hits, key=lambda code: hits[code])
    lead = hits[best] - max(count for code, count in hits.items() if code != best)
    return best if lead >= _MARGIN else None
