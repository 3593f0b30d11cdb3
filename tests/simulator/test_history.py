"""What held before 2020-03-04, and the longer window after a click on an ad from 2026-09-28."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from simulator.facts import load_facts
from simulator.judge import Opening, PageFacts, PersonFacts, judge, window_until

from .words import (
    DAY,
    OUTSIDE,
    SECOND,
    TAKEN,
    US,
    WRONG,
    Error,
    asking,
    day,
    granted,
    ground,
    paid,
    rules,
    said,
    sentence,
    tagged,
    text,
    wrote,
)

CUT = day("2020-03-04")
NEWS = replace(US, news_page_index=True)


# -- one further message ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (day("2018-01-05"), TAKEN),
        (CUT - SECOND, TAKEN),
        (CUT, OUTSIDE),
    ],
)
def test_one_further_message_could_follow_the_window_until_2020_03_04(
    at: datetime, answer: Error
) -> None:
    assert said(judge(text(), wrote(at - 2 * DAY), US, at)) == answer


@pytest.mark.parametrize("kind", ["RESPONSE", "UPDATE"])
@pytest.mark.parametrize("words", ["hello", "20% off everything"])
def test_the_further_message_could_be_promotion(kind: str, words: str) -> None:
    at = CUT - DAY
    verdict = judge(text(words, messaging_type=kind), wrote(at - 30 * DAY), US, at)
    assert ground(verdict) == "plus_one"
    assert rules(verdict) == []


def test_inside_the_window_the_further_message_is_not_used() -> None:
    at = CUT - DAY
    verdict = judge(text(), wrote(at - DAY + SECOND, plus_one_used=True), US, at)
    assert ground(verdict) == "standard_window"


def test_a_second_further_message_is_refused() -> None:
    at = CUT - DAY
    assert said(judge(text(), wrote(at - 2 * DAY, plus_one_used=True), US, at)) == OUTSIDE


def test_nobody_who_never_wrote_gets_a_further_message() -> None:
    assert said(judge(text(), PersonFacts("1"), US, CUT - DAY)) == OUTSIDE


def test_neither_typing_nor_a_request_to_notify_is_the_further_message() -> None:
    at = CUT - SECOND
    person = wrote(at - 2 * DAY)
    assert said(
        judge({"recipient": {"id": "1"}, "sender_action": "typing_on"}, person, US, at)
    ) == (OUTSIDE)
    assert said(judge(asking(), person, US, at)) == OUTSIDE


# -- tags and types of then -------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["SHIPPING_UPDATE", "PAIRING_UPDATE", "TICKET_UPDATE"])
def test_the_old_tags_ended_on_2020_03_04(tag: str) -> None:
    person = wrote(CUT - 30 * DAY)
    before = judge(tagged(tag), person, US, CUT - SECOND)
    assert ground(before) == f"tag:{tag}"
    after = judge(tagged(tag), person, US, CUT)
    assert said(after) == WRONG
    assert "`tag`" in sentence(after)


def test_there_were_seventeen_tags_before_2019_08_29() -> None:
    at = day("2019-08-28")
    person = wrote(at - 30 * DAY)
    page = replace(NEWS, human_agent=True)
    taken = [t for t in load_facts().tags if judge(tagged(t), person, page, at).accepted]
    assert len(taken) == 17


@pytest.mark.parametrize("tag", ["CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE"])
def test_the_new_tags_came_on_2019_08_29(tag: str) -> None:
    start = day("2019-08-29")
    person = wrote(start - 30 * DAY)
    assert said(judge(tagged(tag), person, US, start - SECOND)) == WRONG
    assert said(judge(tagged(tag), person, US, start)) == TAKEN


def test_the_name_account_update_was_among_the_old_tags() -> None:
    at = day("2018-06-01")
    assert said(judge(tagged("ACCOUNT_UPDATE"), wrote(at - 30 * DAY), US, at)) == TAKEN


def test_human_agent_came_as_a_closed_beta_on_2019_08_29() -> None:
    start = day("2019-08-29")
    person = wrote(start - DAY)
    assert said(judge(tagged("HUMAN_AGENT"), person, US, start - SECOND)) == WRONG
    assert said(judge(tagged("HUMAN_AGENT"), person, US, start)) == TAKEN
    assert said(judge(tagged("HUMAN_AGENT"), person, PageFacts(), start)) == (100, 2018276)


@pytest.mark.parametrize("page", [US, NEWS])
@pytest.mark.parametrize("at", [day("2018-06-01"), CUT, day("2026-11-01")])
def test_the_news_tag_is_for_the_pages_that_have_the_right(page: PageFacts, at: datetime) -> None:
    verdict = judge(tagged("NON_PROMOTIONAL_SUBSCRIPTION"), wrote(at - 30 * DAY), page, at)
    assert said(verdict) == (TAKEN if page.news_page_index else (10, 2018065))


def test_subscription_messaging_was_a_type_too_until_2020_03_04() -> None:
    body = text(messaging_type="NON_PROMOTIONAL_SUBSCRIPTION")
    person = wrote(CUT - 30 * DAY)
    before = judge(body, person, NEWS, CUT - SECOND)
    assert ground(before) == "tag:NON_PROMOTIONAL_SUBSCRIPTION"
    assert said(judge(body, person, US, CUT - SECOND)) == (10, 2018065)
    assert said(judge(body, person, NEWS, CUT)) == WRONG
    promoting = {**body, "message": {"text": "20% off"}}
    assert rules(judge(promoting, person, NEWS, CUT - SECOND)) == ["promotion_under_a_tag"]


def test_one_time_notifications_came_on_2020_02_04() -> None:
    start = day("2020-02-04")
    for body in (asking(), paid()):
        person = granted(start - SECOND)
        person = replace(person, openings=(Opening("message", start - SECOND),))
        before = judge(body, person, US, start - 2 * SECOND)
        assert said(before) == WRONG
        assert "came only on 2020-02-04" in sentence(before)
        assert said(judge(body, person, US, start)) == TAKEN


def test_a_persona_could_be_named_from_2018_09_27() -> None:
    start = day("2018-09-27")
    body = text(persona_id="9")
    assert said(judge(body, wrote(start - DAY), US, start - SECOND)) == WRONG
    assert said(judge(body, wrote(start - SECOND), US, start)) == TAKEN


# -- the window after a click on an ad --------------------------------------------------------

START = day("2026-09-28")
WEEK = replace(US, ad_click_window=timedelta(days=7))


def clicked(at: datetime) -> PersonFacts:
    return PersonFacts("1", (Opening("ad_click_message", at),), last_message_at=at)


@pytest.mark.parametrize(
    ("page", "at", "age", "answer"),
    [
        (WEEK, START, 7 * DAY - SECOND, TAKEN),
        (WEEK, START, 7 * DAY, OUTSIDE),
        (WEEK, START - SECOND, 2 * DAY, OUTSIDE),
        (WEEK, START - SECOND, DAY - SECOND, TAKEN),
        (US, START, DAY - SECOND, TAKEN),
        (US, START, DAY, OUTSIDE),
        (replace(US, ad_click_window=3 * DAY), START, 3 * DAY - SECOND, TAKEN),
        (replace(US, ad_click_window=3 * DAY), START, 3 * DAY, OUTSIDE),
        (replace(US, ad_click_window=30 * DAY), START, 7 * DAY, OUTSIDE),
        (replace(US, ad_click_window=timedelta(0)), START, DAY - SECOND, TAKEN),
    ],
)
def test_the_first_message_after_an_ad_may_open_the_window_for_longer_from_2026_09_28(
    page: PageFacts, at: datetime, age: timedelta, answer: Error
) -> None:
    assert said(judge(text(), clicked(at), page, at + age)) == answer


def test_an_ordinary_message_does_not_shorten_the_window_of_an_ad() -> None:
    person = PersonFacts("1", (Opening("ad_click_message", START), Opening("message", START + DAY)))
    assert said(judge(text(), person, WEEK, START + 6 * DAY)) == TAKEN
    late = PersonFacts("1", (*person.openings, Opening("message", START + 6 * DAY + 1 * SECOND)))
    end = window_until(late.openings, START + 7 * DAY, load_facts(), WEEK.ad_click_window)
    assert end == START + 7 * DAY + SECOND


def test_the_click_alone_opens_nothing_whatever_the_page_has() -> None:
    person = PersonFacts("1", (Opening("ad_click_without_message", START),))
    assert said(judge(text(), person, WEEK, START + SECOND)) == OUTSIDE
