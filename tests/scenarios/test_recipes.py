"""The recipes of docs/designers.md followed in a copy of the project: by data alone, they work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policy_guard.sql_store import SqlStore
from scripts.stack import ROOT, Stack, free_ports
from simulator.testing import SimulatorClient
from tests import guide

from .conftest import PAGE, RASA_TOKEN, Bot, Someone, card_of, offered, text_of
from .recipes import Project

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(900)]

MACHINE = "EXTERNAL_refund_sent"


def followed(folder: Path) -> Project:
    """Return a copy of the project in which the recipes were followed as they stand."""
    project = Project(folder)
    project.follow("add an alert type")
    project.follow("write outside the window")
    project.keep_unsayable(MACHINE, after="EXTERNAL_referral")
    project.follow("add a one-time notification")
    return project


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give the bot of a copy in which every recipe was followed."""
    project = followed(tmp_path_factory.mktemp("project"))
    project.add_spanish()
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


# -- an alert type, a response outside the window --------------------------------------------------


def typed(bot: Bot, command: str, **told: str) -> str:
    """Type a command of the guide into a shell, as it stands there; returns what it prints."""
    environment = {
        **os.environ,
        **bot.stack.environment,
        "CHANNEL": bot.url,
        "POLICY_GUARD_CHANNEL": bot.url,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        **told,
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=bot.stack.project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refunded(bot: Bot, person: Someone) -> list[dict[str, Any]]:
    """Post the refund of the guide for somebody, under a key of its own; returns what is said."""
    before = len(person.told())
    (post,) = guide.commands("write outside the window")
    assert "refund-77" in post
    key = f"refund-{person.psid}"
    said = json.loads(typed(bot, post.replace("refund-77", key), PSID=person.psid))
    assert said == {"key": f"external:{person.psid}:{key}"}
    person.settle()
    return person.told()[before:]


@pytest.mark.parametrize(
    ("hello", "choice", "said", "stop"),
    [
        (
            "hello",
            "refund alerts please",
            "Your refund of 12 euros is on its way.",
            "stop the refund alerts",
        ),
        (
            "bonjour",
            "je voudrais les alertes remboursement",
            "Votre remboursement de 12 euros est en route.",
            "plus d'alertes remboursement svp",
        ),
        (
            "hola buenas",
            None,
            "Su reembolso de 12 euros va de camino.",
            None,
        ),
    ],
)
def test_an_added_alert_type_is_chosen_told_and_stopped(
    bot: Bot, hello: str, choice: str | None, said: str, stop: str | None
) -> None:
    person = bot.stranger()
    person.say(hello)
    if choice is None:
        (asked,) = person.say("quiero elegir mis avisos")
        person.tap(next(one for one in offered(asked) if "refund" in one))
    else:
        person.say(choice)
    assert person.chosen() == {"refund"}
    (told,) = refunded(bot, person)
    assert text_of(told) == said
    assert told["notification_type"] == "SILENT_PUSH"
    assert refunded(bot, person) == []  # the same key is the same refund
    if stop is not None:
        person.say(stop)
        assert person.chosen() == set()


def test_the_machines_event_answers_no_question_that_is_open(bot: Bot) -> None:
    person = bot.someone()
    person.say("refund alerts please")
    person.say("notify me")
    told, again = refunded(bot, person)
    assert text_of(told).startswith("Your refund")
    assert text_of(again).startswith("Which product")
    assert person.wishes() == []


def test_what_has_no_ground_after_the_window_waits_until_the_person_writes(bot: Bot) -> None:
    person = bot.someone()
    person.say("refund alerts please")
    bot.at("2026-05-20T15:00:00Z")
    assert refunded(bot, person) == []
    row = person.only("utter_refund_sent")
    assert (row.state, row.decision["whose"]) == ("held", "platform")
    assert "it is kept until the person writes" in row.decision["reason"]
    assert {"key": "if_template_named"} in row.decision["changes"]
    person.say("hello again")
    assert "Your refund of 12 euros is on its way." in map(text_of, person.told())


# -- a one-time notification -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hello", "wish", "title"),
    [
        ("hello", "tell me when sku-42 gets cheaper", "Tell me when sku-42 costs less"),
        (
            "bonjour",
            "prévenez-moi quand sku-42 coûte moins",
            "Me dire quand sku-42 coûte moins",
        ),
    ],
)
def test_an_added_one_time_notification_is_asked_for_in_words_and_told_once(
    bot: Bot, hello: str, wish: str, title: str
) -> None:
    person = bot.stranger()
    person.say(hello)
    (request,) = person.say(wish)
    wanted = card_of(request)
    assert wanted is not None
    assert wanted["title"] == title
    person.act("notify_me")
    assert person.wishes() == ["price_drop:sku-42"]
    bot.at("2026-05-20T15:00:00Z")
    before = len(person.told())
    (order,) = guide.commands("add a one-time notification")
    assert f"{person.psid}: send on one_time_notification" in typed(bot, order)
    (told,) = person.told()[before:]
    assert "sku-42" in text_of(told)
    assert person.psid not in typed(bot, order)


def test_it_is_also_chosen_from_the_list_and_is_no_other_wish(bot: Bot) -> None:
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
    assert bot.notify("back_in_stock:sku-55") == {}


# -- what is checked before it runs ----------------------------------------------------------------


def test_the_recipes_leave_nothing_to_the_linter_nor_to_rasas_validator(tmp_path: Path) -> None:
    project = followed(tmp_path)
    shutil.copytree(ROOT / "actions", tmp_path / "actions")  # where slots are filled
    assert project.run("channels.cli", "lint").startswith("nothing found")
    for file in ("en.yml", "fr.yml"):  # thousands of sentences that the recipes do not touch
        project.path(f"data/nlu/{file}").unlink()
    warned = re.findall(r"UserWarning: (.*)", project.run("rasa", "data", "validate"))
    told = [each for each in warned if re.search("refund|price_drop|amount", each)]
    assert [each for each in told if not (MACHINE in each and "NLU training data" in each)] == []
