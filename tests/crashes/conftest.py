"""One running bot for the whole folder, whose Rasa is killed and started again."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.stack import DEVELOPMENT, ROOT, Stack, free_ports
from simulator.testing import Simulator, SimulatorClient
from tests.crashes import ledger
from tests.crashes.gate import Gate

WITHIN = 60.0  # seconds for something to happen, on a slow machine


@dataclass
class Bot:
    """The running bot, with the gate before its action server and the platform before its door."""

    stack: Stack
    gate: Gate
    messenger: SimulatorClient
    pool: ThreadPoolExecutor

    @property
    def store(self) -> Path:
        """Return the guard's database file."""
        return self.stack.folder / "guard.db"

    @property
    def tracker(self) -> Path:
        """Return the database file of Rasa's trackers."""
        return self.stack.folder / "tracker.db"

    def kill(self) -> None:
        """End Rasa at once."""
        self.stack.kill("rasa")

    def start(self) -> None:
        """Start Rasa and wait until it answers; nothing is held or broken any more."""
        self.gate.open()
        self.messenger.clear_faults()
        self.stack.start_rasa()
        self.stack.wait("rasa", f"{self.stack.channel_url}/")

    def say(self, psid: str, text: str) -> str:
        """Let a person type something; returns the key of the event, which is acknowledged."""
        return self._acknowledged(self.messenger.say(psid, text))

    def order(self, psid: str, payload: str) -> str:
        """Let a person tap a quick reply with a payload; returns the key of the event."""
        return self._acknowledged(self.messenger.quick_reply(psid, payload=payload, force=True))

    def _acknowledged(self, done: dict[str, Any]) -> str:
        assert done["delivery"]["status"] == 200, done
        return f"message:{done['mid']}"

    def notify(self, topic: str) -> list[dict[str, Any]]:
        """Send an alert; returns a row per person."""
        body = {"topic": topic, "response": "utter_back_in_stock"}
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {DEVELOPMENT['MESSENGER_API_TOKEN']}",
        }
        url = f"{self.stack.channel_url}/notify"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - a loopback address of ours
        with urllib.request.urlopen(request, timeout=WITHIN) as answer:  # noqa: S310 - the same
            results: list[dict[str, Any]] = json.load(answer)["results"]
            return results

    def answers(self, psid: str) -> list[ledger.Answer]:
        """Return what went to a person over the wire, in order."""
        return ledger.answers(self.messenger, self.store, psid)

    def answered(self, psid: str) -> list[str]:
        """Return the keys of the events that were answered to a person, in order."""
        return [answer.key for answer in self.answers(psid) if answer.taken]

    def event(self, key: str) -> dict[str, Any]:
        """Return an event's row."""
        (row,) = ledger.rows(self.store, "SELECT * FROM inbox WHERE key = ?", key)
        return row

    def sends(self, psid: str, purpose: str = "reply") -> list[dict[str, Any]]:
        """Return the rows of what was decided to be sent to a person."""
        query = "SELECT * FROM send WHERE psid = ? AND purpose = ? ORDER BY created_at, ordinal"
        return ledger.rows(self.store, query, psid, purpose)

    def heard(self, psid: str, key: str) -> int:
        """Return how often the saved tracker holds what the person said with an event."""
        query = "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user'"
        if not self.tracker.exists():
            return 0
        found = [json.loads(row["data"]) for row in ledger.rows(self.tracker, query, psid)]
        said = [event["metadata"].get("messenger", {}).get("key") for event in found]
        return said.count(key)

    def wait(self, condition: Any, what: str) -> Any:
        """Wait for a condition and return what it gave."""
        return self.messenger.wait_for(condition, WITHIN, what)

    def settle(self) -> None:
        """Wait until nothing is left to be done."""
        self.wait(lambda: not ledger.unsettled(self.store), "everything to be settled")
        self.messenger.wait_idle(30)


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give a running bot that nobody has talked to."""
    ports = free_ports()
    with Gate(ports.actions).serving() as gate:
        hours = str(ROOT / "tests" / "hours.yml")
        extra = {"ACTION_URL": gate.url, "POLICY_GUARD_HOURS": hours}
        stack = Stack(ports, tmp_path_factory.mktemp("crashes"), extra)
        stack.start()
        messenger = SimulatorClient(stack.page_url, DEVELOPMENT["MESSENGER_PAGE_TOKEN"])
        try:
            with ThreadPoolExecutor(8) as pool:
                yield Bot(stack, gate, messenger, pool)
                gate.open()
        finally:
            stack.stop()


@pytest.fixture
def messenger() -> Iterator[Simulator]:
    """Give a simulated platform that sends no webhook: these tests send their own."""
    with Simulator() as simulator:
        simulator.set_now("2026-11-01T12:00:00Z")
        yield simulator
