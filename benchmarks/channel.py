"""Our channel beside Rasa's own `facebook` and beside Rasa alone: one model, one machine, one run.

The rounds alternate, so that a busy machine is busy for all of them; read the ratios, not times.
A reply counts at the moment at which the platform has it. A Send API call takes 100 ms.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
import traceback
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from .bots import ROOT, SECRET, Bot, Bots
from .figures import Figure, quantile
from .platform import Door, Graph

CONVERSATIONS = 50
#: Each is answered with one message, without an action of its own, in English and in one turn.
TEXTS = ("hello", "thank you", "are you a bot", "hello", "thanks a lot", "goodbye")
ROUNDS = 2
RATES = (100, 200)  # webhooks a second
RATE_SECONDS = 10
BLOCKED_SECONDS, BLOCKED_SECONDS_FULL = 10, 30
BACK_TO_BACK = 20
_PATIENCE = 120.0  # seconds for one reply: the built-in channel takes 20 and more
_ACK_WITHIN = 20.0  # seconds: the platform would have given up
_DRAIN_WITHIN = 60.0
_MS = 1e3

LEAST_OF_CEILING, LEAST_OF_FACEBOOK = 0.6, 25.0
ACK_AIM, BACK_TO_BACK_AIM, BLOCKING_AIM = 50.0, 200.0, 20.0  # milliseconds


@dataclass
class Rounds:
    """What came of the rounds of one bot."""

    replies: int = 0
    seconds: float = 0.0
    took: list[float] = field(default_factory=list)

    def add(self, seconds: float, took: list[float]) -> None:
        """Take one round in."""
        self.replies += len(took)
        self.seconds += seconds
        self.took += took

    @property
    def rate(self) -> float:
        """Return replies a second over all rounds."""
        return self.replies / self.seconds if self.seconds else 0.0


def figures(*, full: bool = False) -> list[Figure]:
    """Measure everything that needs a running Rasa."""
    if not (ROOT / "models" / "bot.tar.gz").exists():
        raise FileNotFoundError("the model is missing: `make model` trains it")
    # what the processes leave behind is looked at where something fails, so it stays until then
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        return asyncio.run(_measure(Path(folder), full=full))


async def _measure(folder: Path, *, full: bool) -> list[Figure]:
    connector = aiohttp.TCPConnector(limit=0)
    # as the platform: who has not answered by then is asked again later
    patience = aiohttp.ClientTimeout(total=_PATIENCE)
    async with (
        Graph().served() as graph,
        aiohttp.ClientSession(connector=connector, timeout=patience) as session,
    ):
        bots = Bots(folder, graph.url)
        try:
            await bots.actions()
            ours = await bots.channel("messenger")
            facebook = await bots.channel("facebook")
            alone = await bots.collecting()
            run = _Run(graph, session, bots, ours, facebook, alone)
            return await run.all_of_it(full=full)
        finally:
            bots.stop()


@dataclass
class _Run:
    graph: Graph
    session: aiohttp.ClientSession
    bots: Bots
    ours: Bot
    facebook: Bot
    alone: Bot

    async def all_of_it(self, *, full: bool) -> list[Figure]:
        """Measure one thing after the other; what one could not tell costs none of the others."""
        found = [
            Figure(f"start-up: {bot.name}", bot.started, "s")
            for bot in (self.ours, self.facebook, self.alone)
        ]
        for bot in (self.ours, self.facebook):
            await self._round(bot, "warm", 2, TEXTS[:2])
        await self.alone.asked({"conversations": 2, "texts": TEXTS[:2]})
        blocked = BLOCKED_SECONDS_FULL if full else BLOCKED_SECONDS
        for what, measure in (
            ("replies, in alternating rounds", self._replies),
            ("two messages back to back", self._back_to_back),
            ("memory", self._memory),
            (f"{RATES[0]} webhooks/s while turns run", partial(self._acknowledged, RATES[0])),
            (f"every turn blocked for {blocked} s", partial(self._blocked, blocked)),
            (f"{RATES[1]} webhooks/s while turns run", partial(self._acknowledged, RATES[1])),
        ):
            print(f"... {what}", flush=True)  # noqa: T201 - a run takes minutes
            try:
                told = await measure()
            except Exception as problem:  # the rest is worth having all the same
                traceback.print_exc()
                told = [Figure(f"not measured: {what}", 1, "", 0, note=type(problem).__name__)]
            for figure in told:
                print(f"    {figure.name}: {figure.value:,.2f} {figure.unit}", flush=True)  # noqa: T201 - as above
            found += told
        return found

    # -- replies -----------------------------------------------------------------------------

    async def _replies(self) -> list[Figure]:
        ours, facebook, alone, helped = Rounds(), Rounds(), Rounds(), Rounds()
        samples: Counter[str] = Counter()
        calls: dict[str, Any] = {}
        late: dict[str, float] = {}
        await self.ours.seen()  # from here on only
        for number in range(ROUNDS):
            for rounds, once in ((alone, False), (helped, True)):
                wish = {"conversations": CONVERSATIONS, "texts": TEXTS, "once": once}
                said = await self.alone.asked(wish)
                rounds.add(said["seconds"], said["took"])
            await self.ours.seen()
            ours.add(*await self._round(self.ours, f"{number}", CONVERSATIONS, TEXTS))
            seen = await self.ours.seen()
            samples.update(seen["samples"])
            calls = seen["calls"]
            late = seen["late_ms"]
            facebook.add(*await self._round(self.facebook, f"{number}", CONVERSATIONS, TEXTS[:1]))
        about = f"{CONVERSATIONS} conversations"
        found = [
            Figure(f"replies/s, {about}: ours", ours.rate, "1/s"),
            Figure(f"replies/s, {about}: Rasa alone (the ceiling)", alone.rate, "1/s"),
            Figure(f"replies/s, {about}: Rasa alone, helped as by our channel", helped.rate, "1/s"),
            Figure(f"replies/s, {about}: built-in facebook", facebook.rate, "1/s"),
            Figure(
                "replies/s: ours of the ceiling",
                ours.rate / alone.rate,
                "x",
                LEAST_OF_CEILING,
                True,
            ),
            Figure(
                "replies/s: ours of the ceiling, helped",
                ours.rate / helped.rate,
                "x",
                LEAST_OF_CEILING,
                True,
            ),
            Figure(
                "replies/s: ours of facebook's",
                ours.rate / facebook.rate,
                "x",
                LEAST_OF_FACEBOOK,
                True,
            ),
        ]
        for name, rounds in (("ours", ours), ("facebook", facebook), ("Rasa alone", alone)):
            for share in (0.50, 0.95):
                value = quantile(rounds.took, share) * _MS
                found.append(Figure(f"reply p{share * 100:.0f}, {about}: {name}", value, "ms"))
        return found + _loop_figures(samples, calls, late, replies=len(ours.took) // ROUNDS)

    async def _round(
        self, bot: Bot, name: str, people: int, texts: tuple[str, ...]
    ) -> tuple[float, list[float]]:
        """Let so many people talk at once, each waiting for an answer before writing again."""
        door = Door(f"{bot.url}/webhook", SECRET, self.session)
        begun = time.perf_counter()
        took = await asyncio.gather(
            *(self._conversation(door, _psid(bot, name, n), texts) for n in range(people))
        )
        seconds = time.perf_counter() - begun
        self.graph.forget()
        return seconds, [each for one in took for each in one]

    async def _conversation(self, door: Door, psid: str, texts: tuple[str, ...]) -> list[float]:
        took = []
        for text in texts:
            answer, begun = self.graph.next_to(psid), time.perf_counter()
            acknowledged = asyncio.create_task(door.write(psid, text))
            took.append(await asyncio.wait_for(answer, _PATIENCE) - begun)
            await acknowledged  # raises where the webhook was not taken
        return took

    async def _back_to_back(self) -> list[Figure]:
        found = []
        for bot, times, aim in (
            (self.ours, BACK_TO_BACK, BACK_TO_BACK_AIM),
            (self.facebook, 5, None),
        ):
            door = Door(f"{bot.url}/webhook", SECRET, self.session)
            took = []
            for n in range(times):
                psid = _psid(bot, "pair", n)
                await self._conversation(door, psid, TEXTS[:1])
                await asyncio.sleep(3 * self.graph.seconds)  # what it ends with is over
                took.append(await self._pair(door, psid))
            name = f"second of two messages back to back, p50: {bot.name}"
            found.append(Figure(name, quantile(took, 0.5) * _MS, "ms", aim))
        return found

    async def _pair(self, door: Door, psid: str) -> float:
        """Write twice in one breath; returns the seconds until the second answer."""
        self.graph.next_to(psid)
        second, begun = self.graph.next_to(psid), time.perf_counter()
        posts = [asyncio.create_task(door.write(psid, text)) for text in TEXTS[1:3]]
        took = await asyncio.wait_for(second, _PATIENCE) - begun
        await asyncio.gather(*posts)
        return took

    # -- acknowledgement ---------------------------------------------------------------------

    async def _blocked(self, seconds: int) -> list[Figure]:
        """Let the action server stand still, and with it every turn."""
        actions = next(bot for bot in self.bots.running if bot.name == "actions")
        with ExitStack() as stack:
            with closing(self._store()) as store:
                store.execute("BEGIN IMMEDIATE")  # or it might stand still with the store locked
                stack.enter_context(actions.paused())
            found = await self._acknowledged(RATES[0], seconds, blocked=True)
        await self._drained()
        return found

    async def _acknowledged(
        self, rate: int, seconds: int = RATE_SECONDS, *, blocked: bool = False
    ) -> list[Figure]:
        """Knock at an even rate, whatever the answers take; many people, most of them new."""
        await self._rest()
        door = Door(f"{self.ours.url}/webhook", SECRET, self.session)
        await self.ours.seen()
        begun, posts = time.perf_counter(), []
        name = f"{'b' if blocked else 'r'}{rate}"
        for n in range(rate * seconds):
            wait = begun + n / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            psid = _psid(self.ours, name, n % (rate * 5))
            knock = door.write(psid, TEXTS[n % len(TEXTS)])
            posts.append(asyncio.create_task(asyncio.wait_for(knock, _ACK_WITHIN)))
        took = await asyncio.gather(*posts, return_exceptions=True)
        backlog, seen = self._backlog(), await self.ours.seen()
        good = [each for each in took if isinstance(each, float)]
        about = f"{rate} webhooks/s" + (f", every turn blocked for {seconds} s" if blocked else "")
        worst = seen["longest"][0] if seen["longest"] else {"call": "none", "ms": 0.0}
        return [
            Figure(f"acknowledged p50, {about}", quantile(good, 0.50) * _MS, "ms"),
            Figure(
                f"acknowledged p99, {about}",
                quantile(good, 0.99) * _MS,
                "ms",
                ACK_AIM if rate == RATES[0] else None,
            ),
            Figure(f"not acknowledged, {about}", len(took) - len(good), "", 0),
            Figure(f"events that wait afterwards, {about}", backlog, ""),
            Figure(
                f"longest call of ours, {about}",
                worst["ms"],
                "ms",
                BLOCKING_AIM,
                note=worst["call"],
            ),
            Figure(f"the loop was late p99, {about}", seen["late_ms"]["p99"], "ms"),
        ]

    async def _rest(self) -> None:
        """End what is done with: from here on it is about our channel alone."""
        for bot in (self.facebook, self.alone):
            if bot in self.bots.running:
                self.bots.end(bot)
        await self._drained()

    async def _drained(self) -> None:
        until = time.monotonic() + _DRAIN_WITHIN
        while self._backlog() and time.monotonic() < until:
            await asyncio.sleep(0.5)
        await asyncio.sleep(1.0)  # what is on its way to the platform
        self.graph.forget()

    def _backlog(self) -> int:
        """Return how many events wait for their turn; asked of the store: the bot may be busy."""
        with closing(self._store()) as store:
            query = "SELECT count(*) FROM inbox WHERE state IN ('pending', 'running')"
            return int(store.execute(query).fetchone()[0])

    def _store(self) -> sqlite3.Connection:
        return sqlite3.connect(self.bots.folder / "guard.db", timeout=10, isolation_level=None)

    # -- memory ------------------------------------------------------------------------------

    async def _memory(self) -> list[Figure]:
        found = []
        for bot in (self.ours, self.facebook, self.alone):
            memory = bot.memory()
            note = f"most {memory['most']:.0f} MB"
            found.append(
                Figure(f"memory after the rounds: {bot.name}", memory["now"], "MB", note=note)
            )
        return found


def _loop_figures(
    samples: Counter[str], calls: dict[str, Any], late: dict[str, float], *, replies: int
) -> list[Figure]:
    """Return where the time of the event loop went, and what of ours held it longest."""
    busy = sum(n for owner, n in samples.items() if owner != "at rest") or 1
    found = [
        Figure(f"the loop's time: {owner}", 100 * n / busy, "%")
        for owner, n in samples.most_common()
        if owner != "at rest"
    ]
    ranked = sorted(calls.items(), key=lambda one: -one[1]["total"])
    for name, call in ranked[:14]:
        note = (
            f"{call['times'] / replies:.2f} a reply, p99 {call['p99']:.1f}, max {call['max']:.1f}"
        )
        found.append(Figure(f"ours, a call: {name}", call["p50"], "ms p50", note=note))
    longest = max(calls.items(), key=lambda one: one[1]["max"])
    over = sum(call["over_20ms"] for call in calls.values())
    number = sum(call["times"] for call in calls.values())
    note = f"{longest[0]}; {over} of {number} calls took longer than {BLOCKING_AIM:.0f} ms"
    return [
        *found,
        Figure(
            "longest call of ours in the loop", longest[1]["max"], "ms", BLOCKING_AIM, note=note
        ),
        Figure("the loop was late p99, Rasa's part included", late["p99"], "ms"),
    ]


def _psid(bot: Bot, name: str, number: int) -> str:
    """Return a person nobody else in this run is."""
    place = {"messenger": "1", "facebook": "2"}[bot.name]
    mark = sum(ord(c) * 31**n for n, c in enumerate(name)) % 10**6
    return f"{place}{mark:06d}{number:09d}"
