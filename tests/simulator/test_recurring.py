"""Recurring notifications: asked for in the window, sent with a gap, ended in most of the world."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.judge import OptInRequest, PageFacts, PersonFacts, Subscription, judge

from .words import (
    DAY,
    OUTSIDE,
    SECOND,
    TAKEN,
    US,
    WRONG,
    Error,
    Json,
    day,
    ground,
    rules,
    said,
    sentence,
    template,
    text,
    wrote,
)

START, SLOWER, ENDED = day("2022-05-19"), day("2025-09-01"), day("2026-02-10")
NOW = day("2024-05-01")
PAGE = replace(US, recurring_notifications=True)
TOO_SOON: Error = (4, 2018354)
REPEATED: Error = (613, 1893016)
ENDS: Error = (10, None)


def notify(value: str = "sub", words: str = "New this week") -> Json:
    """Return a notification that a token pays for."""
    return {"recipient": {"notification_messages_token": value}, "message": {"text": words}}


def ask(**more: Any) -> Json:
    """Return a request to be allowed them."""
    payload = {"template_type": "notification_messages", "title": "Our sales", "payload": "sales"}
    return text(message=template(**payload | more))


def daily(**more: Any) -> Json:
    return ask(notification_messages_frequency="DAILY", **more)


def agreed(at: datetime, **more: Any) -> PersonFacts:
    """Return somebody who agreed at `at` and whose window closed long ago."""
    one = Subscription("sub", "sales", at, title="Our sales", **more)
    return replace(wrote(at - timedelta(days=400)), subscriptions=(one,))


def test_a_token_pays_for_promotion_out_of_the_window() -> None:
    verdict = judge(notify(words="20% off"), agreed(NOW - DAY), PAGE, NOW, purpose="promotion")
    assert ground(verdict) == "recurring_notification"
    assert rules(verdict) == []


def test_the_gap_is_the_persons_whatever_the_topic() -> None:
    other = Subscription("other", "news", NOW - 9 * DAY, last_sent_at=NOW - DAY)
    person = agreed(NOW - 9 * DAY)
    person = replace(person, subscriptions=(*person.subscriptions, other))
    assert said(judge(notify(), person, PAGE, NOW - SECOND)) == TOO_SOON
    assert said(judge(notify(), person, PAGE, NOW)) == TAKEN


@pytest.mark.parametrize(("at", "answer"), [(START - SECOND, WRONG), (START, TAKEN)])
@pytest.mark.parametrize("body", [notify(), daily()])
def test_recurring_notifications_came_on_2022_05_19(
    body: Json, at: datetime, answer: Error
) -> None:
    person = agreed(at - DAY)
    if "id" in body["recipient"]:
        person = wrote(at - SECOND)
    verdict = judge(body, person, PAGE, at)
    assert said(verdict) == answer
    if answer == WRONG:
        assert "came only on 2022-05-19" in sentence(verdict)


@pytest.mark.parametrize(
    ("at", "gap", "answer"),
    [
        (START, DAY, TAKEN),
        (START, DAY - SECOND, TOO_SOON),
        (NOW, DAY - SECOND, TOO_SOON),
        (NOW, DAY, TAKEN),
        (SLOWER - SECOND, DAY, TAKEN),
        (SLOWER, DAY, TOO_SOON),
        (SLOWER, 2 * DAY - SECOND, TOO_SOON),
        (SLOWER, 2 * DAY, TAKEN),
    ],
)
def test_a_token_waits_24_hours_between_two_and_48_from_2025_09_01(
    at: datetime, gap: timedelta, answer: Error
) -> None:
    person = agreed(at - 90 * DAY, last_sent_at=at - gap)
    assert said(judge(notify(), person, PAGE, at)) == answer


@pytest.mark.parametrize(
    ("frequency", "gap"),
    [("DAILY", DAY), ("WEEKLY", 7 * DAY), ("MONTHLY", 30 * DAY)],
)
def test_before_2023_02_02_a_token_waits_as_long_as_was_agreed(
    frequency: str, gap: timedelta
) -> None:
    until = day("2023-02-02")
    person = agreed(until - 90 * DAY, frequency=frequency, last_sent_at=until - gap - DAY)
    at = until - DAY
    assert said(judge(notify(), person, PAGE, at)) == TAKEN
    assert said(judge(notify(), person, PAGE, at - SECOND)) == TOO_SOON
    lately = agreed(until - 90 * DAY, frequency=frequency, last_sent_at=until - DAY)
    assert said(judge(notify(), lately, PAGE, until)) == TAKEN


def test_the_frequency_was_asked_for_before_2023_02_02_and_means_nothing_later() -> None:
    until = day("2023-02-02")
    person = wrote(until - DAY + SECOND)
    assert said(judge(ask(), person, PAGE, until - SECOND)) == WRONG
    assert said(judge(daily(), person, PAGE, until - SECOND)) == TAKEN
    assert said(judge(ask(), person, PAGE, until)) == TAKEN
    assert said(judge(daily(), person, PAGE, until)) == TAKEN
    later = ask(notification_messages_frequency="HOURLY")
    assert said(judge(later, person, PAGE, until)) == WRONG


@pytest.mark.parametrize(
    ("expires", "at", "answer"),
    [
        (day("2023-08-01"), day("2023-08-01") - SECOND, TAKEN),
        (day("2023-08-01"), day("2023-08-01"), WRONG),
        (day("2023-08-09"), day("2023-08-10"), WRONG),
        (day("2023-08-10"), day("2023-08-10"), TAKEN),
        (day("2023-09-01"), day("2024-09-01"), TAKEN),
        (None, day("2023-06-01"), TAKEN),
    ],
)
def test_a_token_expired_until_2023_08_10_and_lives_on_since(
    expires: datetime | None, at: datetime, answer: Error
) -> None:
    person = agreed(day("2022-12-01"), expires_at=expires)
    assert said(judge(notify(), person, PAGE, at)) == answer


@pytest.mark.parametrize("body", [notify(), ask()])
@pytest.mark.parametrize(
    ("page_region", "region", "at", "answer"),
    [
        ("US", None, ENDED - SECOND, TAKEN),
        ("US", None, ENDED, ENDS),
        ("FR", None, ENDED, TAKEN),
        ("EU", "DE", ENDED, TAKEN),
        ("AU", "JP", ENDED, TAKEN),
        ("KR", "GB", ENDED, TAKEN),
        ("GB", "UK", day("2026-11-01"), TAKEN),
        ("US", "FR", ENDED, ENDS),
        ("FR", "US", ENDED, ENDS),
        ("NO", None, ENDED, ENDS),
        ("EEA", None, ENDED, ENDS),
    ],
)
def test_they_ended_on_2026_02_10_except_where_page_and_person_are_in_five_places(
    body: Json, page_region: str, region: str | None, at: datetime, answer: Error
) -> None:
    page = replace(PAGE, region=page_region)
    person = replace(wrote(at - SECOND), region=region)
    if "id" not in body["recipient"]:
        person = replace(agreed(at - 9 * DAY), region=region)
    assert said(judge(body, person, page, at)) == answer


def test_a_token_pays_in_the_very_second_in_which_it_was_granted() -> None:
    assert said(judge(notify(), agreed(NOW), PAGE, NOW)) == TAKEN


def test_who_stopped_a_topic_gets_it_no_more() -> None:
    person = agreed(NOW - DAY, stopped=True)
    assert said(judge(notify(), person, PAGE, NOW)) == (10, 1893015)


def test_the_page_needs_the_permission_to_ask_and_to_notify() -> None:
    assert said(judge(ask(), wrote(NOW - SECOND), US, NOW)) == (10, 1404170)
    assert said(judge(notify(), agreed(NOW - DAY), US, NOW)) == (10, None)
    assert PageFacts().recurring_notifications is False


@pytest.mark.parametrize(
    "person",
    [None, wrote(NOW), agreed(NOW + SECOND), replace(agreed(NOW - DAY), subscriptions=())],
)
def test_an_unknown_token_is_refused_with_code_100(person: PersonFacts | None) -> None:
    assert said(judge(notify(), person, PAGE, NOW)) == WRONG


def test_a_request_stands_in_the_window_only() -> None:
    assert said(judge(ask(), wrote(NOW - SECOND), PAGE, NOW)) == TAKEN
    assert said(judge(ask(), wrote(NOW - DAY), PAGE, NOW)) == OUTSIDE
    tagged = {**ask(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}
    assert said(judge(tagged, wrote(NOW - DAY), PAGE, NOW)) == OUTSIDE


@pytest.mark.parametrize(
    ("title", "age", "answer"),
    [
        ("Our sales", 0 * DAY, REPEATED),
        ("Our sales", SECOND, REPEATED),
        ("Our sales", -SECOND, TAKEN),
        ("Our sales", 7 * DAY - SECOND, REPEATED),
        ("Our sales", 7 * DAY, TAKEN),
        ("Our news", SECOND, TAKEN),
    ],
)
def test_the_same_title_is_asked_once_a_week(title: str, age: timedelta, answer: Error) -> None:
    person = replace(wrote(NOW - SECOND), opt_in_requests=(OptInRequest(title, NOW - age),))
    assert said(judge(ask(), person, PAGE, NOW)) == answer


def test_a_request_without_a_title_counts_by_the_usual_one() -> None:
    body = ask()
    del body["message"]["attachment"]["payload"]["title"]
    asked = (OptInRequest("Updates and promotions", NOW - DAY),)
    person = replace(wrote(NOW - SECOND), opt_in_requests=asked)
    assert said(judge(body, person, PAGE, NOW)) == REPEATED


def test_what_is_on_is_not_asked_for_again() -> None:
    person = replace(wrote(NOW - SECOND), subscriptions=agreed(NOW - 90 * DAY).subscriptions)
    assert said(judge(ask(), person, PAGE, NOW)) == REPEATED
    assert said(judge(ask(title="Our news"), person, PAGE, NOW)) == REPEATED
    assert said(judge(ask(payload="news"), person, PAGE, NOW)) == REPEATED
    assert said(judge(ask(title="Our news", payload="news"), person, PAGE, NOW)) == TAKEN
    for at, answer in ((NOW, REPEATED), (NOW + SECOND, TAKEN)):
        agreed_at = replace(person, subscriptions=agreed(at).subscriptions)
        assert said(judge(ask(), agreed_at, PAGE, NOW)) == answer
    stopped = agreed(NOW - 90 * DAY, stopped=True).subscriptions
    assert said(judge(ask(), replace(person, subscriptions=stopped), PAGE, NOW)) == TAKEN


@pytest.mark.parametrize(
    "body",
    [
        {**notify(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"},
        {"recipient": {"notification_messages_token": "sub"}, "sender_action": "typing_on"},
        ask(title="t" * 66),
        ask(payload="p" * 1001),
        ask(image_url="ftp://shop.example"),
        ask(colour="red"),
    ],
)
def test_what_is_badly_formed_is_refused(body: Json) -> None:
    person = replace(wrote(NOW - SECOND), subscriptions=agreed(NOW - DAY).subscriptions)
    assert said(judge(body, person, PAGE, NOW)) == WRONG
