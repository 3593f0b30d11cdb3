"""One process of the channel: its real parts over a real store, to be killed at any step."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Protocol
from unittest.mock import patch

from sqlalchemy.engine import Connection

from channels.dispatch import Dispatcher
from channels.graph import Graph
from channels.inbox import Life
from channels.intake import Intake
from channels.service import Service
from channels.settings import PAGE_INBOX
from channels.simulated_clock import FollowedClock
from channels.threads import Apps
from channels.turns import Turn
from channels.webhook import parse, verify
from channels.worker import Jobs
from policy_guard import broadcast_rows, sends, sql_store
from policy_guard.catalogue import Catalogue, load
from policy_guard.clock import from_ms
from policy_guard.delivery import Delivery
from policy_guard.edition import Editions, known
from policy_guard.errors import BroadcastError, StoreBusy
from policy_guard.guard import Guard
from policy_guard.languages import Languages
from policy_guard.languages import load as load_languages
from policy_guard.people import Origin, People
from policy_guard.send_states import OPEN
from policy_guard.sql_store import SqlStore
from policy_guard.vocabulary import Page, Settings

from .dialogue import Dialogue, Memory
from .faults import Weather
from .loop import OWNER, Owner, spawn
from .platform import APP, PAGE, SECRET, Platform, Wire

ROOT = Path(__file__).resolve().parents[2]
_EVERY_PAGE = 2**30  # pages a database may have where the disk is not full


class Killed(BaseException):
    """The process is gone; whatever of it still unwinds can touch nothing."""


@functools.cache
def _known() -> tuple[Catalogue, Editions]:
    return load(ROOT / "alerts.yml"), known()


def name_of_worker() -> str:
    """Return the name of the process whose task asks: what stands where its number would."""
    owner = OWNER.get()
    assert isinstance(owner, Process)
    return owner.name


#: What is compiled once is compiled for all the worlds and processes that use the same file's name.
_engine_of = functools.lru_cache(sql_store.engine_of)


@functools.cache
def _languages() -> Languages:
    return load_languages(ROOT / "languages.yml")


class World(Protocol):
    """What a process stands in."""

    folder: Path
    platform: Platform
    weather: Weather
    memory: Memory
    chance: Random
    skew: int  # milliseconds that our clock is wrong by
    disk_full: bool
    disk_was_full: bool
    settings: Settings
    delivery: Delivery

    def wire(self, process: Process) -> Wire: ...
    def died(self, process: Process) -> None: ...
    def opt_out_now(self, process: Process, psid: str) -> None: ...
    def fails(self, text: str) -> bool: ...
    def takes(self, process: Process, send_id: str) -> None: ...


class Process(Owner):
    """The channel as one process runs it."""

    def __init__(self, world: World, name: str, *, sends_only: bool = False) -> None:
        super().__init__()
        self.sends_only = sends_only
        self.world = world
        self.name = name
        self.alive = True
        self.service: Service | None = None
        self._store: SimStore | None = None
        self._people: People | None = None
        self._jobs: Jobs | None = None
        self._dispatcher: Dispatcher | None = None

    async def start(self) -> None:
        """Open the store and begin; raises StoreBusy where another holds it."""
        _, guard, clock = self._opened()
        self._people = People(guard, _languages())
        graph = SimGraph(self.world.wire(self))
        await clock.start(graph)
        host = Dialogue(self, self.world.memory, self.world.fails, self._choose)
        made: list[Service] = []
        service = Service(
            guard,
            clock,
            Dispatcher(guard, graph, self.world.chance),
            host,
            PAGE,
            output=lambda turn: Output(made[0], turn),
            max_turns=8,
            payload_intents=None,
            languages=_languages(),
            apps=Apps(str(APP), PAGE_INBOX, timedelta(minutes=5)),
        )
        made.append(service)
        service.start()
        self.service = service

    async def start_worker(self) -> None:
        """Begin as `policy-guard worker` does, which sends and runs no turns."""
        store, guard, _ = self._opened()
        life = Life(store)
        self._jobs = Jobs(life, guard.clock, [])
        self._jobs.start()
        self._dispatcher = Dispatcher(guard, SimGraph(self.world.wire(self)), self.world.chance)
        self._dispatcher.start()

    def _opened(self) -> tuple[SimStore, SimGuard, SimClock]:
        store = SimStore(self, f"sqlite:///{self.world.folder / 'guard.db'}")
        self._store = store
        clock = SimClock(store, self)
        catalogue, editions = _known()
        page = Page(one_time_notification=True, human_agent=True, region="US", time_zone="UTC")
        world = self.world
        settings = (page, world.settings, catalogue, editions, world.delivery, self.name)
        return store, SimGuard(self, store, clock, *settings), clock

    async def webhook(self, raw: bytes, headers: Mapping[str, str]) -> int:
        """Take a body as the channel's route does: verify, parse, keep, acknowledge."""
        service = self.service
        if service is None or not verify(raw, headers, [SECRET]):
            return 503 if service is None else 403
        try:
            await service.receive(parse(raw, page_id=PAGE))
        except Exception:  # as the route does: the platform delivers again
            return 503
        self.boundary("before the acknowledgement")
        return 200

    def take_now(self, raw: bytes, tell: Callable[[bool], None]) -> None:
        """Keep a body at once, between two steps of somebody else; tells whether it was kept."""
        service, store = self.service, self._store
        if service is None or store is None:
            tell(False)
            return
        apps = Apps(str(APP), PAGE_INBOX, timedelta(minutes=5))
        try:
            intake = Intake(service.guard, PAGE, apps, _languages())
            rows = intake.receive(parse(raw, page_id=PAGE))
        except StoreBusy:
            tell(False)
            return

        def told(kept: bool) -> None:
            if kept:
                service.runner.add(rows)
            tell(kept)

        store.when_over(told)

    def command(self, number: int, state: str) -> bool:
        """Let an operator stop a broadcast or go on with it, as a command beside this process.

        No kill of this process cuts it short; tells whether it was done.
        """
        if self._store is None:
            return False
        try:
            with SqlStore.write(self._store) as tx:
                broadcast_rows.move(tx, number, state, "ann", from_ms(self.clock_ms()))
        except (StoreBusy, BroadcastError):
            return False
        return True

    def boundary(self, point: str) -> None:
        """Die here if the seed says so; raises Killed in a process that is dead."""
        if not self.alive:
            raise Killed
        if self.world.weather.kills(point):
            self.kill()
            raise Killed

    def kill(self) -> None:
        """End at once: nothing that still unwinds reaches the store, the tracker or the wire."""
        self.alive = False
        self.cancel_all()
        self.world.died(self)

    async def stop(self) -> None:
        """End as a process does that is asked to."""
        if self.service is not None:
            await asyncio.wait({spawn(self, self.service.stop())})
        if self._jobs is not None and self._dispatcher is not None:
            await asyncio.wait({spawn(self, self._jobs.stop(1.0))})
            await asyncio.wait({spawn(self, self._dispatcher.stop(4.0))})
        self.alive = False
        self.cancel_all()
        self.close()

    def close(self) -> None:
        """Close the database's connections, as the end of a process does."""
        if self._store is not None:
            self._store.close()

    def clock_ms(self) -> int:
        """Return what this process takes for now, in milliseconds."""
        return self.world.platform.now() + self.world.skew

    def _choose(self, psid: str, key: str, at: datetime) -> None:
        assert self._people is not None
        self._people.choose(psid, ["delivery"], Origin(key, at))


