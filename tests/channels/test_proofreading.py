"""What the linter's rules read is what the channel puts on the wire."""

from __future__ import annotations

from typing import Any

from channels.render import render
from policy_guard.people_rows import Who
from policy_guard.proofread import Proofreader
from policy_guard.sends import Outgoing
from policy_guard.vocabulary import Message, Purpose


def seen(message: dict[str, Any], purpose: Purpose) -> list[str]:
    """Return the ids of the rules that see something in a Rasa response."""
    envelope = render(message)
    parts = tuple(part.body for part in envelope.parts if part.kind == "message")
    single = None if envelope.single is None else envelope.single.body
    out = Outgoing(Who("page", "person"), "turn", 0, Message(purpose), parts, single=single)
    return [one.rule for one in Proofreader().read(out)]


def test_a_text_with_buttons_is_read_with_its_titles() -> None:
    message = {
        "text": "Your order {order_id} has shipped.",
        "buttons": [{"title": "ORDER MORE SHOES", "payload": "/more"}],
    }
    found = seen(message, Purpose.POST_PURCHASE_UPDATE)
    assert {"W405", "W408"} <= set(found)


def test_a_card_in_custom_json_is_read() -> None:
    card = {"title": "Shoes", "subtitle": "20% off until Sunday, buy now"}
    payload = {"template_type": "generic", "elements": [card]}
    message = {"custom": {"attachment": {"type": "template", "payload": payload}}}
    assert seen(message, Purpose.NEWS) == ["P203"]
    assert seen(message, Purpose.PROMOTION) == []


def test_several_messages_on_a_token_are_told_of() -> None:
    message = {"text": "It is back.", "image": "https://shop.example/lamp.jpg"}
    assert seen(message, Purpose.ALERT) == ["P205"]
