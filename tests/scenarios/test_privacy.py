"""A person has everything deleted; the menu of the Page leads where it says; all with real Rasa."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sqlite3
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from policy_guard import schema
from policy_guard.yaml_place import load
from scripts.stack import ROOT

from .conftest import Bot, Someone, call, offered, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

DELETE = '/privacy{"data_request": "delete"}'


def conversation(bot: Bot, person: Someone) -> int:
    """Return how many events Rasa keeps of a person."""
    line = sqlite3.connect(bot.stack.environment["TRACKER_DB"])
    try:
        query = "SELECT count(*) FROM events WHERE sender_id = ?"
        return int(line.execute(query, [person.psid]).fetchone()[0])
    finally:
        line.close()


def mentions(bot: Bot, word: str) -> list[str]:
    """Return the tables of the store in which a word stands."""
    with bot.store.read() as tx:
        return [
            table.name
            for table in schema.metadata.sorted_tables
            if any(word in str(cell) for row in tx.execute(select(table)) for cell in row)
        ]


def is_forgotten(bot: Bot, person: Someone) -> bool:
    return mentions(bot, person.psid) == [] and conversation(bot, person) == 0


def test_everything_is_deleted_after_the_last_words_have_left(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    topic = person.ask_and_tap(bot.product())
    (what,) = person.say("what data do you keep about me")
    assert "90 days" in text_of(what)
    assert DELETE in offered(what)
    (sure,) = person.tap(DELETE)
    assert offered(sure) == ["/affirm", "/deny"]
    (last,) = person.tap("/affirm")
    assert "being deleted" in text_of(last)
    bot.wait(lambda: is_forgotten(bot, person), "everything to be gone")
    assert person.objections() == []

    before = person.told()
    assert person.meets("EXTERNAL_order_shipped", order_id="P-1") == []
    assert person.only("utter_order_shipped").decision["rule"] == "person_stopped"
    assert person.psid not in bot.notify(topic)
    assert person.told() == before

    assert person.say("hello again")  # an answer is no alert
    assert person.facts().stopped
    person.choose_delivery()
    assert not person.facts().stopped
    assert len(person.meets("EXTERNAL_order_shipped", order_id="P-2")) == 1


def test_a_typed_yes_in_french_deletes_too(bot: Bot) -> None:
    person = bot.someone(french=True)
    (sure,) = person.say("effacez toutes mes données svp")
    assert "définitif" in text_of(sure)
    (last,) = person.say("oui")
    assert "effacé" in text_of(last)
    bot.wait(lambda: is_forgotten(bot, person), "everything to be gone")


def test_keep_it_keeps_it(bot: Bot) -> None:
    person = bot.someone()
    person.choose_delivery()
    person.say("delete all my data please")
    assert "nothing changes" in text_of(person.tap("/deny")[-1])
    person.say("yes")  # no longer a yes to deleting
    assert person.chosen() == {"delivery"}
    assert conversation(bot, person) > 0


MENU: dict[str, list[dict[str, Any]]] = load(
    (ROOT / "profile.yml").read_text("utf-8"), "profile.yml", ValueError
).data["persistent_menu"]


@pytest.mark.parametrize("locale", ["default", "fr_FR"])
def test_every_entry_of_the_menu_is_answered(bot: Bot, locale: str) -> None:
    person = bot.someone(french=locale == "fr_FR")
    lost = {"utter_default", "utter_out_of_scope", "utter_unavailable"}
    for item in MENU[locale]:
        said = person.act("postback", force=True, **item)
        assert said, item
        assert not lost & {row.response for row in person.decided()}, item
        person.say("non" if locale == "fr_FR" else "no")


def test_the_platform_passes_a_persons_wish_on(bot: Bot) -> None:
    person = bot.someone()

    def asked(secret: str) -> Any:
        said = {"algorithm": "HMAC-SHA256", "user_id": person.psid, "issued_at": 1291836800}
        payload = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=")
        right = hmac.new(secret.encode(), payload, hashlib.sha256).digest()
        signed = base64.urlsafe_b64encode(right).rstrip(b"=") + b"." + payload
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"signed_request": signed.decode()}).encode()
        return call(f"{bot.url}/data_deletion", "POST", body, headers)

    assert asked("not-the-secret").status == 403
    assert person.facts().openers
    answer = asked(bot.secrets["MESSENGER_APP_SECRET"])
    assert answer.status == 200
    assert answer.json["url"].endswith(f"/data_deletion/{answer.json['confirmation_code']}")
    bot.wait(lambda: is_forgotten(bot, person), "everything to be gone")
    page = call(answer.json["url"], headers={"Accept-Language": "fr-FR,fr"})
    assert page.status == 200
    assert "ont été effacées" in page.body.decode()
    assert call(answer.json["url"][:-1] + "z").status == 404
