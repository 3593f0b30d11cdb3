"""The channel without Rasa, as a process that can be killed: a scripted dialogue, all else real.

python -m tests.crashes.worker reads lines: each `start` makes it fork a worker, whose process id it
prints. A fork starts in a few milliseconds, so that many kills fit in a minute.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import random
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from channels.broadcast import Remembered
from channels.dispatch import Dispatcher
from channels.graph import Graph
from channels.service import APOLOGY, Alert, Service
from channels.simulated_clock import FollowedClock
from channels.turns import Heard, Turn
from channels.webhook import parse, verify
from policy_guard.catalogue import Catalogue, load
from policy_guard.errors import StoreBusy, StoreError
from policy_guard.guard import Guard
from policy_guard.languages import load as load_languages
from policy_guard.sql_store import SqlStore
from policy_guard.vocabulary import Page, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE_TOKEN = "sim-page-token"
APP_SECRET = "sim-app-secret"
ALERT = "utter_alert"
OPTIN = "EXTERNAL_one_time_notification_optin"
_PR_SET_PDEATHSIG = 1
_PATIENCE = 0.002  # seconds: what the channel itself gives its store

Response = dict[str, Any]


def catalogue() -> Catalogue:
    """Return the project's own alert types."""
    return load(ROOT / "alerts.yml")


class ScriptedHost:
    """A dialogue whose answers can be told from the question, with a tracker saved once a turn.

    `NAME xN` has the answers `NAME #0` to `NAME #N-1`, `card TOPIC` asks to notify, `fail` raises,
    `wait` answers when `opened`. *pause* is the longest wait (seconds) between two steps.
    """

    intents = frozenset({"greet"})
    entities: frozenset[str] = frozenset()
    session_length = None
    channel = "messenger"
    slot_defaults: Mapping[str, Any] = {}

    def __init__(self, tracker: Path, pause: float = 0.0) -> None:
        self.opened = asyncio.Event()
        self.turns: list[tuple[str, str]] = []
        self._tracker = sqlite3.connect(tracker, isolation_level=None)
        self._tracker.execute("CREATE TABLE IF NOT EXISTS event (psid TEXT, key TEXT)")
        self._pause = pause
        self._locks: dict[str, asyncio.Lock] = {}

    def has_response(self, name: str) -> bool:
        """Tell whether there are words for it."""
        return name in {ALERT, APOLOGY}

    def declared(self, name: object) -> Mapping[str, Any] | None:
        """Return what the domain would declare."""
        return {"purpose": "alert"} if name == ALERT else None

    async def holds(self, psid: str, key: str) -> bool:
        """Tell whether the saved tracker holds the event."""
        query = "SELECT 1 FROM event WHERE psid = ? AND key = ?"
        return self._tracker.execute(query, (psid, key)).fetchone() is not None

    async def run_turn(self, psid: str, heard: Heard, output: Any) -> None:
        """Answer, and save the tracker at the end."""
        key = heard.metadata["messenger"]["key"]
        self.turns.append((psid, heard.text))
        if heard.text.startswith("fail"):
            raise RuntimeError("the dialogue broke")
        if heard.text.startswith("wait"):
            await self.opened.wait()
        for response in _script(heard):
            await self._breathe()
            await output.send_response(psid, response)
        await self._breathe()
        self._save(psid, key)
        await self._breathe()

    async def start_session(self, psid: str, output: Any) -> None:
        """Begin a session, of which nothing is kept."""

    async def words(
        self, psid: str, response: str, slots: Mapping[str, Any], language: str | None, output: Any
    ) -> Response:
        """Return the words."""
        await self._breathe()
        return {"text": "sorry", "utter_action": response}

    def variations_of(self, name: str | None) -> list[Mapping[str, Any]]:
        """Return what the domain would have of a response."""
        return [{"text": "alert {product}"}] if name == ALERT else []

    async def remember(self, psid: str, told: Sequence[Remembered], output: Any) -> None:
        """Keep what was told outside a turn, each once."""
        await self._breathe()
        for each in told:
            if not await self.holds(psid, each.key):
                self._save(psid, each.key)

    def lock(self, psid: str) -> asyncio.Lock:
        """Return the lock of a conversation."""
        return self._locks.setdefault(psid, asyncio.Lock())

    def close(self) -> None:
        """Close the tracker."""
        self._tracker.close()

    def _save(self, psid: str, key: str) -> None:
        self._tracker.execute("INSERT INTO event VALUES (?, ?)", (psid, key))

    async def _breathe(self) -> None:
        await asyncio.sleep(random.uniform(0, self._pause))  # noqa: S311 - it only spreads the kills


