"""The Page's utility templates over HTTP: created, rejected, reviewed, sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.testing import Simulator, SimulatorError

from .conftest import Bot

Json = dict[str, Any]
PATH = "me/message_templates"
NOW = "2026-05-01T00:00:00Z"


@pytest.fixture
def messenger_2026(joined: Simulator) -> Simulator:
    """Give a simulator in 2026 whose webhooks go to the bot."""
    joined.set_now(NOW)
    return joined


def body(text: str) -> Json:
    return {"type": "BODY", "text": text}


def wanted(text: str = "Your order {{1}} is on its way.", *more: Json, **fields: Any) -> Json:
    """Return what creates a template."""
    components = [body(text), *more]
    made = {"name": "shipped", "language": "en", "category": "UTILITY", "components": components}
    return {**made, **fields}


def filled(psid: str, *texts: str, buttons: tuple[Json, ...] = (), **template: Any) -> Json:
    parameters = [{"type": "text", "text": text} for text in texts]
    components: list[Json] = [{"type": "body", "parameters": parameters}]
    if buttons:
        components.append({"type": "buttons", "parameters": list(buttons)})
    chosen = {"name": "shipped", "language": {"code": "en"}, "components": components, **template}
    return {
        "recipient": {"id": psid},
        "messaging_type": "UTILITY",
        "message": {"template": chosen, "metadata": "key-1"},
    }


def away(messenger: Simulator) -> str:
    """Return somebody whose window has closed."""
    alex = messenger.person()
    messenger.say(alex, "hi")
    messenger.advance(days=3)
    return alex


def test_a_template_is_approved_at_once_and_listed(messenger_2026: Simulator, bot: Bot) -> None:
    answer = messenger_2026.graph("POST", PATH, wanted())
    known_as = answer.body["id"]
    assert answer.body == {"id": known_as, "status": "APPROVED", "category": "UTILITY"}
    (listed,) = messenger_2026.graph("GET", PATH).body["data"]
    assert (listed["id"], listed["name"], listed["status"]) == (known_as, "shipped", "APPROVED")
    assert listed["components"] == wanted()["components"]
    assert messenger_2026.graph("GET", known_as).body == listed
    messenger_2026.wait_idle()
    (entry,) = json.loads(bot.received[-1][0])["entry"]
    (change,) = entry["changes"]
    assert change["field"] == "messenger_template_status_update"
    assert change["value"] == {
        "event": "APPROVED",
        "message_template_id": known_as,
        "message_template_name": "shipped",
        "message_template_language": "en",
        "reason": "NONE",
    }


def test_a_list_is_searched_by_part_of_the_name_and_by_status(messenger_2026: Simulator) -> None:
    for name in ("order_sent", "order_late", "welcome"):
        messenger_2026.graph("POST", PATH, wanted(name=name))
    messenger_2026.graph("POST", PATH, wanted("Buy now, dear {{1}}!", name="order_bad"))

    def names(query: str) -> list[str]:
        rows = messenger_2026.graph("GET", f"{PATH}?{query}").body["data"]
        return [row["name"] for row in rows]

    assert names("name=order") == ["order_sent", "order_late", "order_bad"]
    assert names("name=order&status=APPROVED") == ["order_sent", "order_late"]
    assert names("status=REJECTED") == ["order_bad"]
    assert names("language=fr") == []
    assert names("limit=1") == ["order_sent"]
    (row,) = messenger_2026.graph("GET", f"{PATH}?name=welcome&fields=status").body["data"]
    assert set(row) == {"id", "status"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Your order {{1}} is on its way.", None),
        ("Your order {{1}} arrives on {{2}}, we hope before noon.", None),
        ("Your order {1} is on its way.", "INCORRECT_PARAMS"),
        ("Your order {{1} is on its way.", "INCORRECT_PARAMS"),
        ("Your order {{2}} is on its way.", "INCORRECT_PARAMS"),
        ("Your order {{order}} is on its way.", "INCORRECT_PARAMS"),
        ("{{1}}, your order is on its way.", "INCORRECT_PARAMS"),
        ("Your order is now {{1}}", "INCORRECT_PARAMS"),
        ("Order {{1}} today.", "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT"),
        ("Your order {{1}} is {{2}}.", "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT"),
        ("Your order {{1}} ships. Get 20% off the next.", "TAG_SHOULD_BE_MARKETING"),
    ],
)
def test_a_template_is_rejected_for_three_reasons(
    messenger_2026: Simulator, bot: Bot, text: str, reason: str | None
) -> None:
    answer = messenger_2026.graph("POST", PATH, wanted(text))
    assert answer.body["status"] == ("REJECTED" if reason else "APPROVED")
    (listed,) = messenger_2026.templates()
    assert listed.get("rejected_reason") == reason
    messenger_2026.wait_idle()
    (entry,) = json.loads(bot.received[-1][0])["entry"]
    assert entry["changes"][0]["value"]["reason"] == (reason or "NONE")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Your order {{order_id}} comes on {{day}}, we hope before noon.", "APPROVED"),
        ("Your order {{1}} comes on Friday, we hope before noon.", "REJECTED"),
        ("Your order {{Order Id}} comes on Friday, we hope.", "REJECTED"),
    ],
)
def test_named_parameters_are_small_words(
    messenger_2026: Simulator, text: str, status: str
) -> None:
    answer = messenger_2026.graph("POST", PATH, wanted(text, parameter_format="NAMED"))
    assert answer.body["status"] == status


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ({**wanted(), "category": "MARKETING"}, "`category`"),
        ({**wanted(), "name": "Shipped!"}, "`name`"),
        ({**wanted(), "colour": "red"}, "`colour`"),
        ({**wanted(), "components": []}, "`components`"),
        ({**wanted(), "components": [{"type": "FOOTER", "text": "x"}]}, "type"),
        ({**wanted(), "components": [{"type": "HEADER", "format": "TEXT", "text": "x"}]}, "BODY"),
        (wanted("x", body("y")), "second BODY"),
        (wanted("x" * 1025), "1025 characters"),
        (wanted("x", {"type": "HEADER", "format": "TEXT"}), "text` is missing"),
        (wanted("x", {"type": "BUTTONS", "buttons": []}), "buttons"),
        ({**wanted(), "library_template_name": "order_confirmation_1"}, "does not imitate"),
        ([], "the body"),
    ],
)
def test_what_is_no_template_is_refused_by_name(
    messenger_2026: Simulator, wish: object, names: str
) -> None:
    answer = messenger_2026.graph("POST", PATH, wish)
    assert answer.error == (100, None)
    assert names in answer.body["error"]["message"]
    assert messenger_2026.templates() == []


def test_a_name_is_taken_once_in_each_language(messenger_2026: Simulator) -> None:
    assert messenger_2026.graph("POST", PATH, wanted()).status == 200
    assert messenger_2026.graph("POST", PATH, wanted()).error == (100, None)
    assert messenger_2026.graph("POST", PATH, wanted(language="fr")).status == 200


def test_templates_came_with_utility_messages(joined: Simulator) -> None:
    joined.set_now("2025-07-28T23:59:00Z")
    answer = joined.graph("POST", PATH, wanted())
    assert "came only on 2025-07-29" in answer.body["error"]["message"]


def test_templates_are_for_this_page_and_its_token(messenger_2026: Simulator) -> None:
    assert messenger_2026.graph("GET", "99/message_templates").error == (100, 33)
    assert messenger_2026.graph("GET", PATH, token="wrong").error == (190, None)


def test_an_approved_template_is_sent_and_shown_filled_in(
    messenger_2026: Simulator, bot: Bot
) -> None:
    messenger_2026.graph("POST", PATH, wanted())
    alex = away(messenger_2026)
    assert messenger_2026.send(filled(alex, "4711")).status == 200
    message = messenger_2026.messages(alex, "page")[-1]
    assert message["message"]["text"] == "Your order 4711 is on its way."
    assert message["ground"] == "utility_template"
    messenger_2026.wait_idle()
    echo = next(e for e in bot.events("message") if e["message"].get("is_echo"))
    assert echo["message"]["metadata"] == "key-1"
    assert echo["message"]["text"] == "Your order 4711 is on its way."


def test_a_template_with_a_header_and_buttons_is_shown_as_a_card(
    messenger_2026: Simulator,
) -> None:
    header = {"type": "HEADER", "format": "TEXT", "text": "{{1}} update"}
    buttons = [
        {"type": "POSTBACK", "text": "Track", "payload": "order_{{1}}"},
        {"type": "URL", "text": "See", "url": "https://shop.example/orders"},
    ]
    wish = wanted("Your order is on its way.", header, {"type": "BUTTONS", "buttons": buttons})
    messenger_2026.graph("POST", PATH, wish)
    alex = away(messenger_2026)
    send = filled(alex, buttons=({"type": "POSTBACK", "payload": "4711"},))
    components = send["message"]["template"]["components"]
    components[0] = {"type": "header", "parameters": [{"type": "text", "text": "Order"}]}
    assert messenger_2026.send(send).status == 200
    said = messenger_2026.messages(alex, "page")[-1]["message"]
    (card,) = said["attachment"]["payload"]["elements"]
    assert (card["title"], card["subtitle"]) == ("Order update", "Your order is on its way.")
    assert card["buttons"][0] == {"type": "postback", "title": "Track", "payload": "order_4711"}
    assert messenger_2026.tap(alex, "Track")["event"]["postback"]["payload"] == "order_4711"


def test_a_review_can_be_waited_for_and_changed(messenger_2026: Simulator, bot: Bot) -> None:
    messenger_2026.change_page(template_review="wait")
    known_as = messenger_2026.graph("POST", PATH, wanted()).body["id"]
    alex = away(messenger_2026)
    for status, answer in (("APPROVED", None), ("PAUSED", (100, None)), ("REJECTED", (100, None))):
        assert messenger_2026.review_template(known_as, status, "MANUAL")["status"] == status
        assert messenger_2026.send(filled(alex, "4711")).error == answer
    messenger_2026.wait_idle()
    changes = [c for raw, _ in bot.received for e in json.loads(raw)["entry"] for c in
               e.get("changes", [])]  # fmt: skip
    assert sorted(c["value"]["event"] for c in changes) == ["APPROVED", "PAUSED", "REJECTED"]
    with pytest.raises(SimulatorError, match="cannot be `FINE`"):
        messenger_2026.review_template(known_as, "FINE")
    with pytest.raises(SimulatorError, match="no template `9`"):
        messenger_2026.review_template("9", "APPROVED")


def test_the_other_spelling_of_the_webhook_field_can_be_chosen(
    messenger_2026: Simulator, bot: Bot
) -> None:
    messenger_2026.change_page(template_status_field="message_template_status_update")
    messenger_2026.graph("POST", PATH, wanted())
    messenger_2026.wait_idle()
    assert json.loads(bot.received[-1][0])["entry"][0]["changes"][0]["field"] == (
        "message_template_status_update"
    )
    with pytest.raises(SimulatorError, match="`template_status_field` is `x`"):
        messenger_2026.change_page(template_status_field="x")
    with pytest.raises(SimulatorError, match="`template_review` is `never`"):
        messenger_2026.change_page(template_review="never")


def test_a_reset_forgets_templates(messenger_2026: Simulator) -> None:
    messenger_2026.graph("POST", PATH, wanted())
    messenger_2026.reset()
    assert messenger_2026.templates() == []
