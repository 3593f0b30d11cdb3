"""At its most talkative, no log of the bot holds a secret; runs last, on what all others caused."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3

import pytest

from policy_guard import privacy_rows

from .conftest import USUAL, Bot, call

CANARY = "quetzalcoatlus"  # what somebody says and no log repeats

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]


def secrets_of(bot: Bot) -> dict[str, str]:
    """Return everything that no log may hold, by name."""
    named = {
        name: bot.secrets[f"MESSENGER_{name}"]
        for name in ("PAGE_TOKEN", "APP_SECRET", "VERIFY_TOKEN", "API_TOKEN")
    }
    secret, token = named["APP_SECRET"].encode(), named["PAGE_TOKEN"].encode()
    named["proof"] = hmac.new(secret, token, hashlib.sha256).hexdigest()
    return named | {f"token {n}": value for n, value in enumerate(bot.one_time_tokens())}


@pytest.fixture(scope="module")
def talked(running: Bot) -> Bot:
    """Give a bot that has used each of its secrets, in success and in failure."""
    bot = running
    bot.sim.clear_faults()
    bot.at(USUAL)
    token = bot.secrets["MESSENGER_VERIFY_TOKEN"]
    question = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={token}"
    assert call(f"{bot.url}/webhook?{question}").status == 200
    person = bot.someone()
    person.say(f"thank you for {CANARY}")
    topics = [person.ask_and_tap(bot.product()) for _ in range(3)]
    bot.at("2026-05-18T10:00:00Z")
    assert bot.notify(topics[0])[person.psid]["state"] == "sent"
    bot.sim.fault("error", "message", psid=person.psid, times=1, error={"code": 100})
    assert bot.notify(topics[1])[person.psid]["state"] == "rejected"
    bot.sim.fault("reset_before", "message", psid=person.psid, times=1)
    assert bot.notify(topics[2])[person.psid]["state"] == "unknown"
    assert bot.operator("notify", {}, "wrong").status == 403
    assert len(bot.one_time_tokens()) >= 3
    return bot


@pytest.mark.parametrize("process", ["rasa", "actions"])
def test_no_log_holds_a_secret(talked: Bot, process: str) -> None:
    log = talked.stack.log(process).read_text("utf-8", "replace")
    if process == "rasa":
        assert "DEBUG" in log
    found = [name for name, value in secrets_of(talked).items() if value in log]
    assert found == []


@pytest.mark.parametrize("process", ["rasa", "actions"])
def test_no_log_names_a_person_or_repeats_what_was_said(talked: Bot, process: str) -> None:
    log = talked.stack.log(process).read_text("utf-8", "replace")
    with talked.store.read() as tx:
        known = {row.psid for row in tx.exec_driver_sql("SELECT psid FROM person")}
        key = privacy_rows.log_key(tx)
    # The platform's ids are long numbers; other tests make up people with ids such as `0`.
    people = {psid for psid in known if psid.isdecimal() and len(psid) >= 14}
    assert people
    assert [psid for psid in people if psid in log] == []
    assert CANARY not in log
    if process == "rasa":
        assert any(privacy_rows.pseudonym(key, psid) in log for psid in people)


def test_no_tracker_holds_a_secret(talked: Bot) -> None:
    with sqlite3.connect(talked.stack.folder / "tracker.db") as tracker:
        rows = "\n".join(str(row) for row in tracker.execute("SELECT * FROM events"))
    tracker.close()
    assert len(rows) > 1000
    assert [name for name, value in secrets_of(talked).items() if value in rows] == []


def test_the_journal_and_the_sends_hold_no_secret(talked: Bot) -> None:
    with talked.store.read() as tx:
        rows = "\n".join(
            str(tuple(row))
            for table in ("journal", "send", "part", "counter", "meta")
            for row in tx.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - names of ours
        )
    assert len(rows) > 1000
    assert [name for name, value in secrets_of(talked).items() if value in rows] == []


def test_no_address_that_we_call_holds_a_token(talked: Bot) -> None:
    calls = talked.sim.requests()
    assert calls
    assert {one["token_in"] for one in calls} == {"header"}
    assert all(one["proof"] for one in calls)
