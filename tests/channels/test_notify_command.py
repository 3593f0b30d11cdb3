"""`policy-guard notify`: the command asks the running channel and shows a line per person."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from channels.cli import main

ROWS = [
    {
        "psid": "p-1",
        "decision": "send",
        "ground": "one_time_notification",
        "state": "sent",
        "reason": "the person asked once",
        "send": "snd_1",
    },
    {
        "psid": "p-2",
        "decision": "refuse",
        "ground": None,
        "state": "refused",
        "reason": "the person stopped all messages",
        "send": "snd_2",
    },
]


class Channel(HTTPServer):
    """A channel that answers what a test wants and keeps what it was asked."""

    status = 200
    answer: Any = None
    asked: list[tuple[str, str | None, Any]]


class _Handler(BaseHTTPRequestHandler):
    server: Channel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        said = self.server.answer
        data = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def channel() -> Iterator[Channel]:
    server = Channel(("127.0.0.1", 0), _Handler)
    server.asked = []
    server.answer = {"results": ROWS}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder whose channel is the test's."""
    (tmp_path / "endpoints.yml").write_text(
        "policy_guard:\n"
        f"  channel: http://127.0.0.1:{channel.server_port}/webhooks/messenger\n"
        "  page: {region: US}\n"
    )
    (tmp_path / "credentials.yml").write_text(
        'channels.messenger.MessengerInput:\n  api_token: "${MESSENGER_API_TOKEN}"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESSENGER_API_TOKEN", "operators-token")
    return tmp_path


COMMAND = ["notify", "--topic", "back_in_stock:sku-42", "--response", "utter_back_in_stock"]


def test_it_asks_with_the_token_and_shows_a_line_per_person(
    project: Path, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--slots", '{"size": 7, "product": "x"}', "--slot", "product=Boots = 2"]
    assert main([*COMMAND, *words, "--key", "r1", "--by", "ann"]) == 0
    path, token, body = channel.asked[0]
    assert path == "/webhooks/messenger/notify"
    assert token == "Bearer operators-token"
    assert body["slots"] == {"size": 7, "product": "Boots = 2"}
    assert (body["key"], body["by"]) == ("r1", "ann")
    said = capsys.readouterr().out
    assert "p-1: send on one_time_notification, sent: the person asked once" in said
    assert "p-2: refuse, refused: the person stopped all messages" in said
    assert "policy-guard explain snd_2" in said


def test_the_environment_says_where_a_channel_on_another_port_is(
    project: Path, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "endpoints.yml").write_text(
        "policy_guard:\n  channel: http://127.0.0.1:9/nowhere\n  page: {region: US}\n"
    )
    here = f"http://127.0.0.1:{channel.server_port}/webhooks/messenger"
    monkeypatch.setenv("POLICY_GUARD_CHANNEL", f"{here}/")
    assert main(COMMAND) == 0
    assert [path for path, _, _ in channel.asked] == ["/webhooks/messenger/notify"]


def test_json_is_what_the_channel_answered(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMMAND, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"] == ROWS


def test_nobody_waiting_is_said(
    project: Path, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    channel.answer = {"results": []}
    assert main(COMMAND) == 0
    assert "nobody is waiting to be told of `back_in_stock:sku-42`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (400, {"error": "the topic `x` is not in alerts.yml"}, "`400`: the topic `x`"),
        (403, {"error": "the token is missing or wrong"}, "`403`: the token is missing or wrong"),
        (200, b"<html>", "is not the Messenger channel"),
    ],
)
def test_a_no_of_the_channel_is_one_sentence(
    project: Path,
    channel: Channel,
    capsys: pytest.CaptureFixture[str],
    status: int,
    answer: object,
    said: str,
) -> None:
    channel.status, channel.answer = status, answer
    assert main(COMMAND) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_channel_that_is_not_running_is_one_sentence(
    project: Path, channel: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (project / "endpoints.yml").read_text().replace(str(channel.server_port), "9")
    (project / "endpoints.yml").write_text(text)
    assert main(COMMAND) == 2
    assert (
        "does not answer at `http://127.0.0.1:9/webhooks/messenger/notify`: is Rasa running?"
        in (capsys.readouterr().err)
    )


def test_a_token_that_is_nowhere_is_named(
    project: Path,
    channel: Channel,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MESSENGER_API_TOKEN")
    assert main(COMMAND) == 2
    assert "`MESSENGER_API_TOKEN` is not set" in capsys.readouterr().err
    assert channel.asked == []


@pytest.mark.parametrize("text", ["{", "[1]", "7"])
def test_slots_that_are_no_object_are_named(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert main([*COMMAND, "--slots", text]) == 2
    assert f"`{text}` is not a JSON object" in capsys.readouterr().err


def test_a_slot_without_a_value_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, "--slot", "product"]) == 2
    assert "`product` is not NAME=VALUE" in capsys.readouterr().err
