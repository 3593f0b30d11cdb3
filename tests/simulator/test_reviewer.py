"""The reviewer: what the policy forbids although the API takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from simulator.facts import load_facts
from simulator.judge import Subscription, Token, judge, keyword, promotional_phrase

from .words import NOON, SECOND, US, day, granted, paid, rules, tagged, text, wrote


@pytest.mark.parametrize(
    ("words", "promotes"),
    [
        ("Your order 4711 has shipped.", False),
        ("Votre commande 4711 est partie.", False),
        ("Your job offer was accepted.", False),
        ("Your appointment is on Friday at 10 a.m.", False),
        ("Charge of 20 % VAT on your invoice", False),
        ("Your order shipped. Get 20% off the next one!", True),
        ("Use the promo code HELLO", True),
        ("Flash sale this week", True),
        ("20 % de réduction sur tout", True),
        ("Les SOLDES commencent demain", True),
        ("Profitez vite de nos offres", True),
    ],
)
def test_a_reviewer_objects_to_promotion_under_a_tag_but_not_in_an_answer(
    words: str, promotes: bool
) -> None:
    person = wrote(NOON - SECOND)
    under_tag = judge(tagged("POST_PURCHASE_UPDATE", words), person, US, NOON)
    assert under_tag.accepted
    assert rules(under_tag) == (["promotion_under_a_tag"] if promotes else [])
    assert rules(judge(text(words), person, US, NOON)) == []
    assert (promotional_phrase(words, load_facts()) is not None) is promotes


def test_a_reviewer_objects_to_a_bot_that_passes_for_a_person() -> None:
    person = wrote(NOON - SECOND)
    body = tagged("HUMAN_AGENT")
    assert rules(judge(body, person, US, NOON)) == ["human_agent_by_a_bot"]
    assert rules(judge(body, person, US, NOON, human_wrote=True)) == []


@pytest.mark.parametrize(
    ("body", "objected"),
    [
        (text(), False),
        (text(messaging_type="UPDATE"), True),
        (tagged("POST_PURCHASE_UPDATE"), True),
        (tagged("HUMAN_AGENT"), False),
        (paid(), True),
    ],
)
def test_after_stop_only_an_answer_is_unobjectionable(body: dict[str, Any], objected: bool) -> None:
    person = replace(wrote(NOON - SECOND), stopped_at=NOON - SECOND)
    person = replace(person, tokens=(Token("tok", "t", NOON - timedelta(days=1)),))
    verdict = judge(body, person, US, NOON, human_wrote=True)
    assert verdict.accepted
    assert rules(verdict) == (["sent_after_stop"] if objected else [])


def test_an_answer_to_what_was_written_before_stop_is_objected_to() -> None:
    person = replace(wrote(NOON - timedelta(hours=2)), stopped_at=NOON - timedelta(hours=1))
    assert rules(judge(text(), person, US, NOON)) == ["sent_after_stop"]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Arrêt", "stop"),
        ("arret!", "stop"),
        ("Unsubscribe", "stop"),
        ("START", "start"),
        ("don't stop", None),
        ("stop please", None),
        ("", None),
    ],
)
def test_stop_and_start_are_whole_messages(words: str, meaning: str | None) -> None:
    assert keyword(words, load_facts()) == meaning


@pytest.mark.parametrize(
    ("purpose", "human", "objected"),
    [
        ("human_agent", True, False),
        ("human_agent", False, True),
        ("account_update", True, True),
        (None, True, True),
    ],
)
def test_after_stop_a_person_may_go_on_answering_in_the_window(
    purpose: str | None, human: bool, objected: bool
) -> None:
    person = replace(wrote(NOON - SECOND), stopped_at=NOON - timedelta(hours=1))
    body = text(messaging_type="UPDATE")
    verdict = judge(body, person, US, NOON, human_wrote=human, purpose=purpose)
    assert rules(verdict) == (["sent_after_stop"] if objected else [])


@pytest.mark.parametrize(
    ("tag", "purpose", "objected"),
    [
        ("CONFIRMED_EVENT_UPDATE", "confirmed_event_update", False),
        ("CONFIRMED_EVENT_UPDATE", "account_update", True),
        ("POST_PURCHASE_UPDATE", "post_purchase_update", False),
        ("POST_PURCHASE_UPDATE", "confirmed_event_update", True),
        ("ACCOUNT_UPDATE", "account_update", False),
        ("ACCOUNT_UPDATE", "alert", True),
        ("ACCOUNT_UPDATE", "promotion", True),
        ("ACCOUNT_UPDATE", None, False),
        ("HUMAN_AGENT", "human_agent", False),
        ("HUMAN_AGENT", "reply", False),
        ("HUMAN_AGENT", "news", True),
        ("NON_PROMOTIONAL_SUBSCRIPTION", "news", False),
        ("NON_PROMOTIONAL_SUBSCRIPTION", "account_update", True),
    ],
)
def test_a_tag_carries_its_own_purpose_only(tag: str, purpose: str | None, objected: bool) -> None:
    page = replace(US, news_page_index=True)
    person = wrote(NOON - SECOND)
    verdict = judge(tagged(tag), person, page, NOON, human_wrote=True, purpose=purpose)
    assert verdict.accepted
    assert rules(verdict) == (["other_purpose_than_the_tags"] if objected else [])


@pytest.mark.parametrize(
    ("tag", "purpose"),
    [
        ("CONFIRMED_EVENT_REMINDER", "confirmed_event_update"),
        ("APPOINTMENT_UPDATE", "confirmed_event_update"),
        ("TICKET_UPDATE", "confirmed_event_update"),
        ("TRANSPORTATION_UPDATE", "confirmed_event_update"),
        ("SHIPPING_UPDATE", "post_purchase_update"),
        ("PAYMENT_UPDATE", "post_purchase_update"),
        ("RESERVATION_UPDATE", "post_purchase_update"),
        ("APPLICATION_UPDATE", "account_update"),
        ("ISSUE_RESOLUTION", "account_update"),
        ("PERSONAL_FINANCE_UPDATE", "account_update"),
        ("BUSINESS_PRODUCTIVITY", None),
        ("COMMUNITY_ALERT", None),
        ("FEATURE_FUNCTIONALITY_UPDATE", None),
        ("GAME_EVENT", None),
        ("PAIRING_UPDATE", None),
    ],
)
def test_an_old_tag_carries_what_its_successor_carries(tag: str, purpose: str | None) -> None:
    at = day("2019-06-01")
    updates = ("account_update", "confirmed_event_update", "post_purchase_update", "alert", "news")
    for declared in (None, *updates):
        verdict = judge(tagged(tag), wrote(at - SECOND), US, at, purpose=declared)
        assert verdict.accepted
        other = declared is not None and declared != purpose
        assert rules(verdict) == (["other_purpose_than_the_tags"] if other else []), declared


@pytest.mark.parametrize(
    ("topic", "objected"), [("t", False), ("something_else", True), (None, False)]
)
def test_a_notification_is_about_the_topic_that_was_agreed(
    topic: str | None, objected: bool
) -> None:
    verdict = judge(paid(), granted(NOON - SECOND), US, NOON, topic=topic)
    assert verdict.accepted
    assert rules(verdict) == (["other_topic_than_agreed"] if objected else [])


def test_a_consent_that_was_fulfilled_buys_no_second_message() -> None:
    person = granted(NOON - SECOND, fulfilled=True)
    verdict = judge(paid(), person, US, NOON)
    assert verdict.accepted
    assert rules(verdict) == ["several_messages_for_one_consent"]


def test_promotion_may_go_where_the_person_agreed_to_it() -> None:
    person = granted(NOON - SECOND)
    verdict = judge(paid(words="20% off the lamp"), person, US, NOON, purpose="promotion")
    assert rules(verdict) == []


def test_a_recurring_notification_too_is_about_its_topic_and_not_for_who_stopped() -> None:
    at = NOON + timedelta(days=365 * 2)
    page = replace(US, recurring_notifications=True)
    person = replace(
        wrote(at - timedelta(days=3)),
        subscriptions=(Subscription("sub", "sales", at - timedelta(days=3)),),
    )
    body = {"recipient": {"notification_messages_token": "sub"}, "message": {"text": "Hello"}}
    assert rules(judge(body, person, page, at, topic="sales")) == []
    assert rules(judge(body, person, page, at, topic="news")) == ["other_topic_than_agreed"]
    stopped = replace(person, stopped_at=at - timedelta(days=2))
    assert rules(judge(body, stopped, page, at)) == ["sent_after_stop"]


def test_typing_is_no_message_that_could_be_objected_to() -> None:
    person = replace(wrote(NOON - SECOND), stopped_at=NOON - SECOND)
    verdict = judge({"recipient": {"id": "1"}, "sender_action": "typing_on"}, person, US, NOON)
    assert verdict.accepted
    assert rules(verdict) == []
