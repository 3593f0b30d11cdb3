"""Which language a person writes, and when the conversation changes to it."""

from __future__ import annotations

import re
import time

import pytest
import yaml

from actions.language import SWITCH, RememberLanguage, SwitchLanguage, detect
from policy_guard.people import Choices
from tests.actions.conftest import LANGUAGES as BOTH
from tests.actions.conftest import ROOT


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


@pytest.mark.parametrize("text", ["ok", "stop", "yes", "no", "thanks", "pls", "👍", "pause"])
def test_short_answers_keep_the_language_of_an_english_conversation(text):
    assert detect(text, BOTH, "en") in {None, "en"}


@pytest.mark.parametrize(
    "text",
    ["ok thanks", "newsletter", "hello", "delivery", "Nike Air Max", "New Balance 574", "Xbox One"],
)
def test_a_foreign_word_in_passing_does_not_change_a_french_conversation(text):
    assert detect(text, BOTH, "fr") != "en"


@pytest.mark.parametrize(
    "text", ["bonjour", "merci", "oui", "commande", "ouiiii", "hello la boutique", "Merci !", "svp"]
)
def test_one_word_that_only_french_has_changes_an_english_conversation_at_once(text):
    assert detect(text, BOTH, "en") == "fr"


@pytest.mark.parametrize(
    "text", ["where", "my order", "what's up", "tomorrow", "I'm here", "pls help"]
)
def test_one_word_that_only_english_has_changes_a_french_conversation_at_once(text):
    assert detect(text, BOTH, "fr") == "en"


@pytest.mark.parametrize("text", ["on", "long", "question", "pause", "note", "point", "messages"])
@pytest.mark.parametrize("current", ["en", "fr"])
def test_a_word_that_both_languages_have_changes_nothing(text, current):
    assert detect(text, BOTH, current) is None


@pytest.mark.parametrize(
    "text", ["merci!! that was so helpful", "where is my colis", "AI?", "notifs"]
)
def test_french_words_in_an_english_sentence_do_not_change_it(text):
    assert detect(text, BOTH, "en") != "fr"


@pytest.mark.parametrize(
    "text", ["asdkjh", "xxxxxxxxxxxxxxxxxx", "42 42 42", "😂😂", "Pixel 7a", "hmmm"]
)
@pytest.mark.parametrize("current", [None, "en", "fr"])
def test_noise_says_nothing(text, current):
    assert detect(text, BOTH, current) in {None, current}


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


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Choisir mes alertes", "fr"),
        ("Tout arrêter", "fr"),
        ("Démarrer", "fr"),
        ("Choose alerts", "en"),
        ("Ask a person", "en"),
    ],
)
def test_a_strangers_tap_tells_the_language_of_their_profile_by_its_title(
    people, run, title, language
):
    tap = {"psid": "ann", "key": "m-1", "at_ms": 1_700_000_000_000, "title": title}
    assert run(RememberLanguage(), "/choose_alerts", messenger=tap) == {"language": language}
    known = "en" if language == "fr" else "fr"
    people.calls.clear()
    assert run(RememberLanguage(), "/choose_alerts", messenger=tap, language=known) == {}
    assert people.calls == []


@pytest.mark.parametrize("locale", ["fr_FR", "fr_CA", "default"])
def test_every_item_of_the_menu_is_known_by_its_language(locale):
    profile = yaml.safe_load((ROOT / "profile.yml").read_text("utf-8"))
    language = "en" if locale == "default" else "fr"
    for item in profile["persistent_menu"][locale]:
        assert detect(item["title"], BOTH, None) in {language, None if language == "en" else "fr"}


def test_a_machine_event_changes_nothing(people, run):
    text = "EXTERNAL: where is your order now"
    assert run(RememberLanguage(), text, "EXTERNAL_order_shipped", language="fr") == {}


def test_a_products_name_changes_nothing(people, run):
    slots = {"language": "fr", "requested_slot": "product"}
    assert run(RememberLanguage(), "the north face jacket for the winter", **slots) == {}


@pytest.mark.parametrize(
    ("text", "product", "known", "language"),
    [
        ("The North Face", "The North Face", "fr", "fr"),  # named without being asked
        ("the north face nuptse", "the north face nuptse", "fr", "fr"),
        ("prévenez-moi pour The Last of Us", "The Last of Us", "en", "fr"),
        ("tell me when The North Face is back", "The North Face", "fr", "en"),
        ("Les Misérables", "Les Misérables", "en", "en"),
        ("The North Face", "The North Face", None, "en"),  # better than nothing
    ],
)
def test_the_language_is_read_beside_a_products_name(people, run, text, product, known, language):
    start = text.index(product)
    span = {"entity": "product", "value": product, "start": start, "end": start + len(product)}
    slots = run(RememberLanguage(), text, "nlu_fallback", entities=[span], language=known)
    assert slots.get("language", known) == language


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


