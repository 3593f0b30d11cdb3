"""Choosing, seeing, stopping, pausing and resuming alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions import wiring
from actions.alerts import (
    ChooseAlerts,
    ListAlerts,
    OfferAlerts,
    PauseAlerts,
    ResumeAlerts,
    StopAlerts,
)
from actions.turn import read_turn
from policy_guard.errors import GuardError
from policy_guard.people import Origin

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
    assert run(ChooseAlerts(), "I want alerts") == {"outcome": "ask"}
    assert people.calls == []


def test_a_refused_type_is_never_chosen(people, run):
    text = "no news"
    slots = run(ChooseAlerts(), text, entities=[type_named("news", "news", text)])
    assert slots == {"outcome": "ask"}
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
def test_the_offer_has_a_quick_reply_per_type_in_the_persons_language(
    people, make_turn, language, first
):
    dispatcher = CollectingDispatcher()
    OfferAlerts().run(dispatcher, make_turn("choose", language=language), {})
    (message,) = dispatcher.messages
    replies = message["quick_replies"]
    assert replies[0] == {"title": first, "payload": '/choose_alerts{"alert_type": "delivery"}'}
    assert [r["payload"] for r in replies if "alert_type" not in r["payload"]] == [
        "/request_notification"
    ]
    assert len(replies) == len(people.catalogue.types)
    assert all(len(r["title"]) <= 20 for r in replies)
    assert message["text"].startswith(first)


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
    assert slots["paused_until"] == "23 novembre, 16:40 UTC"
    assert slots["alert_names"] == "Commandes"


def test_a_named_type_is_dropped_and_the_rest_stays(people, run):
    people.state = replace(people.state, alerts=("order", "news"))
    text = "stop the promos"
    slots = run(StopAlerts(), text, "stop_alerts", [type_named("news", "promos", text)])
    assert slots == {"outcome": "dropped", "alert_names": "News and offers"}
    assert people.state.alerts == ("order",)
    assert not people.state.stopped


def test_dropping_a_type_that_was_not_chosen_says_so(people, run):
    people.state = replace(people.state, alerts=("order",))
    text = "no more news"
    slots = run(StopAlerts(), text, "stop_alerts", [type_named("news", "news", text)])
    assert slots == {"outcome": "not_chosen", "alert_names": "News and offers"}
    assert people.state.alerts == ("order",)


def test_stopping_back_in_stock_takes_back_what_was_asked(people, run):
    people.wish("back_in_stock:sku-42")
    text = "stop back in stock alerts"
    named = [type_named("back_in_stock", "back in stock", text)]
    assert run(StopAlerts(), text, "stop_alerts", named)["outcome"] == "dropped"
    assert people.state.wishes == ()


def test_no_type_named_stops_everything(people, run):
    assert run(StopAlerts(), "leave me alone", "stop_alerts") == {"outcome": "stopped"}
    assert people.state.stopped


def test_an_unsure_stop_is_asked_about(people, run):
    slots = run(StopAlerts(), "hm stop that thing", "stop_alerts", confidence=0.4)
    assert slots == {"outcome": "ask"}
    assert not people.state.stopped


def test_a_tapped_stop_is_never_doubted(people, run):
    slots = run(StopAlerts(), "/stop_alerts", "stop_alerts", confidence=0.0)
    assert slots == {"outcome": "stopped"}


def test_a_pause_runs_from_the_events_own_time(people, run):
    slots = run(PauseAlerts(), "pause for 2 days", "pause_alerts", messenger=EVENT)
    assert slots == {"outcome": "paused", "paused_until": "24 November, 16:39 UTC"}
    assert people.state.paused_until == SENT + timedelta(days=2)


def test_a_tapped_pause_lasts_a_week(people, run):
    run(PauseAlerts(), "/pause_alerts", "pause_alerts")
    assert people.state.paused_until == NOW + timedelta(days=7)


def test_a_pause_ends_when_it_is_resumed(people, run):
    people.state = replace(people.state, paused_until=NOW + timedelta(days=7))
    assert run(ResumeAlerts(), "resume", "resume_alerts") == {"outcome": "resumed"}
    assert people.state.paused_until is None


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


def test_the_offer_stays_silent_without_a_store(monkeypatch, make_turn):
    def closed() -> None:
        raise GuardError("the store cannot be opened")

    monkeypatch.setattr(wiring, "people", closed)
    dispatcher = CollectingDispatcher()
    assert OfferAlerts().run(dispatcher, make_turn("x"), {}) == []
    assert dispatcher.messages == []


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
        "action_choose_alerts",
        "action_offer_alerts",
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
