"""Being told once that a product is back, and reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.alerts import ListAlerts
from actions.notifications import (
    MOST_NAMES,
    AskNotification,
    AskProduct,
    CancelNotification,
    NewRequest,
    RequestNotification,
    TakeWish,
    TellBackInStock,
    TellOrderShipped,
    ValidateNotificationForm,
)
from actions.reminders import USUAL_DELAY, RemindMe

NOW = datetime(2026, 11, 22, 16, 40, tzinfo=timezone.utc)


def product_named(said: str) -> list[dict[str, Any]]:
    return [{"entity": "product", "value": said, "start": 0, "end": len(said)}]


def test_a_new_request_forgets_the_product_of_the_last(people, run):
    slots = run(NewRequest(), "tell me when it's back", "request_notification", product="sofa")
    assert slots == {"product": None, "misses": 0, "notification_type": "back_in_stock"}


def test_a_request_that_names_its_product_keeps_it(people, run):
    named = product_named("the lamp")
    slots = run(NewRequest(), "the lamp", "request_notification", named, product="the lamp")
    assert slots == {"misses": 0, "notification_type": "back_in_stock"}


def test_a_request_for_another_one_time_type_has_a_topic_of_its_own(people, run):
    first = next(kind for kind in people.catalogue.types if kind.id == "back_in_stock")
    titles = (("en", "Price drops"), ("fr", "Baisses de prix"))
    other = replace(first, id="price_drop", titles=titles)
    people.catalogue = replace(people.catalogue, types=(*people.catalogue.types, other))
    tapped = [{"entity": "alert_type", "value": "price_drop"}]
    slots = run(NewRequest(), "/request_notification", "request_notification", tapped)
    assert slots["notification_type"] == "price_drop"
    slots = run(RequestNotification(), "SKU 7", product="SKU 7", notification_type="price_drop")
    assert slots["notification_topic"] == "price_drop:sku-7"


@pytest.mark.parametrize("said", ["sku-42", "SKU 42"])
def test_an_allowed_request_sets_topic_and_name_for_the_card(people, run, said):
    slots = run(RequestNotification(), said, "request_notification", product=said)
    assert slots == {
        "outcome": "allowed",
        "open_question": "notify",
        "notification_topic": "back_in_stock:sku-42",
        "product": said,
        "product_names": {"back_in_stock:sku-42": said},
    }
    assert people.calls == [("may_ask_to_notify", "back_in_stock:sku-42")]


def test_a_long_name_is_shortened_for_the_card_and_the_topic_keeps_it_all(people, run):
    name = "the handmade blue winter jacket with four pockets"
    slots = run(RequestNotification(), name, "request_notification", product=name)
    assert slots["product"] == "the handmade blue winter jacket with…"
    assert slots["notification_topic"].endswith(":handmade-blue-winter-jacket-with-four-pockets")


def test_a_request_the_platform_does_not_allow_is_not_made(people, run):
    people.allowed = (False, "one-time notifications are not offered in this region")
    slots = run(RequestNotification(), "sku-42", "request_notification", product="sku-42")
    assert slots["outcome"] == "refused"


def test_a_product_that_is_already_waited_for_is_not_asked_twice(people, run):
    people.wish("back_in_stock:sku-42")
    slots = run(RequestNotification(), "SKU 42", "request_notification", product="SKU 42")
    assert slots["outcome"] == "already"
    assert people.calls == []


def test_what_was_asked_and_not_answered_is_not_asked_a_second_time(people, run):
    people.asked.add("back_in_stock:sku-42")
    slots = run(RequestNotification(), "SKU 42", "request_notification", product="SKU 42")
    assert (slots["outcome"], slots["open_question"]) == ("asked", "notify")
    assert people.calls == []
    other = run(RequestNotification(), "SKU 43", "request_notification", product="SKU 43")
    assert other["outcome"] == "allowed"


def told(make_turn: Any, product: str) -> list[dict[str, Any]]:
    dispatcher = CollectingDispatcher()
    turn = make_turn("", "EXTERNAL_back_in_stock", product=product)
    assert TellBackInStock().run(dispatcher, turn, {}) == []
    return list(dispatcher.messages)


DOMAIN = {"responses": {"utter_ask_notification": [], "utter_ask_notification_price_drop": []}}


@pytest.mark.parametrize(
    ("type_id", "outcome"),
    [("price_drop", "allowed_own_words"), ("back_in_stock", "allowed"), (None, "allowed")],
)
def test_the_card_is_in_the_words_of_its_type_where_there_are_any(
    people, make_turn, type_id, outcome
):
    turn = make_turn("SKU 7", product="SKU 7", notification_type=type_id)
    events = RequestNotification().run(CollectingDispatcher(), turn, DOMAIN)
    slots = {event["name"]: event["value"] for event in events}
    assert slots["outcome"] == outcome


def test_a_card_with_words_of_its_own_is_found_by_its_types_name(make_turn):
    dispatcher = CollectingDispatcher()
    AskNotification().run(dispatcher, make_turn("", notification_type="price_drop"), DOMAIN)
    said = [message["response"] for message in dispatcher.messages]
    assert said == ["utter_ask_notification_price_drop"]


def test_a_shops_event_tells_who_asked_with_the_topic_of_the_wish(people, make_turn):
    people.wish("back_in_stock:blue-jacket")
    (message,) = told(make_turn, "the blue jacket")
    assert message["response"] == "utter_back_in_stock"
    assert message["messenger"] == {"topic": "back_in_stock:blue-jacket"}


def test_a_shops_event_tells_nobody_who_did_not_ask(people, make_turn):
    people.wish("back_in_stock:lamp")
    assert told(make_turn, "the blue jacket") == []
    people.broken = True
    assert told(make_turn, "lamp") == []


def test_a_person_who_stopped_is_told_so_instead(people, run):
    people.state = replace(people.state, stopped=True)
    slots = run(RequestNotification(), "sku-42", "request_notification", product="sku-42")
    assert slots["outcome"] == "stopped"
    assert people.calls == []


def test_a_request_without_a_product_is_not_made(people, run):
    assert run(RequestNotification(), "x", "request_notification") == {"outcome": "unavailable"}
    assert people.calls == []


def test_a_request_without_a_store_is_said_to_be_impossible_now(people, run):
    people.broken = True
    slots = run(RequestNotification(), "sku-42", "request_notification", product="sku-42")
    assert slots == {"outcome": "unavailable"}


def test_without_a_name_every_request_is_cancelled_and_named(people, run):
    people.wish("back_in_stock:sku-42", "back_in_stock:blue-jacket")
    slots = run(CancelNotification(), "cancel my requests", "cancel_notification")
    assert slots == {"outcome": "cancelled", "waiting_for": "sku-42, blue jacket"}
    assert people.state.wishes == ()


@pytest.mark.parametrize("said", ["SKU 42", "sku-42"])
def test_a_named_request_is_cancelled_alone(people, run, said):
    people.wish("back_in_stock:sku-42", "back_in_stock:sku-43")
    slots = run(CancelNotification(), said, "cancel_notification", product_named(said))
    assert slots == {"outcome": "cancelled", "waiting_for": "sku-42"}
    assert [w.topic for w in people.state.wishes] == ["back_in_stock:sku-43"]


def test_a_part_of_the_name_is_enough(people, run):
    people.wish("back_in_stock:blue-winter-jacket", "back_in_stock:lamp")
    named = product_named("the jacket")
    slots = run(CancelNotification(), "the jacket", "cancel_notification", named)
    assert slots["waiting_for"] == "blue winter jacket"


def test_another_product_cancels_nothing(people, run):
    people.wish("back_in_stock:sku-42")
    named = product_named("the sofa")
    slots = run(CancelNotification(), "the sofa", "cancel_notification", named)
    assert slots == {"outcome": "not_waiting", "waiting_for": "sku-42"}
    assert len(people.state.wishes) == 1


def test_nothing_to_cancel_is_said(people, run):
    assert run(CancelNotification(), "cancel", "cancel_notification") == {"outcome": "nothing"}
    assert people.calls == []


@pytest.mark.parametrize(("said", "kept"), [(" «the sofa» ", "the sofa"), ("😀", None)])
def test_the_form_takes_a_name_or_asks_again(people, make_turn, said, kept):
    form = ValidateNotificationForm()
    turn = make_turn(said, requested_slot="product")
    found = form.validate_product(said, CollectingDispatcher(), turn, {})
    assert found == ({"product": kept} if kept else {"product": None, "misses": 1})


@pytest.mark.parametrize("said", ["asdf", "what's the weather like today", "lol"])
def test_noise_is_no_product_and_is_left_after_two_more_questions(people, make_turn, said):
    form, misses = ValidateNotificationForm(), []
    for count in range(3):
        turn = make_turn(said, "out_of_scope", misses=count, requested_slot="product")
        misses.append(form.validate_product(said, CollectingDispatcher(), turn, {}))
    assert misses == [
        {"product": None, "misses": 1},
        {"product": None, "misses": 2},
        {"product": None, "misses": 3, "requested_slot": None},
    ]


def test_a_yes_is_no_product(people, make_turn):
    turn = make_turn("yes please", "affirm", requested_slot="product")
    form = ValidateNotificationForm()
    found = form.validate_product("yes please", CollectingDispatcher(), turn, {})
    assert found == {"product": None, "misses": 1}


def test_a_product_that_the_model_knows_is_one_in_any_sentence(people, make_turn):
    said = "do you have the red kettle?"
    named = [{"entity": "product", "value": "red kettle", "start": 16, "end": 26}]
    turn = make_turn(said, "out_of_scope", named)
    form = ValidateNotificationForm()
    found = form.validate_product("red kettle", CollectingDispatcher(), turn, {})
    assert found == {"product": "red kettle"}


def test_a_product_that_was_not_named_in_the_end_is_left_with_nothing_asked(people, run):
    slots = run(RequestNotification(), "asdf", "out_of_scope", misses=3)
    assert slots == {"outcome": "gave_up", "misses": 0}
    assert people.calls == []


def asks(make_turn: Any, domain: Any = None, **about: Any) -> tuple[Any, Any]:
    dispatcher = CollectingDispatcher()
    events = AskProduct().run(dispatcher, make_turn("x", **about), domain or {})
    return events, dispatcher.messages


def test_the_question_which_product_is_asked_in_other_words_each_time(people, make_turn):
    said = [asks(make_turn, misses=misses)[1][0]["response"] for misses in range(3)]
    assert said == ["utter_ask_product", "utter_ask_product_again", "utter_ask_product_last"]


def test_the_question_which_product_carries_what_was_offered_before_it(people, make_turn):
    domain = {
        "responses": {
            "utter_ask_product": [{"quick_replies": [{"title": "Cancel", "payload": "/deny"}]}]
        }
    }
    person = {"title": "Ask a person", "payload": "/human_handoff"}
    _, (message,) = asks(make_turn, domain, said=[{"quick_replies": [person]}])
    assert message["quick_replies"] == [{"title": "Cancel", "payload": "/deny"}, person]


def test_who_stopped_is_not_asked_for_a_product(people, make_turn, run):
    people.state = replace(people.state, stopped=True)
    events, messages = asks(make_turn)
    assert [(e["name"], e["value"]) for e in events] == [("requested_slot", None)]
    assert messages == []
    assert run(RequestNotification(), "x", "request_notification") == {"outcome": "stopped"}


def test_several_products_are_taken_one_at_a_time_and_the_person_is_told(people, make_turn):
    dispatcher = CollectingDispatcher()
    said = "tell me when the red kettle and the Blue Mug are back"
    named = [
        {"entity": "product", "value": value, "start": said.index(value), "end": 0}
        for value in ("red kettle", "Blue Mug")
    ]
    turn = make_turn(said, "request_notification", named)
    found = ValidateNotificationForm().validate_product("Blue Mug", dispatcher, turn, {})
    assert found == {"product": "red kettle"}
    (message,) = dispatcher.messages
    assert message["response"] == "utter_one_at_a_time"
    assert "Blue Mug" in str(message)


def test_a_product_found_twice_is_one(people, make_turn):
    dispatcher = CollectingDispatcher()
    twice = [*product_named("SKU 12"), {"entity": "product", "value": "sku-12", "start": 9}]
    turn = make_turn("SKU 12 the sku-12", "request_notification", twice)
    found = ValidateNotificationForm().validate_product("sku-12", dispatcher, turn, {})
    assert found == {"product": "SKU 12"}
    assert dispatcher.messages == []


def test_a_product_is_listed_and_cancelled_in_the_words_of_who_asked(people, run):
    asked = run(RequestNotification(), "Écharpe BLEUE", product="Écharpe BLEUE")
    topic = asked["notification_topic"]
    people.wish(topic)
    names = asked["product_names"]
    assert names == {"back_in_stock:echarpe-bleue": "Écharpe BLEUE"}
    listed = run(ListAlerts(), "my alerts", "list_alerts", product_names=names)
    assert listed["waiting_for"] == "Écharpe BLEUE"
    gone = run(CancelNotification(), "cancel it", "cancel_notification", product_names=names)
    assert gone == {"outcome": "cancelled", "waiting_for": "Écharpe BLEUE"}


def test_no_more_names_are_remembered_than_are_of_use(people, run):
    names = {f"back_in_stock:thing-{n}": f"Thing {n}" for n in range(MOST_NAMES)}
    slots = run(RequestNotification(), "x", product="Lamp", product_names=names)
    assert len(slots["product_names"]) == MOST_NAMES
    assert slots["product_names"]["back_in_stock:lamp"] == "Lamp"


CARD_SHOWN = {"notification_topic": "back_in_stock:lamp", "lately": ["utter_ask_notification"]}
LEFT = {"outcome": "card_left", "open_question": "none", "product": "lamp"}


def test_a_cancel_under_the_card_leaves_it_and_what_waits_besides(people, run):
    people.wish("back_in_stock:sku-42")
    assert run(CancelNotification(), "cancel", "cancel_notification", **CARD_SHOWN) == LEFT
    assert len(people.state.wishes) == 1


def test_a_cancel_after_other_words_still_means_the_card_that_stands(people, run):
    people.asked.add("back_in_stock:lamp")
    later = {**CARD_SHOWN, "lately": ["utter_help", "utter_ask_notification"]}
    assert run(CancelNotification(), "cancel", "cancel_notification", **later) == LEFT
    people.asked.clear()
    nothing = {"outcome": "nothing"}
    assert run(CancelNotification(), "cancel", "cancel_notification", **later) == nothing


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ({}, "granted"),
        ({"paused_until": NOW + timedelta(days=1)}, "granted_paused"),
        ({"stopped": True}, "granted_stopped"),
    ],
)
def test_a_tap_on_the_card_promises_a_message_only_where_one_can_come(people, run, state, outcome):
    people.state = replace(people.state, **state)
    slots = run(TakeWish(), "", "EXTERNAL_one_time_notification_optin", language="fr")
    assert slots["outcome"] == outcome
    shown = "23 novembre à 16 h 40" if outcome == "granted_paused" else None
    assert slots.get("paused_until") == shown


def test_an_order_without_a_number_never_has_the_number_of_an_earlier_one(make_turn):
    numbered = [{"entity": "order_id", "value": "B-1"}]
    for entities, response, events in (
        (numbered, "utter_order_shipped", 0),
        ([], "utter_order_shipped_unnumbered", 1),
    ):
        dispatcher = CollectingDispatcher()
        turn = make_turn("", "EXTERNAL_order_shipped", entities, order_id="B-1")
        done = TellOrderShipped().run(dispatcher, turn, {})
        assert [message["response"] for message in dispatcher.messages] == [response]
        assert [(e["name"], e["value"]) for e in done] == [("order_id", None)] * events


class Stopped:
    def now(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("entities", "delay"),
    [
        ([{"entity": "duration", "value": "2s"}], timedelta(seconds=2)),
        ([{"entity": "duration", "value": "soon"}], USUAL_DELAY),
        ([], USUAL_DELAY),
    ],
)
def test_a_reminder_is_due_after_the_duration(make_turn, entities, delay):
    action = RemindMe()
    action.clock = Stopped()
    events = action.run(CollectingDispatcher(), make_turn("", "EXTERNAL_remind_me", entities), {})
    (reminder,) = (e for e in events if e["event"] == "reminder")
    assert reminder["intent"] == "EXTERNAL_reminder"
    assert datetime.fromisoformat(reminder["date_time"]) == NOW + delay
    assert reminder["kill_on_user_msg"] is False


def test_two_people_have_two_reminders(make_turn):
    names = set()
    for psid in ("psid-1", "psid-2"):
        turn = make_turn("", "EXTERNAL_remind_me", messenger={"psid": psid, "key": "same"})
        events = RemindMe().run(CollectingDispatcher(), turn, {})
        names.update(e["name"] for e in events if e["event"] == "reminder")
    assert len(names) == 2
