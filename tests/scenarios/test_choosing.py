"""People choose what they hear, in both languages, by typing and by tapping."""

from __future__ import annotations

import pytest

from policy_guard.catalogue import load
from scripts.stack import ROOT

from .conftest import Bot, offered, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

CATALOGUE = load(ROOT / "alerts.yml")


def title(alert_type: str, language: str) -> str:
    """Return what people call an alert type."""
    kind = CATALOGUE.get(alert_type)
    assert kind is not None
    return kind.title(language)


def test_a_person_picks_two_alerts_in_french_by_naming_them(bot: Bot) -> None:
    person = bot.someone(french=True)
    answer = person.say("je veux les alertes livraison et compte")
    assert person.chosen() == {"delivery", "account"}
    assert person.language() == "fr"
    assert title("delivery", "fr") in text_of(answer[-1])
    assert title("account", "fr") in text_of(answer[-1])
    assert {message["messaging_type"] for message in answer} == {"RESPONSE"}


def test_a_person_picks_several_alerts_in_english_by_naming_them(bot: Bot) -> None:
    person = bot.someone()
    answer = person.say("just deliveries and account stuff please")
    assert person.chosen() == {"delivery", "account"}
    assert title("delivery", "en") in text_of(answer[-1])
    assert title("account", "en") in text_of(answer[-1])


def test_a_person_picks_alerts_in_english_by_tapping(bot: Bot) -> None:
    person = bot.someone()
    offer = person.tap("/choose_alerts")
    titles = [reply["title"] for reply in offer[-1]["message"]["quick_replies"]]
    assert titles == [*(kind.title("en") for kind in CATALOGUE.types), "What are these?"]
    person.tap('/choose_alerts{"alert_type": "delivery"}')
    assert person.chosen() == {"delivery"}
    person.tap("/choose_alerts")
    person.tap('/choose_alerts{"alert_type": "account"}')
    assert person.chosen() == {"delivery", "account"}
    assert all(row.state == "done" for row in person.turns())


def test_the_list_shows_what_was_chosen(bot: Bot) -> None:
    person = bot.someone()
    person.say("I want delivery and account alerts")
    listed = person.say("what are my alerts?")
    assert title("delivery", "en") in text_of(listed[-1])
    assert title("account", "en") in text_of(listed[-1])
    assert title("news", "en") not in text_of(listed[-1])
    assert "/stop_alerts" in offered(listed[-1])


def test_the_list_of_a_person_who_chose_nothing_offers_alerts(bot: Bot) -> None:
    person = bot.someone()
    listed = person.say("what are my alerts?")
    assert person.chosen() == set()
    assert "/choose_alerts" in offered(listed[-1])


def test_one_alert_is_stopped_and_the_other_stays(bot: Bot) -> None:
    person = bot.someone()
    person.say("I want delivery and account alerts")
    person.say("stop the delivery alerts")
    assert person.chosen() == {"account"}
    assert not person.facts().stopped


def test_one_alert_is_stopped_in_french(bot: Bot) -> None:
    person = bot.someone(french=True)
    person.say("je veux les alertes livraison et compte")
    person.say("arrête les alertes livraison")
    assert person.chosen() == {"account"}
    assert not person.facts().stopped


def test_everything_is_stopped_by_a_tap(bot: Bot) -> None:
    person = bot.someone()
    person.say("I want delivery and account alerts")
    person.say("what are my alerts?")
    answer = person.tap("/stop_alerts")
    assert person.facts().stopped
    assert "START" in text_of(answer[-1])


def test_the_thing_chosen_outlives_a_new_session(bot: Bot) -> None:
    """What people choose lives in the store and not in Rasa's slots."""
    person = bot.someone()
    person.choose_delivery()
    bot.at("2026-06-01T10:00:00Z")
    listed = person.say("what are my alerts?")
    assert title("delivery", "en") in text_of(listed[-1])
