"""STOP silences everything that is not an answer, at once and in both languages."""

from __future__ import annotations

import pytest

from .conftest import Bot, Someone, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def test_stop_is_confirmed_once_and_nothing_proactive_follows(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    topic = person.ask_and_tap(bot.product())
    (confirmation,) = person.say("STOP")
    assert "START" in text_of(confirmation)
    assert person.facts().stopped
    assert person.chosen() == {"delivery"}

    before = person.told()
    assert person.meets("EXTERNAL_order_shipped", order_id="B-1") == []
    row = person.only("utter_order_shipped")
    assert (row.state, row.decision["rule"]) == ("refused", "person_stopped")
    assert row.decision["whose"] == "ours"
    refused = bot.notify(topic)[person.psid]
    assert (refused["decision"], refused["rule"]) == ("refuse", "person_stopped")
    assert person.told() == before
    assert person.objections() == []


def test_a_later_question_of_who_stopped_is_answered(bot: Bot) -> None:
    person = bot.someone()
    person.say("STOP")
    (answer,) = person.say("help")
    assert answer["messaging_type"] == "RESPONSE"
    assert person.only("utter_help").ground == "standard_window"
    assert person.facts().stopped


def test_a_reminder_does_not_reach_who_stopped(bot: Bot) -> None:
    person = bot.someone()
    person.say("STOP")
    before = person.told()
    person.meets("EXTERNAL_remind_me", duration="1s")
    bot.wait(lambda: person.decided("utter_reminder"), "the reminder to come due")
    person.settle()
    row = person.only("utter_reminder")
    assert (row.state, row.decision["rule"]) == ("refused", "person_stopped")
    assert person.told() == before


def test_start_brings_the_alerts_back(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    person.say("STOP")
    (welcome,) = person.say("START")
    assert welcome["messaging_type"] == "RESPONSE"
    assert not person.facts().stopped
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="B-2")
    assert "B-2" in text_of(told)
    assert told["messaging_type"] == "UPDATE"


def test_stop_in_french_is_confirmed_in_french(bot: Bot) -> None:
    person = bot.someone(french=True)
    person.say("je veux les alertes livraison")
    (confirmation,) = person.say("ARRÊT")
    assert person.facts().stopped
    assert "arrêt" in text_of(confirmation).lower()
    assert person.meets("EXTERNAL_order_shipped", order_id="B-3") == []
    assert person.only("utter_order_shipped").decision["rule"] == "person_stopped"


@pytest.mark.parametrize("word", ["ARRET", "désabonner"])
def test_a_french_stop_as_the_very_first_message_is_confirmed_in_french(
    bot: Bot, word: str
) -> None:
    person = bot.stranger()
    (confirmation,) = person.say(word)
    assert text_of(confirmation).startswith("C'est arrêté")
    assert person.facts().stopped
    (again,) = person.say("reprendre")
    assert text_of(again).startswith("Content de vous revoir")


@pytest.mark.parametrize("word", ["stop", "Stop!", " STOP ", "arrêtez", "unsubscribe"])
def test_stop_counts_however_it_is_written(bot: Bot, word: str) -> None:
    person = bot.someone()
    answers = person.say(word)
    assert len(answers) == 1
    assert len(person.journal("person_wrote_stop")) == 1
    assert person.heard()[-1]["parse_data"]["intent"]["name"] == "EXTERNAL_stop"


def test_stop_please_is_a_sentence_for_the_dialogue(bot: Bot) -> None:
    person = bot.someone()
    person.say("stop please")
    assert person.journal("person_wrote_stop") == []
    assert person.heard()[-1]["text"] == "stop please"
    assert person.heard()[-1]["parse_data"]["intent"]["name"] != "EXTERNAL_stop"


def test_a_choice_made_after_stop_is_kept_and_does_not_undo_it(bot: Bot) -> None:
    person = bot.someone()
    person.say("STOP")
    (answer,) = person.say("I want delivery alerts")
    assert person.chosen() == {"delivery"}
    assert person.facts().stopped
    assert "START" in text_of(answer)
    assert person.meets("EXTERNAL_order_shipped", order_id="B-4") == []
    assert person.only("utter_order_shipped").decision["rule"] == "person_stopped"


def _turn_is_running(person: Someone) -> bool:
    return any(row.state == "running" for row in person.turns())


def test_stop_during_a_slow_turn_silences_what_is_due_meanwhile(bot: Bot) -> None:
    """The turn waits for an action, an order update comes due; then come STOP and an alert."""
    person = bot.someone()
    person.choose_delivery()
    topic = person.ask_and_tap(bot.product())
    before = len(person.told())
    with bot.paused("actions"):
        bot.sim.say(person.psid, "what are my alerts?")
        bot.wait(lambda: _turn_is_running(person), "the slow turn to run")
        due = len(person.turns())
        wish = {"psid": person.psid, "intent": "EXTERNAL_order_shipped"}
        assert bot.operator("events", {**wish, "entities": {"order_id": "B-5"}}).status == 202
        bot.wait(lambda: len(person.turns()) == due + 1, "the update to be due")
        bot.sim.say(person.psid, "STOP")
        assert len(person.journal("person_wrote_stop")) == 1
        assert _turn_is_running(person)
        assert person.decided("utter_order_shipped") == []
        rows = bot.notify(topic)  # an alert waits for no turn: what counts is what the person said
        assert _turn_is_running(person)
    person.settle()

    order = person.only("utter_order_shipped")
    assert (order.state, order.decision["rule"]) == ("refused", "person_stopped")
    told = person.only("utter_back_in_stock")
    assert (told.state, told.decision["rule"]) == ("refused", "person_stopped")
    assert [token["used_at"] for token in person.tokens()] == [None]
    said = [text_of(message) for message in person.told()[before:]]
    assert not any("B-5" in text for text in said)
    assert len([text for text in said if "START" in text]) == 1
    assert list(rows) == [person.psid]
