"""Stopping, pausing, asking and leaving it: what people say that could mean more than one thing."""

from __future__ import annotations

import pytest

from .conftest import Bot, Someone, card_of, offered, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def said(person: Someone, text: str) -> str:
    """Say something and return the one text that answers it."""
    (answer,) = person.say(text)
    return text_of(answer)


# -- stopping ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complaint", "offer"),
    [
        ("how do i stop", "stop them all"),
        ("annule tout", "tout arrêter"),
    ],
)
def test_a_complaint_is_offered_something_and_stops_nothing(
    bot: Bot, complaint: str, offer: str
) -> None:
    person = bot.someone(french="arrêter" in offer)
    (answer,) = person.say(complaint)
    assert offer in text_of(answer)
    assert offered(answer) == ["/pause_alerts", "/list_alerts", "/stop_alerts"]
    assert not person.facts().stopped
    (confirmation,) = person.tap("/stop_alerts")
    assert "START" in text_of(confirmation)
    assert person.facts().stopped


def test_an_order_in_words_stops_at_once_and_a_no_is_told_how_to_come_back(bot: Bot) -> None:
    person = bot.someone()
    assert "START" in said(person, "stop sending me messages")
    assert person.facts().stopped
    assert "Write START" in said(person, "oops i did not mean that")
    assert "Write START" in said(person, "please stop"), "and nothing is confirmed again"
    assert person.facts().stopped, "only their own START takes it back"


def test_a_repeated_stop_is_met_with_silence_until_a_start(bot: Bot) -> None:
    person = bot.someone()
    assert len(person.say("STOP")) == 1
    assert person.say("STOP") == []
    assert person.say("unsubscribe") == []
    unsaid = person.decided("utter_stopped")[1:]
    assert [(row.state, row.decision["rule"]) for row in unsaid] == [
        ("refused", "stop_confirmed_once")
    ] * 2
    assert unsaid[0].decision["whose"] == "ours"
    assert person.facts().stopped
    assert len(person.say("START")) == 1
    assert len(person.say("STOP")) == 1
    assert all(row.state == "done" for row in person.turns())


def test_who_stopped_is_told_to_start_before_any_question(bot: Bot) -> None:
    person = bot.someone()
    person.say("STOP")
    assert "Write START first" in said(person, "I want to choose my alerts")
    assert "Write START first" in said(person, "tell me when it is back in stock")
    assert len(person.say("help")) == 1, "no question is open"


# -- pausing -------------------------------------------------------------------------------------


def test_a_pause_ends_when_the_person_said(bot: Bot) -> None:
    person = bot.someone()  # on Sunday, 10 May
    assert "until 11 May, 0:00" in said(person, "pause over the weekend")
    assert "until 3 June, 0:00" in said(person, "pause until 3 june")
    assert person.facts().paused_until is not None


def test_a_pause_that_cannot_be_read_is_asked_about(bot: Bot) -> None:
    person = bot.someone(french=True)
    (asked,) = person.say("pas de messages jusqu'à la rentrée")
    assert "jusqu'à quand" in text_of(asked)
    assert person.facts().paused_until is None
    (paused,) = person.tap('/pause_alerts{"duration": "1 semaine"}')
    assert "17 mai" in text_of(paused)


def test_a_word_ends_the_pause_and_says_so(bot: Bot) -> None:
    person = bot.someone()
    over, finie = "The pause is over", "La pause est finie"
    for word, told in (("START", over), ("resume", over), ("reprendre", finie)):
        person.say("pause for 2 weeks")
        assert told in said(person, word)
        assert person.facts().paused_until is None


def test_a_wish_during_a_pause_is_told_when_it_can_come(bot: Bot) -> None:
    person = bot.someone()
    person.say("pause for 2 weeks")
    person.ask_for(bot.product())
    (answer,) = person.act("notify_me")
    assert "paused until 24 May" in text_of(answer)


# -- forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", ["tell me when it is back in stock", "I want to choose alerts"])
def test_noise_is_asked_about_twice_and_then_left_with_a_person_on_offer(
    bot: Bot, opening: str
) -> None:
    person = bot.someone()
    first = said(person, opening)
    again, last = said(person, "asdfghj"), said(person, "lol")
    assert len({first, again, last}) == 3, "a different help each time"
    (left,) = person.say("blah blah blah")
    assert "nothing has changed" in text_of(left)
    assert "/human_handoff" in offered(left)
    assert (person.chosen(), person.wishes()) == (set(), [])
    assert person.decided("utter_ask_notification") == []
    assert len(person.say("what are my alerts?")) == 1, "the question is not asked again"


