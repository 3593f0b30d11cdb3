"""kill -9 at any moment, many times: nothing acknowledged is lost, nothing is said twice.

Rounds of kills, each over a new store, on SQLite or on PostgreSQL, whose server crashes too.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from simulator.testing import Simulator, SimulatorError
from tests.backends import PostgresServer, free_port
from tests.crashes import ledger
from tests.crashes.worker import ROOT

TALKERS = 24
LISTENERS = 10
LONGEST_LIFE = 0.4  # seconds that a worker is given before it is killed
LONGEST_STEP = 0.02  # seconds between two steps of a turn
SETTLES_WITHIN = 120  # seconds, on a slow machine
SERVER_CRASHES = 0.15  # of the kills strike the database server and not the channel
TROUBLE = (None, None, "hang_after", "hang_before", "reset_after", "reset_before")


@dataclass
class Nursery:
    """Starts workers over one folder, and kills them."""

    folder: Path
    messenger: Simulator
    store: ledger.Database
    port: int = field(default_factory=free_port)
    pid: int = 0
    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        options = [str(self.folder), self.messenger.graph_url, str(self.port), str(LONGEST_STEP)]
        if isinstance(self.store, str):
            options.append(self.store)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.worker", *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self) -> str:
        """Return where a worker listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start a worker and wait until it answers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("start\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())
        until = time.monotonic() + 15
        while not self.answers():
            assert time.monotonic() < until, (self.folder / "worker.log").read_text()[-3000:]
            time.sleep(0.01)

    def answers(self) -> bool:
        """Tell whether the worker answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(self.url, timeout=5):  # noqa: S310 - a loopback address of ours
            return True
        return False

    def kill(self) -> None:
        """End the worker as a power cut would, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        until = time.monotonic() + 5
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < until:
                os.kill(self.pid, 0)
                time.sleep(0.002)

    def notify(self, topic: str, request_id: str) -> None:
        """Ask for an alert, again until it is answered or the worker is gone."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = json.dumps({"topic": topic, "request_id": request_id})
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(line):
            line.request("POST", "/notify", body, {"Content-Type": "application/json"})
            line.getresponse().read()

    def close(self) -> None:
        """End everything."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


@dataclass
class Crowd:
    """People who talk, and people who only wait for what they asked to be told once."""

    messenger: Simulator
    chance: random.Random
    talkers: list[str]
    listeners: list[str]
    said: int = 0

    @classmethod
    def of(cls, messenger: Simulator, chance: random.Random) -> Crowd:
        """Return a crowd of new people, of whom the listeners have asked to be notified."""
        talkers = [messenger.person() for _ in range(TALKERS)]
        listeners = [messenger.person() for _ in range(LISTENERS)]
        for n, psid in enumerate(listeners):
            messenger.say(psid, f"card {_topic(n)}")
        for psid in listeners:
            messenger.wait_for(lambda psid=psid: messenger.messages(psid, "page"))  # type: ignore[misc]  # mypy types no default of a lambda
            messenger.notify_me(psid)
        messenger.wait_for(lambda: all(len(messenger.messages(p, "page")) == 2 for p in listeners))
        messenger.wait_idle()
        messenger.advance(days=8)
        return cls(messenger, chance, talkers, listeners)

    def line(self) -> dict[str, str]:
        """Return something that one of the talkers says."""
        self.said += 1
        text = f"e{self.said} x{self.chance.randint(1, 3)}"
        return {"psid": self.chance.choice(self.talkers), "act": "say", "text": text}

    def act(self) -> None:
        """Let one of them speak, or several at once, or the platform repeat itself."""
        what = self.chance.random()
        if what < 0.2:
            self.messenger.redeliver(self.chance.randint(1, 3))
        elif what < 0.5:
            self.messenger.batch([self.line() for _ in range(3)])
        else:
            wish = self.line()
            self.messenger.say(wish["psid"], wish["text"])


def _topic(n: int) -> str:
    return f"back_in_stock:sku-{n}"


def _trouble(messenger: Simulator, chance: random.Random) -> None:
    """Let some calls hang, so that a kill finds messages on their way, or break off."""
    messenger.clear_faults()
    deed = chance.choice(TROUBLE)
    if deed is not None:
        messenger.fault(deed, "message", seconds=0.1, after=chance.randint(0, 2), times=2)


@dataclass
class Round:
    """What a number of kills showed; no complaint is a pass."""

    seed: int
    kills: int = 0
    restarts: int = 0  # of the database's server
    acknowledged: int = 0
    doubts: int = 0
    complaints: list[str] = field(default_factory=list)


def run_kills(folder: Path, kills: int, seed: int, server: PostgresServer | None = None) -> Round:
    """Kill a channel at random moments while people talk to it, then look at what is left.

    With a *server* the store is a database of its own there, and the server crashes too. What was
    acknowledged has to be in the store at every kill: the commit comes first.
    """
    done = Round(seed)
    chance = random.Random(seed)  # noqa: S311 - the test needs no secrecy
    database = None if server is None else server.new_database()
    store: ledger.Database = folder / "guard.db"
    if server is not None and database is not None:
        store = server.url(database)
    with Simulator() as messenger, closing(Nursery(folder, messenger, store)) as nursery:
        messenger.webhook_url = f"{nursery.url}/webhook"
        nursery.start()
        crowd = Crowd.of(messenger, chance)
        with ThreadPoolExecutor(16) as pool:
            running: list[Future[None]] = []
            for n in range(kills):
                _trouble(messenger, chance)
                running += [pool.submit(crowd.act) for _ in range(chance.randint(1, 3))]
                if chance.random() < 0.5:
                    topic = _topic(chance.randrange(LISTENERS))
                    running.append(pool.submit(nursery.notify, topic, f"r{n}"))
                time.sleep(chance.uniform(0.0, LONGEST_LIFE))
                if server is not None and chance.random() < SERVER_CRASHES:
                    server.stop(signal.SIGQUIT)
                    time.sleep(chance.uniform(0.0, LONGEST_LIFE))
                    server.start()
                    done.restarts += 1
                    continue
                nursery.kill()
                done.kills += 1
                for key in ledger.not_kept(messenger, store):
                    done.complaints.append(f"{key}: acknowledged before it was committed")
                nursery.start()
            messenger.clear_faults()
            for one in running:
                one.result()
        _idle(messenger)
        for n in range(LISTENERS):
            nursery.notify(_topic(n), f"last-{n}")
        messenger.wait_for(
            lambda: not ledger.unsettled(store), SETTLES_WITHIN, "everything to be settled"
        )
        _idle(messenger)
        done.complaints += ledger.audit(messenger, store)
        done.complaints += _alerts(messenger, store, crowd.listeners)
        done.acknowledged = len(ledger.acknowledged(messenger))
        doubts = ledger.rows(store, "SELECT count(*) AS n FROM part WHERE state = 'unknown'")
        done.doubts = doubts[0]["n"]
    if server is not None and database is not None:
        server.drop(database)
    return done


def _idle(messenger: Simulator) -> None:
    """Wait until the platform has delivered everything."""
    until = time.monotonic() + SETTLES_WITHIN
    while True:
        try:
            return messenger.wait_idle(10)
        except SimulatorError:
            if time.monotonic() > until:
                raise


def _alerts(messenger: Simulator, store: ledger.Database, listeners: list[str]) -> list[str]:
    """Return which listeners were not told once, or in doubt."""
    complaints = []
    for n, psid in enumerate(listeners):
        text = f"alert {_topic(n)}"
        told = [m for m in messenger.messages(psid, "page") if m["message"].get("text") == text]
        query = "SELECT id FROM send WHERE psid = ? AND purpose = 'alert' AND state = 'unknown'"
        doubted = ledger.rows(store, query, psid)
        paid = {m["paid_with"] for m in told}
        right = len(told) + len(doubted) == 1 and paid <= {"token"}
        if not right:
            said = f"told {len(told)} times, paid with {paid}, {len(doubted)} doubts"
            complaints.append(f"{psid} and {text}: {said}")
    return complaints
