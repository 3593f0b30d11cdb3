"""What Europe and Japan went without for a while, on both sides of each date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from simulator.judge import PersonFacts, Verdict, judge

from .words import REGION, SECOND, TAKEN, US, Error, Json, day, said, text, wrote

EUROPE, JAPAN = day("2020-12-16"), day("2021-03-30")
BACK, PERSONAS_BACK = day("2021-09-14"), day("2023-10-17")


def typing() -> Json:
    return {"recipient": {"id": "1"}, "sender_action": "typing_on"}


def sending(kind: str) -> Json:
    payload = {"url": "https://shop.example/thing"}
    return text(message={"attachment": {"type": kind, "payload": payload}})


def ask(body: Json, region: str, at: datetime, whose: str) -> Verdict:
    page = replace(US, region=region) if whose == "page" else US
    more: dict[str, Any] = {} if whose == "page" else {"region": region}
    person: PersonFacts = wrote(at - SECOND, **more)
    return judge(body, person, page, at)


@pytest.mark.parametrize("whose", ["page", "person"])
@pytest.mark.parametrize("body", [typing(), sending("audio"), sending("video"), sending("file")])
@pytest.mark.parametrize(
    ("region", "at", "answer"),
    [
        ("FR", EUROPE - SECOND, TAKEN),
        ("FR", EUROPE, REGION),
        ("UK", EUROPE, REGION),
        ("IS", BACK - SECOND, REGION),
        ("FR", BACK, TAKEN),
        ("JP", EUROPE, TAKEN),
        ("JP", JAPAN - SECOND, TAKEN),
        ("JP", JAPAN, REGION),
        ("JP", BACK - SECOND, REGION),
        ("JP", BACK, TAKEN),
        ("CH", EUROPE, TAKEN),
        ("US", JAPAN, TAKEN),
    ],
)
def test_sender_actions_sounds_films_and_files_were_away(
    body: Json, region: str, at: datetime, answer: Error, whose: str
) -> None:
    assert said(ask(body, region, at, whose)) == answer


@pytest.mark.parametrize(
    ("region", "at", "answer"),
    [
        ("DE", EUROPE - SECOND, TAKEN),
        ("DE", EUROPE, REGION),
        ("DE", BACK, REGION),
        ("DE", PERSONAS_BACK - SECOND, REGION),
        ("DE", PERSONAS_BACK, TAKEN),
        ("JP", JAPAN - SECOND, TAKEN),
        ("JP", JAPAN, REGION),
        ("JP", PERSONAS_BACK, TAKEN),
    ],
)
def test_personas_were_away_until_2023_10_17(region: str, at: datetime, answer: Error) -> None:
    assert said(ask(text(persona_id="9"), region, at, "person")) == answer


@pytest.mark.parametrize(
    "body",
    [
        text(),
        sending("image"),
        text(message={"text": "?", "quick_replies": [{"content_type": "user_email"}]}),
    ],
)
def test_text_pictures_and_quick_replies_stayed(body: Json) -> None:
    assert said(ask(body, "FR", EUROPE, "page")) == TAKEN
