"""The judge on both sides of every date and every edge: window, tags, one-time notifications."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.facts import parse_moment
from simulator.judge import Accepted, Opening, PageFacts, PersonFacts, Subscription, Token, judge
from simulator.reading import PlatformError

from .words import (
    DAY,
    NOON,
    OUTSIDE,
    REGION,
    RETIRED,
    SECOND,
    TAKEN,
    US,
    Error,
    asking,
    day,
    granted,
    paid,
    said,
    tagged,
    template,
    text,
    wrote,
)

THREE_TAGS = ["CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE"]

# -- the window -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(0), TAKEN),
        (timedelta(hours=24) - SECOND, TAKEN),
        (timedelta(hours=24), OUTSIDE),
        (timedelta(days=8), OUTSIDE),
    ],
)
def test_the_window_is_open_for_24_hours_and_not_a_second_more(
    age: timedelta, answer: Error
) -> None:
    assert said(judge(text(), wrote(NOON - age), US, NOON)) == answer


@pytest.mark.parametrize(
    ("kind", "ref", "answer"),
    [
        ("message", None, TAKEN),
        ("postback", None, TAKEN),
        ("reaction", None, TAKEN),
        ("send_to_messenger", None, TAKEN),
        ("ad_click_message", None, TAKEN),
        ("referral", "autumn", TAKEN),
        ("referral", None, OUTSIDE),
        ("unreact", None, OUTSIDE),
        ("read", None, OUTSIDE),
        ("delivery", None, OUTSIDE),
        ("echo", None, OUTSIDE),
        ("message_edit", None, OUTSIDE),
        ("comment", None, OUTSIDE),
        ("ad_click_without_message", None, OUTSIDE),
        ("one_time_notification_optin", None, OUTSIDE),
        ("recurring_notification_optin", None, OUTSIDE),
    ],
)
def test_only_what_the_platform_lists_opens_the_window(
    kind: str, ref: str | None, answer: Error
) -> None:
    person = PersonFacts("1", (Opening(kind, NOON - SECOND, ref),))
    assert said(judge(text(), person, US, NOON)) == answer


def test_the_latest_opener_counts_whatever_order_they_came_in() -> None:
    old, new = Opening("message", NOON - timedelta(days=3)), Opening("reaction", NOON - SECOND)
    for openings in ((old, new), (new, old)):
        assert said(judge(text(), PersonFacts("1", openings), US, NOON)) == TAKEN


def test_what_will_only_happen_later_opens_nothing() -> None:
    assert said(judge(text(), wrote(NOON + SECOND), US, NOON)) == OUTSIDE


@pytest.mark.parametrize("action", ["typing_on", "typing_off", "mark_seen"])
def test_a_sender_action_too_needs_the_window(action: str) -> None:
    body = {"recipient": {"id": "1"}, "sender_action": action}
    assert said(judge(body, wrote(NOON - SECOND), US, NOON)) == TAKEN
    assert said(judge(body, wrote(NOON - timedelta(days=1)), US, NOON)) == OUTSIDE


def test_nothing_before_the_simulated_history_is_judged() -> None:
    start = day("2018-01-01")
    assert said(judge(text(), wrote(start - SECOND), US, start)) == TAKEN
    early = judge(text(), wrote(start - SECOND), US, start - SECOND)
    assert said(early) == (100, None)
    assert isinstance(early.api, PlatformError)
    assert "2018-01-01" in early.api.message


# -- tags -------------------------------------------------------------------------------------

RETIREMENT = parse_moment("2026-04-27T00:00:00Z")


@pytest.mark.parametrize("tag", THREE_TAGS)
@pytest.mark.parametrize("age", [SECOND, timedelta(days=40)], ids=["in window", "outside"])
@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (parse_moment("2020-03-04T00:00:00Z"), TAKEN),
        (parse_moment("2026-02-10T00:00:00Z"), TAKEN),
        (RETIREMENT - SECOND, TAKEN),
        (RETIREMENT, RETIRED),
        (RETIREMENT + timedelta(days=1), RETIRED),
    ],
)
def test_three_tags_end_on_2026_04_27_inside_the_window_too(
    tag: str, age: timedelta, at: datetime, answer: Error
) -> None:
    assert said(judge(tagged(tag), wrote(at - age), US, at)) == answer


@pytest.mark.parametrize(
    ("age", "approved", "answer"),
    [
        (timedelta(days=7) - SECOND, True, TAKEN),
        (timedelta(days=7), True, OUTSIDE),
        (timedelta(hours=1), True, TAKEN),
        (timedelta(hours=1), False, (100, 2018276)),
        (timedelta(days=9), False, (100, 2018276)),
    ],
)
def test_human_agent_needs_approval_and_a_message_of_the_last_7_days(
    age: timedelta, approved: bool, answer: Error
) -> None:
    page = replace(US, human_agent=approved)
    assert said(judge(tagged("HUMAN_AGENT"), wrote(NOON - age), page, NOON)) == answer


def test_human_agent_counts_from_a_message_and_not_from_a_reaction() -> None:
    reacted = PersonFacts("1", (Opening("reaction", NOON - SECOND),))
    assert said(judge(tagged("HUMAN_AGENT"), reacted, US, NOON)) == OUTSIDE


def test_a_tag_nobody_knows_and_one_for_news_pages_are_refused() -> None:
    assert said(judge(tagged("PAIRING_UPDATE"), wrote(NOON), US, NOON)) == (100, None)
    news = judge(tagged("NON_PROMOTIONAL_SUBSCRIPTION"), wrote(NOON), US, NOON)
    assert said(news) == (10, 2018065)


def test_a_tag_does_not_begin_a_conversation_but_a_consent_is_one() -> None:
    body = tagged("ACCOUNT_UPDATE")
    assert said(judge(body, PersonFacts("1"), US, NOON)) == OUTSIDE
    token = Token("tok", "t", NOON - SECOND)
    assert said(judge(body, PersonFacts("1", tokens=(token,)), US, NOON)) == TAKEN
    one = Subscription("sub", "t", NOON - SECOND)
    assert said(judge(body, PersonFacts("1", subscriptions=(one,)), US, NOON)) == TAKEN


def test_what_happened_in_this_very_second_counts() -> None:
    assert said(judge(text(), wrote(NOON), US, NOON)) == TAKEN
    assert said(judge(tagged("HUMAN_AGENT"), wrote(NOON), US, NOON)) == TAKEN
    assert said(judge(paid(), granted(NOON), US, NOON)) == TAKEN


# -- one-time notifications -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (SECOND, TAKEN),
        (timedelta(days=365) - SECOND, TAKEN),
        (timedelta(days=365), (100, None)),
    ],
)
def test_a_token_pays_for_a_year_outside_the_window(age: timedelta, answer: Error) -> None:
    verdict = judge(paid(), granted(NOON - age), US, NOON)
    assert said(verdict) == answer
    if answer == TAKEN:
        assert isinstance(verdict.api, Accepted)
        assert verdict.api.token is not None


@pytest.mark.parametrize(
    ("body", "person", "sentence"),
    [
        (paid("other"), granted(NOON - SECOND), "unknown"),
        (paid(), None, "unknown"),
        (paid(), granted(NOON - SECOND, used_at=NOON - SECOND), "used before"),
        (paid(), granted(NOON - timedelta(days=366)), "expired"),
        (paid(), granted(NOON + SECOND), "unknown"),
    ],
)
def test_a_bad_token_is_refused_with_code_100(
    body: dict[str, Any], person: PersonFacts | None, sentence: str
) -> None:
    verdict = judge(body, person, US, NOON)
    assert said(verdict) == (100, None)
    assert isinstance(verdict.api, PlatformError)
    assert sentence in verdict.api.message


def test_asking_to_notify_needs_the_window_and_the_permission() -> None:
    assert said(judge(asking(), wrote(NOON - SECOND), US, NOON)) == TAKEN
    assert said(judge(asking(), wrote(NOON - timedelta(days=1)), US, NOON)) == OUTSIDE
    denied = replace(US, one_time_notification=False)
    assert said(judge(asking(), wrote(NOON - SECOND), denied, NOON)) == (10, None)
    assert said(judge(paid(), granted(NOON - SECOND), denied, NOON)) == (10, None)


def test_a_tag_does_not_carry_a_request_to_notify_outside_the_window() -> None:
    body = {**asking(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}
    assert said(judge(body, wrote(NOON - timedelta(days=2)), US, NOON)) == OUTSIDE


@pytest.mark.parametrize(
    ("region", "at", "answer"),
    [
        ("FR", "2020-12-15T23:59:59Z", TAKEN),
        ("FR", "2020-12-16T00:00:00Z", REGION),
        ("GB", "2020-12-16T00:00:00Z", REGION),
        ("NO", "2022-05-18T23:59:59Z", REGION),
        ("FR", "2022-05-19T00:00:00Z", TAKEN),
        ("JP", "2021-03-29T23:59:59Z", TAKEN),
        ("JP", "2021-03-30T00:00:00Z", REGION),
        ("JP", "2022-05-19T00:00:00Z", TAKEN),
        ("US", "2021-06-02T00:00:00Z", TAKEN),
        ("CH", "2021-06-02T00:00:00Z", TAKEN),
    ],
)
@pytest.mark.parametrize("whose", ["page", "person"])
def test_europe_and_japan_had_no_one_time_notifications_for_a_while(
    region: str, at: str, answer: Error, whose: str
) -> None:
    now = parse_moment(at)
    page = replace(US, region=region) if whose == "page" else US
    where = None if whose == "page" else region
    asked = judge(asking(), replace(wrote(now - SECOND), region=where), page, now)
    used = judge(paid(), replace(granted(now - SECOND), region=where), page, now)
    assert (said(asked), said(used)) == (answer, answer)


# -- who is written to ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "page", "answer"),
    [
        (None, US, (100, 2018001)),
        (replace(wrote(NOON), psid="2"), US, (100, 2018001)),
        (wrote(NOON, blocked=True), US, (551, 1545041)),
        (wrote(NOON, thread_owner="other"), US, (100, 2534037)),
        (wrote(NOON), replace(US, restricted=True), (10, 1893063)),
        (PersonFacts("1"), US, OUTSIDE),
    ],
)
def test_whom_the_page_cannot_reach(
    person: PersonFacts | None, page: PageFacts, answer: Error
) -> None:
    assert said(judge(text(), person, page, NOON)) == answer


def test_a_reply_names_a_message_of_the_thread() -> None:
    now = parse_moment("2026-01-01T00:00:00Z")
    person = replace(wrote(now - SECOND), mids=frozenset({"m_1"}))
    assert said(judge(text(reply_to={"mid": "m_1"}), person, US, now)) == TAKEN
    assert said(judge(text(reply_to={"mid": "m_9"}), person, US, now)) == (100, None)


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        (timedelta(hours=24) - SECOND, TAKEN),
        (timedelta(hours=24), OUTSIDE),
        (None, OUTSIDE),
    ],
)
def test_a_reply_needs_a_message_of_the_last_24_hours_though_the_window_is_open(
    last: timedelta | None, answer: Error
) -> None:
    now = parse_moment("2026-01-01T00:00:00Z")
    person = PersonFacts(
        "1",
        (Opening("reaction", now - SECOND),),
        last_message_at=None if last is None else now - last,
        mids=frozenset({"m_1"}),
    )
    assert said(judge(text(reply_to={"mid": "m_1"}), person, US, now)) == answer
    assert said(judge(text(), person, US, now)) == TAKEN


def test_a_token_may_carry_the_next_request_to_notify_and_no_other() -> None:
    at = parse_moment("2024-05-01T00:00:00Z")
    page = replace(US, recurring_notifications=True)
    for message, answer in (
        (asking()["message"], TAKEN),
        (template(template_type="notification_messages", title="News", payload="n"), OUTSIDE),
    ):
        assert said(judge({**paid(), "message": message}, granted(at - DAY), page, at)) == answer
