"""A person instead of the bot: handed over, silent meanwhile, and told when the bot is back."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import USUAL, Bot, Someone, offered, text_of

INBOX = "263902037430900"
ASKS = {False: "I want to talk to a human please", True: "je veux parler à une vraie personne"}
ALERTS = {False: "what are my alerts?", True: "quelles sont mes alertes ?"}
BACK = {False: "bot here again", True: "de nouveau le bot"}
NONE_OF_THESE = {False: "None of these", True: "Rien de tout cela"}
TEAM = {False: "handing you over to the team", True: "vous passe l'équipe"}


def owner(bot: Bot, person: Someone) -> str:
    return str(bot.sim.thread(person.psid)["thread_owner"])


def later(bot: Bot, span: timedelta) -> None:
    """Let time pass since the usual moment."""
    usual = datetime.fromisoformat(USUAL.replace("Z", "+00:00"))
    bot.at((usual + span).isoformat().replace("+00:00", "Z"))


@pytest.mark.parametrize("french", [False, True])
def test_who_asks_for_a_person_is_handed_over_and_told_when_the_bot_is_back(
    bot: Bot, french: bool
) -> None:
    person = bot.someone(french=french)
    (told,) = person.say(ASKS[french])
    assert TEAM[french] in text_of(told)
    assert owner(bot, person) == INBOX
    (line,) = person.journal("handed_over")
    assert line.data["to"] == INBOX
    assert person.say("hello?") == []
    (reply,) = person.act("inbox_replies", text="Ann here, how can I help?")
    assert text_of(reply) == "Ann here, how can I help?"
    (line,) = person.journal("human_wrote")
    assert line.data["text"] == "Ann here, how can I help?"
    assert person.act("inbox_passes_back") == []
    back, answer = person.say(ALERTS[french])
    assert BACK[french] in text_of(back)
    assert BACK[french] not in text_of(answer)
    assert len(person.say(ALERTS[french])) == 1
    assert person.refusals() == []


@pytest.mark.parametrize("french", [False, True])
def test_the_bot_is_silent_after_a_persons_reply_until_the_silence_is_over(
    bot: Bot, french: bool
) -> None:
    person = bot.someone(french=french)
    person.act("inbox_replies", text="This is Ann.")
    assert person.say(ALERTS[french]) == []
    assert len(person.journal("left_to_a_person")) == 1
    later(bot, timedelta(hours=1, minutes=5))
    back, _ = person.say(ALERTS[french])
    assert BACK[french] in text_of(back)


def test_stop_is_heeded_and_confirmed_while_a_person_answers(bot: Bot) -> None:
    person = bot.someone()
    person.act("inbox_replies", text="This is Ann.")
    (told,) = person.say("STOP")
    assert "START" in text_of(told)
    assert person.facts().stopped
    (told,) = person.say("START")
    assert not person.facts().stopped
    assert "bot here again" not in text_of(told)


@pytest.mark.parametrize("french", [False, True])
def test_a_stop_in_the_inboxs_thread_counts_at_once_and_is_confirmed_when_it_is_back(
    bot: Bot, french: bool
) -> None:
    person = bot.someone(french=french)
    person.choose_delivery(french=french)
    person.act("inbox_takes")
    assert person.say("ARRÊT" if french else "STOP") == []
    assert person.facts().stopped
    (confirmation,) = person.act("inbox_passes_back")
    assert ("arrêté" if french else "Stopped") in text_of(confirmation)
    assert person.meets("EXTERNAL_order_shipped", order_id="C-2") == []
    person.act("inbox_takes")
    assert person.act("inbox_passes_back") == []
    assert person.refusals() == []


def test_an_alert_waits_while_the_inbox_has_the_thread_and_goes_when_it_is_back(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    person.act("inbox_takes")
    assert person.meets("EXTERNAL_order_shipped", order_id="C-1") == []
    assert person.only("utter_order_shipped").decision["rule"] == "thread_is_ours"
    person.act("inbox_passes_back")
    bot.wait(lambda: person.only("utter_order_shipped").state == "sent", "the alert to leave")


# -- the agents' route ----------------------------------------------------------------------------


def reply(bot: Bot, person: Someone, key: str = "k1", **more: Any) -> Any:
    wish = {"psid": person.psid, "text": "Ann here: size 42 is back.", "key": key, **more}
    return bot.operator("agent", wish)


def test_an_agents_reply_goes_out_once_and_silences_the_bot(bot: Bot) -> None:
    person = bot.someone()
    before = len(person.told())
    first, second = reply(bot, person, agent="ann"), reply(bot, person, agent="ann")
    assert (first.status, second.status) == (200, 200)
    assert first.json["send"] == second.json["send"]
    assert (first.json["decision"], first.json["ground"]) == ("send", "standard_window")
    assert first.json["state"] == "sent"
    (told,) = person.told()[before:]
    assert text_of(told) == "Ann here: size 42 is back."
    assert told["messaging_type"] == "UPDATE"
    (line,) = person.journal("human_wrote")
    assert (line.data["by"], line.data["agent"]) == ("agent", "ann")
    assert person.say("thanks") == []


def test_an_agents_reply_that_may_not_leave_says_why_and_what_would_change_it(bot: Bot) -> None:
    person = bot.someone()
    later(bot, timedelta(days=2))
    answer = reply(bot, person)
    assert answer.status == 409
    assert answer.json["decision"] == "refuse"
    assert "HUMAN_AGENT" in answer.json["reason"]
    assert answer.json["would_change"]
    assert person.journal("human_wrote") == []


def test_the_agents_route_asks_for_the_token_and_for_words(bot: Bot) -> None:
    person = bot.someone()
    wish = {"psid": person.psid, "text": "hi", "key": "k"}
    assert bot.operator("agent", wish, token="wrong").status == 403
    for name in wish:
        answer = bot.operator("agent", {**wish, name: " "})
        assert (answer.status, name in answer.json["error"]) == (400, True)


# -- where nothing is understood ------------------------------------------------------------------


WORDS = {
    False: "order thanks hours privacy hello pause size shop product maybe".split(),
    True: "commande merci horaires confidentialité bonjour pause taille boutique produit".split(),
}


def unclear(bot: Bot, french: bool) -> str:
    """Return words that the model as it is now takes for nothing."""
    for picked in itertools.permutations(WORDS[french], 3):
        words = " ".join(picked)
        if bot.rasa("model/parse", {"text": words})["intent"]["name"] == "nlu_fallback":
            return words
    raise AssertionError("the model is sure of everything")


@pytest.mark.parametrize("french", [False, True])
def test_what_is_not_understood_is_asked_in_two_stages_and_ends_at_a_person(
    bot: Bot, french: bool
) -> None:
    person = bot.someone(french=french)
    words = unclear(bot, french)
    (asked,) = person.say(words)
    assert offered(asked)[-1] == "/out_of_scope"
    assert asked["message"]["quick_replies"][-1]["title"] == NONE_OF_THESE[french]
    (again,) = person.tap("/out_of_scope")
    assert ("autrement" if french else "other words") in text_of(again)
    (asked,) = person.say(words)
    assert offered(asked)[-1] == "/out_of_scope"
    (last,) = person.tap("/out_of_scope")
    assert "/human_handoff" in offered(last)
    (told,) = person.tap("/human_handoff")
    assert TEAM[french] in text_of(told)
    assert owner(bot, person) == INBOX


@pytest.mark.parametrize("french", [False, True])
def test_one_of_the_likeliest_things_is_done_when_it_is_tapped(bot: Bot, french: bool) -> None:
    person = bot.someone(french=french)
    (asked,) = person.say(unclear(bot, french))
    choices = [one for one in offered(asked) if one not in {"/out_of_scope", "/human_handoff"}]
    choice = choices[0]
    assert person.tap(choice) != []
    heard = person.say(ALERTS[french])
    assert heard
    still = [one for one in heard if "/out_of_scope" in offered(one)]
    assert still == [], "the question is no longer open"
