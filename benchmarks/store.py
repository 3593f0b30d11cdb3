"""What the guard costs a message, on SQLite and on PostgreSQL, and what a scrape costs.

Everything of the channel but the dialogue and the network: a webhook's events are kept, a response
is decided on, written down, handed to the platform (which answers at once) and its outcome kept.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from prometheus_client import generate_latest
from sqlalchemy import text

from channels.dispatch import Dispatcher
from channels.graph import Sent
from channels.intake import Intake
from channels.render import render
from channels.settings import PAGE_INBOX
from channels.threads import Apps
from channels.turns import Turn
from channels.webhook import parse
from policy_guard import metrics, people_rows, schema
from policy_guard.catalogue import load
from policy_guard.clock import SystemClock
from policy_guard.delivery import Delivery
from policy_guard.guard import Guard
from policy_guard.languages import load as load_languages
from policy_guard.pace import UNLIMITED
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.sql_store import SqlStore, set_meta
from policy_guard.vocabulary import Opener, OpenerKind, Page, Settings
from tests.backends import AS_RUN, postgres_server

from .bots import ROOT
from .figures import Figure, quantile
from .platform import PAGE
from .watch import Watch, transaction

MESSAGES = 300
PEOPLE = 50
ROWS = 1_000_000
GUARD_AIM, SCRAPE_AIM = 5.0, 50.0  # milliseconds
#: What the channel itself gives its store: the loop does not stand still for longer.
_PATIENCE = 0.002
_MS = 1e3


class _Platform:
    """A Send API that has always answered already."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    async def send(self, _body: Mapping[str, Any]) -> Sent:
        return Sent(f"m_bench{next(self._numbers)}", None)