def _script(heard: Heard) -> list[Response]:
    if heard.text == f"EXTERNAL: {OPTIN}":
        return [{"text": f"noted {heard.metadata['messenger']['topic']}"}]
    if heard.text.startswith("card "):
        return [_card(heard.text.removeprefix("card "))]
    name, _, times = heard.text.partition(" x")
    return [{"text": f"{name} #{n}"} for n in range(int(times or 1))]


def _card(topic: str) -> Response:
    payload = {"template_type": "one_time_notif_req", "title": "Tell me", "payload": topic}
    return {"custom": {"attachment": {"type": "template", "payload": payload}}}


@dataclass
class Output:
    """What a turn says, handed to the service as the channel's own output does."""

    service: Service
    turn: Turn

    async def send_response(self, _psid: str, message: Response) -> None:
        """Send one response through the guard."""
        await self.service.respond(self.turn, message)


@dataclass
class Channel:
    """One running channel without Rasa."""

    service: Service
    host: ScriptedHost
    store: SqlStore
    graph: Graph

    async def stop(self) -> None:
        """End as a process that is asked to."""
        await self.service.stop()
        await self.graph.close()
        self.host.close()
        self.store.close()


async def open_channel(
    folder: Path,
    graph_url: str,
    *,
    store_url: str | None = None,
    pause: float = 0.0,
    max_turns: int = 32,
) -> Channel:
    """Start the real service over the databases in *folder*, or with its store elsewhere."""
    store = SqlStore(store_url or f"sqlite:///{folder / 'guard.db'}", patience=_PATIENCE)
    clock = FollowedClock(store)
    page = Page(one_time_notification=True, region="US", time_zone="UTC")
    guard = Guard(store, clock, page, Settings(), catalogue())
    graph = Graph(graph_url, "v26.0", PAGE_TOKEN, APP_SECRET)
    await clock.start(graph)
    host = ScriptedHost(folder / "tracker.db", pause)
    made: list[Service] = []
    service = Service(
        guard,
        clock,
        Dispatcher(guard, graph),
        host,
        await graph.me(),
        output=lambda turn: Output(made[0], turn),
        max_turns=max_turns,
        payload_intents=None,
        languages=load_languages(ROOT / "languages.yml"),
    )
    made.append(service)
    service.start()
    return Channel(service, host, store, graph)


def web_app(channel: Channel) -> web.Application:
    """Return the channel's routes, as thin as they can be: verify, keep, then acknowledge."""
    service = channel.service

    async def webhook(request: web.Request) -> web.Response:
        raw = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not verify(raw, headers, [APP_SECRET]):
            return web.Response(status=403)
        await service.clock.set(int(headers["x-sim-clock-offset-ms"]))
        try:
            await service.receive(parse(raw, page_id=service.page_id))
        except Exception:
            logging.getLogger(__name__).exception("a webhook could not be kept")
            return web.Response(status=503)
        return web.Response(text="EVENT_RECEIVED")

    async def notify(request: web.Request) -> web.Response:
        asked = await request.json()
        slots = {"product": asked["topic"]}
        alert = Alert(asked["topic"], ALERT, slots, asked["request_id"])
        return web.json_response((await service.notify(alert)).rows)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response(service.health())

    app = web.Application()
    app.router.add_post("/webhook", webhook)
    app.router.add_post("/notify", notify)
    app.router.add_get("/", health)
    return app


@asynccontextmanager
async def served(channel: Channel, port: int = 0) -> AsyncIterator[str]:
    """Serve a channel on this machine; gives its address."""
    runner = web.AppRunner(web_app(channel), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    try:
        await site.start()
        host, taken = runner.addresses[0][:2]
        yield f"http://{host}:{taken}"
    finally:
        await runner.cleanup()


async def work(
    folder: Path, graph_url: str, port: int, pause: float, store_url: str | None
) -> None:
    """Run a channel until the process is killed; a store that is busy or gone is waited for."""
    while True:
        try:
            channel = await open_channel(folder, graph_url, store_url=store_url, pause=pause)
            break
        except (StoreBusy, StoreError):
            await asyncio.sleep(0.05)  # as what starts it again would
    async with served(channel, port):
        await asyncio.Event().wait()


def main(arguments: list[str]) -> None:
    """Fork a worker at every line `start` until the input ends."""
    folder, graph_url, port, pause, *elsewhere = arguments
    store_url = elsewhere[0] if elsewhere else None
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries what was killed
    last = 0
    for line in sys.stdin:
        if line.strip() != "start":
            continue
        last = os.fork()
        if last == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            random.seed()  # else every worker would pause like the one before it
            logging.basicConfig(level=logging.INFO, filename=Path(folder) / "worker.log")
            asyncio.run(work(Path(folder), graph_url, int(port), float(pause), store_url))
            os._exit(1)
        sys.stdout.write(f"{last}\n")
        sys.stdout.flush()
    if last:
        with suppress(ProcessLookupError):
            os.kill(last, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