def test_a_bare_name_is_a_product_whatever_the_model_takes_it_for(bot: Bot) -> None:
    person = bot.someone()
    for name in ("bouilloire rouge", "nike air max 42"):
        person.say("tell me when it is back in stock")
        (answer,) = person.say(name)
        card = card_of(answer)
        assert card is not None, text_of(answer)
        assert name in card["title"]


def test_the_last_message_carries_what_an_answer_inside_a_form_offers(bot: Bot) -> None:
    person = bot.someone()
    for opening in ("tell me when it is back in stock", "I want to choose alerts"):
        person.say(opening)
        answer, question = person.say("where is my order?")
        assert set(offered(answer)) <= set(offered(question))
        assert "/human_handoff" in offered(question)
        person.say("no thanks")


def test_several_products_at_once_are_taken_one_at_a_time(bot: Bot) -> None:
    person = bot.someone()
    told, card = person.say("tell me when the red kettle and the blue mug are back")
    assert "first red kettle" in text_of(told)
    assert "blue mug" in text_of(told)
    asked = card_of(card)
    assert asked is not None
    assert asked["payload"] == "back_in_stock:red-kettle"


# -- the card ------------------------------------------------------------------------------------


def test_a_cancel_under_the_card_leaves_the_card_and_stops_nothing(bot: Bot) -> None:
    person = bot.someone()
    person.ask_for(bot.product())
    assert "nothing changes" in said(person, "cancel")
    french = bot.someone(french=True)
    french.ask_for(bot.product(), french=True)
    assert "rien ne change" in said(french, "annuler")
    assert (french.wishes(), french.facts().stopped) == ([], False)


def test_a_cancel_right_after_notify_me_was_granted_cancels_that_one_wish(bot: Bot) -> None:
    person = bot.someone()
    kept = person.ask_and_tap(bot.product())
    person.ask_and_tap(bot.product())
    assert "Cancelled" in said(person, "cancel")
    assert person.wishes() == [kept]
    french = bot.someone(french=True)
    french.ask_and_tap(bot.product(), french=True)
    assert "Annulé" in said(french, "finalement annule")
    assert french.wishes() == []


def test_a_no_thanks_right_after_notify_me_was_granted_cancels_nothing(bot: Bot) -> None:
    person = bot.someone()
    topic = person.ask_and_tap(bot.product())
    said(person, "no thanks")
    assert person.wishes() == [topic]


def test_the_card_has_a_quick_reply_to_cancel(bot: Bot) -> None:
    person = bot.someone()
    person.say("tell me when it is back in stock")
    (card,) = person.say(bot.product())
    assert offered(card) == ["/cancel_notification"]
    (answer,) = person.tap("/cancel_notification")
    assert "nothing changes" in text_of(answer)
    assert person.refusals() == []
    assert person.objections() == []


def test_a_product_is_shown_in_the_words_of_who_asked(bot: Bot) -> None:
    person = bot.someone(french=True)
    topic = person.ask_and_tap("Écharpe BLEUE", french=True)
    assert topic == "back_in_stock:echarpe-bleue"
    assert "Écharpe BLEUE" in said(person, "quelles sont mes alertes ?")
    assert "Écharpe BLEUE" in said(person, "annulez ma demande")
    assert person.wishes() == []


# -- deleting, orders ----------------------------------------------------------------------------


def test_a_question_in_between_keeps_the_deletion_open(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    person.say("what do you know about me?")
    person.tap('/privacy{"data_request": "delete"}')
    (explained,) = person.say("what happens if i say yes?")
    assert offered(explained) == ["/affirm", "/deny"]
    answer = person.say("where is my order?")
    assert offered(answer[-1]) != ["/affirm", "/deny"]
    (again,) = person.say("yes please")
    assert offered(again) == ["/affirm", "/deny"]
    assert person.chosen() == {"delivery"}, "a yes that answers no question deletes nothing"
    person.say("yes please")
    bot.wait(lambda: person.chosen() == set(), "everything to be deleted")
    (listed,) = person.say("what are my alerts?")
    assert "Your data was deleted" in text_of(listed)
    assert "/choose_alerts" in offered(listed)
    person.ask_for(bot.product())  # which needs no START: they stopped nothing


def test_an_order_without_a_number_does_not_get_an_earlier_one(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    (first,) = person.meets("EXTERNAL_order_shipped", order_id="B-77")
    assert "B-77" in text_of(first)
    (second,) = person.meets("EXTERNAL_order_shipped")
    assert text_of(second) == "An order of yours has shipped."
