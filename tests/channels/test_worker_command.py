"""`policy-guard worker`: a process without Rasa that sends what is ready, and ends when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from policy_guard import people_rows, worker_rows
from policy_guard.catalogue import load
from policy_guard.clock import SystemClock
from policy_guard.guard import Guard
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing
from policy_guard.sql_store import OFFSET, SqlStore, clock_of, set_meta
from policy_guard.vocabulary import Message, Opener, OpenerKind, Page, Settings
from simulator.testing import Simulator

ROOT = Path(__file__).parents[2]
SOON = 30.0  # seconds for something to happen, on a slow machine
CREDENTIALS = """
channels.messenger.MessengerInput:
  verify: local-verify
  secret: sim-app-secret
  page-access-token: sim-page-token
  graph_url: {graph}
"""


@pytest.fixture
def messenger() -> Iterator[Simulator]:
    """Give a simulated platform whose webhooks nobody hears."""
    with Simulator() as simulator:
        yield simulator


class Project:
    """A project whose Page is the simulator's, with a store in either database."""

    def __init__(self, folder: Path, url: str, messenger: Simulator) -> None:
        self.folder, self.messenger = folder, messenger
        self.store = SqlStore(url)
        (folder / "endpoints.yml").write_text(
            f"policy_guard:\n  url: {url}\n  page: {{region: US}}\n  alerts: {ROOT}/alerts.yml\n"
        )
        (folder / "credentials.yml").write_text(CREDENTIALS.format(graph=messenger.graph_url))
        with self.store.write() as tx:
            set_meta(tx, PAGE_ID, "1234567890")
            set_meta(tx, OFFSET, str(messenger.offset_ms))
        clock = clock_of(self.store)
        page = Page(region="US")
        self.guard = Guard(self.store, clock, page, Settings(), load(ROOT / "alerts.yml"))

    def ready(self, text: str, psid: str | None = None) -> str:
        """Let a response be decided that nobody sends; returns to whom it goes."""
        psid = psid or self.messenger.person()
        self.messenger.say(psid, "hi")
        who = Who("1234567890", psid)
        with self.store.write(who) as tx:
            people_rows.ensure(tx, who)
            now = self.guard.clock.now()
            people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, now, None))
        out = Outgoing(
            who, f"turn:{text}", 0, Message(in_turn=True), ({"message": {"text": text}},), text=text
        )
        row, _ = self.guard.authorize(out)
        assert row.decision["decision"] == "send", row.decision
        return psid

    def living(self) -> list[str]:
        """Return the workers that say that they live."""
        with self.store.read() as tx:
            return worker_rows.living(tx, self.store.moment(tx))

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Give a worker that serves."""
        before = len(self.living())
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "channels.cli", "worker"], cwd=self.folder, stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
            )  # fmt: skip
        try:
            until(lambda: len(self.living()) > before or process.poll() is not None)
            yield process
        finally:
            process.kill()
            process.wait()
            print(self.log())  # noqa: T201 - shown of a test that fails

    def log(self) -> str:
        """Return what the workers said."""
        return (self.folder / "worker.log").read_text()


@pytest.fixture
def project(tmp_path: Path, store_url: str, messenger: Simulator) -> Iterator[Project]:
    """Give a project on either database."""
    made = Project(tmp_path, store_url, messenger)
    yield made
    made.store.close()


def until(condition: object) -> None:
    """Wait for a condition; fails after SOON."""
    assert callable(condition)
    ends = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.02)


def test_it_sends_what_is_ready_and_ends_cleanly_when_asked(
    project: Project, messenger: Simulator
) -> None:
    psid = project.ready("it left without Rasa")
    with project.worker() as worker:
        until(lambda: messenger.sent(psid))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(SOON) == 0
    (sent,) = messenger.sent(psid)
    assert sent["body"]["message"]["text"] == "it left without Rasa"
    assert project.living() == []
    assert "the worker serves the Page 1234567890" in project.log()


def test_two_workers_send_everything_once_although_one_is_killed(
    project: Project, messenger: Simulator
) -> None:
    people = [project.ready(f"to {n}") for n in range(6)]
    with project.worker() as killed, project.worker():
        until(lambda: all(messenger.sent(psid) for psid in people))
        killed.kill()
        killed.wait()
        for n, psid in enumerate(people):
            project.ready(f"again to {n}", psid)
        until(lambda: all(len(messenger.sent(psid)) == 2 for psid in people))
        until(lambda: len(project.living()) == 1)
    assert [len(messenger.sent(psid)) for psid in people] == [2] * 6


def test_it_starts_without_rasa_and_without_its_weight() -> None:
    heavy = "{'rasa', 'tensorflow', 'sanic'} & {name.split('.')[0] for name in sys.modules}"
    named = (
        "channels.worker, channels.dispatch, channels.graph, channels.inbox, channels.cli_worker"
    )
    code = f"import sys, {named}; from channels import cli; print({heavy})"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("credentials.yml", "other: {}", "credentials.yml: has no `channels.messenger"),
        (
            "endpoints.yml",
            "policy_guard: {url: 'postgres://guard:secret@db/guard', page: {region: US}}",
            "`postgres://guard:***@db/guard` is not a database address that can be used",
        ),
    ],
)
def test_what_it_cannot_begin_with_is_one_sentence(
    tmp_path: Path, messenger: Simulator, file: str, text: str, said: str
) -> None:
    made = Project(tmp_path, f"sqlite:///{tmp_path}/guard.db", messenger)
    made.store.close()
    (tmp_path / file).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "channels.cli", "worker"], cwd=tmp_path, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}, text=True,
        check=False, timeout=SOON,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


def test_a_worker_that_says_nothing_is_given_up_after_its_time(project: Project) -> None:
    """Its machine is gone: it is only known by its silence."""
    with project.store.write() as tx:
        moment = project.store.moment(tx)
        silent = worker_rows.Worker("of.another.machine", timedelta(seconds=0.5))
        worker_rows.beat(tx, silent, moment)
    assert project.living() == ["of.another.machine"]
    until(lambda: project.living() == [])
    assert abs((SystemClock().now() - moment).total_seconds()) < SOON
