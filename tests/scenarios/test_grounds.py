"""One declared purpose takes the lawful route of the day: templates, comments, and what follows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from policy_guard import schema

from .conftest import PAGE, Bot, Someone, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

CHOSE, TAG_DAY, TEMPLATE_DAY = (
    "2026-04-26T09:00:00Z",
    "2026-04-26T18:00:00Z",
    "2026-04-28T12:00:00Z",
)
MINUTES = itertools.count(1)
WORDS = {"en": "Your order {{1}} has shipped.", "fr": "Votre commande {{1}} est expédiée."}


@pytest.fixture
def templates(bot: Bot) -> Iterator[None]:
    """Give the Page an approved template in both languages, and take it away again."""
    bot.at(f"2026-04-26T08:{next(MINUTES):02}:00Z")  # news of the same second is the same news
    there = {template["language"] for template in bot.sim.templates()}
    for language in WORDS.keys() - there:
        body: dict[str, Any] = {
            "name": "order_shipped",
            "language": language,
            "category": "UTILITY",
            "components": [
                {"type": "BODY", "text": WORDS[language], "example": {"body_text": [["A-1"]]}}
            ],
        }
        answer = bot.sim.graph("POST", f"{PAGE}/message_templates", body)
        assert answer.status == 200, answer.body
    review(bot, "APPROVED")
    yield
    with bot.store.write() as tx:  # the clock goes back for the next test, and news never does
        tx.execute(schema.utility_template.delete())


def review(bot: Bot, status: str) -> None:
    """Let the platform judge the Page's templates anew and tell the bot."""
    for template in bot.sim.templates():
        bot.sim.review_template(template["id"], status)
    bot.sim.wait_idle()


def wire_of(person: Someone) -> dict[str, Any]:
    """Return the body of the last message that the platform took for a person."""
    body: dict[str, Any] = person.bot.sim.sent(person.psid)[-1]["body"]
    return body


def customer_before(bot: Bot) -> Someone:
    """Return a person who chose delivery alerts when the tag had two days to go."""
    bot.at("2026-04-24T12:00:00Z")
    person = bot.someone()
    person.choose_delivery()
    return person


def customer(bot: Bot) -> Someone:
    """Return a person who chose delivery alerts three days before the template's day."""
    bot.at(CHOSE)
    person = bot.someone()
    person.choose_delivery()
    return person


@pytest.mark.usefixtures("templates")
def test_an_update_goes_by_its_tag_one_day_and_by_its_template_two_days_later(bot: Bot) -> None:
    person = customer(bot)
    bot.at(TAG_DAY)
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="A-6")
    assert (told["messaging_type"], person.only("utter_order_shipped").ground) == (
        "UPDATE",
        "standard_window",
    )
    person = customer_before(bot)
    bot.at(TAG_DAY)
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="A-7")
    assert told["tag"] == "POST_PURCHASE_UPDATE"
    person = customer(bot)
    bot.at(TEMPLATE_DAY)
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="A-7")
    assert told["messaging_type"] == "UTILITY"
    template = wire_of(person)["message"]["template"]
    assert (template["name"], template["language"]["code"]) == ("order_shipped", "en")
    assert template["components"][0]["parameters"] == [{"type": "text", "text": "A-7"}]
    row = person.only("utter_order_shipped")
    assert (row.ground, row.decision["rule"]) == ("utility_template", "template_approved")
    assert person.objections() == []


@pytest.mark.usefixtures("templates")
def test_the_template_of_the_persons_own_language_is_used(bot: Bot) -> None:
    person = customer(bot)
    person.say("parle français s'il te plaît")
    bot.at(TEMPLATE_DAY)
    assert len(person.meets("EXTERNAL_order_shipped", order_id="A-8")) == 1
    assert wire_of(person)["message"]["template"]["language"]["code"] == "fr"
    assert person.objections() == []


@pytest.mark.usefixtures("templates")
def test_a_template_that_the_platform_pauses_carries_nothing_any_more(bot: Bot) -> None:
    person = customer(bot)
    review(bot, "PAUSED")
    bot.at(TEMPLATE_DAY)
    assert person.meets("EXTERNAL_order_shipped", order_id="A-9") == []
    row = person.only("utter_order_shipped")
    assert row.state == "held"  # the response declares hold_for
    said = {f["rule"]: f["says"] for f in row.decision["findings"]}
    assert said["template_approved"] == (
        "the utility template `order_shipped` is not approved for this Page and language"
    )
    assert person.refusals() == []


@pytest.mark.usefixtures("templates")
def test_a_template_opens_no_window(bot: Bot) -> None:
    person = customer(bot)
    bot.at(TEMPLATE_DAY)
    assert len(person.meets("EXTERNAL_order_shipped", order_id="A-10")) == 1
    assert person.meets("EXTERNAL_reminder") == []
    row = person.only("utter_reminder")
    assert (row.state, row.decision["rule"]) == ("refused", "reply_needs_its_turn")


def test_a_comment_is_answered_in_private_once(bot: Bot) -> None:
    person = bot.stranger()
    (told,) = person.act("comment", text="is it in blue too?")
    assert "Write to me here" in text_of(told)
    row = person.only("utter_private_reply")
    assert (row.ground, row.state) == ("private_reply", "sent")
    assert set(wire_of(person)["recipient"]) == {"comment_id"}
    assert "messaging_type" not in wire_of(person)
    assert person.objections() == []


def test_the_private_reply_opens_nothing_and_the_persons_answer_does(bot: Bot) -> None:
    person = bot.stranger()
    person.act("comment", text="how much is it?")
    assert person.meets("EXTERNAL_reminder") == []
    assert person.only("utter_reminder").state == "refused"
    (answer,) = person.say("hello")
    assert answer["messaging_type"] == "RESPONSE"


def test_a_second_comment_has_a_reply_of_its_own(bot: Bot) -> None:
    person = bot.stranger()
    person.act("comment", text="nice")
    bot.at("2026-05-11T10:00:00Z")
    assert len(person.act("comment", text="very nice")) == 1
    rows = person.decided("utter_private_reply")
    assert [row.ground for row in rows] == ["private_reply", "private_reply"]
    assert rows[0].token_id != rows[1].token_id


def test_who_stopped_is_not_answered_for_a_comment(bot: Bot) -> None:
    person = bot.someone()
    person.say("STOP")
    assert person.act("comment", text="nice") == []
    row = person.only("utter_private_reply")
    assert (row.state, row.decision["rule"]) == ("refused", "person_stopped")
