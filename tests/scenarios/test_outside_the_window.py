"""Outside the messaging window: tags while they lasted, holds, releases, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.world import milliseconds

from .conftest import Bot, Someone, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

#: The tag POST_PURCHASE_UPDATE is refused from 2026-04-27 on (Meta, Messenger Platform changelog,
#: 2026-03-27).
BEFORE_WITH_THE_TAG, WITH_THE_TAG = "2026-04-24T12:00:00Z", "2026-04-26T18:00:00Z"
BEFORE_WITHOUT_THE_TAG, WITHOUT_THE_TAG = "2026-04-26T12:00:00Z", "2026-04-28T12:00:00Z"


def customer(bot: Bot, since: str) -> Someone:
    """Return a person who chose delivery alerts at a moment."""
    bot.at(since)
    person = bot.someone()
    person.choose_delivery()
    return person


def late(bot: Bot, hours: int) -> int:
    """Return a moment so many hours ago, in milliseconds."""
    return milliseconds(bot.sim.now() - timedelta(hours=hours))


def test_an_order_update_goes_out_by_tag_on_the_last_day_of_the_tag(bot: Bot) -> None:
    person = customer(bot, BEFORE_WITH_THE_TAG)
    bot.at(WITH_THE_TAG)
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="A-7")
    assert told["messaging_type"] == "MESSAGE_TAG"
    assert told["tag"] == "POST_PURCHASE_UPDATE"
    assert told["notification_type"] == "SILENT_PUSH"
    assert "A-7" in text_of(told)
    row = person.only("utter_order_shipped")
    assert row.ground == "tag:POST_PURCHASE_UPDATE"
    assert row.decision["rule"] == "tag_covers_purpose"
    assert person.objections() == []


def test_an_order_update_is_held_once_the_tag_is_gone(bot: Bot) -> None:
    person = customer(bot, BEFORE_WITHOUT_THE_TAG)
    bot.at(WITHOUT_THE_TAG)
    assert person.meets("EXTERNAL_order_shipped", order_id="A-8") == []
    row = person.only("utter_order_shipped")
    assert row.state == "held"
    assert row.decision["rule"] == "may_wait"
    assert row.expires_at is not None
    assert row.expires_at - row.created_at == timedelta(days=2)  # the response declares hold_for
    assert "POST_PURCHASE_UPDATE" in str(row.decision)
    assert person.refusals() == []


def test_a_held_order_update_expires_after_two_days(bot: Bot) -> None:
    person = customer(bot, BEFORE_WITHOUT_THE_TAG)
    bot.at(WITHOUT_THE_TAG)
    person.meets("EXTERNAL_order_shipped", order_id="A-9")
    before = person.told()
    bot.at("2026-04-30T12:05:00Z")
    bot.wait(lambda: person.only("utter_order_shipped").state == "expired", "the hold to expire")
    assert person.told() == before
    (answer,) = person.say("hello")
    assert "A-9" not in text_of(answer)


def test_a_held_order_update_is_released_without_a_tag_when_the_person_writes(bot: Bot) -> None:
    person = customer(bot, BEFORE_WITHOUT_THE_TAG)
    bot.at(WITHOUT_THE_TAG)
    person.meets("EXTERNAL_order_shipped", order_id="A-10")
    answer, released = person.say("what are my alerts?")
    assert answer["messaging_type"] == "RESPONSE"
    assert "A-10" in text_of(released)
    assert released["messaging_type"] == "UPDATE"
    assert released["tag"] is None
    row = person.only("utter_order_shipped")
    assert (row.state, row.ground) == ("sent", "standard_window")
    assert person.journal("asked_again")[-1].data["why"] == "the person wrote"


def test_a_held_order_update_is_not_released_by_stop(bot: Bot) -> None:
    person = customer(bot, BEFORE_WITHOUT_THE_TAG)
    bot.at(WITHOUT_THE_TAG)
    person.meets("EXTERNAL_order_shipped", order_id="A-11")
    (confirmation,) = person.say("STOP")
    assert "A-11" not in text_of(confirmation)
    row = person.only("utter_order_shipped")
    assert (row.state, row.decision["rule"]) == ("refused", "person_stopped")


def test_an_order_update_goes_to_nobody_who_did_not_choose_it(bot: Bot) -> None:
    person = bot.someone()
    assert person.meets("EXTERNAL_order_shipped", order_id="A-12") == []
    row = person.only("utter_order_shipped")
    assert (row.state, row.decision["rule"]) == ("refused", "alert_chosen")
    assert row.decision["whose"] == "ours"


def test_a_reminder_outside_the_window_is_refused_and_not_held(bot: Bot) -> None:
    person = bot.someone()
    bot.at("2026-05-12T10:00:00Z")
    assert person.meets("EXTERNAL_remind_me", duration="1s") == []
    bot.wait(lambda: person.decided("utter_reminder"), "the reminder to come due")
    row = person.only("utter_reminder")
    assert (row.state, row.decision["rule"]) == ("refused", "reply_needs_its_turn")
    assert row.decision["whose"] == "ours"
    (line,) = [line for line in person.journal("decided") if line.send_id == row.id]
    assert line.data["rule"] == "reply_needs_its_turn"
    assert len(person.say("help")) == 1  # nothing was kept for this moment
    assert person.only("utter_help").state == "sent"


def test_a_reminder_inside_the_window_arrives_as_no_turn_of_the_person(bot: Bot) -> None:
    person = bot.someone()
    person.meets("EXTERNAL_remind_me", duration="1s")
    bot.wait(lambda: person.decided("utter_reminder"), "the reminder to come due")
    person.settle()
    row = person.only("utter_reminder")
    assert (row.state, row.ground) == ("sent", "standard_window")
    assert row.message.in_turn is False


def in_a_form_outside_the_window(bot: Bot) -> Someone:
    """Return a customer whose form waits for an answer in a session that has just begun.

    A new session would drop the form, so the message that opened it comes a day late.
    """
    person = customer(bot, BEFORE_WITH_THE_TAG)
    bot.at(WITH_THE_TAG)
    person.say("tell me when it is back in stock", timestamp_ms=late(bot, 25))
    assert person.slot("requested_slot") == "product"
    assert person.only("utter_ask_product").state == "held"
    return person


def assert_the_form_was_silent(person: Someone) -> None:
    """Assert that the form's question, asked again in the shop's turn, was refused."""
    question = person.decided("utter_ask_product")[-1]
    assert (question.state, question.decision["rule"]) == ("refused", "reply_needs_its_turn")
    assert question.decision["whose"] == "ours"
    assert len(person.decided("utter_ask_product")) == 2


def test_a_form_asks_nothing_again_outside_the_window(bot: Bot) -> None:
    """The order update of the same turn goes out by its tag; the form's question is no answer."""
    person = in_a_form_outside_the_window(bot)
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="A-13")
    assert told["tag"] == "POST_PURCHASE_UPDATE"
    assert_the_form_was_silent(person)


