"""Two Rasa processes on one PostgreSQL with Rasa's Redis lock store: nothing lost, all in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine

from policy_guard import inbox_rows, sends, tracker_rows
from policy_guard.sql_store import SqlStore
from scripts.stack import DEVELOPMENT, HOST, ROOT, Stack, free_ports
from simulator.testing import SimulatorClient
from tests import backends, compose
from tests.backends import PostgresServer
from tests.balancer import balancer

PEOPLE, EACH = 50, 6
PAGE = "1234567890"
SOON = 120.0  # seconds for everything to be answered, on a slow machine


@dataclass
class Pair:
    """Two Rasa processes and a worker on one store, as docker-compose.yml starts them."""

    stack: Stack
    sim: SimulatorClient
    store: SqlStore
    trackers: str
    doors: tuple[str, str]

    def kept(self, key: str) -> bool:
        """Tell whether an event is in the store."""
        with self.store.read() as tx:
            return inbox_rows.get(tx, PAGE, key) is not None


@pytest.fixture(scope="module")
def pair(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give the two."""
    url, ports, second = postgres.url(postgres.new_database()), free_ports(), backends.free_port()
    with backends.redis_server(*compose.command("redis")[1:]) as redis:
        told = {
            **compose.environment("rasa", {**DEVELOPMENT, "POSTGRES_PASSWORD": "-"}),
            **dict.fromkeys(("POLICY_GUARD_DB", "GUARD_URL", "TRACKER_URL"), url),
            "REDIS_HOST": HOST,
            "REDIS_PORT": str(redis.port),
            "ACTION_URL": f"http://{HOST}:{ports.actions}/webhook",
            "CHANNEL_URL": f"http://{HOST}:{ports.rasa}/webhooks/messenger",
            "MESSENGER_GRAPH_URL": f"http://{HOST}:{ports.simulator}",
            "POLICY_GUARD_HOURS": str(ROOT / "tests" / "hours.yml"),
        }
        stack = Stack(ports, tmp_path_factory.mktemp("pair"), told)
        doors = [f"http://{HOST}:{port}/webhooks/messenger" for port in (ports.rasa, second)]
        try:
            stack.start_simulator()
            stack.launch("actions", *compose.command("actions", {"5055": str(ports.actions)})[2:])
            for name, port in (("rasa", ports.rasa), ("rasa2", second)):
                here = {compose.EVERYWHERE: HOST, "5005": str(port)}
                stack.launch(name, *compose.command("rasa", here))
            stack.launch("worker", "channels.cli", *compose.command("worker")[1:])
            stack.wait("simulator", f"{stack.page_url}_sim/health")
            stack.wait("rasa", f"{doors[0]}/")
            stack.wait("rasa2", f"{doors[1]}/")
            sim = SimulatorClient(stack.page_url, DEVELOPMENT["MESSENGER_PAGE_TOKEN"])
            store = SqlStore(url)
            yield Pair(stack, sim, store, url, (doors[0], doors[1]))
            store.close()
        finally:
            stack.stop()


@pytest.mark.rasa
@pytest.mark.timeout(400)
def test_six_messages_at_once_of_fifty_people_are_all_heard_and_answered_in_order(
    pair: Pair,
) -> None:
    people = [pair.sim.person() for _ in range(PEOPLE)]
    said: dict[str, list[str]] = {psid: [] for psid in people}

    def speak(psid: str) -> None:
        for _ in range(EACH):
            key = f"message:{pair.sim.say(psid, 'hi')['mid']}"
            said[psid].append(key)
            while not pair.kept(key):  # else a later one might come before it
                assert time.monotonic() - began < SOON, f"{key} was never acknowledged"
                time.sleep(0.05)

    began = time.monotonic()
    with balancer([f"{door}/webhook" for door in pair.doors]) as proxy:
        pair.sim.webhook_url = proxy
        with ThreadPoolExecutor(25) as pool:
            list(pool.map(speak, people))
    spoken = time.monotonic() - began
    while unsettled(pair):
        assert time.monotonic() - began < SOON, unsettled(pair)[:5]
        time.sleep(0.1)
    took = time.monotonic() - began
    print(f"{PEOPLE * EACH} messages spoken in {spoken:.1f} s, answered in {took:.1f} s")  # noqa: T201 - a figure to read

    engine = create_engine(pair.trackers)
    with engine.connect() as talks:
        for psid in people:
            told = tracker_rows.events(talks, psid)
            heard = [e["metadata"]["messenger"]["key"] for e in told if e["event"] == "user"]
            assert heard == said[psid]
            assert alone(told), told
    engine.dispose()
    with pair.store.read() as tx:
        assert inbox_rows.listed(tx, [inbox_rows.FAILED]) == []
        rows = sends.listed(tx)
    assert {row.state for row in rows} == {"sent"}
    order = {key: n for keys in said.values() for n, key in enumerate(keys)}
    keys = {part_of(request): request for psid in people for request in pair.sim.sent(psid)}
    by_id = {row.id: row for row in rows}
    for psid in people:
        wire = [by_id[request["body"]["message"]["metadata"].split(".")[0]].turn_key
                for request in pair.sim.sent(psid)]  # fmt: skip
        turns = [order[key] for key in wire if key in order]
        assert turns == sorted(turns)
        assert set(turns) == set(range(EACH))
    assert len(keys) == sum(len(pair.sim.sent(psid)) for psid in people), "a message went twice"
    for name in ("rasa", "rasa2"):
        assert "LockError" not in pair.stack.log(name).read_text("utf-8", "replace")


def part_of(request: dict[str, object]) -> str:
    body = request["body"]
    assert isinstance(body, dict)
    return str(body["message"]["metadata"])


def unsettled(pair: Pair) -> list[str]:
    """Return what is still to be done."""
    with pair.store.read() as tx:
        waiting = [row.key for row in inbox_rows.unfinished(tx, PAGE)]
        return waiting + [row.id for row in sends.listed(tx, states=list(sends.OPEN))]


def alone(told: list[dict[str, object]]) -> bool:
    """Tell whether each turn had ended, and the bot listened, before the next one was heard."""
    listening = True
    for event in told:
        if event["event"] == "user":
            if not listening:
                return False
            listening = False
        if event["event"] == "action":
            listening = event["name"] == "action_listen"
    return True


def test_the_deployment_differs_from_the_project_only_in_where_things_are() -> None:
    """Else the bot of many workers would have other permissions than the one that was tried out."""
    here, there = (
        yaml.safe_load((ROOT / name).read_text("utf-8"))
        for name in ("endpoints.yml", "deploy/endpoints.yml")
    )
    for name in ("url", "channel", "alerts", "hours"):
        here["policy_guard"].pop(name, None)
        there["policy_guard"].pop(name, None)
    assert here["policy_guard"] == there["policy_guard"]
    assert here["action_endpoint"] == there["action_endpoint"]
    assert Path(ROOT / "deploy" / ".." / "alerts.yml").exists()
