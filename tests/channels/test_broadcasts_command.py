"""`policy-guard notify` to many, and `policy-guard broadcasts`: on a store without a channel."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from channels import cli_notify
from channels.cli import main
from channels.cli_notify import Progress
from policy_guard.clock import SystemClock
from tests.conftest import SKU, Bench, FakeClock
from tests.policy_guard.crowds import Crowd

ALERTS = """
- id: delivery
  titles: {en: Deliveries, fr: Livraisons}
  descriptions: {en: parcels, fr: colis}
  purpose: post_purchase_update
  consent: preference
  push: silent
- id: back_in_stock
  titles: {en: Back, fr: Retour}
  descriptions: {en: products, fr: produits}
  purpose: alert
  consent: one_time
  slot: product
  push: regular
"""
DOMAIN = """
responses:
  utter_back:
    - text: "{product} is back."
    - text: "{product} est de retour."
      condition: [{type: slot, name: language, value: fr}]
  utter_price:
    - text: "{product} is back for {price}."
"""


@pytest.fixture
def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Give people in the store of a project folder."""
    (tmp_path / "alerts.yml").write_text(ALERTS)
    (tmp_path / "domain.yml").write_text(DOMAIN)
    (tmp_path / "endpoints.yml").write_text(
        "policy_guard:\n"
        f"  url: sqlite:///{tmp_path}/guard.db\n"
        "  page: {region: US, one_time_notification: true}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESSENGER_API_TOKEN", "operators-token")
    clock = FakeClock(SystemClock().now())
    return Crowd(Bench(f"sqlite:///{tmp_path}/guard.db", clock))


