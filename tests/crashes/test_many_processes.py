"""Two channels and two workers on one store: one turn at a time and in order, whoever is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from policy_guard import inbox_rows, schema, sends
from policy_guard.sql_store import SqlStore
from simulator.testing import Simulator
from tests.backends import free_port
from tests.crashes.worker import APP_SECRET, PAGE_TOKEN, ROOT

PEOPLE, EACH = 10, 6
STEP = 0.01  # seconds, the longest pause between two steps of a turn
SOON = 60.0  # seconds for everything to be settled, on a slow machine
CREDENTIALS = """
channels.messenger.MessengerInput:
  verify: local-verify
  secret: {secret}
  page-access-token: {token}
  graph_url: {graph}
"""


class Process:
    """One process at work on the store, that can be killed and started again."""

    def __init__(self, command: list[str], folder: Path, log: Path) -> None:
        self._command, self._folder, self._log = command, folder, log
        self.start()

    def start(self) -> None:
        """Start it."""
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self._folder, env=env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Crowd:
    """The processes of one store, and people who write to whichever channel is asked."""

    def __init__(self, folder: Path, url: str, messenger: Simulator) -> None:
        self.folder, self.url, self.messenger = folder, url, messenger
        SqlStore(url).close()
        (folder / "endpoints.yml").write_text(
            f"policy_guard:\n  url: {url}\n  page: {{region: US}}\n  alerts: {ROOT}/alerts.yml\n"
        )
        (folder / "credentials.yml").write_text(
            CREDENTIALS.format(secret=APP_SECRET, token=PAGE_TOKEN, graph=messenger.graph_url)
        )
        self.ports = [free_port(), free_port()]
        self.channels = [self._channel(port) for port in self.ports]
        self.workers = [
            Process([sys.executable, "-m", "channels.cli", "worker"], folder, folder / f"w{n}.log")
            for n in range(2)
        ]
        for port in self.ports:
            self.wait_for(port)

    def _channel(self, port: int) -> Process:
        code = (
            "import asyncio, sys; from pathlib import Path; from tests.crashes.worker import work; "
            "asyncio.run(work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "
            "float(sys.argv[4]), sys.argv[5]))"
        )
        told = [str(self.folder), self.messenger.graph_url, str(port), str(STEP), self.url]
        log = self.folder / f"channel-{port}.log"
        return Process([sys.executable, "-c", code, *told], ROOT, log)

    def wait_for(self, port: int) -> None:
        """Wait until a channel answers."""
        until(lambda: _answers(port), f"channel at {port}")

    def listens(self, which: int) -> None:
        """Let the platform send what happens from now on to this channel."""
        self.messenger.webhook_url = f"http://127.0.0.1:{self.ports[which]}/webhook"

    def close(self) -> None:
        """End everything."""
        for process in (*self.channels, *self.workers):
            process.kill()


def _answers(port: int) -> bool:
    address = f"http://127.0.0.1:{port}/"
    with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
        return True
    return False


def until(condition: object, what: str) -> None:
    """Wait for a condition; fails after SOON."""
    assert callable(condition)
    ends = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < ends, f"{what}: it never came"
        time.sleep(0.05)


@pytest.fixture
def messenger() -> Iterator[Simulator]:
    """Give a simulated platform."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def crowd(tmp_path: Path, store_url: str, messenger: Simulator) -> Iterator[Crowd]:
    """Give two channels and two workers that serve."""
    made = Crowd(tmp_path, store_url, messenger)
    yield made
    made.close()


@pytest.mark.timeout(180)
def test_everybody_is_answered_once_and_in_order_although_a_channel_and_a_worker_are_killed(
    crowd: Crowd, messenger: Simulator
) -> None:
    people = [messenger.person() for _ in range(PEOPLE)]
    lock = threading.Lock()

    def say(psid: str, n: int) -> None:
        with lock:  # which channel hears it is settled when the person writes
            crowd.listens(n % 2)
            done = messenger.say(psid, f"{psid} says {n}")
        assert done["delivery"]["status"] == 200, done

    def speak(psid: str) -> None:
        for n in range(EACH):
            say(psid, n)

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(speak, people))
        crowd.channels[0].kill()
        crowd.workers[0].kill()
        crowd.listens(1)
        crowd.channels[0].start()
        crowd.wait_for(crowd.ports[0])

    store = SqlStore(crowd.url)

    def unsettled() -> list[str]:
        with store.read() as tx:
            waiting = [row.key for row in inbox_rows.unfinished(tx, "1234567890")]
            open_sends = [r.id for r in sends.listed(tx, states=list(sends.OPEN))]
            return [*waiting, *open_sends]

    until(lambda: not unsettled(), "everything settled")
    messenger.wait_idle(20)
    with store.read() as tx:
        doubts = {r.text for r in sends.listed(tx, states=["unknown"])}
        failed = inbox_rows.listed(tx, [inbox_rows.FAILED])
        left = tx.execute(schema.lease.select()).fetchall()
    store.close()
    assert failed == []
    assert left == []
    for psid in people:
        got = [request["body"]["message"]["text"] for request in messenger.sent(psid)]
        asked = [f"{psid} says {n} #0" for n in range(EACH)]
        assert [n for n in Counter(got).values() if n != 1] == [], got
        assert sorted(set(got) | doubts & set(asked)) == asked
        assert got == sorted(got), "out of order"
    assert messenger.objections() == []
