"""A slow action: the person is told once, in time, that the answer takes a moment."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import Bot, text_of

MOMENT = {False: "One moment", True: "Un instant"}


@pytest.mark.parametrize("french", [False, True])
def test_a_slow_turn_says_once_that_it_takes_a_moment_and_then_answers(
    bot: Bot, french: bool
) -> None:
    person = bot.someone(french=french)
    before = len(person.told())
    with bot.paused("actions"):
        bot.sim.say(person.psid, "mes alertes" if french else "what are my alerts?")
        bot.wait(lambda: len(person.told()) > before, "the holding message", 25)
    person.settle()
    first, *rest = person.told()[before:]
    assert MOMENT[french] in text_of(first)
    assert len(rest) == 1
    assert MOMENT[french] not in text_of(rest[0])
    assert person.only("utter_one_moment").turn_key.endswith(":holding")
    ordinals = [r.ordinal for r in person.decided() if r.turn_key == person.turns()[-1].key]
    assert ordinals == [0]


def test_a_quick_turn_says_nothing_of_the_kind(bot: Bot) -> None:
    person = bot.someone()
    person.say("help")
    assert person.decided("utter_one_moment") == []


def test_a_slow_turn_is_silent_where_a_person_has_taken_the_thread_meanwhile(bot: Bot) -> None:
    person = bot.someone()
    with bot.paused("actions"):
        bot.sim.say(person.psid, "what are my alerts?")
        bot.wait(lambda: person.turns()[-1].state == "running", "the turn to run")
        bot.sim.act(person.psid, "inbox_takes")
        row = bot.wait(lambda: person.decided("utter_one_moment"), "the decision", 25)[0]
    assert (row.state, row.decision["rule"]) == ("refused", "thread_is_ours")
    person.settle()
    assert person.refusals() == []
