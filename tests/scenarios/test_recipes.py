"""The recipes of docs/designers.md followed in a copy of the project: by data alone, they work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policy_guard.sql_store import SqlStore
from scripts.stack import Stack, free_ports
from simulator.testing import SimulatorClient

from .conftest import PAGE, RASA_TOKEN, Bot, Someone, card_of, offered, text_of
from .recipes import Project

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(900)]

REFUND = {
    "id": "refund",
    "titles": {"en": "Refunds", "fr": "Remboursements", "es": "Reembolsos"},
    "descriptions": {
        "en": "when your money is on its way back",
        "fr": "quand votre argent est en route",
        "es": "cuándo sale su dinero de vuelta",
    },
    "purpose": "post_purchase_update",
    "consent": "preference",
    "push": "silent",
}
PRICE_DROP = {
    "id": "price_drop",
    "titles": {"en": "Price drops", "fr": "Baisses de prix", "es": "Bajadas de precio"},
    "descriptions": {
        "en": "one message when the price of a product falls",
        "fr": "un seul message quand le prix d'un produit baisse",
        "es": "un solo mensaje cuando baje el precio",
    },
    "purpose": "alert",
    "consent": "one_time",
    "slot": "product",
    "push": "regular",
}


def said(language: str | None, text: str, **declared: str) -> dict[str, object]:
    """Return one variation of a response."""
    variation: dict[str, object] = {"text": text}
    if language is not None:
        variation["condition"] = [{"type": "slot", "name": "language", "value": language}]
    if declared:
        variation["metadata"] = {"messenger": dict(declared)}
    return variation


def card(language: str | None, title: str) -> dict[str, object]:
    """Return one variation of a card."""
    payload = {
        "template_type": "one_time_notif_req",
        "title": title,
        "payload": "{notification_topic}",
    }
    variation = said(language, "")
    del variation["text"]
    return {**variation, "custom": {"attachment": {"type": "template", "payload": payload}}}


REFUND_WHY = {"purpose": "post_purchase_update", "topic": "refund"}
DROP_WHY = {"purpose": "alert", "topic": "price_drop"}
RESPONSES = {
    "utter_refund_sent": [
        said(None, "Your refund of {amount} is on its way.", **REFUND_WHY),
        said("fr", "Votre remboursement de {amount} est en route.", **REFUND_WHY),
        said("es", "Su reembolso de {amount} va de camino.", **REFUND_WHY),
    ],
    "utter_price_drop": [
        said(None, "{product} costs less now, as you asked us to tell you.", **DROP_WHY),
        said("fr", "{product} coûte moins cher, comme vous l'aviez demandé.", **DROP_WHY),
        said("es", "{product} ha bajado de precio, como nos pidió.", **DROP_WHY),
    ],
    "utter_ask_notification_price_drop": [
        card(None, "Tell me when {product} costs less"),
        card("fr", "Me dire quand {product} coûte moins"),
        card("es", "Avisarme si baja {product}"),
    ],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give the bot of a copy in which every recipe was followed."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.add_spanish()
    project.add_alert_type(REFUND)
    project.add_alert_type(PRICE_DROP)
    project.add_responses(RESPONSES)
    project.add_words(
        {
            "choose_alerts": [
                "tell me about my [refunds](alert_type)",
                "[refund](alert_type) alerts please",
            ],
            "stop_alerts": [
                "no more [refund](alert_type) alerts",
                "I don't need to hear of [refunds](alert_type)",
            ],
        },
        {"refund": ["refunds", "money back"]},
    )
    project.train()
    stack = Stack(
        free_ports(),
        tmp_path_factory.mktemp("copy"),
        rasa_options=("--enable-api", "--auth-token", RASA_TOKEN),
        simulator_options=("--page-id", PAGE),
        project=project.folder,
    )
    stack.start()
    try:
        sim = SimulatorClient(stack.page_url, stack.environment["MESSENGER_PAGE_TOKEN"])
        store = SqlStore(stack.environment["POLICY_GUARD_DB"])
        yield Bot(stack, sim, store)
        store.close()
    finally:
        stack.stop()


@pytest.fixture
def bot(running: Bot) -> Bot:
    running.at("2026-05-12T15:00:00Z")  # 11:00 in New York, on a Tuesday: the shop is open
    return running


def says(person: Someone, text: str) -> str:
    """Say something and return what the Page answers in its one message."""
    told = person.say(text)
    assert len(told) == 1, [text_of(message) for message in told]
    return text_of(told[0])


# -- a third language ------------------------------------------------------------------------------


def test_a_whole_conversation_works_in_a_language_that_was_added_as_data(bot: Bot) -> None:
    person = bot.stranger()
    assert says(person, "hola").startswith("¡Hola! Soy el bot de la tienda.")
    assert person.language() == "es"
    (asked,) = person.say("quiero elegir mis avisos")
    titles = [reply["title"] for reply in asked["message"]["quick_replies"]]
    assert titles[:2] == ["Entregas", "Pedidos"]
    assert titles[-1] == "¿Qué son?"
    explained, again = person.tap("/explain")
    assert "Cuenta: accesos y cambios que no son suyos" in text_of(explained)
    assert text_of(again).startswith("¿De qué quiere")
    assert says(person, "todo menos las ofertas").startswith("¡Listo!")
    assert person.chosen() == {"delivery", "order", "account", "event", "refund"}
    paused = says(person, "pausa los avisos 2 semanas")
    assert paused == "En pausa: ningún aviso hasta el 26 de mayo a las 11:00."
    assert says(person, "reanuda mis avisos").startswith("Se acabó la pausa")
    open_now = says(person, "¿están abiertos?")
    assert open_now == (
        "Está abierto. Hoy: de 9:00 a 17:30. Una persona responde en menos de 2 horas."
    )
    assert says(person, "vivo en España") == "Gracias, anotado: España. Seguiré las reglas de allí."
    assert person.facts().region == "ES"


def test_short_words_keep_the_added_language_and_a_wish_changes_it(bot: Bot) -> None:
    person = bot.stranger()
    person.say("hola buenas")
    for short in ("ok", "sí", "vale", "42"):
        person.say(short)
        assert person.language() == "es"
    assert says(person, "in English please") == "Sure, let's go on in English."
    assert person.language() == "en"
    assert says(person, "en español por favor") == "De acuerdo, sigamos en español."


def test_stop_and_start_are_heeded_in_the_words_of_the_added_language(bot: Bot) -> None:
    person = bot.stranger()
    person.say("hola buenas")
    person.say("solo entregas y cuenta")
    assert says(person, "¡PARAR!").startswith("Parado")
    assert person.facts().stopped
    assert person.meets("EXTERNAL_order_shipped", order_id="E-1") == []
    assert says(person, "empezar").startswith("¡Qué bien verle!")
    (told,) = person.meets("EXTERNAL_order_shipped", order_id="E-2")
    assert text_of(told) == "Su pedido E-2 ya ha salido."


def test_a_wish_is_asked_for_and_answered_in_the_added_language(bot: Bot) -> None:
    person = bot.stranger()
    person.say("hola buenas")
    (asked,) = person.say("avísame cuando vuelva sku-42")
    request = card_of(asked)
    assert request is not None
    assert request["title"] == "Avisarme cuando vuelva sku-42"
    (thanks,) = person.act("notify_me")
    assert text_of(thanks).startswith("¡Gracias!")
    row = bot.notify("back_in_stock:sku-42")[person.psid]
    assert row["decision"] == "send"
    assert text_of(person.told()[-1]).startswith("De nuevo en stock, como nos pidió: sku-42")


# -- an alert type, a one-time notification --------------------------------------------------------


def test_an_added_alert_type_is_chosen_told_and_stopped(bot: Bot) -> None:
    person = bot.someone()
    person.say("refund alerts please")
    assert person.chosen() == {"refund"}
    slots = {"amount": "12 euros"}
    row = bot.notify("refund", "utter_refund_sent", slots=slots)[person.psid]
    assert (row["decision"], row["ground"]) == ("send", "standard_window")
    told = person.told()[-1]
    assert text_of(told) == "Your refund of 12 euros is on its way."
    assert told["notification_type"] == "SILENT_PUSH"
    person.say("stop the refund alerts")
    assert person.chosen() == set()
    assert person.psid not in bot.notify("refund", "utter_refund_sent", slots=slots)


def test_an_added_one_time_notification_has_its_own_words_and_its_own_wish(bot: Bot) -> None:
    person = bot.someone()
    (asked,) = person.say("I want to choose my alerts")
    payload = next(one for one in offered(asked) if "price_drop" in one)
    (question,) = person.tap(payload)
    assert "Which product" in text_of(question)
    (request,) = person.say("SKU 55")
    wanted = card_of(request)
    assert wanted is not None
    assert wanted["title"] == "Tell me when SKU 55 costs less"
    person.act("notify_me")
    assert person.wishes() == ["price_drop:sku-55"]
    bot.at("2026-05-20T15:00:00Z")
    assert bot.notify("back_in_stock:sku-55") == {}
    row = bot.notify("price_drop:sku-55", "utter_price_drop")[person.psid]
    assert (row["decision"], row["ground"]) == ("send", "one_time_notification")
    assert "costs less now" in text_of(person.told()[-1])


# -- a response outside the window -----------------------------------------------------------------


def test_what_has_no_ground_after_the_window_waits_or_says_what_is_missing(bot: Bot) -> None:
    person = bot.someone()
    person.say("refund alerts please")
    bot.at("2026-05-20T15:00:00Z")
    row = bot.notify("refund", "utter_refund_sent", slots={"amount": "5 euros"})[person.psid]
    assert (row["decision"], row["whose"]) == ("refuse", "platform")
    assert "template" in row["reason"]
