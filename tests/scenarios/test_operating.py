"""What an operator asks a running bot: is it alive, is it ready, what are its figures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scripts.stack import ROOT

from .conftest import Answer, Bot, call, text_of

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]

Figures = dict[str, dict[tuple[tuple[str, str], ...], float]]


def scrape(bot: Bot, token: str | None = None) -> Answer:
    bearer = bot.secrets["MESSENGER_API_TOKEN"] if token is None else token
    return call(f"{bot.url}/metrics", headers={"Authorization": f"Bearer {bearer}"})


def figures(text: str) -> Figures:
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_a_bot_that_runs_is_alive_and_ready(bot: Bot) -> None:
    bot.someone()
    assert call(f"{bot.url}/live") == Answer(200, b"alive")
    answer = call(f"{bot.url}/ready")
    assert (answer.status, answer.json["failing"]) == (200, [])
    assert {"store", "runner", "clock", "platform"} <= set(answer.json["parts"])
    assert answer.json["parts"]["store"]["says"] == "the store can be written to"


def test_the_figures_tell_what_was_decided_and_what_came_of_it(bot: Bot) -> None:
    before = figures(scrape(bot).body.decode())
    bot.someone()
    after = figures(scrape(bot).body.decode())

    def grew(figure: str, **labels: str) -> float:
        def of(found: Figures) -> float:
            rows = found.get(figure, {})
            return sum(v for k, v in rows.items() if set(labels.items()) <= set(k))

        return of(after) - of(before)

    assert grew("policy_guard_decisions_total", decision="send", ground="standard_window") == 1
    assert grew("policy_guard_outcomes_total", outcome="sent") == 1
    assert grew("policy_guard_window_total", what="inside") == 1
    assert grew("policy_guard_store_counter_total", name="events.message") == 1
    assert grew("messenger_channel_webhook_seconds_count", status="200") >= 1
    assert grew("messenger_channel_turn_seconds_count", ended="done") == 1
    assert after["messenger_channel_waiting_events"] == {(): 0}
    assert after["messenger_channel_loop_lag_seconds_count"][()] > 0


def test_the_figures_are_for_who_holds_the_token(bot: Bot) -> None:
    assert scrape(bot, "wrong").status == 403
    assert call(f"{bot.url}/metrics").status == 403


def test_no_figure_names_a_person(bot: Bot) -> None:
    person = bot.someone()
    assert person.psid not in scrape(bot).body.decode()


def test_the_command_line_prints_the_same_figures_of_the_store(bot: Bot) -> None:
    bot.someone().settle()
    told = figures(scrape(bot).body.decode())
    done = subprocess.run(
        [sys.executable, "-m", "channels.cli", "metrics", "--json"],
        cwd=ROOT,
        env=bot.stack.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    printed = {
        (row["name"], tuple(sorted(row["labels"].items()))): row["value"]
        for row in json.loads(done.stdout)
    }
    assert printed
    later = figures(scrape(bot).body.decode())  # counting goes on meanwhile
    for (name, labels), value in printed.items():
        if name.endswith("_total"):
            assert told.get(name, {}).get(labels, 0) <= value <= later[name][labels], name


GUIDE = (ROOT / "docs" / "operating.md").read_text("utf-8")


def test_the_guides_call_of_the_agents_route_works_as_it_stands(bot: Bot) -> None:
    (example,) = re.findall(r"```\n(curl .*?)```", GUIDE, re.DOTALL)
    person = bot.someone()

    def run(token: str) -> dict[str, object]:
        told = {"CHANNEL": bot.url, "PSID": person.psid, "MESSENGER_API_TOKEN": token}
        done = subprocess.run(
            ["bash", "-c", example],
            env={**os.environ, **told, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    answer = run(bot.secrets["MESSENGER_API_TOKEN"])
    assert (answer["decision"], answer["ground"]) == ("send", "standard_window")
    assert answer["state"] == "sent"
    assert text_of(person.told()[-1]) == "Ann here: size 42 is back."
    (line,) = person.journal("human_wrote")
    assert (line.data["by"], line.data["agent"]) == ("agent", "ann")
    assert "token" in str(run("wrong")["error"])
