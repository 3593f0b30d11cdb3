"""A text as the words that count: lower case, no accents, prices and placeholders by their kind."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: What stands between two sentences; a gap in a phrase never reaches over it.
ENDS = frozenset({".", "!", "?", "<line>"})

_CURRENCY = r"(?:[$€£¥]|(?i:us|ca|au)\$|\b(?i:eur|usd|cad|gbp|chf|fcfa|xof)\b)"
_AMOUNT = r"(?:\d+(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?|\{[^{}\n]*\})"
_COINS = r"(?i:euros?|dollars?|pounds?|quid|bucks|francs)\b"
_TOKEN = re.compile(
    rf"""
    (?P<word>(?![A-Z]{{2,4}}[\s$]?[$\d])[^\W\d_]+(?![^\W_]|@|://|\.\w+/))
  | (?P<link>(?i:https?://|www\.)\S+|[\w.+-]{{1,64}}@[\w-]+\.[\w.-]+|\w[\w-]{{0,63}}\.\w+/\S*)
  | (?P<cut>(?<!\w)[-\u2013\u2212]\s?\d+\s?(?:%|(?i:pour\s?cents?)\b))
  | (?P<percent>{_AMOUNT}\s?(?:%|(?i:per\s?cent|pour\s?cents?)\b))
  | (?P<minus>(?<!\w)[-\u2013\u2212]\s?(?:{_CURRENCY}\s?{_AMOUNT}|{_AMOUNT}\s?{_CURRENCY}))
  | (?P<money>{_CURRENCY}\s?{_AMOUNT}|{_AMOUNT}\s?(?:{_CURRENCY}|{_COINS}))
  | (?P<slot>\{{[^{{}}\n]*\}}|\[[A-Za-z_ ]+\]|<\w+>)
  | (?P<coupon>\b[A-Z]{{4,}}\d{{1,3}}\b)
  | (?P<time>\b\d{{1,2}}(?:\s?[hH](?:\s?\d{{2}})?|:\d{{2}}|\s?[aApP]\.?[mM])\b)
  | (?P<number>\d+(?:[.,' ]\d+)*)
  | (?P<letters>[^\W\d_]+)
  | (?P<line>\n\s*)
  | (?P<mark>[!?.]+|[\u203c\u2049\u231a-\u23ff\u2600-\u27bf\u2b50\U0001f300-\U0001faff])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Words:
    """The words of a text in order, and where each stands in `text`."""

    text: str
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    def said(self, start: int, end: int) -> str:
        """Return the text from the word *start* to the word before *end*, on one line."""
        if end <= start:
            return ""
        return " ".join(self.text[self.places[start][0] : self.places[end - 1][1]].split())


def read(text: str) -> Words:
    """Return the words of *text*."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    words: list[str] = []
    places: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind in {"word", "letters"}:
            word = fold(found[0])
        elif kind == "mark":
            word = _mark(found[0])
        else:
            word = f"<{kind}>"
        words.append(word)
        places.append(found.span())
    return Words(text, tuple(words), tuple(places))


def fold(word: str) -> str:
    """Return *word* in lower case and without accents."""
    word = word.lower()
    if word.isascii():
        return word
    word = word.replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _mark(mark: str) -> str:
    for one in "?!":  # «?!» asks before it shouts
        if one in mark:
            return one
    return "." if mark[0] == "." else mark
