"""The channel without Rasa, in process: a locked store, many turns at once, turns that fail."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from channels.service import COMMIT_WITHIN
from simulator.testing import Simulator
from simulator.webhooks import encode, envelope, event, sign
from tests.crashes import ledger
from tests.crashes.worker import APP_SECRET, Channel, open_channel, served

ANSWER_WITHIN = 5.0  # seconds that the platform waits
SOON = 15.0  # seconds for something to happen, on a slow machine
PAGE = "1234567890"
NOW_MS = 1_793_534_400_000  # 2026-11-01T12:00:00Z


@pytest.fixture
async def channel(tmp_path: Path, messenger: Simulator) -> AsyncIterator[Channel]:
    """Give a running channel with room for sixty turns."""
    made = await open_channel(tmp_path, messenger.graph_url, max_turns=60)
    yield made
    made.host.opened.set()
    await made.stop()


class Door:
    """The channel's webhook as the platform uses it."""

    def __init__(self, url: str, messenger: Simulator, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._offset = str(messenger.offset_ms)
        self._session = session
        self._written = 0

    def message(self, psid: str, text: str) -> bytes:
        """Return the body of a message that nobody has seen before."""
        self._written += 1
        content = {"mid": f"m_{self._written}", "text": text}
        one = event(PAGE, psid, NOW_MS + self._written, message=content)
        return encode(envelope(PAGE, NOW_MS, [(one, False)]))

    async def post(self, body: bytes) -> tuple[int, float]:
        """Return status and seconds until the answer."""
        headers = {
            "X-Hub-Signature-256": sign(APP_SECRET, body),
            "X-Sim-Clock-Offset-Ms": self._offset,
        }
        began = time.monotonic()
        url = f"{self._url}/webhook"
        async with self._session.post(url, data=body, headers=headers) as response:
            await response.read()
            return response.status, time.monotonic() - began

    async def say(self, psid: str, text: str) -> tuple[int, float]:
        """Let a person write."""
        return await self.post(self.message(psid, text))


@pytest.fixture
async def door(channel: Channel, messenger: Simulator) -> AsyncIterator[Door]:
    """Give the way in."""
    async with served(channel) as url, aiohttp.ClientSession() as session:
        yield Door(url, messenger, session)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give the guard's database file."""
    return tmp_path / "guard.db"


async def _until(condition: Callable[[], object]) -> None:
    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(look(), SOON)


async def _person(messenger: Simulator) -> str:
    """Return somebody who, for the platform, has written just now."""
    return await asyncio.to_thread(_somebody, messenger)


def _somebody(messenger: Simulator) -> str:
    psid = messenger.person()
    messenger.say(psid, "to the platform only")
    return psid


def _texts(messenger: Simulator, psid: str) -> list[str]:
    return [str(m["message"].get("text")) for m in messenger.messages(psid, "page")]


async def _heard(messenger: Simulator, psid: str, texts: list[str]) -> None:
    """Wait until exactly these texts have reached a person."""
    until = time.monotonic() + SOON
    while (said := await asyncio.to_thread(_texts, messenger, psid)) != texts:
        assert time.monotonic() < until, said
        await asyncio.sleep(0.02)


async def test_a_store_locked_for_a_second_delays_the_acknowledgement_and_loses_nothing(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    psid = await _person(messenger)
    holder = ledger.locked(store)
    with closing(holder):
        answer = asyncio.create_task(door.say(psid, "hi x2"))
        await asyncio.sleep(1.0)
        assert not answer.done(), "acknowledged before the commit"
    status, seconds = await answer
    assert (status, seconds < ANSWER_WITHIN) == (200, True)
    await _heard(messenger, psid, ["hi #0", "hi #1"])


async def test_a_store_locked_for_longer_is_answered_503_and_nothing_is_kept_or_said(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    psid = await _person(messenger)
    body = door.message(psid, "hi x1")
    with closing(ledger.locked(store)):
        status, seconds = await door.post(body)
    assert status == 503
    assert COMMIT_WITHIN <= seconds < ANSWER_WITHIN
    assert ledger.rows(store, "SELECT * FROM inbox") == []
    assert channel.host.turns == []

    assert (await door.post(body))[0] == 200, "the platform delivers it again"
    await _heard(messenger, psid, ["hi #0"])
    assert (await door.post(body))[0] == 200
    assert [text for _, text in channel.host.turns] == ["hi x1"]


async def test_503_comes_in_time_although_many_turns_wait_for_the_locked_store_too(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    people = [f"person-{n}" for n in range(50)]
    for psid in people:
        assert (await door.say(psid, "wait x1"))[0] == 200
    await _until(lambda: len(channel.host.turns) == 50)
    with closing(ledger.locked(store)):
        channel.host.opened.set()  # fifty turns want to decide now
        status, seconds = await door.say("late", "hi x1")
        assert status == 503
        assert seconds < ANSWER_WITHIN
    await _until(lambda: not ledger.unsettled(store))
    decided = ledger.rows(store, "SELECT psid FROM send")
    assert sorted(row["psid"] for row in decided) == sorted(people)


async def test_a_response_that_is_decided_while_the_store_is_locked_is_not_lost(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    psid = await _person(messenger)
    await door.say(psid, "wait x3")
    await _until(lambda: channel.host.turns)
    with closing(ledger.locked(store)):
        channel.host.opened.set()
        await asyncio.sleep(1.0)
        assert ledger.rows(store, "SELECT * FROM send") == []
    await _heard(messenger, psid, ["wait #0", "wait #1", "wait #2"])
    await _until(lambda: not ledger.unsettled(store))
    assert channel.service.seen["responses_lost"] == 0


async def test_a_store_locked_while_a_message_is_on_its_way_does_not_lose_what_came_of_it(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    psid = await _person(messenger)
    await asyncio.to_thread(messenger.fault, "hang_after", "message", seconds=0.5)
    await door.say(psid, "hi x1")
    await _heard(messenger, psid, ["hi #0"])
    with closing(ledger.locked(store)):
        await asyncio.sleep(1.0)
    await _until(lambda: not ledger.unsettled(store))
    (send,) = ledger.rows(store, "SELECT state FROM send")
    assert send["state"] == "sent"
    assert len(await asyncio.to_thread(messenger.sent, psid)) == 1


async def test_acknowledgements_are_quick_while_fifty_turns_run(
    tmp_path: Path, messenger: Simulator
) -> None:
    """The turns decide and send all the while, each at its own pace."""
    channel = await open_channel(tmp_path, messenger.graph_url, pause=0.5, max_turns=60)
    took: list[float] = []
    async with served(channel) as url, aiohttp.ClientSession() as session:
        door = Door(url, messenger, session)
        for n in range(50):
            await door.say(f"person-{n}", "hello x6")
        await _until(lambda: len(channel.host.turns) == 50)
        while any(psid.startswith("person-") for psid in _running(tmp_path / "guard.db")):
            took.append((await door.say(f"other-{len(took)}", "hi x1"))[1])
    await channel.stop()
    took.sort()
    assert len(took) >= 10, "all was over too early"
    assert took[len(took) // 2] < 0.5, "the median"
    assert took[-1] < ANSWER_WITHIN / 2, "the slowest"


def _running(store: Path) -> list[str]:
    return [r["psid"] for r in ledger.rows(store, "SELECT psid FROM inbox WHERE state = 'running'")]


async def test_a_turn_that_always_fails_is_run_three_times_and_said_once(
    channel: Channel, door: Door, messenger: Simulator, store: Path
) -> None:
    psid = await _person(messenger)
    await door.say(psid, "fail")
    await door.say(psid, "hi x1")
    await _heard(messenger, psid, ["sorry", "hi #0"])
    assert [text for _, text in channel.host.turns] == ["fail"] * 3 + ["hi x1"]
    (row,) = ledger.rows(store, "SELECT * FROM inbox WHERE state = 'failed'")
    assert (json.loads(row["body"])["text"], row["error"]) == (
        "fail",
        "RuntimeError: the dialogue broke",
    )
    assert channel.service.health()["failed_events"] == 1
    (said,) = ledger.rows(store, "SELECT * FROM send WHERE response = 'utter_turn_failed'")
    assert (said["state"], json.loads(said["decision"])["rule"]) == ("sent", "window_open")


async def test_an_event_done_before_the_crash_still_lets_go_of_what_was_held(
    tmp_path: Path, messenger: Simulator, store: Path
) -> None:
    """The crash fell after the turn and before what was held for the person was asked again."""
    psid = await _person(messenger)
    channel = await open_channel(tmp_path, messenger.graph_url)
    async with served(channel) as url, aiohttp.ClientSession() as session:
        door = Door(url, messenger, session)
        await _hold_an_answer(channel, door, psid, store)
        channel.host.opened.clear()
        await door.say(psid, "wait x1")
        await _until(lambda: (psid, "wait x1") in channel.host.turns)
    await channel.service.runner.stop(0)  # abandoned in mid-turn
    (row,) = ledger.rows(store, "SELECT * FROM inbox WHERE state = 'running'")
    channel.host._save(psid, row["key"])  # the tracker is saved all the same
    await channel.stop()

    again = await open_channel(tmp_path, messenger.graph_url)
    await _until(lambda: not ledger.unsettled(store))
    held = ledger.rows(store, "SELECT * FROM send WHERE state = 'held'")
    await again.stop()
    assert again.host.turns == []
    assert held == []


async def _hold_an_answer(channel: Channel, door: Door, psid: str, store: Path) -> None:
    """Let an answer be held: the message it answers is thirty hours old."""
    content = {"mid": "m_old", "text": "old x1"}
    one = event(PAGE, psid, NOW_MS - 30 * 3_600_000, message=content)
    assert (await door.post(encode(envelope(PAGE, NOW_MS, [(one, False)]))))[0] == 200
    await _until(lambda: ledger.rows(store, "SELECT * FROM send WHERE state = 'held'"))


async def test_two_persons_may_have_events_of_one_key_and_each_has_theirs_once(
    channel: Channel, messenger: Simulator
) -> None:
    one, other = await _person(messenger), await _person(messenger)
    for psid in (one, other, one, other):
        await channel.service.external(psid, "greet", {}, "order-7")
    await _until(lambda: not channel.service.runner.running and not channel.service.runner.backlog)
    assert sorted(channel.host.turns) == sorted(
        [(one, "EXTERNAL: greet"), (other, "EXTERNAL: greet")]
    )


async def test_the_figures_tell_of_a_message_and_of_nobody(
    channel: Channel, door: Door, messenger: Simulator
) -> None:
    psid = await _person(messenger)
    await door.say(psid, "hi x1")
    await _heard(messenger, psid, ["hi #0"])
    service = channel.service
    await _until(lambda: not service.runner.running and not service.dispatcher.backlog)
    page = (await service.figures()).decode()
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert told["policy_guard_outcomes_total", "", "sent"] == 1  # labels by their names
    assert told["policy_guard_window_total", "inside"] == 1
    assert told["policy_guard_inbox_events", "pending"] == 0
    assert told["messenger_channel_turn_seconds_count", "done"] == 1
    assert psid not in page


async def test_a_store_that_another_holds_is_named_as_what_is_not_ready(
    channel: Channel, store: Path
) -> None:
    assert all(part.ok for part in await channel.service.readiness())
    with closing(sqlite3.connect(store)) as other:
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(1.1)  # what was found before counts for a second
        failing = [part for part in await channel.service.readiness() if not part.ok]
        other.rollback()
    assert [part.name for part in failing] == ["store"]
    assert failing[0].says == "the store could not be written to within 1 s"