@pytest.mark.parametrize(
    ("text", "current", "language", "names"),
    [
        ("do you speak spanish", None, "en", "English and Français"),
        ("do you speak spanish?", "fr", "en", "English and Français"),
        ("parlez-vous espagnol", "fr", "fr", "English et Français"),
        ("parlez vous allemand ou italien", "en", "fr", "English et Français"),
        ("deutsch, german", "en", "en", "English and Français"),
    ],
)
def test_a_language_that_is_not_spoken_is_answered_with_those_that_are(
    people, run, text, current, language, names
):
    slots = {"language": current, **run(RememberLanguage(), text, SWITCH, language=current)}
    assert slots["language"] == language
    told = run(SwitchLanguage(), text, SWITCH, language=language)
    assert told == {"outcome": "not_spoken", "language_names": names}


@pytest.mark.parametrize("text", ["do you speak spanish or french", "change language"])
def test_a_language_that_is_spoken_is_switched_to_even_beside_another(people, run, text):
    assert run(RememberLanguage(), text, SWITCH, language="en") == {"language": "fr"}
    assert run(SwitchLanguage(), text, SWITCH, language="fr") == {"outcome": "switched"}


def test_a_language_tapped_in_a_quick_reply_wins(people, run):
    named = [{"entity": "language", "value": "fr", "start": 0, "end": 0}]
    text = '/switch_language{"language": "fr"}'
    slots = run(RememberLanguage(), text, "switch_language", named, language="en")
    assert slots == {"language": "fr"}


@pytest.mark.parametrize(
    ("word", "current", "language"),
    [
        ("ARRÊT", None, "fr"),
        ("ARRET", "en", "fr"),
        ("désabonner", None, "fr"),
        ("Stop tout !", None, "fr"),
        ("reprendre", None, "fr"),
        ("unsubscribe me", "fr", "en"),
        ("resubscribe", "fr", "en"),
        ("STOP", "fr", "fr"),
        ("unsubscribe", "fr", "fr"),
        ("start", "fr", "fr"),
        ("STOP", None, None),
    ],
)
def test_stop_and_start_are_answered_in_the_language_that_has_the_word(
    people, run, word, current, language
):
    order = {"psid": "ann", "key": "m-1", "at_ms": 1_700_000_000_000, "typed": word}
    intent = "EXTERNAL_stop"
    slots = run(
        RememberLanguage(), f"EXTERNAL: {intent}", intent, messenger=order, language=current
    )
    assert slots.get("language", current) == language
    assert people.state.language == (None if language == current else language)


def test_a_store_that_cannot_be_opened_does_not_break_the_turn(people, run):
    people.broken = True
    assert run(RememberLanguage(), "je voudrais mes alertes") == {}
    assert people.state == Choices((), False, None, (), None)


def _held_out(name: str) -> list[str]:
    """Return the sentences of a held-out file, without annotations."""
    data = yaml.safe_load((ROOT / "tests" / "held_out" / f"{name}.yml").read_text("utf-8"))
    lines = (line for each in data["nlu"] for line in each["examples"].splitlines())
    return [re.sub(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})", r"\1", line[2:]) for line in lines if line]


#: How often the language is right at the least, as measured: of a first message, in a conversation
#: that has the language, and after a message in the other one (emoji and names can only be kept).
@pytest.mark.parametrize(
    ("name", "language", "other", "first", "kept", "changed"),
    [
        ("nlu_en", "en", "fr", 0.99, 0.99, 0.86),
        ("nlu_fr", "fr", "en", 0.94, 0.99, 0.93),
        ("apart_en", "en", "fr", 1.0, 1.0, 0.96),
        ("apart_fr", "fr", "en", 0.98, 1.0, 0.98),
    ],
)
def test_the_language_of_sentences_that_nobody_trained_on_is_right(
    name, language, other, first, kept, changed
):
    said = _held_out(name)
    default = BOTH.codes[0]

    def right(current):
        return sum((detect(t, BOTH, current) or current or default) == language for t in said)

    assert right(None) >= first * len(said)
    assert right(language) >= kept * len(said)
    assert right(other) >= changed * len(said)
