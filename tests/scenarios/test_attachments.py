"""People send more than words, and get an answer to each of them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Bot

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

#: The sticker has a form of its own from 2026-08-30 on (Meta, Messenger Platform changelog).
MOMENTS = {"an old sticker": "2026-08-29T10:00:00Z", "a new sticker": "2026-09-01T10:00:00Z"}


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file"])
def test_an_attachment_is_answered(bot: Bot, kind: str) -> None:
    person = bot.stranger()
    (answer,) = person.act("attachment", type=kind, url="https://cdn.example/thing")
    assert answer["messaging_type"] == "RESPONSE"
    assert person.only("utter_attachment").state == "sent"
    assert person.heard()[-1]["parse_data"]["intent"]["name"] == "EXTERNAL_attachment"


@pytest.mark.parametrize("which", list(MOMENTS))
def test_a_sticker_is_answered(bot: Bot, which: str) -> None:
    bot.at(MOMENTS[which])
    person = bot.stranger()
    assert len(person.act("sticker")) == 1


def test_a_place_is_answered(bot: Bot) -> None:
    person = bot.stranger()
    assert len(person.act("location")) == 1
    assert person.only("utter_attachment").state == "sent"


@pytest.mark.parametrize("text", ["\U0001f44d", "?", "...", "\u200b", "0", "x" * 2000])
def test_odd_texts_are_answered(bot: Bot, text: str) -> None:
    person = bot.stranger()
    assert len(person.say(text)) >= 1
    assert [row.state for row in person.turns()] == ["done"]


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("get_started", {}),
        ("referral", {"ref": "summer"}),
        ("send_to_messenger", {"ref": "shop-window"}),
        ("ad_message", {"text": "hello"}),
    ],
)
def test_every_way_to_begin_is_answered(bot: Bot, act: str, fields: dict[str, Any]) -> None:
    person = bot.stranger()
    (answer,) = person.act(act, **fields)
    assert answer["messaging_type"] in {"RESPONSE", "UPDATE"}
    assert person.only("utter_greet").ground == "standard_window"


def test_a_reaction_and_a_read_receipt_are_kept_and_not_answered(bot: Bot) -> None:
    person = bot.someone()
    mid = person.told()[-1]["mid"]
    assert person.act("react", mid=mid) == []
    assert person.act("unreact", mid=mid) == []
    assert person.act("read") == []
    (answer,) = person.say("help")
    assert [event["text"] for event in person.heard()] == ["hello", "help"]
    assert answer["messaging_type"] == "RESPONSE"
