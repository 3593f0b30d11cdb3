"""The database goes away while turns run: said, waited for, and nothing acknowledged is lost.

On SQLite the file is moved away and put back, or a copy is put in its place; the PostgreSQL server
is stopped and started again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from channels import readiness
from simulator.testing import Simulator
from tests import backends
from tests.crashes import ledger
from tests.crashes.test_channel import Door, _person, _texts
from tests.crashes.worker import Channel, open_channel, served

SOON = 30.0  # seconds for something to happen, on a slow machine
PEOPLE = 6


class Away:
    """A way for a database to go, and to come back."""

    def __init__(
        self, url: str, database: ledger.Database, go: Callable[[], None], back: Callable[[], None]
    ) -> None:
        self.url, self.database, self.go, self.back = url, database, go, back


def _moved(folder: Path, *, copy: bool) -> Away:
    file, elsewhere = folder / "guard.db", folder / "elsewhere.db"

    def back() -> None:
        if not copy:
            backends.move(elsewhere, file)
            return
        with closing(sqlite3.connect(elsewhere)) as plain:
            plain.execute("VACUUM INTO ?", (str(folder / "copy.db"),))
        backends.move(folder / "copy.db", file)

    return Away(f"sqlite:///{file}", file, lambda: backends.move(file, elsewhere), back)


@pytest.fixture(params=["file put back", "file replaced by a copy", "server stopped"])
def away(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Away]:
    """Give each way for a database to go away."""
    if request.param != "server stopped":
        yield _moved(tmp_path, copy="copy" in request.param)
        return
    with backends.postgres_server() as server:
        server.sql("CREATE DATABASE guard")
        url = server.url("guard")
        yield Away(url, url, server.stop, server.start)


@pytest.fixture
async def channel(away: Away, tmp_path: Path, messenger: Simulator) -> AsyncIterator[Channel]:
    """Give a running channel over a database that can go."""
    made = await open_channel(tmp_path, messenger.graph_url, store_url=away.url, pause=0.02)
    yield made
    made.host.opened.set()
    await made.stop()


async def _until(condition: Callable[[], object]) -> None:
    async def look() -> None:
        while not condition():
            await asyncio.sleep(0.02)

    await asyncio.wait_for(look(), SOON)


async def test_a_database_that_goes_away_under_running_turns_loses_nothing_acknowledged(
    channel: Channel, away: Away, messenger: Simulator
) -> None:
    people = [await _person(messenger) for _ in range(PEOPLE)]
    taken: dict[str, list[str]] = {psid: [] for psid in people}
    async with served(channel) as url, aiohttp.ClientSession() as session:
        door = Door(url, messenger, session)
        over, refused = asyncio.Event(), list[int]()

        async def talk(psid: str) -> None:
            """Write again and again; as the platform does, deliver again what was not taken."""
            n = 0
            while not over.is_set():
                body, status = door.message(psid, f"e{n} x2"), 0
                while status != 200:
                    status, _ = await door.post(body)
                    if status != 200:
                        refused.append(status)
                        await asyncio.sleep(0.2)
                taken[psid] += [f"e{n} #0", f"e{n} #1"]
                n += 1
                await asyncio.sleep(0.05)

        talking = [asyncio.create_task(talk(psid)) for psid in people]
        await asyncio.sleep(1)
        await asyncio.to_thread(away.go)
        await _until(lambda: len(refused) >= PEOPLE)
        before = {psid: len(texts) for psid, texts in taken.items()}
        assert channel.service.health()["status"] == "store_away"
        await asyncio.sleep(1.1)  # what a probe found before counts for a second
        parts = await channel.service.readiness()
        status, body = readiness.answer(parts)
        assert (status, body["ready"]) == (503, False)
        assert [part.name for part in parts if not part.ok] == ["store"]
        assert {psid: len(texts) for psid, texts in taken.items()} == before
        assert set(refused) == {503}
        await asyncio.to_thread(away.back)
        await _until(lambda: all(len(taken[psid]) > before[psid] + 4 for psid in people))
        over.set()
        await asyncio.gather(*talking)
        for psid in people:
            await _all_told(away, messenger, psid, taken[psid])
    assert all(part.ok for part in await channel.service.readiness())
    assert channel.service.health()["status"] == "ok"
    left = ledger.rows(away.database, "SELECT state FROM inbox WHERE state <> 'done'")
    assert [row for row in left if row["state"] in {"pending", "running", "failed"}] == []


async def _all_told(away: Away, messenger: Simulator, psid: str, texts: list[str]) -> None:
    """Wait until a person has every answer once, in order; one in doubt is listed as such."""
    query = "SELECT text FROM send WHERE psid = ? AND state = 'unknown'"

    def missing() -> list[str]:
        said = _texts(messenger, psid)
        assert len(set(said)) == len(said), f"twice: {said}"
        assert said == [text for text in texts if text in said], f"out of order: {said}"
        doubted = {row["text"] for row in ledger.rows(away.database, query, psid)}
        return [text for text in texts if text not in said and text not in doubted]

    async def look() -> None:
        while await asyncio.to_thread(missing):
            await asyncio.sleep(0.1)

    await asyncio.wait_for(look(), SOON)
