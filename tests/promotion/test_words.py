"""A text becomes words: prices, placeholders and accents by their kind."""

from __future__ import annotations

import pytest

from policy_guard.promotion.words import read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't WAIT", ("don", "t", "wait")),
        ("L'été, à l'œuvre", ("l", "ete", "a", "l", "oeuvre")),
        ("$5 5$ €5 5 € 5,50 EUR 20 euros {amount} €", ("<money>",) * 7),
        ("EUR 20, CHF 1'200 and US$20", ("<money>", "<money>", "and", "<money>")),
        ("-$5 and -5 €", ("<minus>", "and", "<minus>")),
        ("20% 20 % 20 percent vingt 20 pour cent", ("<percent>",) * 3 + ("vingt", "<percent>")),
        ("{rate}% instead of -20 %", ("<percent>", "instead", "of", "<cut>")),
        ("Use SPRING20 for order FR20394", ("use", "<coupon>", "for", "order", "fr", "<number>")),
        ("at 8 pm, 20h30, 20 h or 20:30", ("at", "<time>", "<time>", "<time>", "or", "<time>")),
        ("{name} [link] <b>", ("<slot>", "<slot>", "<slot>")),
        ("https://shop.example/a shop.example/b a@shop.example", ("<link>",) * 3),
        ("1,240 points", ("<number>", "points")),
        (
            "Wow?! Well... so\n\n be it!!",
            ("wow", "?", "well", ".", "so", "<line>", "be", "it", "!"),
        ),
        ("🎁 a\u2013b", ("🎁", "a", "b")),
    ],
)
def test_a_text_is_read_as_these_words(text: str, words: tuple[str, ...]) -> None:
    assert read(text).words == words


def test_letters_dressed_up_are_read_as_the_letters_they_are() -> None:
    assert read("\N{MATHEMATICAL BOLD CAPITAL S}\uff21\uff2c\uff25").words == ("sale",)


def test_accents_written_as_two_characters_are_accents() -> None:
    assert read("re\u0301duit").words == read("r\u00e9duit").words == ("reduit",)


def test_what_was_said_is_quoted_as_the_text_has_it_but_on_one_line() -> None:
    words = read("Get\n 20 %\noff, NOW")
    assert words.words == ("get", "<line>", "<percent>", "<line>", "off", "now")
    assert words.said(0, 5) == "Get 20 % off"
    assert words.said(3, 3) == ""