def test_the_list_shows_states_and_counts(crowd: Crowd, capsys: pytest.CaptureFixture[str]) -> None:
    crowd.join("a", "b")
    made = crowd.ordered()
    crowd.stop("b")
    crowd.send(made)
    assert main(["broadcasts", "list"]) == 0
    said = capsys.readouterr().out
    assert f"{made.id}  running  `utter_news` on `delivery`" in said
    assert "2 recipients: 1 refused, 1 sent" in said
    assert main(["broadcasts", "list", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["total"], one["counts"]) == (2, {"sent": 1, "refused": 1})


def test_none_is_said(crowd: Crowd, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broadcasts", "list"]) == 0
    assert "there was no broadcast" in capsys.readouterr().out


def test_show_tells_of_recipients_with_the_reason(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    crowd.stop("b")
    crowd.send(made)
    assert main(["broadcasts", "show", str(made.id), "--last", "2"]) == 0
    said = capsys.readouterr().out
    assert "a: send on standard_window, sent" in said
    assert "b: refuse, refused: the person stopped all messages" in said
    assert f"policy-guard explain {crowd.row(made, 'b').id}" in said
    assert "and 1 more" in said


def test_pause_resume_and_cancel_are_written_down_with_who_did_it(
    crowd: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    made = crowd.ordered()
    for command, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert main(["broadcasts", command, str(made.id), "--by", "ann"]) == 0
        assert f"{made.id}  {state}" in capsys.readouterr().out
        assert crowd.now(made).state == state
    lines = [e for e in crowd.bench.told() if e.what.startswith("broadcast_")][1:]
    assert [(e.what, e.data["by"]) for e in lines] == [
        ("broadcast_paused", "ann"),
        ("broadcast_resumed", "ann"),
        ("broadcast_cancelled", "ann"),
    ]
    assert main(["journal", "--what", "broadcast_paused"]) == 0
    assert "a broadcast was paused: " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["show", "pause", "resume", "cancel"])
def test_one_that_is_not_there_is_one_sentence(
    crowd: Crowd, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["broadcasts", command, "77"]) == 2
    assert capsys.readouterr().err == "there is no broadcast `77`\n"


# -- the dry run -----------------------------------------------------------------------------------


def test_a_dry_run_counts_decisions_by_ground_and_reason_and_writes_nothing(
    crowd: Crowd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_notify, "_CHUNK", 2)
    crowd.join("a", "b", "c", "d", "e", topic=SKU)
    crowd.stop("b")
    before = crowd.bench.sql("SELECT count(*) FROM journal")
    command = ["notify", "--topic", SKU, "--response", "utter_back", "--dry-run"]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["total"] == 5
    assert [(w["people"], w["decision"], w["ground"], w["rule"]) for w in told["would"]] == [
        (4, "send", "standard_window", "window_open"),
        (1, "refuse", "", "person_stopped"),
    ]
    assert crowd.bench.sql("SELECT count(*) FROM journal") == before
    assert crowd.bench.sql("SELECT count(*) FROM broadcast") == [(0,)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "4  send on standard_window: " in said
    assert "5  in all; nothing was sent and nothing written" in said


@pytest.mark.parametrize(
    ("topic", "response", "why"),
    [
        ("weather", "utter_back", "the topic `weather` is not in alerts.yml"),
        (SKU, "utter_nothing", "has no response `utter_nothing`"),
        (SKU, "utter_price", "the response `utter_price` needs `price`"),
    ],
)
def test_a_dry_run_complains_as_the_channel_does(
    crowd: Crowd, capsys: pytest.CaptureFixture[str], topic: str, response: str, why: str
) -> None:
    assert main(["notify", "--topic", topic, "--response", response, "--dry-run"]) == 2
    assert why in capsys.readouterr().err


# -- how far it is ---------------------------------------------------------------------------------


@pytest.fixture
def many(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a broadcast that the channel, which a test stands for, has just been ordered."""
    crowd.join("a", "b", "c")
    made = crowd.ordered()
    about = {"id": made.id, "state": "running", "total": 3, "counts": {"waiting": 3}}
    answer = {"topic": "delivery", "response": "utter_news", "broadcast": about, "results": None}
    monkeypatch.setattr(cli_notify, "_ask", lambda *_: answer)
    monkeypatch.setattr(cli_notify, "_LOOK_EVERY", 0.05)
    return made


COMMAND = ["notify", "--topic", "delivery", "--response", "utter_news"]


def test_it_is_followed_to_its_end(
    crowd: Crowd, many: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        time.sleep(0.2)
        other = Crowd(crowd.bench)
        other.send(many)
        other.end(many)

    worker = threading.Thread(target=work)
    worker.start()
    assert main(COMMAND) == 0
    worker.join()
    said = capsys.readouterr()
    assert f"{many.id}  done" in said.out
    assert "3 recipients: 3 sent" in said.out
    assert f"broadcast {many.id}: 0 of 3" in said.err


def test_detached_it_says_where_to_look(many: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, "--detach"]) == 0
    said = capsys.readouterr().out
    assert f"broadcast {many.id} is running: it goes on by itself" in said
    assert f"policy-guard broadcasts show {many.id}" in said


def test_who_stops_watching_does_not_stop_it(
    crowd: Crowd, many: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_notify.time, "sleep", interrupted)
    assert main(COMMAND) == 130
    assert "goes on by itself" in capsys.readouterr().out
    assert crowd.now(many).state == "running"


def _told(**more: Any) -> dict[str, Any]:
    counts = {"waiting": 750, "sent": 200, "refused": 50}
    told = {"id": 7, "state": "running", "total": 1000, "entered": True, "counts": counts}
    return {**told, **more}


def test_the_bar_shows_counts_the_rate_and_what_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(bar=True)
    before = {"waiting": 850, "sent": 150}
    progress.show(_told(counts=before), 0.0)
    progress.show(_told(), 10.0)
    progress.close()
    shown = capsys.readouterr().err.split("\r\x1b[K")
    assert shown[2].startswith("[#######...")
    assert "broadcast 7: 250 of 1,000 (200 sent, 50 refused), 10 a second, 75 s left" in shown[2]
    assert shown[-1] == "", "the bar's line is left empty"


def test_without_a_terminal_a_line_is_told_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress(bar=False)
    for second in range(11):
        progress.show(_told(), float(second))
    progress.show(_told(state="paused"), 20.0)
    progress.show(_told(entered=False, total=600), 30.0)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert lines[3] == "broadcast 7: 250 of 1,000 (200 sent, 50 refused), paused"
    assert lines[4] == "broadcast 7: 600 recipients entered so far"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (99, "99 s"), (120, "2 min"), (12_000, "3 h 20 min")]
)
def test_what_is_left_is_told_in_words(seconds: float, words: str) -> None:
    assert cli_notify._span(seconds) == words
