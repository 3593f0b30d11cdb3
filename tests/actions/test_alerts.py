"""Choosing, seeing, stopping, pausing and resuming alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions import wiring
from actions.alerts import (
    AskAlertChoice,
    ChooseAlerts,
    ExplainAlerts,
    ListAlerts,
    PauseAlerts,
    ResumeAlerts,
    StopAlerts,
    ValidateAlertsForm,
)
from actions.turn import read_turn
from policy_guard.errors import GuardError
from policy_guard.people import Origin

DOMAIN = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text("utf-8"))
NOW = datetime(2026, 11, 22, 16, 40, tzinfo=timezone.utc)
SENT = datetime(2026, 11, 22, 16, 39, tzinfo=timezone.utc)
EVENT = {"key": "m_7", "at_ms": int(SENT.timestamp() * 1000), "psid": "psid-7", "kind": "message"}


def type_named(value: str, said: str, text: str) -> dict[str, Any]:
    start = text.index(said)
    return {"entity": "alert_type", "value": value, "start": start, "end": start + len(said)}


def test_named_types_are_chosen_and_confirmed_in_the_persons_language(people, run):
    text = "juste les livraisons et le compte"
    named = [type_named("delivery", "livraisons", text), type_named("account", "compte", text)]
    slots = run(ChooseAlerts(), text, entities=named, messenger=EVENT, language="fr")
    assert slots == {"outcome": "chosen", "alert_names": "Livraisons, Compte"}
    assert people.calls == [("choose", ("delivery", "account"), Origin("m_7", SENT))]


def test_the_confirmation_names_what_was_chosen_before_too(people, run):
    people.state = replace(people.state, alerts=("order",))
    text = "deliveries"
    slots = run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)])
    assert slots["alert_names"] == "Deliveries, Orders"


def test_a_tapped_type_is_chosen(people, run):
    named = [{"entity": "alert_type", "value": "delivery"}]
    slots = run(ChooseAlerts(), '/choose_alerts{"alert_type": "delivery"}', entities=named)
    assert slots["outcome"] == "chosen"
    assert people.state.alerts == ("delivery",)


def test_no_type_named_is_a_question(people, run):
    assert run(ChooseAlerts(), "I want alerts") == {"outcome": "ask", "misses": 0}
    assert people.calls == []


def test_a_refused_type_is_never_chosen(people, run):
    text = "no news"
    slots = run(ChooseAlerts(), text, entities=[type_named("news", "news", text)])
    assert slots == {"outcome": "ask", "misses": 0}
    assert people.calls == []


def test_back_in_stock_alone_needs_a_product(people, run):
    text = "back in stock"
    slots = run(ChooseAlerts(), text, entities=[type_named("back_in_stock", text, text)])
    assert slots == {"outcome": "needs_product"}
    assert people.calls == []


def test_back_in_stock_beside_another_type_is_said_and_not_chosen(people, run):
    slots = run(ChooseAlerts(), "back in stock and orders")
    assert slots["outcome"] == "chosen_and_product"
    assert people.state.alerts == ("order",)


def test_choosing_while_stopped_is_kept_and_does_not_start_messages_again(people, run):
    people.state = replace(people.state, stopped=True)
    text = "deliveries"
    slots = run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)])
    assert slots == {"outcome": "stopped", "alert_names": "Deliveries"}
    assert people.state.alerts == ("delivery",)
    assert people.state.stopped


def test_the_same_event_run_again_changes_nothing_twice(people, run):
    text = "deliveries"
    for _ in range(2):
        run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)], messenger=EVENT)
    assert len(people.calls) == 1


def test_a_turn_from_a_shell_has_its_own_key_and_the_stores_time(people, run):
    text = "deliveries"
    run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)])
    assert people.calls[0][2] == Origin("sender:m-shell", NOW)


@pytest.mark.parametrize(
    ("language", "first"), [("en", "Deliveries"), ("fr", "Livraisons"), (None, "Deliveries")]
)
def test_the_question_has_a_quick_reply_per_type_in_the_persons_language(
    people, make_turn, language, first
):
    dispatcher = CollectingDispatcher()
    AskAlertChoice().run(dispatcher, make_turn("choose", language=language), DOMAIN)
    (message,) = dispatcher.messages
    assert message["response"] == "utter_ask_alert_choice"
    replies = message["quick_replies"]
    assert replies[0] == {"title": first, "payload": '/choose_alerts{"alert_type": "delivery"}'}
    assert [r["payload"] for r in replies if "alert_type" not in r["payload"]] == [
        "/request_notification",
        "/explain",
    ]
    assert len(replies) == len(people.catalogue.types) + 1
    assert all(len(r["title"]) <= 20 for r in replies)


def test_the_question_never_has_more_quick_replies_than_the_platform_shows(people, make_turn):
    kinds = people.catalogue.types
    many = tuple(replace(kinds[0], id=f"type_{n}") for n in range(13))
    people.catalogue = replace(people.catalogue, types=many)
    dispatcher = CollectingDispatcher()
    AskAlertChoice().run(dispatcher, make_turn("choose"), DOMAIN)
    assert len(dispatcher.messages[0]["quick_replies"]) == 13


def test_the_alerts_are_explained_in_the_words_of_the_catalogue(people, make_turn):
    dispatcher = CollectingDispatcher()
    ExplainAlerts().run(dispatcher, make_turn("c'est quoi", language="fr"), DOMAIN)
    (message,) = dispatcher.messages
    lines = message["alert_list"].splitlines()
    assert lines[0] == "Livraisons : quand votre colis part et quand il arrive"
    assert len(lines) == len(people.catalogue.types)


@pytest.mark.parametrize(
    ("text", "named", "kept"),
    [
        ("deliveries and orders", ["delivery", "order"], "delivery,order"),
        ("all of them", [], "delivery,order,account,event,news"),
        ("hm dunno", [], None),
        ("not the news", ["news"], None),
    ],
)
def test_an_answer_counts_where_it_names_an_alert_type(people, make_turn, text, named, kept):
    """Whatever the model takes it for: in the middle of the question it is an answer."""
    entities = [{"entity": "alert_type", "value": v, "start": text.find(v)} for v in named]
    turn = make_turn(text, "out_of_scope", entities, requested_slot="alert_choice")
    found = ValidateAlertsForm().validate_alert_choice(text, CollectingDispatcher(), turn, DOMAIN)
    assert found == ({"alert_choice": kept} if kept else {"alert_choice": None, "misses": 1})


def test_the_list_says_what_is_chosen_and_waited_for(people, run):
    people.state = replace(people.state, alerts=("order", "delivery"))
    people.wish("back_in_stock:sku-42", "back_in_stock:blue-jacket")
    slots = run(ListAlerts(), "my alerts", language="en")
    assert slots == {
        "outcome": "listed_waiting",
        "alert_names": "Deliveries, Orders",
        "waiting_for": "sku-42, blue jacket",
    }


@pytest.mark.parametrize(
    ("alerts", "wishes", "outcome"),
    [
        (("order",), (), "listed"),
        ((), ("back_in_stock:sku-42",), "waiting"),
        ((), (), "nothing"),
    ],
)
def test_the_list_tells_alerts_from_requests(people, run, alerts, wishes, outcome):
    people.state = replace(people.state, alerts=alerts)
    people.wish(*wishes)
    assert run(ListAlerts(), "my alerts")["outcome"] == outcome


def test_the_list_says_first_that_everything_is_stopped(people, run):
    people.state = replace(people.state, alerts=("order",), stopped=True, paused_until=NOW)
    assert run(ListAlerts(), "my alerts")["outcome"] == "stopped"


def test_the_list_says_first_that_everything_is_paused(people, run):
    until = NOW + timedelta(days=1)
    people.state = replace(people.state, alerts=("order",), paused_until=until)
    slots = run(ListAlerts(), "mes alertes", language="fr")
    assert slots["outcome"] == "paused"
    assert slots["paused_until"] == "23 novembre à 16 h 40"
    assert slots["alert_names"] == "Commandes"


def test_a_named_type_is_dropped_and_the_rest_stays(people, run):
    people.state = replace(people.state, alerts=("order", "news"))
    text = "stop the promos"
    slots = run(StopAlerts(), text, "stop_alerts", [type_named("news", "promos", text)])
    assert slots["outcome"] == "dropped"
    assert slots["alert_names"] == "News and offers"
    assert people.state.alerts == ("order",)
    assert not people.state.stopped


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("turn off everything except orders", "orders"),
        ("remove all but orders", "orders"),
        ("arrête tout sauf les commandes", "commandes"),
    ],
)
def test_everything_but_one_type_stops_the_others_and_keeps_that_one(people, run, text, word):
    people.state = replace(people.state, alerts=("delivery", "order", "news"))
    people.wish("back_in_stock:sku-42")
    slots = run(StopAlerts(), text, "stop_alerts", [type_named("order", word, text)])
    assert slots["outcome"] == "dropped"
    assert slots["alert_names"] == "Deliveries, Back in stock, News and offers"
    assert people.state.alerts == ("order",)
    assert people.state.wishes == ()
    assert not people.state.stopped


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("only orders from now on", "orders"),
        ("garde juste les commandes", "commandes"),
        ("I just want orders", "orders"),
    ],
)
def test_only_one_type_lets_go_of_the_others(people, run, text, word):
    people.state = replace(people.state, alerts=("delivery", "order", "news"))
    slots = run(ChooseAlerts(), text, entities=[type_named("order", word, text)])
    assert slots == {"outcome": "chosen", "alert_names": "Orders"}
    assert people.state.alerts == ("order",)


@pytest.mark.parametrize("text", ["just add orders", "I only want orders too", "orders please"])
def test_what_is_added_lets_go_of_nothing(people, run, text):
    people.state = replace(people.state, alerts=("delivery",))
    slots = run(ChooseAlerts(), text, entities=[type_named("order", "orders", text)])
    assert slots["outcome"] == "chosen"
    assert set(people.state.alerts) == {"delivery", "order"}


def test_one_type_in_the_place_of_another_is_a_swap(people, run):
    people.state = replace(people.state, alerts=("delivery", "event"))
    text = "account instead of events"
    named = [type_named("account", "account", text), type_named("event", "events", text)]
    slots = run(ChooseAlerts(), text, entities=named)
    assert slots["outcome"] == "chosen"
    assert set(people.state.alerts) == {"delivery", "account"}


def test_dropping_a_type_that_was_not_chosen_says_so(people, run):
    people.state = replace(people.state, alerts=("order",))
    text = "no more news"
    slots = run(StopAlerts(), text, "stop_alerts", [type_named("news", "news", text)])
    assert slots["outcome"] == "not_chosen"
    assert slots["alert_names"] == "News and offers"
    assert people.state.alerts == ("order",)


def test_stopping_back_in_stock_takes_back_what_was_asked(people, run):
    people.wish("back_in_stock:sku-42")
    text = "stop back in stock alerts"
    named = [type_named("back_in_stock", "back in stock", text)]
    assert run(StopAlerts(), text, "stop_alerts", named)["outcome"] == "dropped"
    assert people.state.wishes == ()


def test_no_type_named_stops_everything(people, run):
    slots = run(StopAlerts(), "leave me alone", "stop_alerts")
    assert slots["outcome"] == "stopped"
    assert people.state.stopped


@pytest.mark.parametrize("text", ["c'est trop là", "too many messages", "how do i stop"])
def test_a_complaint_stops_nothing_and_is_offered_something(people, run, text):
    slots = run(StopAlerts(), text, "stop_alerts")
    assert slots == {"outcome": "offer", "open_question": "none"}
    assert people.calls == []


def test_who_complains_on_after_the_offer_is_asked_plainly(people, run):
    slots = run(StopAlerts(), "c'est trop là", "stop_alerts", lately=["utter_offer_less"])
    assert slots == {"outcome": "ask", "open_question": "stop"}
    assert people.calls == []


def test_an_order_after_the_offer_stops_at_once(people, run):
    slots = run(StopAlerts(), "stop it", "stop_alerts", lately=["utter_offer_less"])
    assert slots["outcome"] == "stopped"
    assert people.state.stopped


@pytest.mark.parametrize("text", ["stop please", "annuler", "c'est trop là"])
def test_who_has_stopped_is_told_how_to_come_back_and_confirmed_no_second_time(people, run, text):
    people.state = replace(people.state, stopped=True)
    slots = run(StopAlerts(), text, "stop_alerts", lately=["utter_stopped"])
    assert slots == {"outcome": "is_stopped", "open_question": "none"}
    assert people.calls == []


def test_a_stop_that_is_run_again_is_still_confirmed(people, run):
    for _ in range(2):
        slots = run(StopAlerts(), "stop please", "stop_alerts", messenger=EVENT)
        assert slots["outcome"] == "stopped"
    assert [call[0] for call in people.calls] == ["stop_all"]


def test_a_cancel_under_the_card_never_stops_everything(people, run):
    """The model takes "annuler" for a stop; under a card it means the card."""
    topic, names = "back_in_stock:echarpe", {"back_in_stock:echarpe": "Écharpe"}
    about = {"notification_topic": topic, "product_names": names}
    lately = ["utter_ask_notification"]
    slots = run(StopAlerts(), "annuler", "stop_alerts", lately=lately, **about)
    assert slots == {"outcome": "card_left", "open_question": "none", "product": "Écharpe"}
    assert people.calls == []


def test_who_stopped_is_not_asked_what_they_want_to_hear(people, run):
    people.state = replace(people.state, stopped=True)
    assert run(ChooseAlerts(), "choose alerts") == {"outcome": "start_first", "misses": 0}


def test_who_was_forgotten_may_choose_again(people, run):
    people.state = replace(people.state, stopped=True, forgotten=True)
    assert run(ChooseAlerts(), "choose alerts")["outcome"] == "ask"


def test_after_a_deletion_the_list_says_that_nothing_is_kept(people, run):
    people.state = replace(people.state, stopped=True, forgotten=True)
    assert run(ListAlerts(), "my alerts")["outcome"] == "nothing_kept"


@pytest.mark.parametrize(
    ("misses", "found"),
    [
        (0, {"alert_choice": None, "misses": 1}),
        (1, {"alert_choice": None, "misses": 2}),
        (2, {"alert_choice": None, "misses": 3, "requested_slot": None}),
    ],
)
def test_noise_is_asked_about_twice_and_then_left(people, make_turn, misses, found):
    turn = make_turn("asdf", "out_of_scope", misses=misses, requested_slot="alert_choice")
    form = ValidateAlertsForm()
    assert form.validate_alert_choice("asdf", CollectingDispatcher(), turn, DOMAIN) == found


def test_what_is_left_of_an_earlier_answer_is_no_miss(people, make_turn):
    turn = make_turn("I want to choose my alerts", "choose_alerts")
    form = ValidateAlertsForm()
    found = form.validate_alert_choice("delivery", CollectingDispatcher(), turn, DOMAIN)
    assert found == {"alert_choice": None}


def test_a_question_that_was_left_stores_nothing(people, run):
    slots = run(ChooseAlerts(), "asdf", "out_of_scope", misses=3)
    assert slots == {"outcome": "gave_up", "misses": 0}
    assert people.calls == []


def test_who_asks_to_choose_again_is_asked_again_whatever_was_left_before(people, run):
    assert run(ChooseAlerts(), "choose alerts", misses=3) == {"outcome": "ask", "misses": 0}


def test_the_question_is_asked_in_other_words_each_time(people, make_turn):
    asked = []
    for misses in range(3):
        dispatcher = CollectingDispatcher()
        AskAlertChoice().run(dispatcher, make_turn("x", misses=misses), DOMAIN)
        asked.append(dispatcher.messages[0]["response"])
    assert asked == [
        "utter_ask_alert_choice",
        "utter_ask_alert_choice_again",
        "utter_ask_alert_choice_last",
    ]


def test_the_question_carries_what_an_answer_before_it_offered(people, make_turn):
    """Messenger shows the quick replies of the last message alone."""
    person = {"title": "Ask a person", "payload": "/human_handoff", "content_type": "text"}
    again = {"title": "Why?", "payload": "/explain"}
    dispatcher = CollectingDispatcher()
    turn = make_turn("where is my order", said=[{"quick_replies": [person, again]}, {}])
    AskAlertChoice().run(dispatcher, turn, DOMAIN)
    offered = [reply["payload"] for reply in dispatcher.messages[0]["quick_replies"]]
    assert offered[-2:] == ["/explain", "/human_handoff"]
    assert len(offered) == len(set(offered))


def test_a_pause_whose_end_cannot_be_read_is_asked_about_and_nothing_is_paused(people, run):
    slots = run(PauseAlerts(), "pause until my holidays are over", "pause_alerts")
    assert slots == {"outcome": "when"}
    assert people.calls == []


def test_a_pause_until_a_date_ends_as_it_begins_on_the_persons_clock(people, run):
    people.zone = ZoneInfo("Europe/Paris")
    slots = run(PauseAlerts(), "pause jusqu'au 3 mai", "pause_alerts", language="fr")
    assert slots == {"outcome": "paused", "paused_until": "3 mai à 0 h"}
    assert people.state.paused_until == datetime(2027, 5, 2, 22, tzinfo=timezone.utc)


def test_a_tapped_duration_is_the_pause(people, run):
    tapped = [{"entity": "duration", "value": "1 jour"}]
    run(PauseAlerts(), '/pause_alerts{"duration": "1 jour"}', "pause_alerts", tapped)
    assert people.state.paused_until == NOW + timedelta(days=1)


def test_the_word_start_ends_a_pause(people, run):
    people.state = replace(people.state, paused_until=NOW + timedelta(days=7))
    assert run(ResumeAlerts(), "", "EXTERNAL_start") == {"outcome": "resumed"}
    assert people.state.paused_until is None


def test_an_unsure_stop_is_asked_about(people, run):
    slots = run(StopAlerts(), "hm stop that thing", "stop_alerts", confidence=0.4)
    assert slots == {"outcome": "ask", "open_question": "stop"}
    assert not people.state.stopped


def test_a_yes_to_the_question_stops_everything_however_unsure_the_model_is(people, run):
    slots = run(StopAlerts(), "yes all the news", "affirm", confidence=0.3)
    assert slots == {"outcome": "stopped", "open_question": "none"}
    assert people.state.stopped


@pytest.mark.parametrize(
    ("action", "intent", "left"),
    [(StopAlerts, "stop_alerts", True), (ListAlerts, "list_alerts", False)],
)
def test_who_stops_everything_is_not_asked_the_open_question_again(
    people, make_turn, action, intent, left
):
    turn = make_turn("leave me alone", intent, active_loop="notification_form")
    events = action().run(CollectingDispatcher(), turn, DOMAIN)
    assert ("active_loop" in [event["event"] for event in events]) is left


def test_a_tapped_stop_is_never_doubted(people, run):
    slots = run(StopAlerts(), "/stop_alerts", "stop_alerts", confidence=0.0)
    assert slots["outcome"] == "stopped"


def test_a_pause_runs_from_the_events_own_time(people, run):
    slots = run(PauseAlerts(), "pause for 2 days", "pause_alerts", messenger=EVENT)
    assert slots == {"outcome": "paused", "paused_until": "24 November, 16:39"}
    assert people.state.paused_until == SENT + timedelta(days=2)


def test_a_tapped_pause_lasts_a_week(people, run):
    run(PauseAlerts(), "/pause_alerts", "pause_alerts")
    assert people.state.paused_until == NOW + timedelta(days=7)


def test_a_pause_ends_when_it_is_resumed(people, run):
    people.state = replace(people.state, paused_until=NOW + timedelta(days=7))
    assert run(ResumeAlerts(), "resume", "resume_alerts") == {"outcome": "resumed"}
    assert people.state.paused_until is None


def test_resuming_what_is_not_paused_says_so(people, run):
    assert run(ResumeAlerts(), "resume", "resume_alerts") == {"outcome": "not_paused"}


def test_who_changes_their_mind_loses_what_they_refuse_and_keeps_the_rest(people, run):
    people.state = replace(people.state, alerts=("delivery", "news"))
    text = "finalement pas les promos"
    slots = run(ChooseAlerts(), text, entities=[type_named("news", "promos", text)])
    assert slots == {"outcome": "dropped", "alert_names": "News and offers"}
    text = "orders but no deliveries"
    named = [type_named("order", "orders", text), type_named("delivery", "deliveries", text)]
    slots = run(ChooseAlerts(), text, entities=named, messenger=EVENT)
    assert slots == {"outcome": "chosen", "alert_names": "Orders"}


def test_choosing_what_is_there_already_says_so(people, run):
    people.state = replace(people.state, alerts=("delivery", "order"))
    text = "deliveries"
    slots = run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)])
    assert slots == {"outcome": "chosen_already", "alert_names": "Deliveries, Orders"}


def test_refusing_what_one_has_is_an_answer_to_the_question(people, make_turn):
    people.state = replace(people.state, alerts=("news",))
    turn = make_turn("not the news", "choose_alerts", [type_named("news", "news", "not the news")])
    found = ValidateAlertsForm().validate_alert_choice("x", CollectingDispatcher(), turn, DOMAIN)
    assert found == {"alert_choice": "news"}


def test_a_turn_that_runs_again_still_says_that_it_was_chosen(people, run):
    """A turn that is killed after its choice runs again; the choice is there by then."""
    text = "deliveries"
    for _ in range(2):
        named = [type_named("delivery", text, text)]
        slots = run(ChooseAlerts(), text, entities=named, messenger=EVENT)
        assert slots["outcome"] == "chosen"


def test_choosing_during_a_pause_says_until_when_nothing_comes(people, run):
    people.state = replace(people.state, paused_until=NOW + timedelta(days=1))
    text = "deliveries"
    slots = run(ChooseAlerts(), text, entities=[type_named("delivery", text, text)])
    assert slots["outcome"] == "chosen_paused"
    assert slots["paused_until"] == "23 November, 16:40"


def test_a_pause_is_told_and_named_days_begin_on_the_persons_own_clock(people, run):
    people.zone = ZoneInfo("Europe/Paris")
    slots = run(PauseAlerts(), "pause until tomorrow", "pause_alerts")
    assert slots["paused_until"] == "23 November, 0:00"
    assert people.state.paused_until == datetime(2026, 11, 22, 23, tzinfo=timezone.utc)


def test_resuming_does_not_undo_a_stop(people, run):
    people.state = replace(people.state, stopped=True)
    assert run(ResumeAlerts(), "resume", "resume_alerts") == {"outcome": "stopped"}
    assert people.state.stopped


@pytest.mark.parametrize(
    "action", [ChooseAlerts, ListAlerts, StopAlerts, PauseAlerts, ResumeAlerts]
)
def test_a_store_that_cannot_be_used_is_said_and_never_raised(people, run, action):
    people.broken = True
    assert run(action(), "orders", "stop_alerts") == {"outcome": "unavailable"}


def test_the_question_is_not_asked_without_a_store(monkeypatch, make_turn):
    def closed() -> None:
        raise GuardError("the store cannot be opened")

    monkeypatch.setattr(wiring, "people", closed)
    dispatcher = CollectingDispatcher()
    assert AskAlertChoice().run(dispatcher, make_turn("x"), DOMAIN) == []
    assert [message["response"] for message in dispatcher.messages] == ["utter_unavailable"]


def test_the_messenger_event_names_the_person(make_turn):
    assert read_turn(make_turn("x", messenger=EVENT)).psid == "psid-7"
    assert read_turn(make_turn("x")).psid == "sender"


@pytest.mark.parametrize("at_ms", [None, "soon", True, 1.5])
def test_an_event_without_a_usable_time_takes_the_stores(make_turn, at_ms):
    turn = read_turn(make_turn("x", messenger={"key": "m_1", "at_ms": at_ms}))
    assert turn.origin(NOW) == Origin("m_1", NOW)


def test_what_two_extractors_found_counts_once(make_turn):
    twice = [{"entity": "product", "value": "sku-42", "start": 3, "end": 9}] * 2
    assert len(read_turn(make_turn("the sku-42", entities=twice)).entities) == 1


def test_every_action_of_the_domain_is_registered(people):
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == {
        "action_remember_language",
        "action_switch_language",
        "action_choose_alerts",
        "action_ask_alert_choice",
        "action_explain_alerts",
        "action_ask_product",
        "action_take_yes",
        "action_take_no",
        "action_take_wish",
        "action_explain",
        "action_tell_back_in_stock",
        "action_tell_order_shipped",
        "action_ask_notification",
        "action_remember_place",
        "validate_alerts_form",
        "action_list_alerts",
        "action_stop_alerts",
        "action_pause_alerts",
        "action_resume_alerts",
        "action_new_request",
        "action_request_notification",
        "action_cancel_notification",
        "action_remind_me",
        "action_explain_privacy",
        "action_delete_data",
        "action_default_ask_affirmation",
        "action_hand_over",
        "action_tell_hours",
        "action_validate_slot_mappings",
        "validate_notification_form",
    }
