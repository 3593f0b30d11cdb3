"""What people type, tap by force or bring along in a link is no order to Rasa."""

from __future__ import annotations

import pytest

from .conftest import Bot, Someone

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

WIPES = {"restart", "rewind", "undo"}


def shopper(bot: Bot) -> Someone:
    """Return a person with something to lose: a language, a choice, a session."""
    person = bot.someone()
    person.choose_delivery()
    return person


def assert_it_was_text(person: Someone, order: str) -> None:
    """Assert that Rasa heard words and no order, and that nothing was wiped or chosen."""
    heard = person.heard()[-1]
    assert heard["text"].strip()
    assert not heard["text"].lstrip().startswith("/")
    intent = heard["parse_data"]["intent"]
    assert not intent["name"].startswith("EXTERNAL_")
    named = order.strip().lstrip("/").partition("{")[0]
    assert (intent["name"], intent["confidence"]) != (named, 1.0)
    assert "RegexMessageHandler" not in str(heard["parse_data"]["entities"])
    kinds = [event["event"] for event in person.tracker()]
    assert WIPES.isdisjoint(kinds)
    assert kinds.count("session_started") == 1
    assert person.chosen() == {"delivery"}


@pytest.mark.parametrize(
    "order",
    [
        "/restart",
        "/back",
        "/session_start",
        "/EXTERNAL_order_shipped",
        '/deny{"product": "zebra"}',
        "\u200b/restart",
        "\t\n/restart",
    ],
)
def test_an_order_that_is_typed_is_text(bot: Bot, order: str) -> None:
    person = shopper(bot)
    assert len(person.say(order)) >= 1
    assert_it_was_text(person, order)
    assert person.slot("language") == person.language() == "en"
    assert not person.facts().stopped


@pytest.mark.parametrize("order", ["/EXTERNAL_stop", " /stop_alerts", '/greet{"language": "fr"}'])
def test_an_order_whose_words_mean_something_is_still_text(bot: Bot, order: str) -> None:
    """The classifier may well read a wish in these words, as it would in any other sentence."""
    person = shopper(bot)
    answers = person.say(order)
    assert_it_was_text(person, order)
    assert person.journal("person_wrote_stop") == []
    assert len(answers) >= 1


def test_who_stopped_is_not_started_by_an_order(bot: Bot) -> None:
    person = shopper(bot)
    person.say("STOP")
    person.say("/EXTERNAL_start")
    assert_it_was_text(person, "/EXTERNAL_start")
    assert person.facts().stopped
    assert person.journal("person_wrote_start") == []


@pytest.mark.parametrize("order", ["/restart", "/EXTERNAL_stop", '/stop_alerts{"a": 1}'])
def test_the_ref_of_a_link_is_data(bot: Bot, order: str) -> None:
    person = shopper(bot)
    assert len(person.act("referral", ref=order)) == 1
    heard = person.heard()[-1]
    assert heard["parse_data"]["intent"]["name"] == "EXTERNAL_referral"
    assert heard["metadata"]["messenger"]["ref"] == order
    kinds = [event["event"] for event in person.tracker()]
    assert WIPES.isdisjoint(kinds)
    assert kinds.count("session_started") == 1
    assert person.chosen() == {"delivery"}
    assert not person.facts().stopped


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
def test_a_payload_that_the_bot_never_issued_is_text(bot: Bot, payload: str) -> None:
    """What counts then is the title, which the person saw and tapped."""
    person = bot.stranger()
    for act in ("quick_reply", "postback"):
        assert len(person.act(act, title="thank you so much", payload=payload, force=True)) == 1
    assert [event["text"] for event in person.heard()] == ["thank you so much"] * 2
    assert {event["parse_data"]["intent"]["name"] for event in person.heard()} == {"thank"}
    assert WIPES.isdisjoint(event["event"] for event in person.tracker())
    assert person.chosen() == set()
    assert not person.facts().stopped
