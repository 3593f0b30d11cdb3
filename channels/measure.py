"""Length as the platform may count it, and where a text may be cut."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_SENTENCE = re.compile(r"""[.!?…]["'”’»)\]]*(?=\s)|[。！？]""")  # noqa: RUF001 - other scripts' stops
_WORD = re.compile(r"\s")
_JOINER = "\u200d"
_LONGEST_CLUSTER = 32  # code points: longer heaps of combining marks are cut like anything else
_BEYOND_ONE_UNIT = 0xFFFF


def units(text: str) -> int:
    """Return the length in UTF-16 code units, the largest count of "characters" in use.

    Meta's pages say characters and not which; whatever fits by this count fits by code points too.
    """
    return len(text) + sum(ord(character) > _BEYOND_ONE_UNIT for character in text)


def shorten(text: str, limit: int) -> str:
    """Return the text within `limit` units, cut at a word and closed with an ellipsis."""
    if units(text) <= limit:
        return text
    end = _fit(text, limit - 1)
    spaces = [found.start() for found in _WORD.finditer(text, 0, end + 1)]
    word = spaces[-1] if spaces and spaces[-1] * 3 >= end else _whole(text, end)
    return text[:word].rstrip() + ELLIPSIS


def split(text: str, limit: int) -> list[str]:
    """Return the text in pieces of at most `limit` units, cut where a reader would pause.

    At a paragraph, else a sentence, else a word; nothing but white space at a cut is lost.
    """
    pieces: list[str] = []
    rest = text.strip()
    while units(rest[: limit + 1]) > limit:
        end = _pause(rest, _fit(rest, limit))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [piece for piece in (*pieces, rest) if piece]


def split_tail(text: str, limit: int) -> tuple[str, str]:
    """Return (what comes before, a last piece of at most `limit` units), cut at a pause."""
    text = text.strip()
    if units(text) <= limit:
        return "", text
    start = len(text) - _fit(text[::-1], limit)
    paragraph = _PARAGRAPH.search(text, start)
    sentence = _SENTENCE.search(text, start)
    word = _WORD.search(text, start)
    if paragraph:
        start = paragraph.end()
    elif sentence and sentence.end() < len(text):
        start = sentence.end()
    elif word:
        start = word.end()
    else:
        start = _whole_after(text, start)
    return text[:start].rstrip(), text[start:].lstrip()


def _fit(text: str, limit: int) -> int:
    room = limit
    for index, character in enumerate(text):
        room -= 2 if ord(character) > _BEYOND_ONE_UNIT else 1
        if room < 0:
            return index
    return len(text)


def _pause(text: str, end: int) -> int:
    least = end // 3  # a better kind of pause is not worth a message of three words
    seams = (
        [found.start() for found in _PARAGRAPH.finditer(text, 0, end + 2)],
        [found.end() for found in _SENTENCE.finditer(text, 0, end + 1)],
    )
    for places in seams:
        good = [place for place in places if least < place <= end]
        if good:
            return good[-1]
    words = [found.start() for found in _WORD.finditer(text, 0, end + 1) if found.start() > 0]
    return words[-1] if words else _whole(text, end)


def _whole(text: str, end: int) -> int:
    """Return the last place up to `end` that does not cut what a reader sees as one character."""
    for place in range(end, max(0, end - _LONGEST_CLUSTER), -1):
        if not _joined(text, place):
            return place
    return end


def _whole_after(text: str, start: int) -> int:
    for place in range(start, min(len(text), start + _LONGEST_CLUSTER)):
        if not _joined(text, place):
            return place
    return start


def _joined(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    if left == _JOINER or _extends(right):
        return True
    return _is_flag_half(right) and _flag_halves_before(text, place) % 2 == 1


def _extends(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= character <= "\u11ff"  # the later letters of a decomposed Hangul syllable
    )


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, place: int) -> int:
    count = 0
    while count < place and _is_flag_half(text[place - 1 - count]):
        count += 1
    return count
