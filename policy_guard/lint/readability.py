"""How hard a text is to read: Flesch's ease for English, Kandel and Moles' for French.

Both give about 100 for the plainest sentences and fall below 30 for contracts. Syllables are
counted by rule, without a dictionary; over a paragraph the errors even out.
"""

from __future__ import annotations

import re
import unicodedata

from .words import PLACEHOLDER, sentences, words

FEWEST_WORDS = 20  # below this a formula made for pages says nothing

_EN_GROUPS = re.compile(r"[aeiouy]+")
_EN_SILENT = re.compile(r"(?:[^laeiouy]|[aeiouy]l)e$|[^td]ed$|[^sxzcg]es$")
_FR_GROUPS = re.compile(r"[aeiouyœæ]+")
_FR_SPLIT = re.compile(r"[ée][oa]|[iu][ae]n?(?=$|s$)|a[ïe]|[oa]ë", re.IGNORECASE)


def ease(text: str, language: str) -> int | None:
    """Return the reading ease of a text, None where it is too short or in another language."""
    plain = PLACEHOLDER.sub("it", text)
    said = [piece.text for piece in words(plain)]
    if len(said) < FEWEST_WORDS or language not in ("en", "fr"):
        return None
    per_sentence = len(said) / max(len(sentences(plain)), 1)
    count = english_syllables if language == "en" else french_syllables
    per_word = sum(count(word) for word in said) / len(said)
    if language == "en":
        return max(round(206.835 - 1.015 * per_sentence - 84.6 * per_word), 0)
    return max(round(207 - 1.015 * per_sentence - 73.6 * per_word), 0)


def english_syllables(word: str) -> int:
    """Return about how many syllables an English word has."""
    lower = word.lower()
    groups = len(_EN_GROUPS.findall(lower))
    if groups > 1 and _EN_SILENT.search(lower):
        groups -= 1
    return max(groups, 1)


def french_syllables(word: str) -> int:
    """Return about how many syllables a French word has when it is spoken."""
    lower = word.lower()
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    groups = len(_FR_GROUPS.findall(bare)) + len(_FR_SPLIT.findall(lower)) // 2
    if groups > 1 and re.search(r"[^aeiouyéèê]e(s|nt)?$", lower):
        groups -= 1
    return max(groups, 1)
