"""The phrases of a language, read when first asked for, and which language a text is in."""

from __future__ import annotations

from functools import cache

from .phrases import Hit, Index
from .words import Words

LANGUAGES = ("en", "fr")

#: Small words that the other language does not have.
SMALL = {
    "en": frozenset("the you your is are to of and for with it we our this has be by at".split()),
    "fr": frozenset("le la les vous votre vos est et pour avec des du un une nous de ce".split()),
}


def hits(words: Words, lang: str | None) -> list[Hit]:
    """Return the phrases found in *words*, of the language *lang* or of the one they seem to be in.

    Where *lang* is neither English nor French, or the words do not tell, both are looked for.
    """
    spoken = _spoken(words, lang)
    if spoken is not None:
        return index(spoken).hits(words.words)
    return [hit for one in LANGUAGES for hit in index(one).hits(words.words)]


def plain_code(lang: str | None) -> str | None:
    """Return `en` or `fr` for a code such as `fr-CA` or `en_US`, or None for any other."""
    code = (lang or "").replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else None


def _spoken(words: Words, lang: str | None) -> str | None:
    code = plain_code(lang)
    if code is not None:
        return code
    english, french = (sum(word in SMALL[one] for word in words.words) for one in LANGUAGES)
    if english == french:
        return None
    return "en" if english > french else "fr"


@cache
def index(lang: str) -> Index:
    """Return the phrases of a language, read once."""
    if lang == "en":
        from . import phrases_en as table  # noqa: PLC0415 - only what is spoken is read
    else:
        from . import phrases_fr as table  # type: ignore[no-redef]  # noqa: PLC0415 - the same
    return Index(table.PHRASES, table.SETS)
