"""The platform fails, and the bot neither repeats itself nor forgets."""

from __future__ import annotations

import pytest

from policy_guard import sends
from policy_guard.sends import PartRow

from .conftest import Bot, Someone, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def parts(person: Someone, send_id: str) -> list[PartRow]:
    """Return the messages of one thing that was decided on."""
    with person.bot.store.read() as tx:
        return sends.parts(tx, send_id)


def calls(person: Someone) -> list[object]:
    """Return the bodies of the messages that the bot tried to send to the person."""
    made = person.bot.sim.requests(person.psid)
    return [one["body"] for one in made if "message" in one["body"]]


def test_a_refusal_that_contradicts_the_guard_is_a_disagreement(bot: Bot) -> None:
    person = bot.stranger()
    outside = {"code": 10, "subcode": 2018278}
    bot.sim.fault("error", "message", psid=person.psid, times=1, error=outside)
    assert person.say("help") == []
    held = person.only("utter_help")
    assert held.state == "held"
    (line,) = person.journal("disagreement")
    assert line.send_id == held.id
    assert line.data["ground"] == "standard_window"
    assert (line.data["platform"]["code"], line.data["platform"]["subcode"]) == (10, 2018278)

    answer, released = person.say("hello")
    assert person.only("utter_greet").text == text_of(answer)
    assert held.text == text_of(released)
    assert person.only("utter_help").state == "sent"


def test_who_cannot_be_reached_is_left_alone_until_they_write(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    gone = {"code": 551, "subcode": 1545041}
    fault = bot.sim.fault("error", "message", psid=person.psid, error=gone)
    assert person.meets("EXTERNAL_order_shipped", order_id="D-1") == []
    assert person.only("utter_order_shipped").state == "rejected"
    assert person.facts().blocked
    tried = len(calls(person))

    assert person.meets("EXTERNAL_order_shipped", order_id="D-2") == []
    row = person.decided("utter_order_shipped")[-1]
    assert (row.state, row.decision["rule"]) == ("refused", "person_can_be_reached")
    assert row.decision["whose"] == "platform"
    assert len(calls(person)) == tried

    bot.sim.clear_faults(fault)
    (answer,) = person.say("help")
    assert not person.facts().blocked
    assert answer["messaging_type"] == "RESPONSE"


def test_an_answer_lost_after_delivery_is_settled_by_its_echo(bot: Bot) -> None:
    person = bot.stranger()
    bot.sim.fault("reset_after", "message", psid=person.psid, times=1)
    assert len(person.say("help")) == 1
    row = person.only("utter_help")
    bot.wait(lambda: person.only("utter_help").state == "sent", "the echo")
    (line,) = person.journal("sent")
    assert (line.send_id, line.data["told_by"]) == (row.id, "echo")
    person.say("hello")
    assert len(calls(person)) == 2
    assert [part.state for part in parts(person, row.id)] == ["sent"]


def test_an_answer_that_takes_too_long_is_not_sent_again(bot: Bot) -> None:
    """The platform delivered and said nothing for longer than we wait."""
    person = bot.stranger()
    bot.sim.fault("hang_after", "message", psid=person.psid, times=1, seconds=13)
    assert len(person.say("help")) == 1
    assert person.only("utter_help").state == "sent"
    assert [line.data["told_by"] for line in person.journal("sent")] == ["echo"]
    person.say("hello")
    assert len(calls(person)) == 2


def test_a_message_that_may_have_left_stays_in_doubt_and_is_not_sent_again(bot: Bot) -> None:
    person = bot.stranger()
    bot.sim.fault("reset_before", "message", psid=person.psid, times=1)
    assert person.say("help") == []
    row = person.only("utter_help")
    assert row.state == "unknown"
    (line,) = person.journal("unknown")
    assert line.send_id == row.id
    (answer,) = person.say("hello")
    assert person.only("utter_help").state == "unknown"
    assert text_of(answer) == person.only("utter_greet").text
    assert len(calls(person)) == 2


def test_a_token_whose_send_is_in_doubt_stays_spent(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at("2026-05-18T10:00:00Z")
    bot.sim.fault("reset_before", "message", psid=person.psid, times=1)
    before, tried = person.told(), len(calls(person))
    row = bot.notify(topic)[person.psid]
    assert (row["decision"], row["state"]) == ("send", "unknown")
    assert bot.notify(topic) == {}
    assert person.told() == before
    assert len(calls(person)) == tried + 1
    assert [token.spent for token in person.facts().tokens] == [True]


def test_a_token_that_the_platform_certainly_did_not_use_pays_later(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    bot.at("2026-05-18T10:00:00Z")
    wrong = {"code": 100, "subcode": 2018047}
    bot.sim.fault("error", "message", psid=person.psid, times=1, error=wrong)
    assert bot.notify(topic)[person.psid]["state"] == "rejected"
    assert [token.spent for token in person.facts().tokens] == [False]
    again = bot.notify(topic)[person.psid]
    assert (again["ground"], again["state"]) == ("one_time_notification", "sent")
    assert person.told()[-1]["paid_with"] == "token"


def test_a_rate_limit_delays_and_does_not_repeat(bot: Bot) -> None:
    person = bot.stranger()
    bot.sim.fault("error", "message", psid=person.psid, times=1, error={"code": 613})
    (answer,) = person.say("help")
    assert answer["messaging_type"] == "RESPONSE"
    assert len(person.journal("put_off")) == 1
    assert len(calls(person)) == 2
    assert person.only("utter_help").state == "sent"


def test_a_failing_signal_costs_no_answer(bot: Bot) -> None:
    person = bot.stranger()
    bot.sim.fault("status", "sender_action", psid=person.psid, status=500)
    with bot.paused("actions"):
        bot.sim.say(person.psid, "help")
        bot.wait(
            lambda: any("sender_action" in c["body"] for c in bot.sim.requests(person.psid)),
            "the signal to be tried",
        )
    person.settle()
    assert person.only("utter_help").state == "sent"
    assert len(person.told()) == 1


def test_a_slow_turn_shows_that_somebody_writes(bot: Bot) -> None:
    person = bot.stranger()
    with bot.paused("actions"):
        bot.sim.say(person.psid, "help")
        bot.wait(lambda: bot.sim.thread(person.psid)["typing"], "the typing bubble")
        assert bot.sim.thread(person.psid)["seen_at"] is not None
    person.settle()
    assert not bot.sim.thread(person.psid)["typing"]
