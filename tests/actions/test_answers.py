"""A yes, a no and a "why?" mean what the bot has just asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.answers import Explain, TakeNo, TakeYes
from actions.notifications import CancelNotification
from actions.privacy import ExplainPrivacy
from policy_guard.people import Wish
from tests.actions.conftest import NOW

DELETION = {"outcome": "deletion", "open_question": "delete"}
CONFIRM = {"outcome": "confirm", "open_question": "delete"}
CARD = {"outcome": "card_left", "open_question": "none", "product": "lamp"}


def test_a_no_after_a_stop_says_how_to_come_back(people, run):
    people.state = replace(people.state, stopped=True)
    assert run(TakeNo(), "no", "deny", lately=["utter_stopped"]) == {"outcome": "stopped"}
    assert people.state.stopped


def test_a_no_to_something_else_changes_nothing(people, run):
    people.state = replace(people.state, stopped=True)
    later = ["utter_confirm_deletion", "utter_stopped"]
    assert run(TakeNo(), "no", "deny", lately=later) == {"outcome": "denied"}
    assert run(TakeNo(), "no", "deny") == {"outcome": "denied"}


@pytest.mark.parametrize(
    "card", ["utter_ask_notification", "action_ask_notification", "utter_tap_the_card"]
)
def test_a_no_under_a_card_leaves_the_card(people, run, card):
    topic = "back_in_stock:lamp"
    assert run(TakeNo(), "cancel", "deny", lately=[card], notification_topic=topic) == CARD


LATER = NOW + timedelta(hours=1)
WISHES = (Wish("back_in_stock:lamp", NOW), Wish("back_in_stock:chair", LATER))


@pytest.mark.parametrize("said", ["cancel", "cancel that", "annule", "euh annulez svp"])
def test_cancel_right_after_a_wish_was_noted_cancels_that_wish_alone(people, run, said):
    people.state = replace(people.state, wishes=WISHES)
    slots = run(TakeNo(), said, "deny", lately=["utter_notification_granted"])
    assert slots == {"outcome": "cancelled", "waiting_for": "chair"}
    assert people.state.wishes == WISHES[:1]


def test_so_does_it_where_it_is_understood_as_cancelling_a_request(people, run):
    people.state = replace(people.state, wishes=WISHES)
    lately = ["utter_notification_granted_paused"]
    slots = run(CancelNotification(), "cancel it", "cancel_notification", lately=lately)
    assert slots == {"outcome": "cancelled", "waiting_for": "chair"}
    assert people.state.wishes == WISHES[:1]


def test_a_tap_on_cancel_and_a_cancel_later_mean_all_that_is_waited_for(people, run):
    people.state = replace(people.state, wishes=WISHES)
    lately = ["utter_greet", "utter_notification_granted"]
    slots = run(CancelNotification(), "cancel it", "cancel_notification", lately=lately)
    assert slots["outcome"] == "cancelled"
    assert people.state.wishes == ()


@pytest.mark.parametrize("said", ["no", "no thanks", "non merci", "that's all"])
def test_a_plain_no_after_a_wish_was_noted_cancels_nothing(people, run, said):
    people.state = replace(people.state, wishes=WISHES)
    slots = run(TakeNo(), said, "deny", lately=["utter_notification_granted"])
    assert slots == {"outcome": "denied"}
    assert people.state.wishes == WISHES


def test_a_cancel_after_anything_else_cancels_nothing(people, run):
    people.state = replace(people.state, wishes=WISHES)
    assert run(TakeNo(), "cancel", "deny", lately=["utter_greet"]) == {"outcome": "denied"}
    assert people.state.wishes == WISHES


def test_a_question_about_the_deletion_keeps_it_open(people, run):
    lately = ["utter_confirm_deletion"]
    assert run(Explain(), "what happens if I say yes", "explain", lately=lately) == DELETION
    assert run(ExplainPrivacy(), "what do you keep?", "privacy", lately=lately) == DELETION


def test_without_the_question_of_deleting_nothing_of_it_is_explained(people, run):
    assert run(Explain(), "why?", "explain") == {"outcome": "plain"}
    lately = ["utter_denied", "utter_confirm_deletion"]
    assert run(Explain(), "why?", "explain", lately=lately) == {"outcome": "plain"}
    assert run(ExplainPrivacy(), "my data", "privacy", lately=lately)["outcome"] == "unlimited"


def test_why_shall_i_stop_asks_it_again(people, run):
    slots = run(Explain(), "why?", "explain", lately=["utter_confirm_stop"])
    assert slots == {"outcome": "ask", "open_question": "stop"}


def test_a_yes_to_a_deletion_that_was_lost_sight_of_is_asked_again_and_deletes_nothing(people, run):
    lately = ["utter_order_status", "utter_confirm_deletion"]
    assert run(TakeYes(), "yes", "affirm", lately=lately) == CONFIRM
    assert people.calls == []


def test_a_yes_to_a_stop_that_was_lost_sight_of_is_asked_again(people, run):
    slots = run(TakeYes(), "yes", "affirm", lately=["utter_help", "utter_confirm_stop"])
    assert slots == {"outcome": "ask", "open_question": "stop"}
    assert people.calls == []


@pytest.mark.parametrize("settled", ["utter_denied", "utter_deleting", "utter_stopped"])
def test_a_question_that_was_answered_is_not_asked_again(people, run, settled):
    lately = ["utter_help", settled, "utter_confirm_deletion"]
    assert run(TakeYes(), "yes", "affirm", lately=lately) == {"outcome": "affirmed"}


def test_a_question_of_long_ago_is_not_asked_again(people, run):
    lately = ["utter_help", "utter_help", "utter_help", "utter_confirm_deletion"]
    assert run(TakeYes(), "yes", "affirm", lately=lately) == {"outcome": "affirmed"}
    assert run(TakeYes(), "yes", "affirm") == {"outcome": "affirmed"}
