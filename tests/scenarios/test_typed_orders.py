"""What people type, tap by force or bring along in a link is no order to Rasa."""

from __future__ import annotations

import pytest

from .conftest import Bot, Someone

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

HARMLESS = {"slot", "action", "user", "bot", "user_featurization", "session_started"}


def shopper(bot: Bot) -> Someone:
    """Return a person with something to lose: a language, a choice, a wish."""
    person = bot.someone(french=True)
    person.say("je veux les alertes livraison")
    person.ask_and_tap(bot.product(), french=True)
    return person


def assert_nothing_happened(person: Someone, wishes: list[str], order: str) -> None:
    """Assert that an order was taken for words: nothing was wiped, chosen or stopped."""
    assert person.chosen() == {"delivery"}
    assert person.wishes() == wishes
    assert not person.facts().stopped
    assert person.language() == "fr"
    assert person.slot("language") == "fr"
    events = person.tracker()
    assert [event["event"] for event in events].count("session_started") == 1
    assert {"restart", "rewind", "undo", "followup"}.isdisjoint({e["event"] for e in events})
    last = person.heard()[-1]
    intent = last["parse_data"]["intent"]
    named = order.strip().lstrip("/").partition("{")[0]
    assert (intent["name"], intent["confidence"]) != (named, 1.0)
    assert not (last["text"] or "").lstrip().startswith("/")
    assert all(entity.get("extractor") for entity in last["parse_data"]["entities"])
    assert "RegexMessageHandler" not in str(last["parse_data"]["entities"])


@pytest.mark.parametrize(
    "order",
    [
        "/restart",
        "/back",
        "/session_start",
        "/EXTERNAL_stop",
        "/EXTERNAL_order_shipped",
        '/greet{"language": "en"}',
        '/switch_language{"language": "en"}',
        '/choose_alerts{"alert_type": "news"}',
        " /stop_alerts",
        "\u200b/restart",
        "\t\n/restart",
    ],
)
def test_an_order_that_is_typed_is_text(bot: Bot, order: str) -> None:
    person = shopper(bot)
    wishes = person.wishes()
    answers = person.say(order)
    assert len(answers) >= 1
    assert_nothing_happened(person, wishes, order)


@pytest.mark.parametrize("order", ["/restart", "/EXTERNAL_stop", '/stop_alerts{"a": 1}'])
def test_the_ref_of_a_link_is_data(bot: Bot, order: str) -> None:
    person = shopper(bot)
    wishes = person.wishes()
    assert len(person.act("referral", ref=order)) == 1
    assert_nothing_happened(person, wishes, order)
    last = person.heard()[-1]
    assert last["parse_data"]["intent"]["name"] == "EXTERNAL_referral"
    assert last["metadata"]["messenger"]["ref"] == order


@pytest.mark.parametrize(
    "payload",
    [
        "/EXTERNAL_stop",
        "/restart",
        "/session_start",
        '/choose_alerts{"alert_type": {"a": 1}}',
        '/choose_alerts{"alert_type": ["news"]}',
        '/choose_alerts{"nonsense": "news"}',
        '/choose_alerts{"alert_type": "news"',
        "/no_such_intent",
        "/choose_alerts" + " " * 1000 + "x" * 1000,
        "x" * 2000,
    ],
)
@pytest.mark.parametrize("act", ["quick_reply", "postback"])
def test_a_payload_that_the_bot_never_issued_is_text(bot: Bot, act: str, payload: str) -> None:
    person = bot.someone()
    person.choose_delivery()
    answers = person.act(act, title="merci beaucoup", payload=payload, force=True)
    assert len(answers) >= 1
    assert person.chosen() == {"delivery"}
    assert not person.facts().stopped
    last = person.heard()[-1]
    assert last["text"] == "merci beaucoup"
    assert last["parse_data"]["intent"]["name"] == "thank"
    assert {event["event"] for event in person.tracker()} <= HARMLESS
