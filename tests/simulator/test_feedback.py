"""The customer feedback template and the tag that is for it alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.judge import Opening, PersonFacts, judge

from .words import (
    DAY,
    OUTSIDE,
    REGION,
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
    tagged,
    template,
    text,
    wrote,
)

START, EVERYWHERE = day("2021-06-02"), day("2021-09-14")
NOW = day("2024-05-01")


def question(**more: Any) -> Json:
    return {"id": "how_was_it", "type": "csat", **more}


def form(*questions: Json, **more: Any) -> Json:
    """Return a feedback template."""
    return template(
        **{
            "template_type": "customer_feedback",
            "title": "Rate your visit",
            "subtitle": "It takes a minute",
            "button_title": "Rate",
            "feedback_screens": [{"questions": list(questions) or [question()]}],
            "business_privacy": {"url": "https://shop.example/privacy"},
            **more,
        }
    )


def asked(message: Json | None = None) -> Json:
    return tagged("CUSTOMER_FEEDBACK", message=message or form())


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (SECOND, TAKEN),
        (2 * DAY, TAKEN),
        (7 * DAY - SECOND, TAKEN),
        (7 * DAY, OUTSIDE),
    ],
)
def test_the_tag_lasts_seven_days_from_the_last_message(age: timedelta, answer: Error) -> None:
    assert said(judge(asked(), wrote(NOW - age), US, NOW)) == answer


def test_the_tag_counts_from_a_message_and_not_from_a_reaction() -> None:
    person = PersonFacts("1", (Opening("reaction", NOW - SECOND),))
    assert said(judge(asked(), person, US, NOW)) == OUTSIDE


@pytest.mark.parametrize("age", [SECOND, 2 * DAY])
@pytest.mark.parametrize(
    "message",
    [
        {"text": "How was it?"},
        template(template_type="button", text="?", buttons=[{"type": "account_unlink"}]),
    ],
)
def test_the_tag_carries_no_other_shape(message: Json, age: timedelta) -> None:
    verdict = judge(asked(message), wrote(NOW - age), US, NOW)
    assert said(verdict) == WRONG
    assert "customer_feedback" in sentence(verdict)


def test_the_template_needs_no_tag_in_the_window_and_its_own_outside() -> None:
    body, inside, outside = text(message=form()), wrote(NOW - SECOND), wrote(NOW - 2 * DAY)
    assert ground(judge(body, inside, US, NOW)) == "standard_window"
    assert said(judge(body, outside, US, NOW)) == OUTSIDE
    other = tagged("HUMAN_AGENT", message=form())
    assert said(judge(other, outside, US, NOW)) == OUTSIDE
    without = {"recipient": {"id": "1"}, "message": form()}
    assert said(judge(without, inside, US, NOW)) == TAKEN


@pytest.mark.parametrize("body", [asked(), text(message=form())])
@pytest.mark.parametrize(
    ("region", "at", "answer"),
    [
        ("US", START - SECOND, WRONG),
        ("US", START, TAKEN),
        ("FR", START, REGION),
        ("JP", START, REGION),
        ("GB", EVERYWHERE - SECOND, REGION),
        ("JP", EVERYWHERE - SECOND, REGION),
        ("FR", EVERYWHERE, TAKEN),
        ("JP", EVERYWHERE, TAKEN),
    ],
)
def test_it_came_on_2021_06_02_and_to_europe_and_japan_on_2021_09_14(
    body: Json, region: str, at: datetime, answer: Error
) -> None:
    person = replace(wrote(at - SECOND), region=region)
    assert said(judge(body, person, US, at)) == answer


def test_the_tag_outlived_2026_04_27() -> None:
    at = day("2026-11-01")
    assert said(judge(asked(), wrote(at - 2 * DAY), US, at)) == TAKEN


def test_a_reviewer_objects_to_a_survey_that_promotes_or_is_none() -> None:
    person = wrote(NOW - 2 * DAY)
    promoting = asked(form(title="Rate us and get 20% off"))
    assert rules(judge(promoting, person, US, NOW)) == ["promotion_under_a_tag"]
    assert rules(judge(asked(), person, US, NOW, purpose="feedback")) == []
    other = judge(asked(), person, US, NOW, purpose="account_update")
    assert rules(other) == ["other_purpose_than_the_tags"]


@pytest.mark.parametrize(
    ("largest", "too_large"),
    [
        (form(title="t" * 65), form(title="t" * 66)),
        (form(subtitle="t" * 80), form(subtitle="t" * 81)),
        (form(button_title="t" * 20), form(button_title="t" * 21)),
        (form(question()), form(question(), question(id="b"))),
        (form(question(id="a" * 80)), form(question(id="a" * 81))),
        (form(question(id="a_1")), form(question(id="a-1"))),
        (form(question(title="t" * 85)), form(question(title="t" * 86))),
        (form(question(title="t" * 5)), form(question(title="t" * 4))),
        (form(question(type="nps")), form(question(type="stars"))),
        (form(question(score_option="five_stars")), form(question(score_option="zero_to_ten"))),
        (form(question(score_label="poor_great")), form(question(score_label="good"))),
        (
            form(question(follow_up={"type": "free_form", "placeholder": "p" * 65})),
            form(question(follow_up={"type": "free_form", "placeholder": "p" * 66})),
        ),
        (form(question(type="free_form")), form(question(follow_up={"type": "csat"}))),
        (
            form(question(type="free_form", title="What was good?")),
            form(question(type="free_form", follow_up={"type": "free_form"})),
        ),
        (form(expires_in_days=1), form(expires_in_days=0)),
        (form(expires_in_days=7), form(expires_in_days=8)),
        (form(expires_in_days=3), form(expires_in_days=True)),
        (form(title="Rate us"), form(title="Rate us at https://shop.example")),
        (form(), form(business_privacy={})),
        (form(), form(feedback_screens=[{"questions": [question()]}] * 2)),
    ],
)
def test_the_template_has_these_limits(largest: Json, too_large: Json) -> None:
    person = wrote(NOW - SECOND)
    assert said(judge(asked(largest), person, US, NOW)) == TAKEN
    assert said(judge(asked(too_large), person, US, NOW)) == WRONG
