"""Webhook bytes, and their way to the bot: signature, order, repetition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator import webhooks
from simulator.testing import Simulator, SimulatorError

from .conftest import Bot, until


def test_the_bytes_escape_unicode_in_lower_case() -> None:
    raw = webhooks.encode({"text": "\u00c4\u2764"})
    assert raw == b'{"text":"\\u00c4\\u2764"}'


def test_the_signature_is_the_hmac_of_the_raw_bytes_in_lower_case() -> None:
    # Worked out once with `openssl dgst -sha256 -hmac secret`.
    known = "c1456f83e15385a03562cbe2eaaa918ec5e06b4f170f909283a2781c7924e4d1"
    assert webhooks.sign("secret", b'{"object":"page"}') == "sha256=" + known
    assert webhooks.sign("secret", b'{"object":"page"} ') != "sha256=" + known


def test_what_the_bot_receives_is_signed_and_carries_the_clock(joined: Simulator, bot: Bot) -> None:
    joined.advance(days=1)
    alex = joined.person()
    answer = joined.say(alex, "h\u00e9llo")
    assert answer["delivery"] == {"status": 200, "attempts": 1}
    raw, headers = bot.received[-1]
    assert headers["x-hub-signature-256"] == webhooks.sign("sim-app-secret", raw)
    assert headers["x-sim-clock-offset-ms"] == str(joined.offset_ms)
    body = json.loads(raw)
    assert body["object"] == "page"
    (entry,) = body["entry"]
    assert entry["id"] == "1234567890"
    (event,) = entry["messaging"]
    assert event == answer["event"]
    assert event["sender"] == {"id": alex}
    assert event["recipient"] == {"id": "1234567890"}
    assert event["message"] == {"mid": answer["mid"], "text": "h\u00e9llo"}


def test_a_moved_clock_is_told_at_once(joined: Simulator, bot: Bot) -> None:
    joined.advance(days=8)
    raw, headers = bot.received[-1]
    assert json.loads(raw) == {"object": "page", "entry": []}
    assert int(headers["x-sim-clock-offset-ms"]) == 8 * 24 * 3600 * 1000


def test_what_is_not_answered_200_is_repeated_with_the_same_bytes(
    joined: Simulator, bot: Bot
) -> None:
    bot.statuses = [503, 500]
    alex = joined.person()
    first = joined.say(alex, "one")
    assert first["delivery"] == {"status": 503, "attempts": 1}
    joined.wait_idle()
    assert len(bot.received) == 3
    assert len({raw for raw, _ in bot.received}) == 1
    (delivery,) = joined.deliveries("act")
    assert delivery["state"] == "delivered"
    assert [a["status"] for a in delivery["attempts"]] == [503, 500, 200]


def test_the_next_event_of_a_person_waits_for_the_first_and_hurries_it(
    joined: Simulator, bot: Bot
) -> None:
    bot.statuses = [503]
    alex, sam = joined.person(), joined.person()
    joined.say(alex, "one")
    joined.say(sam, "other")
    joined.say(alex, "two")
    joined.wait_idle()
    texts = [e["message"]["text"] for e in bot.events("message")]
    assert [t for t in texts if t != "other"] == ["one", "one", "two"]
    assert texts.count("other") == 1


def test_a_bot_that_is_away_gets_it_when_it_is_back(messenger: Simulator, bot: Bot) -> None:
    alex = messenger.person()
    messenger.webhook_url = "http://127.0.0.1:9/webhook"
    answer = messenger.say(alex, "anyone?")
    assert answer["delivery"]["status"] is None
    messenger.webhook_url = bot.url
    until(lambda: bot.events("message"))
    assert bot.events("message")[0]["message"]["text"] == "anyone?"


def test_acts_may_share_one_post_in_one_entry_or_in_several(joined: Simulator, bot: Bot) -> None:
    alex, sam = joined.person(), joined.person()
    acts = [{"psid": who, "act": "say", "text": word} for who, word in ((alex, "a"), (sam, "b"))]
    for entries, many in (("one", 1), ("each", 2)):
        answer = joined.batch(acts, entries)
        assert answer["delivery"]["status"] == 200
        body = json.loads(bot.received[-1][0])
        assert len(body["entry"]) == many
        events = [e for entry in body["entry"] for e in entry["messaging"]]
        assert [e["message"]["text"] for e in events] == ["a", "b"]
        assert [e["message"]["mid"] for e in events] == answer["mids"]


def test_the_same_bytes_can_be_delivered_again(joined: Simulator, bot: Bot) -> None:
    alex = joined.person()
    joined.say(alex, "one")
    joined.say(alex, "two")
    before = [raw for raw, _ in bot.received]
    assert joined.redeliver(2) == [{"status": 200, "attempts": 1}] * 2
    assert [raw for raw, _ in bot.received[2:]] == before
    assert len(joined.thread(alex)["messages"]) == 2


def test_events_can_be_held_back_and_delivered_in_the_wrong_order(
    joined: Simulator, bot: Bot
) -> None:
    alex = joined.person()
    for word in ("one", "two"):
        answer = joined.say(alex, word, deliver=False)
        assert answer["delivery"] == {"status": None, "attempts": 0}
    assert bot.received == []
    assert joined.thread(alex)["window_until"] is not None
    joined.release(alex, reverse=True)
    assert [e["message"]["text"] for e in bot.events()] == ["two", "one"]
    assert joined.release() == []


@pytest.mark.parametrize(
    ("signature", "header"),
    [("good", True), ("bad", "sha256=" + "0" * 64), ("none", None)],
)
def test_any_body_can_be_sent_signed_well_or_badly(
    joined: Simulator, bot: Bot, signature: str, header: Any
) -> None:
    assert joined.webhook(raw="not json \ud800", signature=signature)["status"] == 200
    raw, headers = bot.received[-1]
    assert raw == b"not json \xed\xa0\x80"
    wanted = webhooks.sign("sim-app-secret", raw) if header is True else header
    assert headers.get("x-hub-signature-256") == wanted


def test_an_accepted_message_is_echoed_and_then_reported_delivered(
    joined: Simulator, bot: Bot
) -> None:
    alex = joined.person()
    joined.say(alex, "hi")
    body = {"recipient": {"id": alex}, "messaging_type": "RESPONSE"}
    answer = joined.send({**body, "message": {"text": "hello", "metadata": "key-1"}})
    joined.wait_idle()
    mid = answer.body["message_id"]
    echo, delivered = bot.events()[-2:]
    assert echo["sender"] == {"id": "1234567890"}
    assert echo["recipient"] == {"id": alex}
    wanted = {"is_echo": True, "app_id": 1, "mid": mid, "metadata": "key-1", "text": "hello"}
    assert echo["message"] == wanted
    assert delivered["delivery"]["mids"] == [mid]
    assert delivered["sender"] == {"id": alex}


def test_a_thread_of_another_app_arrives_as_standby_without_payloads(
    joined: Simulator, bot: Bot
) -> None:
    alex = joined.person()
    joined.change_person(alex, thread_owner="other")
    joined.get_started(alex)
    (entry,) = json.loads(bot.received[-1][0])["entry"]
    assert "messaging" not in entry
    (event,) = entry["standby"]
    assert "payload" not in event["postback"]


def test_the_webhook_is_never_anywhere_else(messenger: Simulator) -> None:
    for address in (
        "https://example.com/hook",
        "http://10.0.0.1/",
        "http://127.0.0.1.evil.example/",
    ):
        with pytest.raises(SimulatorError, match="not an http address of this machine"):
            messenger.webhook_url = address
