"""Several events in one POST, and the same POST again."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Bot, Someone

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

SAID = {"hello": "utter_greet", "help": "utter_help", "goodbye": "utter_goodbye"}


def says(person: Someone, text: str) -> dict[str, Any]:
    """Return an act for a batch."""
    return {"psid": person.psid, "act": "say", "text": text}


@pytest.mark.parametrize("entries", ["one", "each"])
def test_three_messages_in_one_post_are_three_turns_in_order(bot: Bot, entries: str) -> None:
    person = bot.stranger()
    sent = bot.sim.batch([says(person, text) for text in SAID], entries)
    assert sent["delivery"] == {"status": 200, "attempts": 1}
    person.settle()
    assert [event["text"] for event in person.heard()] == list(SAID)
    assert [row.response for row in person.decided()] == list(SAID.values())
    assert [row.text for row in person.decided()] == [
        message["message"]["text"] for message in person.told()
    ]
    assert len({row.turn_key for row in person.decided()}) == 3


def test_the_same_post_twice_is_one_turn(bot: Bot) -> None:
    person = bot.stranger()
    person.say("hello")
    repeated = bot.counted("events_repeated")
    assert [again["status"] for again in bot.sim.redeliver()] == [200]
    assert bot.counted("events_repeated") == repeated + 1
    person.say("help")  # by now a second turn would have run
    assert [event["text"] for event in person.heard()] == ["hello", "help"]
    assert len(person.told()) == 2


def test_the_same_post_again_while_its_turn_runs_is_one_turn(bot: Bot) -> None:
    person = bot.stranger()
    with bot.paused("actions"):
        bot.sim.say(person.psid, "hello")
        bot.wait(lambda: [row.state for row in person.turns()] == ["running"], "the turn to run")
        bot.sim.redeliver()
        bot.sim.redeliver()
    person.settle()
    assert [event["text"] for event in person.heard()] == ["hello"]
    assert len(person.told()) == 1


def test_the_same_batch_twice_is_three_turns(bot: Bot) -> None:
    person = bot.stranger()
    bot.sim.batch([says(person, text) for text in SAID])
    bot.sim.redeliver()
    person.settle()
    person.say("help")
    assert [event["text"] for event in person.heard()] == [*SAID, "help"]


def test_a_batch_of_several_people_answers_each(bot: Bot) -> None:
    people = [bot.stranger() for _ in range(4)]
    acts = [says(person, text) for text in ("hello", "help") for person in people]
    bot.sim.batch(acts)
    for person in people:
        person.settle()
        assert [row.response for row in person.decided()] == ["utter_greet", "utter_help"]
        assert [row.state for row in person.decided()] == ["sent", "sent"]


def test_messages_that_arrive_in_the_wrong_order_are_all_answered(bot: Bot) -> None:
    person = bot.stranger()
    for text in SAID:
        bot.sim.say(person.psid, text, deliver=False)
    bot.sim.release(person.psid, reverse=True)
    person.settle()
    assert sorted(event["text"] for event in person.heard()) == sorted(SAID)
    assert len(person.told()) == 3


def test_an_event_of_the_shop_entered_twice_is_one_turn(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    before = len(person.told())
    wish: dict[str, Any] = {"psid": person.psid, "intent": "EXTERNAL_order_shipped"}
    wish |= {"entities": {"order_id": "C-1"}, "key": f"order-C-1-{person.psid}"}
    keys = {bot.operator("events", wish).json["key"] for _ in range(2)}
    person.settle()
    assert len(keys) == 1
    assert len(person.told()) == before + 1


def test_a_thread_that_another_app_owns_is_left_alone(bot: Bot) -> None:
    person = bot.someone()
    bot.sim.change_person(person.psid, thread_owner="other")
    before = person.told()
    assert person.say("help") == []
    bot.sim.change_person(person.psid, thread_owner="us")
    person.say("goodbye")
    assert person.decided("utter_help") == []
    told = [row.response for row in person.decided()]
    assert sorted(str(name) for name in told[-2:]) == ["utter_bot_back", "utter_goodbye"]
    assert len(person.told()) == len(before) + 2
