"""The notation of the phrases, and that every phrase of the tables can be met."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from policy_guard.promotion import phrases_en, phrases_fr
from policy_guard.promotion.cues import CUES, SWALLOWS
from policy_guard.promotion.phrases import Index, PhraseError
from policy_guard.promotion.words import read

TABLES = [phrases_en, phrases_fr]
KIND = "link|cut|percent|minus|money|slot|coupon|time|number|line"
#: What the reader of words can give, or the notation can ask for; anything else would never match.
POSSIBLE = re.compile(rf"@[a-z_]+|[a-z]+\*?|<({KIND})>|[!?.]")


def found(phrase: str, text: str, **sets: str) -> list[str]:
    """Return what *phrase* finds in *text*, as the text has it."""
    words = read(text)
    return [words.said(h.start, h.end) for h in Index({"cue": phrase}, sets).hits(words.words)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("order now", "Please order now!", ["order now"]),
        ("order now", "Order it now", []),
        ("order|book now|today", "book today, order now", ["book today", "order now"]),
        ("free? delivery", "Free delivery or delivery", ["Free delivery", "delivery", "delivery"]),
        ("deliver* <time>", "delivered 8 pm", ["delivered 8 pm"]),
        ("order ... before", "Order the blue one before noon", ["Order the blue one before"]),
        ("order ... before", "Order one of the big blue ones before noon", []),
        ("order ... before", "Order it. Come before noon", []),
        ("^ order", "Do order it. Order it! We order it", ["Order"]),
        ("^ order", "🎁 {name}, order it", ["order"]),
        (
            "take|get <money>|<percent> off",
            "Take $5 off, get 5% off",
            ["Take $5 off", "get 5% off"],
        ),
        ("off <time>? today", "off at 8 pm today, off today", ["off today"]),
        ("want one ?", "Want one?", ["Want one?"]),
        ("now ... now", "now then now", ["now then now"]),
    ],
)
def test_a_phrase_finds(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


def test_a_set_stands_for_its_words() -> None:
    assert found("@buy it", "Grab it, ordering it", buy="grab|order*") == ["Grab it", "ordering it"]


def test_of_two_phrases_of_a_cue_the_longer_is_told() -> None:
    assert found("off\noff today\noff today only", "20% off today") == ["off today"]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("free? big?", "`free? big?` of the cue `cue` has no certain word to begin with"),
        ("... now", "`... now` of the cue `cue` has no certain word to begin with"),
        ("^", "`^` of the cue `cue` has no certain word to begin with"),
        ("@buy now", "`@buy` is no set of words"),
        ("an* offer", "`an*` is too short to begin a word with"),
    ],
)
def test_a_phrase_that_is_none_is_refused_with_its_words(phrase: str, said: str) -> None:
    with pytest.raises(PhraseError, match=f"^{re.escape(said)}$"):
        Index({"cue": phrase}, {})


@pytest.mark.parametrize("table", TABLES)
def test_every_phrase_of_a_table_can_be_read(table: ModuleType) -> None:
    assert Index(table.PHRASES, table.SETS).hits(("nothing",)) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_cue_has_phrases_and_every_phrase_a_cue(table: ModuleType) -> None:
    assert set(table.PHRASES) == set(CUES)
    assert all(lines.strip() for lines in table.PHRASES.values())


@pytest.mark.parametrize("table", TABLES)
def test_every_phrase_is_made_of_words_that_a_text_can_have(table: ModuleType) -> None:
    wrong = [
        (line, word)
        for lines in [*table.PHRASES.values(), *table.SETS.values()]
        for line in lines.strip().splitlines()
        for part in line.removeprefix("^ ").split()
        for word in (part[:-1] if part.endswith("?") and part != "?" else part).split("|")
        if part != "..." and not POSSIBLE.fullmatch(word)
    ]
    assert not wrong


@pytest.mark.parametrize("table", TABLES)
def test_no_cue_has_a_phrase_twice_and_every_set_is_used(table: ModuleType) -> None:
    for name, lines in table.PHRASES.items():
        phrases = lines.strip().splitlines()
        assert sorted(phrases) == sorted(set(phrases)), name
    assert {name for name in table.SETS if f"@{name}" in str(table.PHRASES)} == set(table.SETS)


def test_only_what_speaks_against_promotion_swallows_what_speaks_for_it() -> None:
    assert all(CUES[name].weight < 0 for name in SWALLOWS)