class SimStore(SqlStore):
    """The real store, with the troubles of its disk and a death before or after each commit."""

    def __init__(self, process: Process, url: str) -> None:
        self._process = process
        self._when_over: list[Callable[[bool], None]] = []
        with (
            patch.object(sql_store, "engine_of", _engine_of),
            patch.object(sql_store, "_OPEN_WITHIN", 0.0),  # a supervisor tries again
        ):
            super().__init__(url, patience=0.0, clock=Skewed(process))

    def when_over(self, tell: Callable[[bool], None]) -> None:
        """Tell whether what was just written is kept: now, or when a shared transaction ends."""
        if self._shared is None:
            tell(True)
        else:
            self._when_over.append(tell)

    @contextmanager
    def write(self, *who: Any) -> Iterator[Connection]:
        """Give a transaction, or do not."""
        self._process.boundary("before a transaction")
        if self._shared is not None:  # a part of one that is open
            with super().write(*who) as tx:
                yield tx
            return
        world, kept = self._process.world, False
        try:
            with super().write(*who) as tx:
                self._fill(tx, full=world.disk_full)
                yield tx
                self._process.boundary("before a commit")
            kept = True
        except StoreBusy as problem:
            full = "full" in str(problem)
            world.weather.happened("disk full" if full else "database locked")
            raise
        finally:
            waiting, self._when_over = self._when_over, []
            for tell in waiting:
                tell(kept)
        self._process.boundary("after a commit")

    def _fill(self, tx: Connection, *, full: bool) -> None:
        if full or self._process.world.disk_was_full:
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            most = pages if full else _EVERY_PAGE
            tx.exec_driver_sql(f"PRAGMA max_page_count = {most}")