def figures(*, full: bool = False) -> list[Figure]:
    """Measure the disk, a message on each database, and a scrape over many rows."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        found = _disk(Path(folder))
        address = f"sqlite:///{folder}/guard.db"
        found += asyncio.run(_messages("SQLite, synchronous FULL", address))
        found += _scrape(f"sqlite:///{folder}/many.db")
    with postgres_server(**AS_RUN) as server:
        database = server.new_database()
        found += asyncio.run(_messages("PostgreSQL, fsync on", server.url(database)))
    return found


def _disk(folder: Path) -> list[Figure]:
    """Measure what a commit at least costs here: a page written and synced."""
    took = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - begun)
    return [
        Figure(f"the disk's fsync, 4 KB, p{share * 100:.0f}", quantile(took, share) * _MS, "ms")
        for share in (0.50, 0.99)
    ]


@contextmanager
def _opened(url: str) -> Iterator[SqlStore]:
    store = SqlStore(url, patience=_PATIENCE)
    with store.write() as tx:
        set_meta(tx, PAGE_ID, PAGE)
    try:
        yield store
    finally:
        store.close()


async def _messages(about: str, url: str) -> list[Figure]:
    watch, plain = Watch(), (SqlStore.write, SqlStore.read)
    SqlStore.write = transaction(watch, "write", plain[0])  # type: ignore[method-assign]
    SqlStore.read = transaction(watch, "read", plain[1])  # type: ignore[method-assign]
    try:
        with _opened(url) as store:
            return await _measured(about, store, watch)
    finally:
        SqlStore.write, SqlStore.read = plain  # type: ignore[method-assign]


async def _measured(about: str, store: SqlStore, watch: Watch) -> list[Figure]:
    page = Page(one_time_notification=True, region="US", time_zone="UTC")
    catalogue, unpaced = load(ROOT / "alerts.yml"), Delivery(pace=UNLIMITED)
    guard = Guard(store, SystemClock(), page, Settings(), catalogue, delivery=unpaced)
    languages = load_languages(ROOT / "languages.yml", catalogue.languages)
    door = Dispatcher(guard, _Platform())  # type: ignore[arg-type]  # it sends, and that is all that is asked of it
    intake = Intake(guard, PAGE, Apps(None, PAGE_INBOX, timedelta(hours=1)), languages)
    for n in range(PEOPLE):
        with store.write() as tx:
            who = _person(n)
            people_rows.ensure(tx, who)
            opened = Opener(OpenerKind.MESSAGE, guard.clock.now())
            people_rows.record_opener(tx, who, opened)
    numbers = itertools.count()

    async def message(person: int) -> None:
        number = next(numbers)
        turn = Turn(f"turn-{number}", _person(person), by_person=True)
        await door.respond(turn, render({"text": f"Hello, this is number {number}."}))
        await door.delivered(turn.who, 60)

    for n in range(20):
        await message(n)  # statements are compiled once
    watch.take()
    alone, spent = [], []
    for n in range(MESSAGES):
        begun = time.perf_counter()
        await message(n % PEOPLE)
        alone.append(time.perf_counter() - begun)
        spent.append(_total(watch.take()))
    together, crowded = await _crowd(message), watch.take()
    webhooks = await _webhooks(intake)
    name = f"guard, a message alone, {about}"
    longest = crowded["longest"][0]
    return [
        Figure(f"{name}: p50", quantile(alone, 0.50) * _MS, "ms"),
        Figure(f"{name}: p99", quantile(alone, 0.99) * _MS, "ms", GUARD_AIM),
        Figure(f"{name}: in the store, p50", quantile(spent, 0.50), "ms"),
        Figure(
            f"guard, a message of {PEOPLE} at once, {about}",
            together / MESSAGES * _MS,
            "ms",
            GUARD_AIM,
            note=f"longest call {longest['call']} {longest['ms']:.1f} ms",
        ),
        Figure(f"a webhook kept, {about}: p50", quantile(webhooks, 0.50) * _MS, "ms"),
        Figure(f"a webhook kept, {about}: p99", quantile(webhooks, 0.99) * _MS, "ms"),
    ]


async def _crowd(message: Callable[[int], Awaitable[None]]) -> float:
    """Let many people be written to at once; returns the seconds for all."""

    async def person(number: int) -> None:
        for _ in range(MESSAGES // PEOPLE):
            await message(number)

    begun = time.perf_counter()
    await asyncio.gather(*(person(n) for n in range(PEOPLE)))
    return time.perf_counter() - begun


async def _webhooks(intake: Intake) -> list[float]:
    """Keep webhooks one after the other, each of one message."""
    took = []
    for n in range(MESSAGES):
        at = int(SystemClock().now().timestamp() * 1000)
        event = {
            "sender": {"id": _person(n % PEOPLE).psid},
            "recipient": {"id": PAGE},
            "timestamp": at,
            "message": {"mid": f"m_in{n}", "text": "hello there"},
        }
        entry = {"id": PAGE, "time": at, "messaging": [event]}
        raw = json.dumps({"object": "page", "entry": [entry]}).encode()
        begun = time.perf_counter()
        intake.receive(parse(raw, page_id=PAGE))
        took.append(time.perf_counter() - begun)
        await asyncio.sleep(0)
    return took


def _scrape(url: str) -> list[Figure]:
    """Measure a scrape of a store with many sends and as many lines in its journal."""
    with _opened(url) as store:
        now = SystemClock().now()
        _fill(store)
        with store.write() as tx:
            newest = tx.execute(text("SELECT max(id) FROM journal")).scalar_one()
            set_meta(tx, "tallied_upto", str(newest - 1_000))  # counted as they came
        counted, more = [], True
        while more:
            begun = time.perf_counter()
            with store.write() as tx:
                more = metrics.count_new(tx, store.moment(tx))
            counted.append(time.perf_counter() - begun)
        took = []
        for _ in range(20):
            begun = time.perf_counter()
            with store.read() as tx:
                generate_latest(_Page(list(metrics.families(tx, now))))  # type: ignore[arg-type]  # it is read only
            took.append(time.perf_counter() - begun)
    about = f"{ROWS:,} sends"
    return [
        Figure(f"a scrape of a store with {about}: p50", quantile(took, 0.5) * _MS, "ms"),
        Figure(f"a scrape of a store with {about}: most", max(took) * _MS, "ms", SCRAPE_AIM),
        Figure(f"counting {metrics.STEP} new lines of the journal", max(counted) * _MS, "ms", 20.0),
    ]


class _Page:
    def __init__(self, found: list[metrics.Metric]) -> None:
        self._found = found

    def collect(self) -> list[metrics.Metric]:
        return self._found


def _fill(store: SqlStore) -> None:
    """Copy one sent message with its journal a million times; a few are on their way."""
    guard = Guard(store, SystemClock(), Page(region="US"), Settings(), load(ROOT / "alerts.yml"))

    async def one() -> None:
        door = Dispatcher(guard, _Platform())  # type: ignore[arg-type]  # as above
        with store.write() as tx:
            people_rows.ensure(tx, _person(0))
            opened = Opener(OpenerKind.MESSAGE, guard.clock.now())
            people_rows.record_opener(tx, _person(0), opened)
        turn = Turn("turn-0", _person(0), by_person=True)
        await door.respond(turn, render({"text": "Hello."}))
        await door.delivered(turn.who, 60)

    asyncio.run(one())
    with store.write() as tx:
        sends = {
            "id": "'snd_' || n",
            "turn_key": "'bulk:' || n",
            "psid": "'p' || (n % 100000)",
            "state": "CASE WHEN n % 1000 = 0 THEN 'unknown' WHEN n % 500 = 1 THEN 'held' "
            "WHEN n % 5000 = 2 THEN 'ready' ELSE 'sent' END",
        }
        _copy(tx, schema.send, sends, ROWS)
        lines = {"id": None, "send_id": "'snd_' || n", "psid": "'p' || (n % 100000)"}
        _copy(tx, schema.journal, lines, ROWS)
    with store.write() as tx:
        tx.exec_driver_sql("ANALYZE")


def _copy(tx: Any, table: Any, instead: Mapping[str, str | None], times: int) -> None:
    """Copy the first row of a table, with other values in some columns."""
    columns = [column.name for column in table.columns if instead.get(column.name, "") is not None]
    values = [instead.get(name) or f"one.{name}" for name in columns]
    tx.exec_driver_sql(
        f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {times}), "  # noqa: S608, E501 - names of our own tables
        f"one AS (SELECT * FROM {table.name} LIMIT 1) "
        f"INSERT INTO {table.name} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM numbers, one"
    )


def _total(seen: Mapping[str, Any]) -> float:
    return sum(call["total"] for call in seen["calls"].values())


def _person(number: int) -> Who:
    return Who(PAGE, f"9{number:015d}")
