"""What an operator's probe sees."""

from __future__ import annotations

import pytest

from policy_guard.sql_store import get_meta
from policy_guard.yaml_place import load
from scripts.stack import ROOT

from .conftest import PAGE, Bot

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def test_the_page_is_the_one_that_the_platform_named(bot: Bot) -> None:
    text = (ROOT / "credentials.yml").read_text()
    channel = load(text, "credentials.yml", ValueError).data["channels.messenger.MessengerInput"]
    assert "page_id" not in channel
    assert bot.health()["page_id"] == PAGE == bot.sim.health()["page_id"]


def test_health_names_the_store_and_the_clock(bot: Bot) -> None:
    with bot.store.read() as tx:
        store_id = get_meta(tx, "store_id")
    health = bot.health()
    assert health["status"] == ("degraded" if health["troubles"] else "ok")
    assert health["store_id"] == store_id
    assert health["simulated_clock"] is True
    assert health["now"].startswith("2026-05-10T10:0")


@pytest.mark.parametrize(
    ("moment", "edition"),
    [("2026-04-26T23:59:00Z", "2026-02-10"), ("2026-04-27T00:00:30Z", "2026-04-27")],
)
def test_health_names_the_edition_in_force(bot: Bot, moment: str, edition: str) -> None:
    bot.at(moment)
    assert bot.health()["edition"] == edition


def test_nothing_is_left_undone_when_nobody_speaks(bot: Bot) -> None:
    person = bot.someone()
    person.settle()
    bot.wait(lambda: not bot.unfinished(), "every turn to end")
    assert bot.health()["backlog"] == 0