@dataclass(frozen=True)
class Skewed:
    """The clock of the machine that a process runs on."""

    process: Process

    def now(self) -> datetime:
        """Return what the machine takes for now."""
        return from_ms(self.process.clock_ms())


class SimClock(FollowedClock):
    """The process's clock: the platform's, and as wrong as the world says."""

    def __init__(self, store: SqlStore, process: Process) -> None:
        super().__init__(store)
        self._process = process

    def now(self) -> datetime:
        """Return what the process takes for now."""
        return from_ms(self._process.clock_ms())


class SimGuard(Guard):
    """The real guard; a person can change their mind just before a message is committed."""

    def __init__(self, process: Process, *rest: Any) -> None:
        super().__init__(*rest)
        self._process = process

    def authorize_and_begin(self, out: Any) -> Any:
        """Decide on a response and perhaps take it at once: then no opt-out can come between."""
        row, new, taken = super().authorize_and_begin(out)
        if taken is not None:
            self._process.world.takes(self._process, row.id)
        return row, new, taken

    def begin(self, send_id: str) -> Any:
        """Take the next message of a row, perhaps right after an opt-out."""
        self._process.world.takes(self._process, send_id)
        weather = self._process.world.weather
        if weather.strikes("opt-out between claim and commit"):
            with self.store.read() as tx:
                row = sends.get(tx, send_id)
            if row.message.proactive and row.state in OPEN:
                self._process.world.opt_out_now(self._process, row.who.psid)
        return super().begin(send_id)


class SimGraph(Graph):
    """The real client over a wire without sockets."""

    def __init__(self, wire: Wire) -> None:
        super().__init__("https://graph.facebook.com", "v26.0", "page-token", SECRET)
        self._wire = wire

    def _session(self) -> Any:
        return self._wire

    async def close(self) -> None:
        """Hold nothing."""


@dataclass
class Output:
    """What a turn says, handed to the service as the channel's own output does."""

    service: Service
    turn: Turn

    async def send_response(self, _psid: str, message: Mapping[str, Any]) -> None:
        """Send one response through the guard."""
        await self.service.respond(self.turn, message)


def template(folder: Path) -> Path:
    """Return an empty store's file, to be copied by every world; made once."""
    file = folder / "empty.db"
    if not file.exists():
        SqlStore(f"sqlite:///{file}").close()
        with sqlite3.connect(file) as plain:
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file