def test_what_rasa_triggers_itself_passes_the_guard_too(bot: Bot) -> None:
    person = in_a_form_outside_the_window(bot)
    before = len(person.told())
    wish = {"name": "EXTERNAL_order_shipped", "entities": {"order_id": "A-14"}}
    path = f"conversations/{person.psid}/trigger_intent"
    bot.rasa(path, wish, "&output_channel=messenger")
    person.settle()
    (told,) = person.told()[before:]
    assert told["tag"] == "POST_PURCHASE_UPDATE"
    assert "A-14" in text_of(told)
    assert_the_form_was_silent(person)


def test_an_answer_held_outside_the_window_arrives_when_the_person_writes(bot: Bot) -> None:
    """A webhook that comes 25 hours late is answered by a message that has to wait."""
    person = bot.stranger()
    assert person.say("help", timestamp_ms=late(bot, 25)) == []
    held = person.only("utter_help")
    assert (held.state, held.decision["rule"]) == ("held", "may_wait")
    assert person.refusals() == []

    answer, released = person.say("hello")
    assert person.only("utter_greet").text == text_of(answer)
    assert held.text == text_of(released)
    assert {message["messaging_type"] for message in (answer, released)} == {"RESPONSE"}
    again = person.journal("asked_again")[-1]
    assert (again.send_id, again.data["decision"]) == (held.id, "send")
    assert again.data["why"] == "the person wrote"


def test_a_held_answer_is_dropped_where_the_same_has_just_been_said(bot: Bot) -> None:
    person = bot.stranger()
    person.say("help", timestamp_ms=late(bot, 25))
    (answer,) = person.say("help")
    first, second = person.decided("utter_help")
    assert (first.state, first.why, second.state) == ("cancelled", "superseded", "sent")
    assert text_of(answer) == second.text


def test_a_message_that_is_late_but_inside_the_window_is_answered(bot: Bot) -> None:
    person = bot.stranger()
    (answer,) = person.say("help", timestamp_ms=late(bot, 23))
    assert answer["messaging_type"] == "RESPONSE"
    assert person.only("utter_help").state == "sent"


def test_the_margin_before_the_window_closes_is_ours(bot: Bot) -> None:
    """Two minutes before the end the platform would still take it, and we no longer try."""
    person = bot.stranger()
    moment = milliseconds(bot.sim.now() - timedelta(hours=23, minutes=58))
    assert person.say("help", timestamp_ms=moment) == []
    row = person.only("utter_help")
    assert row.state == "held"
    assert "margin" in str(row.decision)
