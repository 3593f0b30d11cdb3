"""Which language a person writes, and when the conversation changes to it."""

from __future__ import annotations

import time

import pytest

from actions.language import RememberLanguage, detect
from policy_guard.people import Choices
from tests.actions.conftest import LANGUAGES as BOTH


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("bonjour", "fr"),
        ("slt", "fr"),
        ("cest koi mes alertes", "fr"),
        ("ou est mon colis", "fr"),
        ("Je veux seulement les livraisons", "fr"),
        ("prévenez-moi svp", "fr"),
        ("hello", "en"),
        ("thx", "en"),
        ("where is my order", "en"),
        ("only deliveries please", "en"),
        ("someone informed me regarding shipment delays", "en"),
        ("ok", None),
        ("stop", None),
        ("pause", None),
        ("👍", None),
        ("sku-42", None),
        ("42", None),
        ("", None),
    ],
)
def test_a_first_message_sets_the_language_only_where_it_is_plain(text, language):
    assert detect(text, BOTH, None) == language


@pytest.mark.parametrize("text", ["ok", "stop", "oui", "non", "merci", "svp", "👍", "pause"])
def test_short_answers_keep_the_language_of_a_french_conversation(text):
    assert detect(text, BOTH, "fr") in {None, "fr"}


@pytest.mark.parametrize("text", ["ok", "stop", "yes", "no", "thanks", "pls", "👍", "pause", "oui"])
def test_short_answers_keep_the_language_of_an_english_conversation(text):
    assert detect(text, BOTH, "en") in {None, "en"}


@pytest.mark.parametrize("text", ["ok thanks", "newsletter", "hello", "delivery", "Nike Air Max"])
def test_a_foreign_word_in_passing_does_not_change_a_french_conversation(text):
    assert detect(text, BOTH, "fr") != "en"


def test_a_whole_sentence_changes_the_language_of_a_conversation():
    assert detect("where is my order", BOTH, "fr") == "en"
    assert detect("où est ma commande", BOTH, "en") == "fr"


def test_no_telling_word_is_in_two_languages():
    assert BOTH.telling("en").isdisjoint(BOTH.telling("fr"))


def test_detection_costs_less_than_five_milliseconds():
    detect("warm the model up with a sentence", BOTH, None)
    texts = ["someone informed me regarding shipment delays"] * 50
    begun = time.perf_counter()
    for text in texts:
        detect(text, BOTH, "fr")
    assert (time.perf_counter() - begun) / len(texts) < 0.005


def test_a_french_message_sets_slot_and_store_once(people, run):
    assert run(RememberLanguage(), "je voudrais mes alertes") == {"language": "fr"}
    assert people.calls == [("remember_language", "fr")]
    assert run(RememberLanguage(), "merci pour les alertes", language="fr") == {}
    assert people.calls == [("remember_language", "fr")]


def test_an_unclear_message_changes_nothing(people, run):
    assert run(RememberLanguage(), "ok") == {}
    assert people.calls == []


def test_the_store_gives_back_the_language_that_a_restart_wiped(people, run):
    people.remember_language("sender", "fr")
    people.calls.clear()
    assert run(RememberLanguage(), "ok") == {"language": "fr"}
    assert people.calls == []


def test_a_tap_changes_nothing(people, run):
    text = '/choose_alerts{"alert_type": "delivery"}'
    assert run(RememberLanguage(), text, language="fr") == {}


def test_a_machine_event_changes_nothing(people, run):
    text = "EXTERNAL: where is your order now"
    assert run(RememberLanguage(), text, "EXTERNAL_order_shipped", language="fr") == {}


def test_a_products_name_changes_nothing(people, run):
    slots = {"language": "fr", "requested_slot": "product"}
    assert run(RememberLanguage(), "the north face jacket for the winter", **slots) == {}


@pytest.mark.parametrize(
    ("text", "current", "language"),
    [
        ("english please", "fr", "en"),
        ("en français svp", "en", "fr"),
        ("parle anglais", "fr", "en"),
        ("I don't speak French, English please", "fr", "en"),
        ("je ne comprends pas l'anglais", "en", "fr"),
        ("change language", "fr", "en"),
        ("changer de langue", None, "fr"),
    ],
)
def test_asking_for_a_language_wins(people, run, text, current, language):
    slots = run(RememberLanguage(), text, "switch_language", language=current)
    assert slots == {"language": language}
    assert people.state.language == language


def test_a_language_tapped_in_a_quick_reply_wins(people, run):
    named = [{"entity": "language", "value": "fr", "start": 0, "end": 0}]
    text = '/switch_language{"language": "fr"}'
    slots = run(RememberLanguage(), text, "switch_language", named, language="en")
    assert slots == {"language": "fr"}


def test_a_store_that_cannot_be_opened_does_not_break_the_turn(people, run):
    people.broken = True
    assert run(RememberLanguage(), "je voudrais mes alertes") == {}
    assert people.state == Choices((), False, None, (), None)
