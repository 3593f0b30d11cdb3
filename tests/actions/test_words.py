"""What people write, made comparable."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions import words
from actions.turn import Entity
from policy_guard.catalogue import load
from tests.actions.conftest import LANGUAGES

CATALOGUE = load(Path(__file__).parents[2] / "alerts.yml")


def entities(text: str, *named: tuple[str, str]) -> list[Entity]:
    """Return alert types as the model finds them: the words said, and what they mean."""
    return [
        Entity("alert_type", value, text.index(said), text.index(said) + len(said))
        for said, value in named
    ]


@pytest.mark.parametrize(
    ("text", "named", "wanted"),
    [
        ("just parcels", [("parcels", "delivery")], ("delivery",)),
        (
            "orders and events",
            [("orders", "order"), ("events", "event")],
            ("order", "event"),
        ),
        (
            "deliveries but no promos",
            [("deliveries", "delivery"), ("promos", "news")],
            ("delivery",),
        ),
        ("orders yes, news no", [("orders", "order"), ("news", "news")], ("order",)),
        ("orders no, news yes", [("orders", "order"), ("news", "news")], ("news",)),
        (
            "not the ads, just the delivery ones",
            [("ads", "news"), ("delivery", "delivery")],
            ("delivery",),
        ),
        ("no news or events", [("news", "news"), ("events", "event")], ()),
        ("livraisons mais pas les promos", [("promos", "news")], ("delivery",)),
        ("sans la pub, juste le colis", [("pub", "news"), ("colis", "delivery")], ("delivery",)),
        ("commande oui, promo non", [("commande", "order"), ("promo", "news")], ("order",)),
        ("tout sauf la pub", [("pub", "news")], ("delivery", "order", "account", "event")),
        ("everything but news", [("news", "news")], ("delivery", "order", "account", "event")),
        ("send me everything", [], ("delivery", "order", "account", "event", "news")),
        ("only back in stock and orders", [("orders", "order")], ("order", "back_in_stock")),
        ("delivries plz", [], ("delivery",)),
        ("evenement", [], ("event",)),
        ("hello there", [], ()),
        ("", [], ()),
    ],
)
def test_the_types_a_person_wants_are_read_without_those_they_refuse(text, named, wanted):
    assert words.wanted_types(text, entities(text, *named), CATALOGUE, LANGUAGES) == wanted


def test_a_type_in_a_payload_needs_no_text():
    found = [Entity("alert_type", "delivery", 0, 0), Entity("alert_type", "news", 0, 0)]
    assert words.wanted_types("", found, CATALOGUE, LANGUAGES) == ("delivery", "news")


def test_a_type_that_the_catalogue_does_not_have_is_no_type():
    assert (
        words.wanted_types("", [Entity("alert_type", "weather", 0, 0)], CATALOGUE, LANGUAGES) == ()
    )


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("sku-42", "back_in_stock:sku-42"),
        ("SKU 42", "back_in_stock:sku-42"),
        ("sku42", "back_in_stock:sku-42"),
        ("the SKU_42 please", "back_in_stock:sku-42"),
        ("The Blue Jacket", "back_in_stock:blue-jacket"),
        ("l'écharpe en laine", "back_in_stock:echarpe-en-laine"),
        ("l\u2019Écharpe en laine", "back_in_stock:echarpe-en-laine"),
        ("theatre mask", "back_in_stock:theatre-mask"),
        ("  une   lampe ! ", "back_in_stock:lampe"),
    ],
)
def test_a_product_has_one_topic_however_it_is_written(said, topic):
    assert words.topic_of(said, LANGUAGES) == topic


def test_a_very_long_product_still_has_a_topic_that_fits():
    topic = words.topic_of("wonderful " * 40, LANGUAGES)
    assert len(topic) <= len("back_in_stock:") + words.LONGEST_SLUG
    assert not topic.endswith("-")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("tell me about sku-42 when it is there", "sku-42"),
        ("SKU 42", "SKU 42"),
        ("  «the  blue jacket»!! ", "the blue jacket"),
        ("😀👍", None),
        ("???", None),
        ("", None),
    ],
)
def test_a_products_name_is_taken_out_of_what_was_said(said, name):
    assert words.clean_product(said, LANGUAGES) == name


def test_a_long_name_is_cut_at_a_word():
    short = words.short_name("the handmade blue winter jacket with four pockets")
    assert short == "the handmade blue winter jacket with…"
    assert len(short) <= words.LONGEST_NAME


def test_a_long_name_without_spaces_is_cut_too():
    assert len(words.short_name("x" * 100)) == words.LONGEST_NAME


def test_a_name_that_fits_stays_as_it_is():
    assert words.short_name("x" * words.LONGEST_NAME) == "x" * words.LONGEST_NAME


def test_a_topic_is_told_in_words_again():
    assert words.product_of("back_in_stock:blue-jacket", {}) == "blue jacket"
    assert words.product_of("back_in_stock:sku-42", {}) == "sku-42"


def test_a_topic_is_told_in_the_words_of_who_asked():
    names = {"back_in_stock:echarpe-bleue": "Écharpe BLEUE"}
    assert words.product_of("back_in_stock:echarpe-bleue", names) == "Écharpe BLEUE"


@pytest.mark.parametrize(
    "said",
    [
        "stop please",
        "stop sending me messages",
        "please unsubscribe me from this",
        "i don't want your messages anymore",
        "can you stop texting me every day",
        "leave me alone",
        "STOOOOP",
        "merci de me rayer de votre liste",
        "ne me contactez plus",
        "blocking you if you don't stop",
        "🛑🛑",
        "arrêtez de m'écrire",
        "je veux plus rien recevoir",
        "desabonnez moi svp",
        "pouvez-vous arrêter les messages",
        "lâchez-moi",
    ],
)
def test_who_tells_us_to_stop_gives_an_order(said):
    assert words.orders_stop(said, LANGUAGES)


@pytest.mark.parametrize(
    "said",
    [
        "c'est trop là",
        "too many messages",
        "annule tout",
        "how do i stop",
        "how can I opt out",
        "is there a way to stop these",
        "my phone won't stop buzzing",
        "you never stop writing do you",
        "vous n'arrêtez pas de m'écrire",
        "comment je me désabonne",
        "c'est possible d'arrêter ?",
        "enough",
    ],
)
def test_a_complaint_or_a_question_is_no_order(said):
    assert not words.orders_stop(said, LANGUAGES)


@pytest.mark.parametrize(
    "said",
    [
        "bouilloire rouge",
        "the red kettle",
        "Zyxel",
        "TV",
        "SKU 42",
        "écharpe en laine bleue",
        "qwerty keyboard",
        "X1",
        "赤いやかん",
    ],
)
def test_a_few_words_may_be_a_products_name(said):
    assert words.is_name(said, LANGUAGES)


@pytest.mark.parametrize(
    "said",
    [
        "asdf",
        "asdfghj",
        "qsdfghjk",
        "lol",
        "hmmm",
        "blah blah blah",
        "xkcdzz",
        "aaaaaa",
        "what's the weather like today",
        "is it big?",
        "vous vendez quoi",
        "the weather was so nice at the lake",
        "😀👍",
        "",
    ],
)
def test_noise_and_sentences_are_no_products_name(said):
    assert not words.is_name(said, LANGUAGES)
