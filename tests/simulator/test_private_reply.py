"""Private replies: one message to whoever commented, within seven days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from simulator.judge import Comment, Opening, PersonFacts, judge

from .words import (
    DAY,
    NOON,
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
    template,
    text,
)

REFUSED: Error = (100, 2534025)


def reply(known_as: str = "c", field: str = "comment_id", words: str = "Thank you") -> Json:
    """Return a private reply."""
    return {"recipient": {field: known_as}, "message": {"text": words}}


def commented(
    at: datetime, replied_at: datetime | None = None, *, is_post: bool = False
) -> PersonFacts:
    """Return somebody who only ever commented."""
    comment = Comment("c", at, replied_at, is_post)
    return PersonFacts("1", (Opening("comment", at),), comments=(comment,))


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (0 * DAY, TAKEN),
        (SECOND, TAKEN),
        (7 * DAY - SECOND, TAKEN),
        (7 * DAY, REFUSED),
        (-SECOND, REFUSED),
    ],
)
def test_a_comment_can_be_answered_for_seven_days(age: timedelta, answer: Error) -> None:
    assert said(judge(reply(), commented(NOON - age), US, NOON)) == answer


@pytest.mark.parametrize("at", ["2018-06-01", "2020-03-04", "2021-06-02", "2026-11-01"])
def test_it_could_be_so_all_the_time(at: str) -> None:
    verdict = judge(reply(), commented(day(at) - DAY), US, day(at))
    assert ground(verdict) == "private_reply"


def test_a_comment_is_answered_once() -> None:
    assert said(judge(reply(), commented(NOON - DAY, NOON - SECOND), US, NOON)) == REFUSED


def test_a_visitors_post_is_named_as_a_post() -> None:
    posted = commented(NOON - DAY, is_post=True)
    assert said(judge(reply(field="post_id"), posted, US, NOON)) == TAKEN
    assert said(judge(reply(), posted, US, NOON)) == REFUSED
    assert said(judge(reply(field="post_id"), commented(NOON - DAY), US, NOON)) == REFUSED


@pytest.mark.parametrize("person", [None, PersonFacts("1")])
def test_an_unknown_comment_is_refused(person: PersonFacts | None) -> None:
    assert said(judge(reply(), person, US, NOON)) == REFUSED


def test_a_comment_opens_no_window() -> None:
    assert said(judge(text(), commented(NOON - SECOND), US, NOON)) == OUTSIDE


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({**reply(), "messaging_type": "RESPONSE"}, TAKEN),
        ({**reply(), "messaging_type": "UPDATE"}, TAKEN),
        ({**reply(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, WRONG),
        ({"recipient": {"comment_id": "c"}, "sender_action": "typing_on"}, WRONG),
        (
            {
                "recipient": {"comment_id": "c"},
                "message": template(
                    template_type="button", text="?", buttons=[{"type": "account_unlink"}]
                ),
            },
            TAKEN,
        ),
        (
            {
                "recipient": {"comment_id": "c"},
                "message": template(template_type="one_time_notif_req", title="?", payload="t"),
            },
            OUTSIDE,
        ),
    ],
)
def test_it_may_have_any_shape_but_no_tag_and_asks_for_nothing(body: Json, answer: Error) -> None:
    assert said(judge(body, commented(NOON - DAY), US, NOON)) == answer


def test_who_cannot_be_reached_gets_no_private_reply_either() -> None:
    person = replace(commented(NOON - DAY), blocked=True)
    assert said(judge(reply(), person, US, NOON)) == (551, 1545041)


@pytest.mark.parametrize(
    ("purpose", "last", "objections"),
    [
        ("reply", NOON - 30 * DAY, []),
        ("reply", None, ["sent_after_stop"]),
        ("promotion", NOON - 30 * DAY, ["sent_after_stop"]),
        (None, NOON - 30 * DAY, ["sent_after_stop"]),
    ],
)
def test_after_stop_a_private_reply_is_an_answer_or_it_is_objected_to(
    purpose: str | None, last: datetime | None, objections: list[str]
) -> None:
    person = replace(commented(NOON - DAY), last_message_at=last, stopped_at=NOON - 40 * DAY)
    assert rules(judge(reply(), person, US, NOON, purpose=purpose)) == objections


def test_a_private_reply_that_is_typed_an_answer_is_one() -> None:
    person = replace(
        commented(NOON - DAY), last_message_at=NOON - 30 * DAY, stopped_at=NOON - 40 * DAY
    )
    assert rules(judge({**reply(), "messaging_type": "RESPONSE"}, person, US, NOON)) == []
    update = {**reply(), "messaging_type": "UPDATE"}
    assert rules(judge(update, person, US, NOON, purpose="reply")) == ["sent_after_stop"]


def test_promotion_may_go_in_a_private_reply() -> None:
    verdict = judge(reply(words="20% off"), commented(NOON - DAY), US, NOON, purpose="promotion")
    assert rules(verdict) == []
