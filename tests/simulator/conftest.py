"""What the simulator's tests share: a simulator and a small bot that writes down its webhooks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from simulator.pytest_plugin import messenger
from simulator.testing import Simulator

__all__ = ["messenger"]


@dataclass
class Bot:
    """A webhook that answers what it is told to and keeps the raw bytes it was sent."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)  # used up first; then always 200
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def events(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return the events received, those that have `key` when it is given."""
        bodies = [json.loads(raw) for raw, _ in list(self.received)]
        items = [
            e for body in bodies for entry in body["entry"] for e in entry.get("messaging", [])
        ]
        return [e for e in items if key is None or key in e]


@pytest.fixture
def bot() -> Iterator[Bot]:
    """Give a bot on a free port, connected to nothing."""
    state = Bot()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            question = parse_qs(urlsplit(self.path).query)
            good = question["hub.verify_token"] == ["sim-verify-token"]
            self.answer(200 if good else 403, question["hub.challenge"][0])

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((raw, {k.lower(): v for k, v in self.headers.items()}))
            self.answer(state.statuses.pop(0) if state.statuses else 200, "")

        def answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def joined(messenger: Simulator, bot: Bot) -> Simulator:
    """Give a simulator whose webhooks go to the bot."""
    messenger.webhook_url = bot.url
    return messenger


def until(condition: Any, seconds: float = 5.0) -> Any:
    """Return the first true answer of `condition`."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return answer
